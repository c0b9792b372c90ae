"""Event loops and their stalls: callbacks that kept a loop from everything else."""

from typing import Final

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState
from conc_advisor.profiling.analysis.activities import LOOP_IDLE
from conc_advisor.profiling.analysis.loop_tracks import Instant, LoopTrack, Stretch, Votes
from conc_advisor.profiling.analysis.stack_index import InLoop, StackIndex
from conc_advisor.profiling.analysis.stall_groups import OneStall, StallGroups
from conc_advisor.profiling.analysis.stall_places import Place, place_of
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.diagnosis import EventLoop, Stall
from conc_advisor.profiling.recording import ACTIVITIES, DERIVED, HOLDS_GIL, NO_STACK, Activity, Header, SampleBlock

TOLERANCE: Final = 0.1
"""A stall is reported when it lasted the threshold less the distance between samples, but at most this part of the threshold less."""
PROVEN: Final = 0.5
"""Of the threshold, so much must lie between the first and the last sample: one late sample is no stall."""
MIN_LOOP_SAMPLES: Final = 2
LOOKS: Final = 3.0
"""A sleep of a kind that the kernel does not name counts inside of a callback only if it lasted for this many mean times between two looks
at the stack: with fewer, one late look at a loop that sleeps in its selector shows the callback before it (P = 5% for Poisson instants;
seen 7 times in 12 runs of a healthy loop without this bound, on a machine that others used).
"""

_CAUSE_OF_KIND: Final = {
    BlockKind.SOCKET: StallCause.SOCKET,
    BlockKind.FILE: StallCause.FILE,
    BlockKind.SLEEP: StallCause.SLEEP,
    BlockKind.SUBPROCESS: StallCause.SUBPROCESS,
    BlockKind.QUEUE: StallCause.LOCK,
    BlockKind.JOIN: StallCause.LOCK,
    BlockKind.OTHER: StallCause.OTHER,
}
_ON_CPU: Final = frozenset({StallCause.CPU, StallCause.NATIVE, StallCause.GIL, StallCause.NO_CORE})
_CAUSE_OF_STATE: Final = {
    ThreadState.RUNNING: StallCause.CPU,
    ThreadState.RUNNABLE: StallCause.NO_CORE,
    ThreadState.NATIVE: StallCause.NATIVE,
    ThreadState.GIL_WAIT: StallCause.GIL,
    ThreadState.LOCK_WAIT: StallCause.LOCK,
}


class Stalls:
    """Finds stalls of at least `threshold` seconds."""

    def __init__(self, header: Header, index: StackIndex, threshold: float) -> None:
        self._index = index
        self._threshold = threshold
        rate = header.sampling.stack_rate
        self._looked_at = LOOKS / rate if rate else 0.0
        self._tracks: list[LoopTrack | None] = [None] * len(header.threads)
        for loop in header.event_loops:
            self._tracks[loop.thread] = LoopTrack(index, implementation=loop.implementation)
        self._counted = {loop.thread for loop in header.event_loops if loop.callbacks_counted}
        self._groups = StallGroups()
        self._process = [thread.process for thread in header.threads]
        self._holders = [NO_STACK] * len(header.processes)

    def add(self, block: SampleBlock) -> None:
        """Take in a block."""
        tracks, in_loop = self._tracks, self._index.in_loop
        for row, (thread, stack, flags) in enumerate(zip(block.thread, block.stack, block.flags, strict=True)):
            if flags & HOLDS_GIL:
                self._holders[self._process[thread]] = stack
            track = tracks[thread]
            if track is None:
                if not in_loop[stack]:
                    continue
                track = tracks[thread] = LoopTrack(self._index, implementation="asyncio")
            if flags & DERIVED:
                continue
            ended = track.step(_instant(block, row, self._holders[self._process[thread]]))
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
        return self._groups.stalls(labels)

    def loops(self, totals: Totals, labels: list[str]) -> tuple[EventLoop, ...]:
        """Return the event loops that were seen at work."""
        idle: dict[int, float] = {}
        life: dict[int, float] = {}
        for row in totals.rows():
            if self._tracks[row.thread] is not None and self._is_loop_time(row.thread, row.activity, row.stack):
                life[row.thread] = life.get(row.thread, 0.0) + row.seconds
                if row.activity == LOOP_IDLE:
                    idle[row.thread] = idle.get(row.thread, 0.0) + row.seconds
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
                    stalled_seconds=min(self._groups.seconds_of(thread), life[thread]),
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

    def _consider(self, thread: int, stretch: Stretch) -> None:
        duration = stretch.duration
        tolerance = min(stretch.gap, TOLERANCE * self._threshold)
        if duration < self._threshold - tolerance or stretch.proven < PROVEN * self._threshold:
            return
        cause = cause_of(stretch)
        if stretch.estimated and cause in _ON_CPU and thread in self._counted:
            return  # before the counting began, or between two loops: many small callbacks look like one
        votes = stretch.votes
        if cause is not StallCause.GIL and votes.any_stack and not votes.by_stack and votes.unknown < PROVEN * self._threshold:
            return  # never seen inside a callback
        if cause is StallCause.OTHER and votes.asleep_inside < self._looked_at:
            return  # more likely asleep in the loop's own selector
        place = place_of(votes.by_stack, self._index, stretch.base)
        if votes.unknown and not any(_cause(ACTIVITIES[code]) is cause for code in votes.placed):
            # What kept the loop was at a place that was not read: the lines before and after it are not to blame.
            place = Place(callback=place.callback)
        if cause is StallCause.GIL:
            place = self._holder_place(votes, place)
        self._groups.add(
            OneStall(
                thread=thread,
                cause=cause,
                place=place,
                first_us=round(stretch.begin_us),
                seconds=duration,
                estimated=stretch.estimated,
            )
        )

    def _holder_place(self, votes: Votes, waiting: Place) -> Place:
        """Return where the GIL was held meanwhile: that line, not the loop's own, kept the loop."""
        seconds = {self._index.location(stack): 0.0 for stack in votes.by_holder}
        for stack, spent in votes.by_holder.items():
            seconds[self._index.location(stack)] += spent
        location = max(seconds, key=lambda place: seconds[place], default=None)
        return Place(location, waiting.callback, frozenset() if location is None else frozenset({location.line}))


def _instant(block: SampleBlock, row: int, holder: int) -> Instant:
    return Instant(
        block.time_us[row],
        block.activity[row],
        block.stack[row],
        block.seconds[row],
        block.switches[row],
        block.callbacks[row],
        block.flags[row],
        holder,
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
