"""Exactly one thing to look at."""

import os
from pathlib import Path

import pytest

from conc_advisor.cli.sources import Saved, SourceOptions, check_one_source, choose_source, program_name
from conc_advisor.errors import RecordingError, TargetError, UsageError
from conc_advisor.profiling.target import Attach, Launch

ONE_SOURCE = [
    SourceOptions(words=("app.py", "-x")),
    SourceOptions(words=("gunicorn", "app:app"), separated=True),
    SourceOptions(module="http.server"),
    SourceOptions(module="http.server", words=("8000",)),
    SourceOptions(pid=1),
    SourceOptions(demo="native-code"),
    SourceOptions(demo="native-code", words=("2",)),
    SourceOptions(load="x.conc"),
]


@pytest.mark.parametrize("options", ONE_SOURCE)
def test_one_source_is_fine(options: SourceOptions) -> None:
    """A script, a module or a demo may have arguments."""
    check_one_source(options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (SourceOptions(), "nothing to profile"),
        (SourceOptions(separated=True), "no command after --"),
        (SourceOptions(pid=1, load="x"), "--pid and --load exclude each other"),
        (SourceOptions(module="x", demo="y"), "-m and --demo exclude each other"),
        (SourceOptions(pid=1, words=("app.py",)), "--pid needs no program"),
        (SourceOptions(load="x", words=("app.py",)), "--load needs no program"),
        (SourceOptions(load="x", words=("app.py",), separated=True), "--load needs no program"),
    ],
)
def test_none_or_two_are_refused(options: SourceOptions, message: str) -> None:
    """With a hint."""
    with pytest.raises(UsageError, match=message) as error:
        check_one_source(options)
    assert error.value.hint


@pytest.mark.parametrize(
    ("options", "tail"),
    [
        (SourceOptions(words=("app.py", "-m", "--", "x")), ("app.py", "-m", "--", "x")),
        (SourceOptions(module="http.server", words=("8000",)), ("-m", "http.server", "8000")),
        (SourceOptions(separated=True, words=("sh", "-c", "exit")), ("sh", "-c", "exit")),
    ],
)
def test_the_programs_words_are_kept(workplace: Path, options: SourceOptions, tail: tuple[str, ...]) -> None:
    """In order, and with every dash."""
    (workplace / "app.py").touch()
    target = choose_source(options, python=None, stdout=workplace / "out")
    assert isinstance(target, Launch)
    assert target.command[-len(tail) :] == tail
    assert target.stdout == workplace / "out"


def test_a_running_process_is_attached_to() -> None:
    """By its number."""
    assert choose_source(SourceOptions(pid=os.getppid()), python=None, stdout=None) == Attach(pid=os.getppid())


def test_a_missing_script_is_said_to_be_missing(workplace: Path) -> None:
    """Before anything runs."""
    with pytest.raises(TargetError, match=r"no file app\.py"):
        choose_source(SourceOptions(words=("app.py",)), python=None, stdout=None)
    assert list(workplace.iterdir()) == []


def test_a_recording_is_named_or_the_last_one(state_home: Path) -> None:
    """`last` is the newest; a file of that name is ./last."""
    assert choose_source(SourceOptions(load="x.conc"), python=None, stdout=None) == Saved(path=Path("x.conc"))
    with pytest.raises(RecordingError):
        choose_source(SourceOptions(load="last"), python=None, stdout=None)
    saved = state_home / "conc-advisor/recordings/1.conc"
    saved.parent.mkdir(parents=True)
    saved.touch()
    assert choose_source(SourceOptions(load="last"), python=None, stdout=None) == Saved(path=saved)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (SourceOptions(words=("dir/app.py", "x")), "app"),
        (SourceOptions(words=("/usr/bin/gunicorn", "x"), separated=True), "gunicorn"),
        (SourceOptions(module="http.server"), "http.server"),
        (SourceOptions(pid=12), "pid-12"),
        (SourceOptions(demo="native-code"), "native-code"),
    ],
)
def test_a_recording_is_named_after_its_program(options: SourceOptions, name: str) -> None:
    """Short, and without the folder."""
    assert program_name(options) == name
