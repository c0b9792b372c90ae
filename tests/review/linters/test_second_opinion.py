"""What ruff finds stands beside what we find, and once."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from project_builder import write_project
from review_engine_builder import settings_for

from conc_advisor.review.check import review
from conc_advisor.review.linters.enclosing import Enclosing, enclosing
from conc_advisor.review.linters.ruff import Asked, Heard
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.settings import StandardInput

BLOCKS = "import time\n\nasync def f():\n    time.sleep(1)\n"
CODES = frozenset({"CA101", "ASYNC251", "PLW1509"})
FORKS = "import subprocess\n\n\ndef f():\n    subprocess.Popen([], preexec_fn=print)\n"


def asked(root: Path, files: dict[str, str], **changes: Any) -> Outcome:  # noqa: ANN401  # fields of the settings
    """Return a review with ruff."""
    return review(settings_for(write_project(root, files), **({"codes": CODES, "ruff": True} | changes)))


def codes(outcome: Outcome) -> list[tuple[str, tuple[str, ...]]]:
    """Return what was found: code, and the others' codes for the same."""
    return [(each.rule, each.also) for each in outcome.findings]


@pytest.mark.real
def test_what_both_find_is_said_once_and_what_one_finds_as_well(tmp_path: Path) -> None:
    """Ours names ruff's code."""
    outcome = asked(tmp_path, {"a.py": BLOCKS, "b.py": FORKS})
    assert codes(outcome) == [("CA101", ("ASYNC251",)), ("PLW1509", ())]
    assert outcome.findings[1].location is not None
    assert outcome.findings[1].location.function == "f"
    assert outcome.notes == ()


@pytest.mark.real
def test_standard_input_is_shown_to_ruff(tmp_path: Path) -> None:
    """Under its name."""
    given = StandardInput(data=FORKS.encode(), name=tmp_path / "x.py")
    assert codes(asked(tmp_path, {}, paths=(), stdin=given)) == [("PLW1509", ())]


LATIN = "# -*- coding: latin-1 -*-\n# caf\xe9\n" + FORKS


@pytest.mark.real
@pytest.mark.parametrize("named", [False, True])
def test_ruff_is_told_the_text_of_a_file_in_another_encoding(tmp_path: Path, *, named: bool) -> None:
    """It reads UTF-8 alone."""
    path = tmp_path / "old.py"
    path.write_bytes(LATIN.encode("latin-1"))
    given: dict[str, Any] = {"paths": (), "stdin": StandardInput(data=path.read_bytes(), name=path)} if named else {}
    outcome = asked(tmp_path, {}, **given)
    [found] = outcome.findings
    assert found.location is not None
    assert (found.rule, found.location.line, found.location.function) == ("PLW1509", 7, "f")
    assert outcome.notes == ()


def test_of_many_files_in_other_encodings_the_first_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a process; that there are more is said."""
    told: list[Path] = []

    def ask(question: Asked, around: object) -> Heard:  # noqa: ARG001  # as ruff is asked
        if question.stdin is not None:
            told.append(question.stdin[0])
        return Heard(unread=tuple(question.files.values()))

    monkeypatch.setattr("conc_advisor.review.linters.second_opinion._MOST_RETOLD", 2)
    monkeypatch.setattr("conc_advisor.review.linters.ruff.ask", ask)
    outcome = asked(tmp_path, {f"{name}.py": FORKS for name in "abcd"})
    assert [path.name for path in told] == ["a.py", "b.py"]
    [note] = outcome.notes
    assert "2 files" in note
    assert "c.py" in note


class Ruff:
    """Stands for ruff: finds nothing, and remembers what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *notes: str) -> None:
        self.files: list[str] = []
        self.notes = notes
        monkeypatch.setattr("conc_advisor.review.linters.ruff.ask", self.ask)

    def ask(self, question: Asked, around: object) -> Heard:  # noqa: ARG002  # as ruff is asked
        """Answer."""
        self.files = sorted(path.name for path in question.files)
        return Heard(notes=self.notes)


def test_ruff_is_asked_about_changed_files_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says the same of the others, for it looks at one file at a time."""
    ruff = Ruff(monkeypatch)
    files = {"a.py": BLOCKS, "b.py": FORKS}
    asked(tmp_path, files, cache=tmp_path / "cache")
    assert ruff.files == ["a.py", "b.py"]
    asked(tmp_path, files | {"b.py": "x = 1"}, cache=tmp_path / "cache")
    assert ruff.files == ["b.py"]


@pytest.mark.parametrize("changes", [{"noqa": False}, {"python": 9}, {"codes": frozenset({"ASYNC251"})}], ids=str)
def test_another_question_is_asked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    """The answer may be another one."""
    ruff = Ruff(monkeypatch)
    asked(tmp_path, {"a.py": BLOCKS}, cache=tmp_path / "cache")
    ruff.files = []
    asked(tmp_path, {}, cache=tmp_path / "cache", **changes)
    assert ruff.files == ["a.py"]


def test_an_answer_that_did_not_come_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its absence is said each time."""
    ruff = Ruff(monkeypatch, "ruff is not there")
    for _ in range(2):
        ruff.files = []
        outcome = asked(tmp_path, {"a.py": BLOCKS}, cache=tmp_path / "cache")
        assert (ruff.files, outcome.notes) == (["a.py"], ("ruff is not there",))
        assert codes(outcome) == [("CA101", ())]


@pytest.mark.parametrize(
    "changes",
    [{"ruff": False}, {"codes": frozenset({"CA101"})}, {"only": frozenset()}],
    ids=str,
)
def test_ruff_is_not_asked_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    """Not where the user does not want it, none of its rules is selected, or no file counts."""
    ruff = Ruff(monkeypatch)
    asked(tmp_path, {"a.py": BLOCKS}, **changes)
    assert ruff.files == []


@pytest.mark.parametrize("text", ["def f(:", "print 'x'"])
def test_ruff_is_not_asked_about_what_we_cannot_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The reason is said already."""
    ruff = Ruff(monkeypatch)
    assert len(asked(tmp_path, {"bad.py": text, "a.py": BLOCKS}).skipped) == 1
    assert ruff.files == ["a.py"]


def test_a_file_is_parsed_once_however_much_ruff_finds_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And gone through once."""
    gone_through: list[object] = []

    def seen(tree: ast.Module) -> Mapping[int, Enclosing]:
        gone_through.append(tree)
        return enclosing(tree)

    def busy(question: Asked, around: Any) -> Heard:  # noqa: ANN401  # as ruff is asked
        [name] = question.files.values()
        assert [around(name, line).function for line in (1, 4, 5, 4)] == ["<module>", "f", "f", "f"]
        return Heard()

    monkeypatch.setattr("conc_advisor.review.linters.second_opinion.enclosing", seen)
    monkeypatch.setattr("conc_advisor.review.linters.ruff.ask", busy)
    asked(tmp_path, {"b.py": FORKS})
    assert len(gone_through) == 1


def test_a_place_in_a_file_that_is_gone_is_at_module_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing better is known."""

    def late(question: Asked, around: Any) -> Heard:  # noqa: ANN401  # as ruff is asked
        [(path, name)] = question.files.items()
        path.unlink()
        assert (around(name, 5).function, around(name, 5).coroutine) == ("<module>", False)
        return Heard()

    monkeypatch.setattr("conc_advisor.review.linters.ruff.ask", late)
    assert asked(tmp_path, {"b.py": FORKS}).findings == ()
