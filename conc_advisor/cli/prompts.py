"""Puts the questions of the wizard to a person at a terminal; the only user of questionary.

Everything that is asked goes to standard error, because the result goes to standard output.  A terminal that cannot move its cursor gets
numbered lines.
"""

import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

from conc_advisor.cli.console import Look, look_of, say_line
from conc_advisor.cli.wizard import Asker, Move, Prompt, Reply
from conc_advisor.decision.question_texts import Option
from conc_advisor.reports.sanitise import visible

if TYPE_CHECKING:
    from questionary import Choice, Question

WIDE: Final = 76
"""Columns from which on every answer is shown with its meaning; with fewer only the one pointed at."""
LEAST: Final = 20
"""Columns that a line is given however narrow the terminal says it is."""
_MOVE_WORDS: Final = {
    Move.NOT_SURE: ("not sure", "how to find out is explained; the next question comes"),
    Move.SCAN: ("look into the code here", "reads the Python files below this folder, runs nothing"),
    Move.BACK: ("back", "to the question before"),
}
_ARROWS: Final = {True: "\N{LEFTWARDS ARROW} ", False: "<- "}


def asker_at_terminal(environ: Mapping[str, str] = os.environ) -> Asker | None:
    """Return who asks, None where there is nobody to answer: both standard input and standard error have to be terminals."""
    if sys.stdin is None or sys.stderr is None or not sys.stdin.isatty() or not sys.stderr.isatty():
        return None
    if environ.get("TERM", "") in {"", "dumb", "unknown"} and sys.platform != "win32":
        return PlainAsker(sys.stdin)
    return MenuAsker(sys.stdin)


class PlainAsker:
    """Asks by numbered lines."""

    def __init__(self, stdin: TextIO) -> None:
        self._stdin = stdin

    def ask(self, prompt: Prompt) -> Reply:
        """Return the reply that was chosen by its number or its label."""
        look = look_of(sys.stderr)
        replies = _replies(prompt)
        default = replies.index(prompt.first) + 1 if prompt.first in replies else None
        self.show(f"{prompt.number}. {prompt.question.text} ({prompt.question.meaning})")
        for number, reply in enumerate(replies, start=1):
            label, meaning = _words(reply, unicode=look.unicode)
            say_wrapped(f"{number}) {label}: {meaning}", look, indent=3)
        while True:
            reply_or_none = self._read(replies, default)
            if reply_or_none is not None:
                return reply_or_none
            say_line(f"Give a number from 1 to {len(replies)}.")

    def show(self, text: str) -> None:
        """Show a line of explanation."""
        say_wrapped(text, look_of(sys.stderr))

    def _read(self, replies: Sequence[Reply], default: int | None) -> Reply | None:
        sys.stderr.write(f"Number{f' [{default}]' if default else ''}: ")
        sys.stderr.flush()
        try:
            line = self._stdin.readline()
        except KeyboardInterrupt:
            say_line("")
            raise
        if not line:
            say_line("")
            raise EOFError
        text = line.strip().lower().rstrip(").")
        if not text and default:
            return replies[default - 1]
        if text.isascii() and text.isdecimal() and len(text) < 3 and 1 <= int(text) <= len(replies):  # noqa: PLR2004  # two digits
            return replies[int(text) - 1]
        return next((reply for reply in replies if text == _words(reply, unicode=True)[0].lower().lstrip("\N{LEFTWARDS ARROW} ")), None)


class MenuAsker:
    """Asks by a menu to move in with the arrow keys; by numbered lines where the terminal does not let itself be driven."""

    def __init__(self, stdin: TextIO) -> None:
        self._plain = PlainAsker(stdin)

    def ask(self, prompt: Prompt) -> Reply:
        """Return the reply that was chosen."""
        look = look_of(sys.stderr)
        reply: Reply | None = None
        while reply not in _replies(prompt):
            # A key that we do not know of may close the menu without an answer.
            try:
                menu = _menu(prompt, look)
            except (OSError, ValueError, RuntimeError, AssertionError, ImportError):
                return self._plain.ask(prompt)
            reply = menu.unsafe_ask()
        label, _ = _words(reply, unicode=look.unicode)
        self.show(f"{prompt.number}. {prompt.question.text} {label}")
        return reply

    def show(self, text: str) -> None:
        """Show a line of explanation."""
        self._plain.show(text)


def _menu(prompt: Prompt, look: Look) -> "Question":
    """Return the question as questionary puts it, on standard error."""
    import questionary  # noqa: PLC0415  # takes longer to load than all the rest

    from conc_advisor.cli.menu_keys import obey_menu_keys_only  # noqa: PLC0415  # as above

    replies = _replies(prompt)
    choices = [_choice(reply, look) for reply in replies]
    sign = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}" if look.unicode else ">"
    text = f"{prompt.number}. {prompt.question.text} ({prompt.question.meaning})"
    question = questionary.select(
        textwrap.fill(text, max(look.width - 4, LEAST), subsequent_indent="     "),
        choices=choices,
        default=choices[replies.index(prompt.first)] if prompt.first in replies else None,
        qmark="?",
        pointer=sign,
        instruction=" ",
        erase_when_done=True,
        **on_standard_error(color=look.color),
    )
    let_lines_wrap(question)
    obey_menu_keys_only(question)
    return question


def _choice(reply: Reply, look: Look) -> "Choice":
    from questionary import Choice  # noqa: PLC0415  # as above

    label, meaning = _words(reply, unicode=look.unicode)
    if look.width < WIDE:
        return Choice(label, value=reply, description=textwrap.fill(meaning, max(look.width - 2, LEAST), initial_indent=" " * 15).lstrip())
    return Choice([("class:text", f"{label:35}"), ("class:meaning", meaning)], value=reply)


def on_standard_error(*, color: bool) -> dict[str, Any]:
    """Return where prompt_toolkit writes, and with which colours."""
    from prompt_toolkit.output import ColorDepth, create_output  # noqa: PLC0415  # comes with questionary

    output = create_output(stdout=sys.stderr)
    if hasattr(output, "enable_cpr"):
        # A terminal that does not answer where its cursor is would be waited for, and told off.
        output.enable_cpr = False
    return {"output": output} if color else {"output": output, "color_depth": ColorDepth.DEPTH_1_BIT}


def let_lines_wrap(question: "Question") -> None:
    """Show the whole of a line that is longer than a narrow terminal is wide."""
    from prompt_toolkit.filters import to_filter  # noqa: PLC0415  # comes with questionary

    for window in question.application.layout.find_all_windows():
        window.wrap_lines = to_filter(True)  # noqa: FBT003  # the only way to say "always"


def _replies(prompt: Prompt) -> list[Reply]:
    return [*prompt.question.options, *prompt.moves]


def _words(reply: Reply, *, unicode: bool) -> tuple[str, str]:
    """Return label and meaning."""
    if isinstance(reply, Option):
        return reply.label, reply.meaning
    label, meaning = _MOVE_WORDS[reply]
    return (_ARROWS[unicode] + label if reply is Move.BACK else label), meaning


def say_wrapped(text: str, look: Look, *, indent: int = 0) -> None:
    """Write a text of our own in lines that fit."""
    margin = " " * indent
    width = max(look.width - 1, LEAST - 1)
    for line in textwrap.wrap(visible(text), width, initial_indent=margin, subsequent_indent=margin + "   ", break_on_hyphens=False):
        say_line(line)
