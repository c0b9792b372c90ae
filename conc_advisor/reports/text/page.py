"""What every section of the text report is given, and what it gives back."""

from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from conc_advisor.concurrency import ThreadState
from conc_advisor.findings import Location
from conc_advisor.profiling.diagnosis import Diagnosis, ThreadSummary
from conc_advisor.reports.options import TextOptions
from conc_advisor.reports.places import Places
from conc_advisor.reports.sanitise import plain_ascii, visible
from conc_advisor.reports.text.signs import STATE_SIGNS

INDENT: Final = 2
_PLACE: Final = 48
"""A place longer than this hides the sentence that it stands in."""
_PROSE_WIDTH: Final = 100
"""Sentences longer than this are hard to read; tables and timelines use what there is."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or more, wrapped; following lines stand under the text, not under the `mark`."""

    text: Text
    mark: str = ""
    style: str = ""


Line = Text | Paragraph
"""A `Text` is one line, already fitted to the width."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the report; without a title it stands at the left edge."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The diagnosis and how to show it."""

    diagnosis: Diagnosis
    options: TextOptions

    @property
    def inner_width(self) -> int:
        """Columns inside a section."""
        return self.options.width - INDENT

    @property
    def prose_width(self) -> int:
        """Columns for sentences inside a section."""
        return min(self.inner_width, _PROSE_WIDTH)

    def say(self, text: str) -> str:
        """Return any string made harmless and, where asked, plain ASCII."""
        return visible(text) if self.options.unicode else plain_ascii(text)

    def place(self, location: Location | None) -> str:
        """Return `file:line in function` for use in a sentence: a long path is cut at its start, unless everything is asked for."""
        names = self.place_names(location)
        if self.options.verbose:
            return names[0]
        return next((name for name in names if cell_len(name) <= _PLACE), names[-2])

    def place_names(self, location: Location | None, *, function: bool = True) -> tuple[str, ...]:
        """Return ever shorter names of a location, the last one without its function; `function` False leaves it out of all."""
        if location is None:
            return (self.say(Places().location(None)),) * 2
        whole = Places(working_directory=self.options.working_directory).location(location)
        parts = whole.split("/")
        tails = [f"{self.sign('…', '..')}/{'/'.join(parts[-kept:])}" for kept in range(len(parts) - 1, 1, -1)]
        names = [self.say(name) for name in (whole, *tails, parts[-1])]
        named = [self.say(f"{name} in {location.function}") if function and location.function else name for name in names]
        return (*named, names[-1])

    def sign(self, unicode: str, ascii_twin: str) -> str:
        """Return the sign that the output can show."""
        return unicode if self.options.unicode else ascii_twin

    def state_sign(self, state: ThreadState) -> str:
        """Return the one-column sign of a thread state."""
        return self.sign(STATE_SIGNS[state].unicode, STATE_SIGNS[state].ascii)

    def limit(self, usual: int) -> int | None:
        """Return how many entries a list shows: None for all of them."""
        return None if self.options.verbose else usual

    def more(self, hidden: int, singular: str) -> tuple[Line, ...]:
        """Return the line that says how many entries were left out; nothing when none were."""
        words = f"… {hidden} more {singular if hidden == 1 else singular + 's'} (-v shows all)"
        return (Text(self.say(words), style="dim"),) if hidden > 0 else ()

    def fit(self, text: str, width: int, *, keep_end: bool = False) -> str:
        """Return `text` cut to `width` columns with an ellipsis; `keep_end` cuts at the start (the end of a path tells more)."""
        if cell_len(text) <= width:
            return text
        dots = self.sign("…", "..")
        room = max(width - len(dots), 0)
        if not keep_end:
            return set_cell_size(text, room) + dots[:width]
        start = next(at for at in range(len(text) + 1) if cell_len(text[at:]) <= room)
        return dots[:width] + text[start:]

    def threads(self) -> tuple[ThreadSummary, ...]:
        """Return the threads of all processes, in the order of the diagnosis."""
        return tuple(thread for process in self.diagnosis.processes for thread in process.threads)

    def folded_labels(self) -> frozenset[str]:
        """Return the labels of the threads that only waited for work; none where that would leave nothing to look at."""
        threads = self.threads()
        plumbing = frozenset(thread.label for thread in threads if thread.plumbing)
        return plumbing if len(plumbing) < len(threads) else frozenset()
