"""What a project says of the Pythons it supports, as far as minor versions of Python 3 go.

Reads the specifiers of packages (`>=3.9,<4`, `~=3.10`, `==3.11.*`) and those of poetry (`^3.9`, `~3.9`, `3.9.*`, `||`).
"""

import re
from typing import Final

from conc_advisor.scaffolding.catalogue import Version

_KNOWN: Final = 40
"""Minor versions that are tried; far more than there will be for long."""
_CLAUSE: Final = re.compile(r"\s*(===|==|~=|!=|<=|>=|<|>|\^|~|)\s*v?(\d+)(?:\.(\d+))?((?:\.\d+)*)(\.\*)?\s*")


def lowest_python(specifier: str) -> Version | None:
    """Return the lowest minor version of which some release satisfies the specifier.

    None where that is not said: where the specifier cannot be read, allows no Python 3, or excludes versions without a lower bound.
    """
    parts = _parts(specifier)
    if not is_readable(specifier) or not all(any(map(_is_lower_bound, part)) for part in parts):
        return None
    fitting = (minor for minor in range(_KNOWN) if any(all(_allows(clause, minor) for clause in part) for part in parts))
    lowest = next(fitting, None)
    return None if lowest is None else (3, lowest)


def is_readable(specifier: str) -> bool:
    """Tell whether a specifier has a form that is known; one that says nothing has."""
    return all(_CLAUSE.fullmatch(clause) is not None for part in _parts(specifier) for clause in part)


def _parts(specifier: str) -> list[list[str]]:
    return [[clause for clause in part.split(",") if clause.strip() not in {"", "*"}] for part in specifier.split("||")]


def _is_lower_bound(clause: str) -> bool:
    match = _CLAUSE.fullmatch(clause)
    return match is not None and match[1] not in {"<", "<=", "!="}


def _allows(clause: str, minor: int) -> bool:
    """Tell whether some release of 3.`minor` satisfies the clause."""
    match = _CLAUSE.fullmatch(clause)
    if match is None:
        return False
    sign, major, given, patch, star = match[1], int(match[2]), match[3], match[4], match[5]
    if major != 3:  # noqa: PLR2004  # Python 3 is all there is
        return sign in {">=", ">", "!="} if major < 3 else sign in {"<", "<=", "!="}  # noqa: PLR2004  # the same
    bound = int(given or 0)
    match sign:
        case ">=" | ">" | "^":
            # 3.9.1 is above 3.9.
            allowed = minor >= bound
        case "<":
            allowed = minor < bound or (minor == bound and bool(patch.strip(".0")))
        case "<=":
            allowed = minor <= bound
        case "!=":
            # Other releases of the same minor version are left.
            allowed = minor != bound or not star
        case "~=":
            allowed = minor == bound if patch else minor >= bound
        case _:
            allowed = given is None or minor == bound
    return allowed
