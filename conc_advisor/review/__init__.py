"""Reads Python source and reports concurrency pitfalls.  Nothing that is read is ever imported or run."""
