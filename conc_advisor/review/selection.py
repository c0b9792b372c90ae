"""Which rules are looked for: turns the words of `--select`, `--ignore` and the configuration into codes.

A word is `ALL`, a code (`CA101`), a beginning of codes (`CA1`, `ASYNC`), a group (`blocking`), a pitfall (`P01`) or the name of a rule
(`blocking-call-in-coroutine`), in any capitals.  Where one word selects a code and another ignores it, the narrower one counts.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from conc_advisor.errors import UsageError

ALL: Final = "ALL"
_SHOWN: Final = 3
"""How many near words are worth showing."""


class Breadth(IntEnum):
    """How many codes a word means, from most to fewest."""

    ALL = 0
    TOOL = 1
    """All codes of one tool: `CA`, `ASYNC`."""
    GROUP = 2
    SOME = 3
    """A pitfall, or a beginning that is longer than a group's."""
    ONE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A code that can be selected, and the other words for it: `name`, "" where it has none, `group` and `pitfall`.

    `covered_by` are the codes that say the same and are usually reported in its place.
    """

    code: str
    group: str
    pitfall: str
    name: str = ""
    covered_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one place says: the configuration, then the command line.  `select` None: what was selected before.

    `source` is the name of that place in an error.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    source: str = ""


class _Meant(NamedTuple):
    breadth: Breadth
    codes: frozenset[str]


def select(layers: Iterable[Layer], known: Sequence[Known]) -> frozenset[str]:
    """Return the codes that count after all layers, of which a later one is stronger.

    Raises `UsageError` for an unknown word.
    """
    selected = frozenset(each.code for each in known)
    named: frozenset[str] = frozenset()
    for layer in layers:
        chosen = [_resolve(word, known, f"select{layer.source}") for word in layer.select or ()]
        dropped = [_resolve(word, known, f"ignore{layer.source}") for word in layer.ignore]
        selected = frozenset() if layer.select is not None else selected
        named = frozenset().union(*(meant.codes for meant in chosen if meant.breadth is not Breadth.ALL), named)
        for breadth in Breadth:
            selected |= frozenset().union(*(meant.codes for meant in chosen if meant.breadth is breadth))
            selected -= frozenset().union(*(meant.codes for meant in dropped if meant.breadth is breadth))
    # Who ignores CA101 does not want the same sentence from ruff.
    silent = {each.code for each in known if each.covered_by and not each.covered_by & selected}
    return selected - (silent - named)


def codes_of(words: Iterable[str], known: Sequence[Known], *, source: str) -> tuple[str, ...]:
    """Return the codes that some words mean, in the order of `known`; raises `UsageError` for an unknown word."""
    meant = frozenset().union(*(_resolve(word, known, source).codes for word in words))
    return tuple(each.code for each in known if each.code in meant)


def near(word: str, known: Sequence[Known]) -> tuple[str, ...]:
    """Return the words that look most like a word that nobody knows, best first, at most three."""
    spelled = {each.lower(): each for row in known for each in (row.group, row.name, row.pitfall, row.code) if each} | {ALL.lower(): ALL}
    return tuple(spelled[found] for found in difflib.get_close_matches(word.lower(), spelled, n=_SHOWN))


def _resolve(word: str, known: Sequence[Known], source: str) -> _Meant:
    plain = word.strip().lower()
    if plain == ALL.lower():
        return _Meant(Breadth.ALL, frozenset(each.code for each in known))
    if one := frozenset(each.code for each in known if plain in {each.code.lower(), each.name}):
        return _Meant(Breadth.ONE, one)
    if group := frozenset(each.code for each in known if plain == each.group):
        return _Meant(Breadth.GROUP, group)
    if pitfall := frozenset(each.code for each in known if plain == each.pitfall.lower()):
        return _Meant(Breadth.SOME, pitfall)
    if plain and (some := frozenset(each.code for each in known if each.code.lower().startswith(plain))):
        digits = sum(map(str.isdecimal, plain))
        return _Meant(Breadth(min(Breadth.TOOL + digits, Breadth.SOME)), some)
    alike = near(plain, known)
    hint = f"did you mean {' or '.join(alike)}?" if alike else "conc-advisor explain lists the rules; ALL means every one"
    raise UsageError(f"{source} names no rule with {word!r}", hint=hint)
