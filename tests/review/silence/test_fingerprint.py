"""A finding's name: what it stays the same under, and what it changes with."""

import re
from dataclasses import replace

import pytest
from review_outcome_builder import SOURCE, finding, location

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.silence.fingerprint import fingerprint, fingerprints

NAME = fingerprint(finding(), SOURCE, 0)


def test_it_is_sixteen_digits() -> None:
    assert re.fullmatch("[0-9a-f]{16}", NAME)


def test_it_is_the_same_in_every_version_of_ours() -> None:
    """Or every baseline that was ever written would be worthless."""
    assert NAME == "80fbb4021bd8a070"


@pytest.mark.parametrize(
    ("same", "lines"),
    [
        (finding(place=location(line=7)), ("", "", *SOURCE)),
        (finding(place=location(line=1)), SOURCE[4:]),
        (finding(), (*SOURCE[:4], "\ttime.sleep(1)  ", *SOURCE[5:])),
        (finding("another message"), SOURCE),
        (finding(advice="other advice"), SOURCE),
        (finding(place=location(column=9, end_column=12)), SOURCE),
        (finding(severity=Severity.INFO), SOURCE),
        (finding(confidence=Confidence.LOW), SOURCE),
    ],
)
def test_it_stays_the_same(same: Finding, lines: tuple[str, ...]) -> None:
    """Under lines that come and go, other indentation, other words, another place in the line."""
    assert fingerprint(same, lines, 0) == NAME


@pytest.mark.parametrize(
    ("other", "lines", "occurrence"),
    [
        (finding(code="CA102"), SOURCE, 0),
        (finding(place=location("app/other.py")), SOURCE, 0),
        (finding(place=location(function="other")), SOURCE, 0),
        (finding(), (*SOURCE[:4], "    time.sleep(2)", *SOURCE[5:]), 0),
        (finding(), SOURCE, 1),
    ],
)
def test_it_changes_with(other: Finding, lines: tuple[str, ...], occurrence: int) -> None:
    """The rule, the file, the function, the statement; and among equal ones with their order."""
    assert fingerprint(other, lines, occurrence) != NAME


def test_parts_do_not_run_into_each_other() -> None:
    one = fingerprint(finding(place=location("a", function="bc")), SOURCE, 0)
    assert one != fingerprint(finding(place=location("ab", function="c")), SOURCE, 0)


@pytest.mark.parametrize("lines", [(), ("one line",)])
def test_without_the_source_there_is_a_name_all_the_same(lines: tuple[str, ...]) -> None:
    assert fingerprint(finding(), lines, 0) != NAME
    assert fingerprint(replace(finding(), location=None), lines, 0)


def test_text_that_is_no_unicode_has_a_name() -> None:
    assert fingerprint(finding(place=location("caf\udce9.py")), ("\udce9\x00",) * 9, 0)


def test_equal_findings_are_counted_and_others_are_not() -> None:
    names = fingerprints((finding(), finding("again"), finding(place=location("b.py"))), {"app/api.py": SOURCE})
    assert names[:2] == [NAME, fingerprint(finding(), SOURCE, 1)]
    assert names[2] == fingerprint(finding(place=location("b.py")), (), 0)
