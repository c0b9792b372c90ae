"""The corpus: each file in `corpus/bad` marks the lines that a review must find, each in `corpus/good` shows the same done right."""

import re
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest

from conc_advisor.findings import Finding
from conc_advisor.review.check import review
from conc_advisor.review.rules import ALL
from conc_advisor.review.settings import ReviewSettings
from conc_advisor.review.silence.known import known_codes

CORPUS: Final = Path(__file__).parent / "corpus"
NAMES: Final = sorted(path.name for path in (CORPUS / "bad").glob("*.py"))
KNOWN: Final = known_codes(ALL)
PITFALLS: Final = {each.code: each.pitfall for each in KNOWN}
LEAST: Final = 95
_EXPECTED: Final = re.compile(r"# EXPECT: (P\d\d)")
_PYTHON: Final = re.compile(r'# requires-python = ">=3\.(\d+)"')


def expected(name: str) -> set[tuple[int, str]]:
    """Return the lines of a bad file that are marked, each with the pitfall."""
    lines = (CORPUS / "bad" / name).read_text(encoding="utf-8").splitlines()
    return {(number, found[1]) for number, line in enumerate(lines, start=1) if (found := _EXPECTED.search(line))}


def reviewed(folder: Path, *, ruff: bool) -> dict[str, list[Finding]]:
    """Return the findings of a folder's files, by name; each file is reviewed for the Python that it says it must run on."""
    groups: defaultdict[int | None, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("*.py")):
        asked = _PYTHON.search(path.read_text(encoding="utf-8"))
        groups[int(asked[1]) if asked else None].append(path)
    found: dict[str, list[Finding]] = {}
    for python, paths in groups.items():
        codes = frozenset(each.code for each in KNOWN)
        outcome = review(ReviewSettings(paths=tuple(paths), codes=codes, root=folder, python=python, jobs=1, ruff=ruff))
        assert outcome.files == len(paths), (outcome.skipped, outcome.notes)
        assert outcome.notes == ()
        for each in outcome.findings:
            assert each.location is not None
            found.setdefault(Path(each.location.file).name, []).append(each)
    return found


@pytest.fixture(scope="module", params=[False, True], ids=["alone", "with ruff"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[Finding]]]:
    """Return what is found in the bad and in the good files, copied to where no path says that they are tests."""
    root = tmp_path_factory.mktemp("corpus")
    return {kind: reviewed(shutil.copytree(CORPUS / kind, root / kind), ruff=request.param) for kind in ("bad", "good")}


def missed(found: dict[str, dict[str, list[Finding]]], name: str) -> set[tuple[int, str]]:
    """Return the marked lines of a bad file on which nothing of their pitfall is found."""
    told = {(each.location.line, PITFALLS[each.rule]) for each in found["bad"].get(name, []) if each.location is not None}
    return expected(name) - told


def test_the_corpus_is_whole() -> None:
    assert sum(len(expected(name)) for name in NAMES) == 98
    assert sorted(path.name for path in (CORPUS / "good").glob("*.py")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_marked_line_is_found(found: dict[str, dict[str, list[Finding]]], name: str) -> None:
    assert missed(found, name) == set()


@pytest.mark.parametrize("name", NAMES)
def test_the_good_twin_is_silent(found: dict[str, dict[str, list[Finding]]], name: str) -> None:
    assert [(each.rule, each.message) for each in found["good"].get(name, [])] == []


def test_nearly_all_marked_lines_are_found(found: dict[str, dict[str, list[Finding]]]) -> None:
    """The bar that holds even where a file above is given up."""
    assert sum(len(expected(name)) - len(missed(found, name)) for name in NAMES) >= LEAST
