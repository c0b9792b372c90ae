"""Which rules are looked for: turns the words of `--select`, `--ignore` and the configuration into codes.

A word is `ALL`, a code (`CA101`), a beginning of codes (`CA1`, `ASYNC`; not half of the letters), a group (`blocking`), a pitfall (`P01`)
or the name of a rule (`blocking-call-in-coroutine`), in any capitals.  Where one word selects a code and another ignores it, the narrower
one counts.
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from conc_advisor.errors import UsageError

ALL: Final = "ALL"
_CODE: Final = re.compile(r"([a-z]{1,8})([0-9]{1,6})")
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


def words_of(known: Sequence[Known]) -> dict[str, frozenset[str]]:
    """Return the codes that each word means, by the word in small letters; beginnings of codes are not among the words."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for each in known:
        for word in (ALL, each.code, each.name, each.group, each.pitfall):
            found[word.lower()].add(each.code)
    return {word: frozenset(codes) for word, codes in found.items() if word}


def near(word: str, known: Sequence[Known]) -> tuple[str, ...]:
    """Return the words that look most like a word that nobody knows, best first, at most three.

    Of a code with a number that no rule has, these are the codes of the same letters with the nearest numbers.
    """
    spelled = {each.lower(): each for row in known for each in (row.group, row.name, row.pitfall, row.code) if each} | {ALL.lower(): ALL}
    code = _CODE.fullmatch(word.lower())
    if code is not None:
        number = int(code[2])
        numbered = (found for each in spelled if (found := _CODE.fullmatch(each)) and found[1] == code[1])
        close = sorted(numbered, key=lambda found: abs(int(found[2]) - number))
        return tuple(spelled[found[0]] for found in close[:_SHOWN])
    return tuple(spelled[found] for found in difflib.get_close_matches(word.lower(), spelled, n=_SHOWN))


def _resolve(word: str, known: Sequence[Known], source: str) -> _Meant:
    plain = word.strip().lower()
    meant = next((each for each in _meanings(plain, known) if each.codes), None) if plain else None
    if meant is not None:
        return meant
    alike = near(plain, known)
    hint = f"did you mean {' or '.join(alike)}?" if alike else "conc-advisor explain lists the rules; ALL means every one"
    raise UsageError(f"{source} names no rule with {word!r}", hint=hint)


def _meanings(plain: str, known: Sequence[Known]) -> Iterator[_Meant]:
    """Yield all that a word in small letters can mean, with the codes of each, which may be none."""
    digits = sum(map(str.isdecimal, plain))
    begun = Breadth(min(Breadth.TOOL + digits, Breadth.SOME))
    yield _Meant(Breadth.ALL, frozenset(each.code for each in known if plain == ALL.lower()))
    yield _Meant(Breadth.ONE, frozenset(each.code for each in known if plain in {each.code.lower(), each.name}))
    yield _Meant(Breadth.GROUP, frozenset(each.code for each in known if plain == each.group))
    yield _Meant(Breadth.SOME, frozenset(each.code for each in known if plain == each.pitfall.lower()))
    yield _Meant(begun, frozenset(each.code for each in known if _begins(plain, each.code.lower())))


def _begins(plain: str, code: str) -> bool:
    """Tell whether a code begins with a word: with all of its letters at least, or `P` would be a rule of Pylint's and no pitfall."""
    return code.startswith(plain) and not (plain.isalpha() and code[len(plain) : len(plain) + 1].isalpha())
