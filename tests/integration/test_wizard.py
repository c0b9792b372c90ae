"""The wizard at a real terminal: keys in, questions on standard error, the result on standard output."""

import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest

from conc_advisor.cli.this_machine import evidence_of_machine
from conc_advisor.decision.evidence import combine
from conc_advisor.decision.question_texts import Question
from conc_advisor.decision.questions import MOST_QUESTIONS, answered, next_question
from conc_advisor.workload import Bottleneck, Factor, Gil, Workload

pytestmark = pytest.mark.real

Terminal = Callable[..., "Conversation"]

DOWN, UP, ENTER = "\x1b[B", "\x1b[A", "\r"
CTRL_C, CTRL_D = "\x03", "\x04"
NOTHING = combine(evidence_of_machine()).firm
"""What is known before anybody says a word: the system."""
LEFT_WITHOUT_A_TRACE = "Nothing was written."
RESULT = "The same answer without questions"


class Conversation:
    """`conc-advisor choose` at a pseudo-terminal, what was seen there, and what it must ask next."""

    def __init__(self, child: "pexpect.spawn[str]", known: Workload) -> None:
        self.child = child
        self.known = known
        self.asked: list[Factor] = []

    @property
    def question(self) -> Question | None:
        """The question that comes now."""
        return next_question(self.known, frozenset(self.asked))

    def asks(self) -> Question:
        """Wait until the question that has to come now is on the screen."""
        question = self.question
        assert question is not None
        self.child.expect(rf"{len(self.asked) + 1}\. {question.text[:20]}")
        # The end of the menu comes with the same stroke of the pen.
        self.child.expect("not sure")
        if self.asked:
            self.child.expect("back")
        return question

    def answers(self, place: int | None = None) -> None:
        """Wait for the question and choose an answer by its place among the options; None is "not sure"."""
        question = self.asks()
        self.presses(*[DOWN] * (len(question.options) if place is None else place), ENTER)
        label = "not sure" if place is None else question.options[place].label
        self.child.expect_exact(f"{len(self.asked) + 1}. {question.text} {label}")
        self.known = self.known if place is None else answered(self.known, question, question.options[place])
        self.asked.append(question.factor)

    def presses(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.child.send(key)

    def ends(self) -> tuple[str, int | None]:
        """Return what came until the end, and the exit code."""
        self.child.expect(pexpect.EOF)
        text = self.child.before or ""
        self.child.close()
        return text, self.child.exitstatus

    def is_left(self, key: str = CTRL_C) -> str:
        """Leave, and return what came until the end."""
        self.presses(key)
        text, code = self.ends()
        assert code == 130
        assert "Traceback" not in text
        return text


@pytest.fixture
def terminal(workplace: Path) -> Iterator[Terminal]:
    """Return a function that starts the wizard at a terminal of its own."""
    started: list[pexpect.spawn[str]] = []

    def start(*words: str, columns: int = 100, known: Workload = NOTHING, line: str = "", **changes: str) -> Conversation:
        environ = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        command = ["-c", f"{sys.executable} -m conc_advisor choose {line}"] if line else ["-m", "conc_advisor", "choose", *words]
        child = pexpect.spawn(
            "sh" if line else sys.executable,
            command,
            cwd=str(workplace),
            env={**environ, "TERM": "xterm", "NO_COLOR": "1", "XDG_CACHE_HOME": str(workplace / "cache"), **changes},
            encoding="utf-8",
            timeout=30,
            dimensions=(40, columns),
        )
        child.delaybeforesend = None  # it would wait 50 ms before every key, for programs that read a password
        started.append(child)
        return Conversation(child, known)

    yield start
    for child in started:
        child.close(force=True)


def places(known: Workload, asked: frozenset[Factor] = frozenset()) -> list[int | None]:
    """Return the places of the answers to the question that comes then."""
    question = next_question(known, asked)
    assert question is not None
    return [*range(len(question.options)), None]


def two_levels() -> Iterator[tuple[int | None, int | None]]:
    """Yield every way to answer the first two questions."""
    first = next_question(NOTHING)
    assert first is not None
    for one in places(NOTHING):
        known = NOTHING if one is None else answered(NOTHING, first, first.options[one])
        for two in places(known, frozenset({first.factor})):
            yield one, two


@pytest.mark.parametrize(("one", "two"), list(two_levels()))
def test_every_path_of_the_first_two_questions(terminal: Terminal, one: int | None, two: int | None) -> None:
    """Leads, through a first answer to each question that still comes, to the result."""
    talk = terminal()
    talk.answers(one)
    talk.answers(two)
    while talk.question is not None:
        talk.answers(0)
    text, code = talk.ends()
    assert code == 0
    assert RESULT in text


def test_not_sure_everywhere(terminal: Terminal, workplace: Path) -> None:
    """At most six questions, each explained; then an answer of low confidence, and nothing on disk."""
    talk = terminal()
    while talk.question is not None:
        talk.answers(None)
        talk.child.expect_exact("How to find out:")
    assert len(talk.asked) <= MOST_QUESTIONS
    text, code = talk.ends()
    assert code == 0
    assert "low confidence" in text
    assert list(workplace.iterdir()) == []


def test_back_and_another_answer(terminal: Terminal) -> None:
    """The question before comes again, at the answer that was given."""
    talk = terminal()
    talk.answers(1)
    talk.asks()
    talk.presses(UP, ENTER)
    talk.asked, talk.known = [], NOTHING
    talk.asks()
    talk.presses(UP, ENTER)
    talk.child.expect_exact("1. Where does the time go? waiting")
    talk.is_left()


@pytest.mark.parametrize("key", ["\x03", CTRL_D], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize("question", range(1, MOST_QUESTIONS + 1))
def test_leaving_at_each_question(terminal: Terminal, workplace: Path, question: int, key: str) -> None:
    """130, and not a trace."""
    talk = terminal("-o", "report.txt", "--save")
    for _ in range(1, question):
        talk.answers(None)
    talk.asks()
    assert LEFT_WITHOUT_A_TRACE in talk.is_left(key)
    assert list(workplace.iterdir()) == []


JUNK = {
    "ctrl-o": "\x0f",
    "alt-hash": "\x1b#",
    "letters": "xyz",
    "ctrl-bracket": "\x1d",
    "escape": "\x1b",
    "mouse": "\x1b[<0;1M",
    "old mouse": "\x1b[M",
    "cursor report": "\x1b[5;5R",
    "paste": "\x1b[200~one\rtwo\r\x1b[201~",
    "long paste": "\x1b[200~" + "x" * 20_000 + "\x1b[201~",
    "long line": "x" * 3_000,
    "control codes": "\x00\x01\x02\x05\x06\x0b\x0c\x12\x13\x14\x15\x16\x17\x18\x19\x1f",
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
def test_keys_that_mean_nothing_do_nothing(terminal: Terminal, junk: str) -> None:
    """Neither does what is typed appear, nor is the question left; Ctrl-C still leaves."""
    talk = terminal()
    talk.asks()
    talk.child.send(junk)
    # An escape code in the making is given up after half a second.
    time.sleep(0.7)
    talk.presses(DOWN, ENTER)
    talk.child.expect_exact("1. Where does the time go? computing")
    assert "xxx" not in (talk.child.before or "")
    talk.is_left()


def test_alt_enter_is_enter(terminal: Terminal) -> None:
    """The Alt is dropped, the answer is the one pointed at."""
    talk = terminal()
    talk.asks()
    talk.presses(DOWN, "\x1b\r")
    talk.child.expect_exact("1. Where does the time go? computing")
    talk.is_left()


def test_a_paste_without_an_end_does_not_hold_on_to_ctrl_c(terminal: Terminal) -> None:
    """It leaves all the same."""
    talk = terminal()
    talk.asks()
    talk.child.send("\x1b[200~some text")
    time.sleep(0.2)
    talk.is_left()


def test_ctrl_z_suspends(workplace: Path) -> None:
    """And the question is there again afterwards; a shell with job control is what makes it possible."""
    script = f"set -m; {sys.executable} -m conc_advisor choose; echo is sus''pended; fg"
    environ = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    child = pexpect.spawn("sh", ["-c", script], cwd=str(workplace), env=environ, encoding="utf-8", timeout=20, dimensions=(40, 100))
    child.expect("Where does")
    child.expect("not sure")
    child.send("\x1a")
    child.expect_exact("is suspended")
    assert "^Z" not in (child.before or "")
    child.expect("not sure")
    child.send(DOWN + ENTER)
    child.expect_exact("1. Where does the time go? computing")
    child.send(CTRL_C)
    child.expect_exact(LEFT_WITHOUT_A_TRACE)
    child.close(force=True)


def test_a_window_that_changes_its_size(terminal: Terminal) -> None:
    """Narrow, wide and very low, in the middle of a question."""
    talk = terminal()
    talk.asks()
    for rows, columns in ((40, 40), (6, 20), (50, 200), (3, 5), (40, 100)):
        talk.child.setwinsize(rows, columns)
        time.sleep(0.2)
        talk.presses(DOWN)
    # Five steps down a menu of four are one.
    talk.presses(ENTER)
    talk.child.expect_exact("1. Where does the time go? computing")
    talk.is_left()


@pytest.mark.parametrize("columns", [40, 20, 76])
def test_a_narrow_terminal(terminal: Terminal, columns: int) -> None:
    """Everything can be read and answered."""
    talk = terminal(columns=columns)
    talk.child.expect("Where does")
    talk.child.expect("not sure")
    talk.presses(ENTER)
    talk.child.expect("Does an event")
    talk.child.expect("back")
    talk.presses(UP, UP, UP, ENTER)
    talk.child.expect("How to find")
    talk.is_left()


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_that_cannot_move_its_cursor(terminal: Terminal, term: str) -> None:
    """Numbered lines, no escape codes, plain ASCII where it is called dumb."""
    talk = terminal(TERM=term)
    talk.child.expect_exact("3) both: a good part of each")
    talk.child.expect_exact("Number: ")
    talk.presses("1\r")
    talk.child.expect_exact("2. Does an event loop run the program?")
    talk.child.expect(r"\) (<-|←) back")
    talk.presses("back\r")
    talk.child.expect_exact("Number [1]: ")
    for _ in range(MOST_QUESTIONS):
        talk.presses("not sure\r")
        if talk.child.expect_exact(["Number: ", RESULT]) == 1:
            break
    text, code = talk.ends()
    assert code == 0
    assert "\x1b" not in text
    assert term != "dumb" or text.isascii()


def test_leaving_numbered_lines(terminal: Terminal) -> None:
    """By both keys, on a line of its own."""
    for key in ("\x03", CTRL_D):
        talk = terminal(TERM="dumb")
        talk.child.expect_exact("Number: ")
        assert talk.is_left(key).replace("^C", "").strip() == LEFT_WITHOUT_A_TRACE


@pytest.mark.parametrize(("changes", "colour"), [({"NO_COLOR": "1"}, False), ({"NO_COLOR": "", "TERM": "xterm-256color"}, True)])
def test_no_colour(terminal: Terminal, changes: dict[str, str], *, colour: bool) -> None:
    """Only what moves the cursor and makes bold; with colour wanted there is some."""
    talk = terminal(**changes)
    talk.child.logfile_read = seen = io.StringIO()
    talk.asks()
    talk.is_left()
    assert bool(re.search(r"\x1b\[[0-9;]*(3[0-7]|38;5;\d+)[;m]", seen.getvalue())) is colour


def test_questions_and_result_do_not_mix(terminal: Terminal, workplace: Path) -> None:
    """Standard output holds the result and nothing else, also while somebody is asked."""
    known = replace(NOTHING, bottleneck=Bottleneck.CPU, gil=Gil.HOLDS)
    talk = terminal(line="--format markdown --set bottleneck=cpu --set gil=holds > result.md", known=known)
    while talk.question is not None:
        talk.answers(0)
    text, code = talk.ends()
    assert code == 0
    assert "next: conc-advisor" in text
    result = (workplace / "result.md").read_text()
    assert result.startswith("#")
    assert "\x1b" not in result
    assert "not sure" not in result


def test_the_code_in_the_folder_is_looked_at(terminal: Terminal, workplace: Path) -> None:
    """On request, from the question whose answer it knows."""
    (workplace / "app.py").write_text("import asyncio, aiohttp\n\nasync def main():\n    await asyncio.sleep(1)\n\nasyncio.run(main())\n")
    talk = terminal()
    talk.answers(0)
    question = talk.asks()
    assert question.factor is Factor.EXISTING_LOOP
    talk.presses(UP, UP, ENTER)
    talk.child.expect_exact("the code says existing_loop = asyncio")
    talk.child.expect(r"2\. (?!Does an event loop)")
    talk.is_left()


@pytest.mark.parametrize("stdin", ["pipe", "newlines", "null", "closed"])
def test_without_a_terminal_nothing_is_guessed_and_nothing_hangs(workplace: Path, stdin: str) -> None:
    """Exit code 4 with the answers to give; what is piped in is no answer."""
    typed = {"pipe": b"", "newlines": b"\n\n\n\n\n\n\n"}.get(stdin)
    command = [sys.executable, "-m", "conc_advisor", "choose"]
    if stdin == "closed":
        command = ["sh", "-c", f"{sys.executable} -m conc_advisor choose <&-"]
    if typed is None:
        answer = subprocess.run(command, cwd=workplace, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    else:
        answer = subprocess.run(command, cwd=workplace, input=typed, capture_output=True, timeout=30, check=False)
    assert answer.returncode == 4
    assert answer.stdout == b""
    assert b"--set bottleneck=unknown" in answer.stderr
    assert b"Traceback" not in answer.stderr


def test_half_a_terminal_is_none(terminal: Terminal, workplace: Path) -> None:
    """With standard error in a file nobody would see the questions."""
    _, code = terminal(line="2> errors.txt").ends()
    assert code == 4
    assert "--set bottleneck=unknown" in (workplace / "errors.txt").read_text()


def test_answers_given_at_a_terminal_leave_the_rest_to_be_asked(terminal: Terminal) -> None:
    """Unless nothing is to be asked."""
    talk = terminal("--set", "bottleneck=io", known=replace(NOTHING, bottleneck=Bottleneck.IO))
    talk.child.expect_exact("bottleneck = io (you: --set)")
    talk.asks()
    talk.is_left()
    text, code = terminal("--set", "bottleneck=io", "--no-input").ends()
    assert code == 0
    assert RESULT in text
