"""conc-advisor: tells which concurrency model a Python program needs, from evidence."""

__version__ = "0.1.0"
