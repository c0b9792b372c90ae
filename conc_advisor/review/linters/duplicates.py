"""Says once what both we and ruff say: ours stays, and names ruff's code.

What ruff alone reports stays as ruff's, unless its rule only counts beside one of ours (`Where.BESIDE_OURS`).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from conc_advisor.findings import Finding, Location
from conc_advisor.review.linters.ruff_rules import BY_CODE, Where


def twins(pairs: Iterable[tuple[str, Iterable[str]]]) -> dict[str, frozenset[str]]:
    """Return, by our code, the codes of other tools that say the same, from what the rules say in `also`.

    A word before the code names the tool there (`flake8-async ASYNC103`) and is left out.
    """
    return {code: frozenset(each.split()[-1] for each in also if each.split()) for code, also in pairs}


def merge(ours: Iterable[Finding], ruffs: Iterable[Finding], said_by: Mapping[str, frozenset[str]]) -> tuple[Finding, ...]:
    """Return all findings, ours first, without those of ruff's that one of ours says already.

    Two say the same where our rule has ruff's code among its own (`said_by` is what `twins` returns), and they begin on the same line or
    one of them lies inside of the other.  The nearest of ours takes the code.
    """
    merged = list(ours)
    index = _Index(merged, said_by)
    alone: list[Finding] = []
    for other in ruffs:
        twin = index.nearest(other.location, other.rule) if other.location is not None else None
        if twin is not None:
            merged[twin] = replace(merged[twin], also=tuple(dict.fromkeys((*merged[twin].also, other.rule))))
        elif (rule := BY_CODE.get(other.rule)) is None or rule.where is not Where.BESIDE_OURS:
            alone.append(other)
    return (*merged, *alone)


_Key = tuple[str, str, int]
"""A file, a code of another tool's, a line."""


class _Index:
    """Finds those of our findings that speak of a place, without a look at all the others of its file."""

    def __init__(self, findings: Iterable[Finding], said_by: Mapping[str, frozenset[str]]) -> None:
        self._places: dict[int, Location] = {}
        self._begun: defaultdict[_Key, list[tuple[int, int]]] = defaultdict(list)
        """By the line that they begin on: column and number of each."""
        self._behind: defaultdict[_Key, list[int]] = defaultdict(list)
        """By each line behind it that they reach: their numbers."""
        for number, finding in enumerate(findings):
            place = finding.location
            if place is None:
                continue
            self._places[number] = place
            for code in said_by.get(finding.rule, ()):
                self._begun[place.file, code, place.line].append((place.column, number))
                for line in range(place.line + 1, place.end_line + 1):
                    self._behind[place.file, code, line].append(number)
        for begun in self._begun.values():
            begun.sort()

    def nearest(self, place: Location, code: str) -> int | None:
        """Return the number of the finding that speaks of a place and begins nearest to it; None where none speaks of it."""
        beside = self._begun.get((place.file, code, place.line), [])
        if beside:
            at = bisect_left(beside, (place.column, 0))
            # Of those that begin in one column the first has the lowest number.
            before = bisect_left(beside, (beside[at - 1][0], 0)) if at else at
            return min((beside[each] for each in {before, at} if each < len(beside)), key=lambda own: (abs(own[0] - place.column), own[1]))[
                1
            ]
        inside = (own for line in range(place.line + 1, place.end_line + 1) for _, own in self._begun.get((place.file, code, line), ()))
        return min(
            (
                (abs(own.line - place.line), abs(own.column - place.column), number)
                for number in (*self._behind.get((place.file, code, place.line), ()), *inside)
                if _holds(own := self._places[number], place) or _holds(place, own)
            ),
            default=(0, 0, None),
        )[2]


def _holds(outer: Location, inner: Location) -> bool:
    """Tell whether one place lies inside of another; one whose end is unknown holds nothing."""
    begin, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return begin <= (inner.line, inner.column) and (max(inner.end_line, inner.line), inner.end_column) <= end
