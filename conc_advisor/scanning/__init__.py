"""Reads a project's source, without importing or running any of it, and says which concurrency models and libraries it uses."""
