"""Findings that are silent in the files of a glob."""

from pathlib import Path

import pytest
from review_outcome_builder import finding

from conc_advisor.errors import UsageError
from conc_advisor.review.outcome import Silence
from conc_advisor.review.silence.per_file import PerFileIgnores

ROOT = Path("/project")
FILES = (
    "a.py",
    "tests/a.py",
    "tests/unit/b.py",
    "src/tests/a.py",
    "src/pkg/conftest.py",
    "docs/[x].py",
    "docs/a,b.py",
)


def matched(glob: str) -> list[str]:
    """Return which of the files a glob matches."""
    ignores = PerFileIgnores([(glob, ("CA101",))], ROOT)
    return [file for file in FILES if ignores.codes(ROOT / file)]


@pytest.mark.parametrize(
    ("glob", "files"),
    [
        ("a.py", ["a.py", "tests/a.py", "src/tests/a.py"]),
        ("conftest.py", ["src/pkg/conftest.py"]),
        ("*.py", list(FILES)),
        ("?.py", ["a.py", "tests/a.py", "tests/unit/b.py", "src/tests/a.py"]),
        ("[ab].py", ["a.py", "tests/a.py", "tests/unit/b.py", "src/tests/a.py"]),
        ("[!b].py", ["a.py", "tests/a.py", "src/tests/a.py"]),
        ("[^b].py", ["a.py", "tests/a.py", "src/tests/a.py"]),
        ("tests/*", ["tests/a.py", "tests/unit/b.py"]),
        ("./tests/*", ["tests/a.py", "tests/unit/b.py"]),
        ("tests/**", ["tests/a.py", "tests/unit/b.py"]),
        ("tests/", ["tests/a.py", "tests/unit/b.py"]),
        ("/project/tests/*", ["tests/a.py", "tests/unit/b.py"]),
        ("**/tests/**", ["tests/a.py", "tests/unit/b.py", "src/tests/a.py"]),
        ("*/tests/*", ["src/tests/a.py"]),
        ("src/**/conftest.py", ["src/pkg/conftest.py"]),
        ("src/pkg/**/conftest.py", ["src/pkg/conftest.py"]),
        ("{tests,docs}/?[ab,]*.py", ["docs/a,b.py"]),
        ("{src,tests}/**/a.py", ["tests/a.py", "src/tests/a.py"]),
        ("docs/[[]x].py", ["docs/[x].py"]),
        (r"docs/\[x\].py", ["docs/[x].py"]),
        ("docs/a,b.py", ["docs/a,b.py"]),
        ("!tests/*", ["a.py", "src/tests/a.py", "src/pkg/conftest.py", "docs/[x].py", "docs/a,b.py"]),
        ("tests", []),
        ("test/*", []),
        ("unit/*", []),
        ("A.py", []),
        ("a", []),
        ("a.p", []),
        ("docs/[x].py", []),
        ("/tests/*", []),
        ("", []),
    ],
)
def test_a_glob_matches_what_ruff_would_match(glob: str, files: list[str]) -> None:
    """Each row was compared with ruff 0.17.5, but for the folder that ends with a slash, which means nothing to ruff."""
    assert matched(glob) == files


@pytest.mark.parametrize("glob", ["{a", "[a", "a\\", "[", "{a,{b}", "!{"])
def test_a_glob_that_is_none_is_an_error(glob: str) -> None:
    """It names the glob."""
    with pytest.raises(UsageError, match="which is no glob"):
        PerFileIgnores([(glob, ("CA101",))], ROOT)


@pytest.mark.parametrize(
    ("codes", "silent"),
    [
        (("CA101",), ["CA101"]),
        (("ca1",), ["CA101", "CA102"]),
        (("CA1", "S113"), ["CA101", "CA102", "S113"]),
        (("ALL",), ["CA101", "CA102", "S113"]),
        (("CA201", "S1134"), []),
        ((), []),
    ],
)
def test_codes_and_beginnings_of_codes_are_silent(codes: tuple[str, ...], silent: list[str]) -> None:
    """All others stay."""
    findings = [finding(code=code) for code in ("CA101", "CA102", "S113")]
    sifted = PerFileIgnores([("a.py", codes)], ROOT).apply(findings, ROOT / "a.py")
    assert [each.finding.rule for each in sifted.silenced] == silent
    assert {each.how for each in sifted.silenced} <= {Silence.PER_FILE}
    assert [each.rule for each in sifted.kept] == [code for code in ("CA101", "CA102", "S113") if code not in silent]


@pytest.mark.parametrize("pairs", [[], [("tests/*", ("ALL",))]])
def test_other_files_keep_their_findings(pairs: list[tuple[str, tuple[str, ...]]]) -> None:
    """Nothing is silenced where no glob matches."""
    assert PerFileIgnores(pairs, ROOT).apply([finding()], ROOT / "a.py").kept == (finding(),)


def test_globs_that_match_the_same_file_add_up() -> None:
    """Each brings its codes."""
    assert PerFileIgnores([("a.py", ("CA1",)), ("*", ("CA2",)), ("b.py", ("CA3",))], ROOT).codes(ROOT / "a.py") == ("CA1", "CA2")


def test_a_file_is_found_through_a_link_to_its_folder(tmp_path: Path) -> None:
    """And through a root that is a link."""
    (tmp_path / "real" / "tests").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    ignores = PerFileIgnores([("tests/*", ("CA1",))], tmp_path / "link")
    assert ignores.codes(tmp_path / "link" / "tests" / "a.py") == ("CA1",)
    assert ignores.codes(tmp_path / "real" / "tests" / "a.py") == ("CA1",)
    assert ignores.codes(tmp_path / "tests" / "a.py") == ()
