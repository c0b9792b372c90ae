"""What other linters say of the same source: ruff is asked, and what both say is told once."""
