"""Rewrites."""

NEWEST = 14


def rewritten(text: str) -> str | None:
    """None."""
    return None if text else None
