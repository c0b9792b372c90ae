"""The recorders: the only code that knows the kernel, py-spy and pyinstrument."""
