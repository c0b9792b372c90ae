"""Puts the sections of the text report in order and on the page."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from conc_advisor.profiling.diagnosis import Diagnosis
from conc_advisor.reports.options import TextOptions
from conc_advisor.reports.sanitise import plain_ascii
from conc_advisor.reports.text.blocking import blocking
from conc_advisor.reports.text.certainty import certainty
from conc_advisor.reports.text.contention import contention
from conc_advisor.reports.text.findings import findings
from conc_advisor.reports.text.headline import headline, next_step, numbers
from conc_advisor.reports.text.hot_paths import hot_functions, hot_tree
from conc_advisor.reports.text.loops import event_loops, stalls
from conc_advisor.reports.text.page import INDENT, Line, Page, Paragraph, Section
from conc_advisor.reports.text.threads import thread_table
from conc_advisor.reports.text.timeline import timeline

_SECTIONS: Final[tuple[Callable[[Page], Section | None], ...]] = (
    headline,
    numbers,
    timeline,
    thread_table,
    contention,
    event_loops,
    stalls,
    blocking,
    hot_functions,
    hot_tree,
    findings,
    certainty,
    next_step,
)
"""In the order in which they are read; a section with nothing to say is None."""
_NARROWEST: Final = 60
"""Below this the tables lose columns; a narrower terminal wraps the lines itself."""
_HEIGHT: Final = 100
"""Not used, but without it rich takes a dumb terminal for 80 columns wide, whatever width it is given."""


def render(diagnosis: Diagnosis, options: TextOptions) -> str:
    """Return the report as text that ends with a newline; escape codes are in it only where `options.color` asks for them."""
    options = replace(options, width=max(options.width, _NARROWEST))
    page = Page(diagnosis, options)
    console = _console(options)
    with console.capture() as captured:
        for number, section in enumerate(section for build in _SECTIONS if (section := build(page))):
            if number:
                console.print()
            _print(console, page, section)
    text = "\n".join(line.rstrip() for line in captured.get().split("\n"))
    return text if options.unicode else _ascii_only(text)


def _console(options: TextOptions) -> Console:
    """Return a console that looks at nothing but the options: neither at the environment nor at the terminal."""
    return Console(
        file=io.StringIO(),
        width=options.width,
        height=_HEIGHT,
        force_terminal=options.color,
        force_interactive=False,
        color_system="standard" if options.color else None,
        no_color=not options.color,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )


def _print(console: Console, page: Page, section: Section) -> None:
    indent = INDENT if section.title else 0
    if section.title:
        console.print(Text(page.say(section.title), style="bold"))
    for line in section.lines:
        console.print(Padding(_renderable(page, line), (0, 0, 0, indent)), soft_wrap=False)


def _renderable(page: Page, line: Line) -> RenderableType:
    match line:
        case Paragraph(text=text, mark="", style=style):
            text.stylize_before(style)
            return _narrowed(page, text)
        case Paragraph(text=text, mark=mark, style=style):
            table = Table.grid(padding=(0, 1))
            table.add_column(no_wrap=True)
            table.add_column(max_width=page.prose_width - len(mark) - 1)
            table.add_row(Text(mark, style=style), text)
            return table
        case _:
            line.no_wrap = True
            line.overflow = "crop"
            return line


def _narrowed(page: Page, text: Text) -> RenderableType:
    table = Table.grid()
    table.add_column(max_width=page.prose_width)
    table.add_row(text)
    return table


def _ascii_only(text: str) -> str:
    """Return the text in ASCII; what a section let through is spelled out here at the latest.  Escape codes for colour stay."""
    return "\n".join("\x1b".join(plain_ascii(part) for part in line.split("\x1b")) for line in text.split("\n"))
