"""What both we and ruff say is said once."""

import pytest
from review_outcome_builder import finding, location

from conc_advisor.findings import Finding, Location
from conc_advisor.review.linters.duplicates import merge, twins

SAID_BY = {"CA101": frozenset({"ASYNC251", "ASYNC210"}), "CA301": frozenset({"E722", "BLE001", "RUF029", "RUF006", "ASYNC110"})}
CALL = location("a.py", 5, 5, end_column=18)
FUNCTION = location("a.py", 5, 5, end_column=15)


def ours(place: Location | None = CALL, code: str = "CA101", also: tuple[str, ...] = ()) -> Finding:
    """Return a finding of ours."""
    return finding("ours", place, code=code, also=also)


def ruffs(place: Location | None = FUNCTION, code: str = "ASYNC251") -> Finding:
    """Return a finding of ruff's."""
    return finding("ruff's", place, code=code)


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (CALL, FUNCTION),
        (CALL, CALL),
        (FUNCTION, CALL),
        (CALL, location("a.py", 5, 30, end_column=40)),
        (location("a.py", 4, 1, end_line=7, end_column=2), FUNCTION),
        (FUNCTION, location("a.py", 4, 1, end_line=7, end_column=2)),
        (location("a.py", 5, 0, end_line=0, end_column=0), FUNCTION),
    ],
)
def test_the_same_statement_is_reported_once(own: Location, other: Location) -> None:
    """On the same line, or one inside of the other: ours stays and names the other's code."""
    assert merge([ours(own)], [ruffs(other)], SAID_BY) == (ours(own, also=("ASYNC251",)),)


def test_codes_add_up_and_stand_once() -> None:
    """Two of ruff's rules may say what one of ours says."""
    others = [ruffs(), ruffs(code="ASYNC210"), ruffs()]
    assert merge([ours(also=("ASYNC221",))], others, SAID_BY) == (ours(also=("ASYNC221", "ASYNC251", "ASYNC210")),)


def test_the_nearest_of_ours_takes_the_code() -> None:
    """Of two calls on a line, each has its own."""
    places = [location("a.py", 5, column, end_column=column + 3) for column in (5, 15, 25)]
    merged = merge([ours(place) for place in places], [ruffs(places[1])], SAID_BY)
    assert [each.also for each in merged] == [(), ("ASYNC251",), ()]


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (ours(code="CA102"), ruffs()),
        (ours(), ruffs(code="S113")),
        (ours(), ruffs(location("a.py", 6, 5, end_column=15))),
        (ours(), ruffs(location("b.py", 5, 5, end_column=15))),
        (ours(location("a.py", 4, 1, end_line=5, end_column=3)), ruffs(location("a.py", 5, 2, end_column=5))),
        (ours(location("a.py", 2, 1, end_line=0, end_column=0)), ruffs()),
        (ours(code="CA301"), ruffs()),
    ],
)
def test_different_things_stay_two(own: Finding, other: Finding) -> None:
    """Other rules, other lines, other files, spans that only overlap."""
    assert merge([own], [other], SAID_BY) == (own, other)


@pytest.mark.parametrize("code", ["ASYNC251", "S113", "B023"])
def test_what_ruff_alone_reports_stays_ruffs(code: str) -> None:
    """Whether one of our rules covers its code or not."""
    assert merge([], [ruffs(code=code)], SAID_BY) == (ruffs(code=code),)


@pytest.mark.parametrize("code", ["E722", "BLE001", "RUF029", "RUF006", "ASYNC110"])
def test_where_ours_knows_better_ruffs_counts_only_beside_it(code: str) -> None:
    """Our rules see which `except` swallows no cancellation, and which signature is not free."""
    assert merge([ours(code="CA301")], [ruffs(code=code)], SAID_BY) == (ours(code="CA301", also=(code,)),)
    assert merge([ours()], [ruffs(code=code)], SAID_BY) == (ours(),)


@pytest.mark.parametrize("findings", [[], [ours()], [ours(), ours(code="CA102")]])
def test_without_ruff_ours_stay_as_they_are(findings: list[Finding]) -> None:
    """In their order, equal ones too."""
    assert merge(findings, [], SAID_BY) == tuple(findings)
    assert merge([*findings, *findings], [], SAID_BY) == (*findings, *findings)


def test_a_finding_without_a_place_is_nobodys_double() -> None:
    """Neither ours nor ruff's."""
    nowhere = Finding(rule="ASYNC251", severity=ours().severity, confidence=ours().confidence, message="m", advice="a")
    assert merge([ours()], [nowhere], SAID_BY) == (ours(), nowhere)
    assert merge([nowhere], [ruffs()], SAID_BY | {"ASYNC251": frozenset({"ASYNC251"})}) == (nowhere, ruffs())


def test_codes_of_other_tools_are_known_by_their_last_word() -> None:
    """The tool may stand before it."""
    pairs = [("CA101", ("ASYNC251", "flake8-async ASYNC103")), ("CA102", ()), ("CA103", ("",))]
    assert twins(pairs) == {"CA101": {"ASYNC251", "ASYNC103"}, "CA102": frozenset(), "CA103": frozenset()}


def test_findings_of_other_lines_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may have thousands, of ours as of ruff's."""
    compared: list[Location] = []
    monkeypatch.setattr("conc_advisor.review.linters.duplicates._holds", lambda _outer, inner: compared.append(inner))
    places = [location("a.py", line, 5, end_column=18) for line in range(1, 40)]
    assert [each.also for each in merge(map(ours, places), map(ruffs, places), SAID_BY)] == [("ASYNC251",)] * 39
    assert compared == []
