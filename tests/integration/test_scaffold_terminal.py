"""`scaffold` at a real terminal: picking, conflicts, and Ctrl-C at each point."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest
from template_builder import SRC_PROJECT, tree, user_project, write_template

pytestmark = pytest.mark.real

DOWN, ENTER, CTRL_C, CTRL_D = "\x1b[B", "\r", "\x03", "\x04"
PROJECT = {**SRC_PROJECT, "pyproject.toml": SRC_PROJECT["pyproject.toml"] + '\n[tool.conc-advisor]\ntemplates = ["own"]\n'}
CODE, TEST = "src/my_pkg/adder.py", "tests/test_adder.py"
Terminal = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def terminal(workplace: Path) -> Iterator[Terminal]:
    """Return a function that starts `scaffold` in a project, at a terminal of its own."""
    user_project(workplace, PROJECT)
    write_template(workplace / "own")
    started: list[pexpect.spawn[str]] = []

    def start(*words: str, columns: int = 100, **changes: str) -> "pexpect.spawn[str]":
        environ = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        child = pexpect.spawn(
            sys.executable,
            ["-m", "conc_advisor", "scaffold", *words],
            cwd=str(workplace),
            env={**environ, "TERM": "xterm", "NO_COLOR": "1", **changes},
            encoding="utf-8",
            timeout=30,
            dimensions=(60, columns),
        )
        child.delaybeforesend = None  # it would wait 50 ms before every key, for programs that read a password
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def ended(child: "pexpect.spawn[str]") -> tuple[str, int | None]:
    """Return what came until the end, and the exit code."""
    child.expect(pexpect.EOF)
    text = child.before or ""
    child.close()
    assert "Traceback" not in text
    return text, child.exitstatus


def pick(child: "pexpect.spawn[str]", workplace: Path) -> None:
    """Pick the project's own template from the list, by going down to it."""
    child.expect_exact("Which template?")
    child.expect_exact("Tests and measurements")
    from conc_advisor.scaffolding.catalogue import load_templates  # noqa: PLC0415

    names = list(load_templates([workplace / "own"]).by_name)
    for _ in range(names.index("adder")):
        child.send(DOWN)
    child.send(ENTER)
    child.expect_exact("Which template? adder")
    child.expect_exact("When there are two.")


def test_pick_look_and_write(terminal: Terminal, workplace: Path) -> None:
    """The list by kind, what it is for, the difference, and then the files."""
    child = terminal()
    pick(child, workplace)
    child.expect_exact("Write these files?")
    child.expect_exact("quit")
    child.send(DOWN + ENTER)
    child.expect_exact("+def add_up(")
    child.expect_exact("Write these files?")
    child.expect_exact("quit")
    child.send(ENTER)
    text, code = ended(child)
    assert code == 0
    assert f"create  {CODE}" in text
    assert f"next: python -m pytest {TEST}" in text
    assert (workplace / CODE).is_file()


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize("point", ["list", "confirm", "after the difference", "conflict", "second conflict", "after its difference"])
def test_leaving_at_each_point(terminal: Terminal, workplace: Path, point: str, key: str) -> None:
    """130, the sentence, and not a trace on disk."""
    conflicting = "conflict" in point or "its" in point
    if conflicting:
        (workplace / CODE).write_text("# mine\n")
        (workplace / TEST).write_text("# mine\n")
    before = tree(workplace)
    child = terminal("adder") if conflicting else terminal()
    if conflicting:
        child.expect_exact(f"{CODE} exists and differs:")
        child.expect_exact("quit")
    if point == "list":
        child.expect_exact("Which template?")
        child.expect_exact("Tests and measurements")
    elif not conflicting:
        pick(child, workplace)
        child.expect_exact("Write these files?")
        child.expect_exact("quit")
    if point.startswith("after"):
        child.send((DOWN * 2 if conflicting else DOWN) + ENTER)
        child.expect_exact("diff --git")
        child.expect_exact("exists and differs:" if conflicting else "Write these files?")
        child.expect_exact("quit")
    if point == "second conflict":
        child.send(ENTER)
        child.expect_exact(f"{TEST} exists and differs:")
        child.expect_exact("quit")
    child.send(key)
    text, code = ended(child)
    assert code == 130
    assert "Nothing was written." in text
    assert tree(workplace) == before


@pytest.mark.parametrize(("downs", "code", "text"), [(0, 0, "overwrite  src"), (1, 0, "skip    src"), (3, 4, "Nothing was written.")])
def test_a_conflict_is_decided(terminal: Terminal, workplace: Path, downs: int, code: int, text: str) -> None:
    """With the arrow keys."""
    (workplace / CODE).write_text("# mine\n")
    child = terminal("adder")
    child.expect_exact(f"{CODE} exists and differs:")
    child.expect_exact("quit")
    child.send(DOWN * downs + ENTER)
    told, status = ended(child)
    assert status == code
    assert text in told
    assert ((workplace / CODE).read_text() == "# mine\n") is bool(downs)
    assert (workplace / TEST).exists() is not bool(code)


@pytest.mark.parametrize("columns", [30, 60, 200])
def test_any_width_will_do(terminal: Terminal, workplace: Path, columns: int) -> None:
    """A narrow one shows the meaning of the one that is pointed at."""
    child = terminal(columns=columns)
    child.expect_exact("Which template?")
    child.expect_exact("async-fan-out")
    child.send(CTRL_C)
    assert ended(child)[1] == 130
    assert not (workplace / CODE).exists()


@pytest.mark.parametrize("term", ["dumb", ""])
def test_numbers_where_the_cursor_cannot_be_moved(terminal: Terminal, workplace: Path, term: str) -> None:
    """No escape codes."""
    child = terminal(TERM=term)
    child.expect_exact("adder: Adds numbers.")
    child.expect_exact("Number: ")
    child.send("adder\r")
    child.expect_exact("1) write:")
    child.expect_exact("Number: ")
    assert "\x1b" not in (child.before or "")
    child.send("1\r")
    text, code = ended(child)
    assert code == 0
    assert "create" in text
    assert (workplace / CODE).is_file()
