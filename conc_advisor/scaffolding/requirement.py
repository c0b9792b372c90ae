"""Whether what a project requires of a package may be older than what a template needs, as far as release numbers tell.

Reads what pip reads (`httpx[http2]>=0.27; python_version > "3.9"`) and what poetry reads (`httpx^0.27`).  Markers, pre-releases and
local versions are left out of account.
"""

import re
from collections.abc import Iterable
from typing import Final

_CLAUSE: Final = re.compile(r"(===|==|~=|!=|<=|>=|<|>|\^|~|)\s*v?(\d+(?:\.\d+)*)")
_BEFORE_VERSIONS: Final = re.compile(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*?\s*(?:\[[^\]]*\]\s*)?(?=[\s(<>=!~^]|$)")

Release = tuple[int, ...]


def declared_too_old(needed: str, declared: Iterable[str]) -> str | None:
    """Return the requirement with the highest lower bound, where that is older than what is needed; None where none says a lower bound."""
    least = lower_bound(needed)
    bounds = [(bound, text) for text in declared if (bound := lower_bound(text)) is not None]
    if least is None or not bounds:
        return None
    highest, text = max(bounds)
    return text if highest < least else None


def lower_bound(requirement: str) -> Release | None:
    """Return the oldest release that a requirement allows, without zeros at its end; None where it does not say."""
    plain = re.split(r";|\s#", requirement, maxsplit=1)[0]
    begin = _BEFORE_VERSIONS.match(plain)
    if begin is None or "@" in plain:
        return None
    bounds = [_release(clause[2]) for clause in _CLAUSE.finditer(plain, begin.end()) if clause[1] not in {"<", "<=", "!="}]
    return max(bounds, default=None)


def _release(text: str) -> Release:
    numbers = [int(part) for part in text.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
