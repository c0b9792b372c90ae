"""A file that is named is understood with the files around it, and nothing is said of those."""

import os
from pathlib import Path
from typing import Any

import pytest
from project_builder import write_project
from review_engine_builder import only_boom, places, settings_for

from conc_advisor.review.check import review
from conc_advisor.review.engine import surroundings
from conc_advisor.review.engine.listing import list_files
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.settings import StandardInput

CALLS = "from pkg.low import other\n\nother()\n"
FILES = {
    "pyproject.toml": "",
    "pkg/__init__.py": "",
    "pkg/sub/__init__.py": "",
    "pkg/sub/a.py": CALLS,
    "pkg/low.py": "from danger import boom as other\nother()\nx = 1\n",
    "pkg/broken.py": "def f(:\n",
    "beside.py": "boom()\n",
}
FOUND = ["a.py:3 calls danger.boom"]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small project; there is one rule."""
    only_boom(monkeypatch)
    return write_project(tmp_path, FILES)


def named(root: Path, *names: str, **changes: Any) -> Outcome:  # noqa: ANN401  # fields of the settings
    """Return the review of some files."""
    return review(settings_for(root, **({"paths": tuple(root / name for name in names), "around": True} | changes)))


def read(root: Path, *names: str, **changes: Any) -> list[str]:  # noqa: ANN401  # as above
    """Return the files that are read for a review, below the root."""
    settings = settings_for(root, **({"paths": tuple(root / name for name in names), "around": True} | changes))
    return sorted(os.path.relpath(order.path, root) for order in list_files(settings).orders)


def given(root: Path, name: str) -> dict[str, Any]:
    """Return the settings for source on standard input."""
    return {"paths": (), "stdin": StandardInput(data=CALLS.encode(), name=root / name)}


def test_what_a_call_into_another_file_does_is_known(project: Path) -> None:
    """Without the surroundings it is not."""
    assert places(named(project, "pkg/sub/a.py")) == FOUND
    assert places(named(project, "pkg/sub/a.py", around=False)) == []


@pytest.mark.parametrize("name", ["pkg/sub/a.py", "pkg/sub/new.py"])
def test_standard_input_lies_where_its_name_says(project: Path, name: str) -> None:
    """The file of that name, if there is one, is not read."""
    assert len(named(project, **given(project, name)).findings) == 1


def test_the_others_are_not_told_of(project: Path) -> None:
    """Neither what is found in them, nor that one cannot be read, nor how many they are."""
    outcome = named(project, "pkg/sub/a.py")
    assert (outcome.files, outcome.lines, outcome.skipped, outcome.notes) == (1, 3, (), ())
    assert outcome.inventory is not None
    assert sum(outcome.inventory.read.values()) == 1


def test_a_file_that_is_named_itself_is_told_of(project: Path) -> None:
    """Whatever else is."""
    outcome = named(project, "pkg/sub/a.py", "pkg/low.py", "pkg/broken.py")
    assert places(outcome) == ["a.py:3 calls danger.boom", "low.py:2 calls danger.boom"]
    assert (outcome.files, len(outcome.skipped)) == (2, 1)


PACKAGE = ["pkg/__init__.py", "pkg/broken.py", "pkg/low.py", "pkg/sub/__init__.py", "pkg/sub/a.py"]


@pytest.mark.parametrize(
    ("names", "changes", "files"),
    [
        (["pkg/sub/a.py"], {}, PACKAGE),
        (["pkg/low.py", "pkg/sub/a.py"], {}, PACKAGE),
        (["pkg/sub/a.py"], {"exclude": ("pkg/broken.py",)}, [name for name in PACKAGE if name != "pkg/broken.py"]),
        (["pkg/sub/a.py"], {"exclude": ("pkg/sub",)}, ["pkg/__init__.py", "pkg/broken.py", "pkg/low.py", "pkg/sub/a.py"]),
        (["beside.py"], {}, ["beside.py"]),
        (["pkg/sub"], {}, ["pkg/sub/__init__.py", "pkg/sub/a.py"]),
        (["pkg/sub", "pkg/low.py"], {}, PACKAGE),
        (["pkg/sub/a.py"], {"around": False}, ["pkg/sub/a.py"]),
    ],
    ids=str,
)
def test_the_package_is_read_from_its_top(project: Path, names: list[str], changes: dict[str, Any], files: list[str]) -> None:
    """Around files, not around folders; without what is left out, and no file twice."""
    assert read(project, *names, **changes) == files


def test_beside_a_module_in_no_package_its_neighbours_are_read(project: Path) -> None:
    """Not the folders beside it."""
    write_project(project, {"more.py": ""})
    assert read(project, "beside.py") == ["beside.py", "more.py"]


def test_what_git_ignores_is_not_read(project: Path) -> None:
    """It may be generated, and is no part of the project."""
    write_project(project, {".gitignore": "low.py\n", ".git/HEAD": ""})
    assert read(project, "pkg/sub/a.py") == [name for name in PACKAGE if name != "pkg/low.py"]


def test_source_without_a_name_has_no_surroundings(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows where it lies."""
    monkeypatch.chdir(project / "pkg")
    nameless = StandardInput(data=b"", name=Path("-"))
    assert len(list_files(settings_for(project, paths=(), around=True, stdin=nameless)).orders) == 1


@pytest.mark.parametrize("bound", ["MOST_FILES", "MOST_BYTES"])
def test_of_too_many_none_is_read_and_that_is_said(project: Path, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    """An editor waits for no more."""
    monkeypatch.setattr(surroundings, bound, 3)
    monkeypatch.chdir(project)
    outcome = named(project, "pkg/sub/a.py")
    assert places(outcome) == []
    [note] = outcome.notes
    assert "the other files of pkg are too many" in note


@pytest.mark.parametrize("name", ["pkg/low.py", "pkg/__init__.py"])
def test_all_modules_of_a_package_share_what_the_cache_knows(project: Path, name: str) -> None:
    """With a review of the whole project, too."""
    whole = list_files(settings_for(project)).task
    assert list_files(settings_for(project, paths=(project / "pkg/sub/a.py",), around=True)).task == whole
    assert list_files(settings_for(project, paths=(project / name,), around=True)).task == whole
