"""What is offered at the end of a conversation of `choose`."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from conc_advisor.cli.choose_offer import MOST, offer
from conc_advisor.cli.console import Voice
from conc_advisor.cli.menu import Offer

NAMES = ("async-fan-out", "async-queue", "async-deadlines", "async-shutdown", "leak-fixture", "no-such-template")
QUIET = Voice(quiet=True)


class Picks:
    """Somebody who picks the offer at this place, or leaves."""

    def __init__(self, place: int | None) -> None:
        self.place = place
        self.offered: list[str] = []

    def pick(self, question: str, offers: Sequence[Offer]) -> str:
        self.question = question
        self.offered = [each.label for each in offers]
        if self.place is None:
            raise KeyboardInterrupt
        return offers[self.place].value

    def show(self, text: str) -> None:
        raise AssertionError(text)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project and stand in it, at a terminal."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'app'\nrequires-python = '>=3.11'\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    return tmp_path


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*.py")}


@pytest.mark.usefixtures("project")
def test_the_first_templates_are_offered_and_no_comes_first() -> None:
    person = Picks(0)
    assert offer(NAMES, QUIET, person) == 0
    assert person.offered == ["no", *NAMES[:MOST]]


def test_no_adds_nothing(project: Path) -> None:
    assert offer(NAMES, QUIET, Picks(0)) == 0
    assert files(project) == {"__init__.py"}


def test_who_leaves_has_the_recommendation_and_adds_nothing(project: Path) -> None:
    assert offer(NAMES, QUIET, Picks(None)) == 0
    assert files(project) == {"__init__.py"}


def test_what_is_picked_is_added(project: Path) -> None:
    assert offer(NAMES, QUIET, Picks(1)) == 0
    assert {"fan_out.py", "test_fan_out.py"} <= files(project)


def test_outside_of_a_project_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    person = Picks(1)
    assert offer(NAMES, QUIET, person) == 0
    assert person.offered == []
    assert files(tmp_path) == set()


@pytest.mark.usefixtures("project")
def test_where_the_result_goes_to_a_file_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    person = Picks(1)
    assert offer(NAMES, QUIET, person) == 0
    assert person.offered == []
