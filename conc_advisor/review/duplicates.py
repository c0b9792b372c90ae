"""Says once what both we and ruff say: ours stays, and names ruff's code.

What ruff alone reports stays as ruff's, unless its rule only counts beside one of ours (`Where.BESIDE_OURS`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from conc_advisor.findings import Finding, Location
from conc_advisor.review.ruff_rules import BY_CODE, Where


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
    of_file: defaultdict[str, list[int]] = defaultdict(list)
    for index, finding in enumerate(merged):
        if finding.location is not None:
            of_file[finding.location.file].append(index)
    alone: list[Finding] = []
    for other in ruffs:
        twin = None
        if other.location is not None:
            same = [index for index in of_file[other.location.file] if other.rule in said_by.get(merged[index].rule, ())]
            twin = _nearest(merged, same, other.location)
        if twin is not None:
            merged[twin] = replace(merged[twin], also=tuple(dict.fromkeys((*merged[twin].also, other.rule))))
        elif (rule := BY_CODE.get(other.rule)) is None or rule.where is not Where.BESIDE_OURS:
            alone.append(other)
    return (*merged, *alone)


def _nearest(findings: Sequence[Finding], indices: Iterable[int], place: Location) -> int | None:
    """Return which of some findings speaks of a place and begins nearest to it; None where none speaks of it."""
    distances = (
        (abs(own.line - place.line), abs(own.column - place.column), index)
        for index in indices
        if (own := findings[index].location) is not None and (own.line == place.line or _holds(own, place) or _holds(place, own))
    )
    return min(distances, default=(0, 0, None))[2]


def _holds(outer: Location, inner: Location) -> bool:
    """Tell whether one place lies inside of another; one whose end is unknown holds nothing."""
    begin, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return begin <= (inner.line, inner.column) and (max(inner.end_line, inner.line), inner.end_column) <= end
