"""A list to choose one thing from, at a terminal: with the arrow keys, or by numbers where the cursor cannot be moved.

Asks as `conc_advisor.cli.prompts` does, on standard error.
"""

import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from conc_advisor.cli.console import Look, look_of, say_line
from conc_advisor.reports.sanitise import visible

if TYPE_CHECKING:
    from questionary import Choice, Question, Separator

_WIDE: Final = 76
"""Columns from which on every offer is shown with its meaning; with fewer only the one pointed at.  As in the questions of `choose`."""
_LABEL: Final = 24
"""Columns of a label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing to choose: `value` is what it stands for; `group` the heading it is listed under, none where that is empty."""

    label: str
    meaning: str
    value: str
    group: str = ""


class Menu(Protocol):
    """Lets a person choose."""

    def pick(self, question: str, offers: Sequence[Offer]) -> str:
        """Return the value of what was chosen; raises `KeyboardInterrupt` or `EOFError` when the person leaves."""

    def show(self, text: str) -> None:
        """Show lines of explanation."""


def menu_at_terminal(environ: Mapping[str, str] = os.environ) -> Menu | None:
    """Return who asks, None where there is nobody to answer: both standard input and standard error have to be terminals."""
    if sys.stdin is None or sys.stderr is None or not sys.stdin.isatty() or not sys.stderr.isatty():
        return None
    if environ.get("TERM", "") in {"", "dumb", "unknown"} and sys.platform != "win32":
        return NumberedMenu(sys.stdin)
    return ArrowMenu(sys.stdin)


class NumberedMenu:
    """Asks for a number or a label."""

    def __init__(self, stdin: TextIO) -> None:
        self._stdin = stdin

    def pick(self, question: str, offers: Sequence[Offer]) -> str:
        """Return the value of what was chosen."""
        from conc_advisor.cli.prompts import say_wrapped  # noqa: PLC0415  # slow, and seldom needed

        look = look_of(sys.stderr)
        self.show(question)
        group = ""
        for number, offer in enumerate(offers, start=1):
            if offer.group != group:
                group = offer.group
                self.show(group)
            say_wrapped(f"{number}) {offer.label}: {offer.meaning}", look, indent=2)
        while True:
            line = self._line()
            text = line.strip().rstrip(".)")
            if text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= len(offers):  # noqa: PLR2004  # digits enough
                return offers[int(text) - 1].value
            named = next((offer for offer in offers if offer.label == text), None)
            if named is not None:
                return named.value
            say_line(f"Give a number from 1 to {len(offers)}.")

    def show(self, text: str) -> None:
        """Show lines of explanation as they are."""
        for line in text.split("\n"):
            say_line(visible(line))

    def _line(self) -> str:
        sys.stderr.write("Number: ")
        sys.stderr.flush()
        try:
            line = self._stdin.readline()
        except KeyboardInterrupt:
            say_line("")
            raise
        if not line:
            say_line("")
            raise EOFError
        return line


class ArrowMenu:
    """Asks by a list to move in; by numbers where the terminal does not let itself be driven."""

    def __init__(self, stdin: TextIO) -> None:
        self._numbered = NumberedMenu(stdin)

    def pick(self, question: str, offers: Sequence[Offer]) -> str:
        """Return the value of what was chosen."""
        look = look_of(sys.stderr)
        try:
            menu = _question(question, offers, look)
        except (OSError, ValueError, RuntimeError, AssertionError, ImportError):
            return self._numbered.pick(question, offers)
        value: str = menu.unsafe_ask()
        label = next(offer.label for offer in offers if offer.value == value)
        self.show(f"{question} {label}")
        return value

    def show(self, text: str) -> None:
        """Show lines of explanation as they are."""
        self._numbered.show(text)


def _question(text: str, offers: Sequence[Offer], look: Look) -> "Question":
    import questionary  # noqa: PLC0415  # takes longer to load than all the rest

    from conc_advisor.cli.menu_keys import obey_menu_keys_only  # noqa: PLC0415  # the same
    from conc_advisor.cli.prompts import LEAST, let_lines_wrap, on_standard_error  # noqa: PLC0415  # the same

    rows: list[Choice | Separator] = []
    group = ""
    for offer in offers:
        if offer.group != group:
            group = offer.group
            rows.append(questionary.Separator(f" {visible(group)}"))
        rows.append(_row(offer, look))
    question = questionary.select(
        textwrap.fill(visible(text), max(look.width - 4, LEAST)),
        choices=rows,
        qmark="?",
        pointer="\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}" if look.unicode else ">",
        instruction=" ",
        erase_when_done=True,
        **on_standard_error(color=look.color),
    )
    let_lines_wrap(question)
    obey_menu_keys_only(question)
    return question


def _row(offer: Offer, look: Look) -> "Choice":
    from questionary import Choice  # noqa: PLC0415  # as above

    label, meaning = visible(offer.label), visible(offer.meaning)
    if look.width < _WIDE:
        return Choice(label, value=offer.value, description=meaning)
    room = look.width - _LABEL - 6
    short = meaning if len(meaning) <= room else f"{meaning[: room - 3].rstrip()}..."
    return Choice([("class:text", f"{label:{_LABEL}}"), ("class:meaning", short)], value=offer.value)
