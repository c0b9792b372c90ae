"""The table of threads: how long each lived and what it did with its life."""

from typing import Final

from rich.text import Text

from conc_advisor.concurrency import ThreadState
from conc_advisor.profiling.diagnosis import ProcessSummary, ThreadSummary
from conc_advisor.reports import quantities
from conc_advisor.reports.text.grid import Column, grid
from conc_advisor.reports.text.page import Line, Page, Section
from conc_advisor.reports.text.signs import STATE_SIGNS

_ROWS: Final = 12
_HEADINGS: Final[dict[ThreadState, str]] = {
    ThreadState.RUNNING: "running",
    ThreadState.NATIVE: "native",
    ThreadState.GIL_WAIT: "GIL\nwait",
    ThreadState.LOCK_WAIT: "lock\nwait",
    ThreadState.BLOCKED: "blocked",
    ThreadState.LOOP_IDLE: "loop\nidle",
    ThreadState.RUNNABLE: "queued",
}
_NARROW_HEADINGS: Final = _HEADINGS | {
    ThreadState.RUNNING: "run-\nning",
    ThreadState.NATIVE: "na-\ntive",
    ThreadState.BLOCKED: "block-\ned",
    ThreadState.RUNNABLE: "queu-\ned",
}
_NARROW: Final = 72
"""Below so many columns not all states fit in with their words unbroken."""


def thread_table(page: Page) -> Section | None:
    """Return each thread's seconds and the share of each state; threads that only waited for work are left to the timeline's line."""
    folded = page.folded_labels()
    threads = [thread for thread in page.threads() if thread.label not in folded and thread.seconds > 0]
    if not threads:
        return None
    shown = threads[: page.limit(_ROWS)]
    states = [state for state in ThreadState if any(thread.states.get(state, 0.0) > 0 for thread in shown)]
    headings = _HEADINGS if page.inner_width >= _NARROW else _NARROW_HEADINGS
    columns = (
        Column(heading="thread", flexible=True),
        Column(heading="lived", right=True),
        *(Column(heading=headings[state], right=True, style=_style(state)) for state in states),
    )
    lines: list[Line] = []
    rows = [_row(page, thread, states) for thread in shown]
    table = grid(page, columns, rows)
    lines.extend(table[: len(table) - len(rows)])
    labels = {thread.label for thread in shown}
    body = iter(table[len(table) - len(rows) :])
    for process in page.diagnosis.processes:
        members = [thread for thread in process.threads if thread.label in labels]
        if members and len(page.diagnosis.processes) > 1:
            lines.append(_process_line(page, process))
        lines.extend(next(body) for _ in members)
    return Section("Threads", (*lines, *page.more(len(threads) - len(shown), "thread")))


def _style(state: ThreadState) -> str:
    return STATE_SIGNS[state].style


def _row(page: Page, thread: ThreadSummary, states: list[ThreadState]) -> list[str]:
    shares = [quantities.share(thread.states.get(state, 0.0) / thread.seconds) for state in states]
    return [page.say(thread.label), quantities.duration(thread.seconds), *("-" if share == "0%" else share for share in shares)]


def _process_line(page: Page, process: ProcessSummary) -> Text:
    words = (
        f"process {process.pid}, Python {process.python}: {process.command}"
        if process.python
        else f"process {process.pid}: {process.command}"
    )
    return Text(page.fit(page.say(words), page.inner_width), style="dim")
