"""The bundled demos: programs to profile, each run as a file of its own and never imported by conc-advisor."""
