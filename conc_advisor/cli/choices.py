"""Words of the configuration of which only a few are allowed."""

import difflib
from collections.abc import Sequence

from conc_advisor.errors import UsageError


def checked_choice(key: str, value: str | None, allowed: Sequence[str], where: str) -> str | None:
    """Return the value, None where there is none; raises `UsageError` for one that is not allowed, which was written `where`."""
    if value is None or value in allowed:
        return value
    near = difflib.get_close_matches(value, allowed, n=1)
    hint = f"did you mean {near[0]}?" if near else f"one of: {', '.join(allowed)}"
    raise UsageError(f"{key}{where} cannot be {value!r}", hint=hint)
