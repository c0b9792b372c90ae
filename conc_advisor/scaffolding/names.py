"""What the names that a user wishes for must be like."""

import builtins
import difflib
import keyword
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from conc_advisor.errors import UsageError

_BUILTINS: Final = frozenset(dir(builtins))
_COLLECTED: Final = ("test", "pytest")
"""Beginnings, in small letters, of the names in a test file that pytest takes for tests or for its own settings (docs.pytest.org,
"Conventions for Python test discovery")."""
_AROUND_TESTS: Final = frozenset(
    {"setup_module", "setup_function", "setUpModule", "teardown_module", "teardown_function", "tearDownModule"}
)
"""What pytest calls before and after tests (docs.pytest.org, "How to implement xunit-style set-up")."""


def read_names(pairs: Sequence[str], allowed: Mapping[str, str]) -> dict[str, str]:
    """Return what `old=new` pairs rename; a name that is given to itself is left out.

    Raises `UsageError` for a pair that is none, an old name that is not `allowed` to change, a new one that is no good, and for two names
    that would become one, or one that would become two.
    """
    names: dict[str, str] = {}
    for pair in pairs:
        old, sign, new = (part.strip() for part in pair.partition("="))
        if not sign or not old or not new:
            raise UsageError(f"--name takes old=new, and {pair!r} is not", hint="like --name fetch_all=download_all")
        if old not in allowed:
            near = difflib.get_close_matches(old, allowed, n=1)
            known = f"may be renamed: {', '.join(allowed)}" if allowed else "this template has no names to change"
            raise UsageError(
                f"{old!r} is not a name of the template that may be renamed", hint=f"did you mean {near[0]}?" if near else known
            )
        if names.get(old, new) != new:
            raise UsageError(f"{old} is given two new names", hint="give it one")
        check_name(new)
        names[old] = new
    results = [names.get(old, old) for old in allowed]
    for old, new in names.items():
        if results.count(new) > 1:
            raise UsageError(f"{old} would become {new}, and so would another name", hint="give each a name of its own")
    return {old: new for old, new in names.items() if old != new}


def check_name(name: str) -> None:
    """Raise `UsageError` unless `name` can be the name of a function or class at the top of a module, and means nothing else."""
    why = _objection(name)
    if why:
        raise UsageError(f"{name!r} cannot be a name: {why}", hint="take another; letters, digits and underscores, not a digit first")


def check_not_collected(names: Mapping[str, str], imported: AbstractSet[str], file: str) -> None:
    """Raise `UsageError` for a new name by which pytest would take for its own what a test file imports."""
    for old, new in names.items():
        if old in imported and (new.lower().startswith(_COLLECTED) or new in _AROUND_TESTS):
            raise UsageError(
                f"{old} cannot become {new}: {file} imports it, and pytest would take it for a test or a part of one",
                hint="take another name",
            )


def _objection(name: str) -> str:
    if not name.isascii():
        # Python reads many characters as if they were others (NFKC), and people cannot tell some from others.
        return "it is not ASCII"
    if not name.isidentifier():
        return "it is not an identifier"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "it is a keyword of Python"
    if name in _BUILTINS:
        return "it is a builtin of Python"
    if name.startswith("__"):
        return "Python gives names with two underscores in front a meaning of its own"
    return ""
