"""Findings that were there before."""

import json
from pathlib import Path

import pytest
from review_outcome_builder import finding, location

from conc_advisor.errors import OutputError, RefusedError, UsageError
from conc_advisor.findings import Finding
from conc_advisor.review.outcome import Silence
from conc_advisor.review.silence.baseline import Compared, Entry, apply, entries, note_of, read, write

FILE = "app.py"
CODE = ("import time", "", "async def f():", "    time.sleep(1)", "    time.sleep(1)", "    time.sleep(2)")


def at(line: int, code: str = "CA101", function: str = "f", file: str = FILE) -> Finding:
    """Return a finding on a line."""
    return finding(code=code, place=location(file, line, 5, function=function))


def same(name: str) -> str:
    """Return the name by which a file is shown: the baseline calls it so, too."""
    return name


def baseline_of(*findings: Finding, lines: tuple[str, ...] = CODE) -> tuple[Entry, ...]:
    """Return what a baseline holds after a review of one file."""
    return entries(findings, {FILE: lines}, same)


def against(baseline: tuple[Entry, ...], *findings: Finding, lines: tuple[str, ...] = CODE) -> Compared:
    """Return what a baseline makes of a later review."""
    return apply(findings, baseline, {FILE: lines}, same)


def test_what_was_there_is_silent() -> None:
    """It is still counted."""
    compared = against(baseline_of(at(4)), at(4))
    assert (compared.sifted.kept, compared.gone) == ((), ())
    assert [(each.finding, each.how) for each in compared.sifted.silenced] == [(at(4), Silence.BASELINE)]


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        (6, ("# new", "", *CODE)),
        (3, CODE[1:]),
        (4, (*CODE[:3], "        time.sleep(1)", *CODE[4:])),
        (4, (*CODE[:3], "    time.sleep(1)   ", *CODE[4:])),
        (4, (*CODE, "", "# more")),
    ],
)
def test_other_lines_may_change(line: int, lines: tuple[str, ...]) -> None:
    """Lines above and below come and go, and the line itself may be indented anew."""
    assert against(baseline_of(at(4)), at(line), lines=lines).sifted.kept == ()


@pytest.mark.parametrize(
    "found",
    [at(4, "CA102"), at(4, function="g"), at(6), at(4, file="other.py")],
    ids=["another rule", "another function", "another line of code", "another file"],
)
def test_what_was_not_there_is_shown(found: Finding) -> None:
    """And what was there is gone."""
    compared = against(baseline_of(at(4)), found)
    assert compared.sifted.kept == (found,)
    assert compared.gone == baseline_of(at(4))


def test_so_many_equal_findings_are_silent_as_were_there() -> None:
    """The next one is new."""
    assert against(baseline_of(at(4)), at(4), at(5)).sifted.kept == (at(5),)
    assert against(baseline_of(at(4), at(5)), at(4), at(5)).sifted.kept == ()


def test_one_of_two_equal_findings_may_go() -> None:
    """Whichever it was."""
    compared = against(baseline_of(at(4), at(5)), at(5))
    assert compared.sifted.kept == ()
    assert len(compared.gone) == 1


def test_entries_that_could_not_have_been_found_are_not_gone() -> None:
    """For one file was not read, and one rule not looked for."""
    baseline = baseline_of(at(4), at(4, "CA201"))
    assert apply([], baseline, {}, same, lambda entry: entry.code != "CA201").gone == baseline_of(at(4))


def test_files_are_known_by_their_names_in_the_project() -> None:
    """However they are shown."""
    baseline = entries([at(4, file="app.py")], {"app.py": CODE}, lambda file: f"src/{file}")
    assert [entry.file for entry in baseline] == ["src/app.py"]
    assert apply([at(4, file="src/app.py")], baseline, {"src/app.py": CODE}, same).sifted.kept == ()
    assert apply([at(4, file="app.py")], baseline, {"app.py": CODE}, same).sifted.kept == (at(4, file="app.py"),)


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    """In a stable order, whatever the names."""
    file = tmp_path / "baseline.json"
    odd = at(4, file='ü"\x1b\n.py', function="<lambda>")
    found = baseline_of(at(6), odd, at(4), at(4, "CA001"))
    write(file, found)
    text = file.read_text("utf-8")
    write(file, tuple(reversed(found)))
    assert (read(file), file.read_text("utf-8")) == (found, text)
    assert json.loads(text)["schema"] == "conc-advisor.baseline/1"
    assert text.endswith("}\n")


def test_a_name_that_is_no_text_is_written_too(tmp_path: Path) -> None:
    """And known again."""
    found = at(4, file="\udcff.py")
    write(tmp_path / "b", baseline_of(found))
    assert against(read(tmp_path / "b"), found).sifted.kept == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no baseline, or a damaged one"),
        (b"\xff", "no baseline, or a damaged one"),
        (b"[]", "no baseline, or a damaged one"),
        (b"{}", "no baseline, or a damaged one"),
        (b'{"schema": 1}', "no baseline, or a damaged one"),
        (b'{"schema": "conc-advisor.baseline/1"}', "no baseline, or a damaged one"),
        (b'{"schema": "conc-advisor.baseline/1", "findings": [{"code": 1}]}', "no baseline, or a damaged one"),
        (b'{"schema": "conc-advisor.baseline/1", "findings": [', "no baseline, or a damaged one"),
        (b'{"schema": "conc-advisor.baseline/2"}', "written by another version"),
        (b'{"schema": "conc-advisor.review/1", "findings": []}', "is no baseline but 'conc-advisor.review/1'"),
    ],
)
def test_a_file_that_is_no_baseline_is_an_error_and_is_not_overwritten(tmp_path: Path, content: bytes, message: str) -> None:
    """Unless it says of itself that it is a baseline: then a new one may replace it."""
    file = tmp_path / "baseline.json"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        read(file)
    assert str(file) in caught.value.message
    if b"conc-advisor.baseline/" in content and not content.endswith(b"["):
        write(file, ())
        assert read(file) == ()
        return
    with pytest.raises(RefusedError):
        write(file, ())
    assert file.read_bytes() == content


def test_a_missing_baseline_is_an_error(tmp_path: Path) -> None:
    """It says how to get one."""
    with pytest.raises(UsageError, match="No such file") as caught:
        read(tmp_path / "none.json")
    assert "--write-baseline" in caught.value.hint


def test_a_baseline_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """Here its folder is missing."""
    with pytest.raises(OutputError):
        write(tmp_path / "none" / "baseline.json", ())
    assert list(tmp_path.iterdir()) == []


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    """The new content comes where the link leads."""
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    write(real, ())
    real.chmod(0o640)
    link.symlink_to("real.json")
    write(link, baseline_of(at(4)))
    assert (link.is_symlink(), real.stat().st_mode & 0o777, read(real)) == (True, 0o640, baseline_of(at(4)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "real.json"]


def test_entries_that_are_gone_are_counted_in_a_note() -> None:
    """No note where there are none."""
    one, two = baseline_of(at(4), at(6))
    assert note_of((), Path("b.json")) is None
    assert note_of((one,), Path("b.json")) == "1 entry of b.json matches nothing any more: --write-baseline takes them out"
    assert note_of((one, two), Path("b.json")) == "2 entries of b.json match nothing any more: --write-baseline takes them out"
