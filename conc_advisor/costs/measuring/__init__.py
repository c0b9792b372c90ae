"""The measuring program of `calibrate`, for the interpreter that is measured: CPython 3.9 or newer, the standard library and nothing else.

Its parent puts the folder above this one on the path and calls `program.main`; each row is printed as a line of JSON.
"""
