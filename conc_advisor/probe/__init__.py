"""Code that runs inside the user's process or interpreter: standard library only, Python 3.9 and later, imports nothing of ours.

These files are started by path, never imported by the rest of the package.
"""
