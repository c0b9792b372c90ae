"""Decides which findings are shown: chosen codes, comments, ignores, the baseline and what has changed."""
