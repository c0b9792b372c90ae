"""Event loops and their stalls: callbacks that kept a loop from everything else."""

from dataclasses import dataclass
from typing import Final

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState
from conc_advisor.findings import Location
from conc_advisor.profiling.analysis.activities import LOOP_IDLE
from conc_advisor.profiling.analysis.loop_tracks import Instant, LoopTrack, Stretch
from conc_advisor.profiling.analysis.stack_index import InLoop, StackIndex
from conc_advisor.profiling.analysis.stall_places import Place, place_of
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.diagnosis import EventLoop, Stall
from conc_advisor.profiling.recording import ACTIVITIES, DERIVED, Activity, Header, SampleBlock

TOLERANCE: Final = 0.1
"""A stall is reported when it lasted the threshold less the distance between samples, but at most this part of the threshold less."""
PROVEN: Final = 0.5
"""Of the threshold, so much must lie between the first and the last sample: one late sample is no stall."""
MIN_LOOP_SAMPLES: Final = 2

_CAUSE_OF_KIND: Final = {
    BlockKind.SOCKET: StallCause.SOCKET,
    BlockKind.FILE: StallCause.FILE,
    BlockKind.SLEEP: StallCause.SLEEP,
    BlockKind.SUBPROCESS: StallCause.SUBPROCESS,
    BlockKind.QUEUE: StallCause.LOCK,
    BlockKind.JOIN: StallCause.LOCK,
    BlockKind.OTHER: StallCause.OTHER,
}
_CAUSE_OF_STATE: Final = {
    ThreadState.RUNNING: StallCause.CPU,
    ThreadState.RUNNABLE: StallCause.CPU,
    ThreadState.NATIVE: StallCause.NATIVE,
    ThreadState.GIL_WAIT: StallCause.GIL,
    ThreadState.LOCK_WAIT: StallCause.LOCK,
}


@dataclass(slots=True)
class _Group:
    """The stalls of one thread, place and cause so far.

    `place` is that of the longest, `estimated` the seconds in which callbacks were not counted.
    """

    place: Place
    first_us: int
    estimated: float = 0.0
    count: int = 0
    total: float = 0.0
    longest: float = 0.0


_Key = tuple[int, str, str, int, StallCause]
"""Thread, file, function, line (0 where the function as a whole is meant) and cause."""


class Stalls:
    """Finds stalls of at least `threshold` seconds."""

    def __init__(self, header: Header, index: StackIndex, threshold: float) -> None:
        self._index = index
        self._threshold = threshold
        self._tracks: list[LoopTrack | None] = [None] * len(header.threads)
        for loop in header.event_loops:
            self._tracks[loop.thread] = LoopTrack(index, implementation=loop.implementation)
        self._groups: dict[_Key, _Group] = {}

    def add(self, block: SampleBlock) -> None:
        """Take in a block."""
        tracks, in_loop = self._tracks, self._index.in_loop
        for row, (thread, stack) in enumerate(zip(block.thread, block.stack, strict=True)):
            track = tracks[thread]
            if track is None:
                if not in_loop[stack]:
                    continue
                track = tracks[thread] = LoopTrack(self._index, implementation="asyncio")
            if block.flags[row] & DERIVED:
                continue
            ended = track.step(_instant(block, row))
            if ended is not None:
                self._consider(thread, ended)

    def finish(self) -> None:
        """Look at what the end of the recording cut off."""
        for thread, track in enumerate(self._tracks):
            ended = None if track is None else track.finish()
            if ended is not None:
                self._consider(thread, ended)

    def result(self, labels: list[str]) -> tuple[Stall, ...]:
        """Return the stalls by thread, place and cause, those that cost most first."""
        stalls = [
            Stall(
                thread=labels[thread],
                location=group.place.location,
                callback=group.place.callback,
                cause=cause,
                count=group.count,
                total_seconds=group.total,
                longest_seconds=group.longest,
                first_us=group.first_us,
                estimated=group.estimated > group.total / 2,
            )
            for (thread, _, _, _, cause), group in self._groups.items()
        ]
        return tuple(sorted(stalls, key=lambda stall: (-stall.total_seconds, stall.first_us)))

    def loops(self, totals: Totals, labels: list[str]) -> tuple[EventLoop, ...]:
        """Return the event loops that were seen at work."""
        idle: dict[int, float] = {}
        life: dict[int, float] = {}
        for row in totals.rows():
            if self._tracks[row.thread] is not None and self._is_loop_time(row.thread, row.activity, row.stack):
                life[row.thread] = life.get(row.thread, 0.0) + row.seconds
                if row.activity == LOOP_IDLE:
                    idle[row.thread] = idle.get(row.thread, 0.0) + row.seconds
        stalled = self._stalled_seconds()
        loops = []
        for thread, track in enumerate(self._tracks):
            if track is None or track.samples_in_loop < MIN_LOOP_SAMPLES or not life.get(thread):
                continue
            idle_share = idle.get(thread, 0.0) / life[thread]
            loops.append(
                EventLoop(
                    thread=labels[thread],
                    implementation=track.implementation,
                    seconds=life[thread],
                    idle_share=idle_share,
                    busy_share=1 - idle_share,
                    callbacks=track.callbacks,
                    stalled_seconds=min(stalled.get(thread, 0.0), life[thread]),
                )
            )
        return tuple(sorted(loops, key=lambda loop: -loop.seconds))

    def uncounted(self, labels: list[str]) -> list[str]:
        """Return the loops whose callbacks could not be counted."""
        return [
            labels[thread] for thread, track in enumerate(self._tracks) if track is not None and track.uncounted and track.callbacks is None
        ]

    def _is_loop_time(self, thread: int, activity: int, stack: int) -> bool:
        track = self._tracks[thread]
        outside = track is not None and track.implementation == "asyncio" and stack and self._index.in_loop[stack] == InLoop.OUTSIDE
        return activity == LOOP_IDLE or not outside

    def _stalled_seconds(self) -> dict[int, float]:
        seconds: dict[int, float] = {}
        for (thread, *_), group in self._groups.items():
            seconds[thread] = seconds.get(thread, 0.0) + group.total
        return seconds

    def _consider(self, thread: int, stretch: Stretch) -> None:
        duration = stretch.duration
        tolerance = min(stretch.gap, TOLERANCE * self._threshold)
        if duration < self._threshold - tolerance or stretch.proven < PROVEN * self._threshold:
            return
        if stretch.votes.any_stack and not stretch.votes.by_stack:
            return  # never seen inside a callback
        place = place_of(stretch.votes.by_stack, self._index, stretch.base)
        cause = cause_of(stretch)
        where = place.location or Location(file="", line=0, function="")
        key = (thread, where.file, where.function, where.line if place.one_line else 0, cause)
        group = self._groups.setdefault(key, _Group(place=place, first_us=round(stretch.begin_us)))
        if duration > group.longest:
            group.longest, group.place = duration, place
        group.count += 1
        group.total += duration
        group.estimated += duration if stretch.estimated else 0.0


def _instant(block: SampleBlock, row: int) -> Instant:
    return Instant(
        block.time_us[row],
        block.activity[row],
        block.stack[row],
        block.seconds[row],
        block.switches[row],
        block.callbacks[row],
        block.flags[row],
    )


def cause_of(stretch: Stretch) -> StallCause:
    """Return what the thread did for most of the stretch."""
    seconds: dict[StallCause, float] = {}
    for code, spent in stretch.votes.by_activity.items():
        cause = _cause(ACTIVITIES[code])
        seconds[cause] = seconds.get(cause, 0.0) + spent
    return max(seconds, key=lambda cause: seconds[cause])


def _cause(activity: Activity) -> StallCause:
    if activity.kind is not None:
        return _CAUSE_OF_KIND[activity.kind]
    return _CAUSE_OF_STATE.get(activity.state, StallCause.OTHER)
