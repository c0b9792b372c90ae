"""Reads the files of a review, in this process or in several, and keeps what was found of each."""
