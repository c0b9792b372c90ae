"""Leaves out what another finding of ours at the same place says better: two pieces of advice for one call contradict each other.

What is left out comes back where the other rule is not asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from conc_advisor.findings import Finding, Severity

_CALLS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    # `asyncio.sleep()` that is not awaited does not sleep.
    ("CA107", frozenset({"CA201"})),
    ("CA303", frozenset({"CA201"})),
    # A lock of threads that is held across an await needs another lock, not `with`.
    ("CA103", frozenset({"CA503"})),
    ("CA504", frozenset({"CA503"})),
    ("CA702", frozenset({"CA701"})),
)
"""A code, and those that say more of the same call: of one that begins at the same place."""
_LINES: Final[tuple[tuple[str, frozenset[str]], ...]] = (("CA209", frozenset({"CA208"})),)
"""The same for a line: one speaks of the call, the other of its argument."""
_SECOND: Final = ("CA302", frozenset({"CA101", "CA103", "CA105"}))
"""A code that is information only beside others of the same call: what blocks the event loop has to go elsewhere first, with a deadline."""
_UNSURE: Final = "CA703"
"""Where anything else is to be changed in a function, a missing `await` most likely goes with it: it is no function to make a plain one."""
_ABOUT_COMMENTS: Final = "CA0"


def without_overlaps(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of one file without those that another one of them makes needless."""
    given = tuple(findings)
    lines: set[tuple[str, int]] = set()
    places: set[tuple[str, int, int]] = set()
    functions: set[str] = set()
    for each in given:
        if (place := each.location) is not None:
            lines.add((each.rule, place.line))
            places.add((each.rule, place.line, place.column))
            if each.rule != _UNSURE and not each.rule.startswith(_ABOUT_COMMENTS):
                functions.add(place.function)

    def is_needless(finding: Finding) -> bool:
        place = finding.location
        if place is None:
            return False
        if finding.rule == _UNSURE:
            return place.function in functions
        return any((by, place.line, place.column) in places for code, better in _CALLS if code == finding.rule for by in better) or any(
            (by, place.line) in lines for code, better in _LINES if code == finding.rule for by in better
        )

    def is_second(finding: Finding) -> bool:
        place, (code, first) = finding.location, _SECOND
        return finding.rule == code and place is not None and any((by, place.line, place.column) in places for by in first)

    return tuple(replace(each, severity=Severity.INFO) if is_second(each) else each for each in given if not is_needless(each))


def with_overlaps(said_by: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """Return the codes of other tools by ours (see `duplicates.twins`), those of what is left out added to what says it better."""
    whole = dict(said_by)
    for code, better in (*_CALLS, *_LINES):
        for each in better & said_by.keys():
            whole[each] |= said_by.get(code, frozenset())
    return whole
