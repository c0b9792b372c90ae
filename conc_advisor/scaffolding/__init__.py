"""Adds tested pieces of code, the templates, to the user's project: reads the project, plans, writes all or nothing.

Only `apply` writes, and only into the project.
"""
