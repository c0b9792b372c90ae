r"""Folded stacks, one line each, as `flamegraph.pl` and speedscope read them: `state;thread;frame;frame microseconds`.

The count is whole microseconds of the thread's life, so the lines of a thread sum to its life and states can be compared; stacks that stand
for less than half a microsecond are left out.  In frames `;` is written `:` and a newline `\n`; the spaces in them do no harm, because
readers take the number after the last one.
"""

from collections.abc import Iterator

from conc_advisor.profiling.recording import ACTIVITIES, Recording
from conc_advisor.reports.places import frame_name
from conc_advisor.reports.report import Report, joined
from conc_advisor.reports.sanitise import folded_frame


def render(report: Report) -> Iterator[str]:
    """Yield the lines; memory grows with the number of different stacks, not of samples."""
    yield from joined(_lines(report), separator="")


def _lines(report: Report) -> Iterator[str]:
    labels = [folded_frame(label) for label in report.thread_labels()]
    stacks = report.recording.stacks
    for (thread, state, stack), seconds in _seconds_by_stack(report.recording).items():
        microseconds = round(seconds * 1e6)
        if microseconds:
            frames = (folded_frame(frame_name(frame)) for frame in stacks.path(stack))
            yield f"{';'.join((state, labels[thread], *frames))} {microseconds}\n"


def _seconds_by_stack(recording: Recording) -> dict[tuple[int, str, int], float]:
    """Return the seconds of each (thread, state, stack)."""
    states = [activity.state.value for activity in ACTIVITIES]
    total: dict[tuple[int, str, int], float] = {}
    for block in recording.blocks():
        for thread, activity, stack, seconds in zip(block.thread, block.activity, block.stack, block.seconds, strict=True):
            key = (thread, states[activity], stack)
            total[key] = total.get(key, 0.0) + seconds
    return total
