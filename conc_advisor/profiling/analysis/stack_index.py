"""What the analysis must know of each call path, worked out once for the whole table of stacks.

Everything is a column indexed by stack id, so that the loops over samples only look up numbers.  A path's id is greater than its
caller's, so one pass from low to high sees callers first.
"""

from array import array
from enum import IntEnum
from typing import Final

from conc_advisor.findings import Location
from conc_advisor.profiling.analysis.code_origin import CodeOrigin
from conc_advisor.profiling.analysis.waits import Wait, plain_name, wait_at, waits_for_future
from conc_advisor.profiling.recording import NO_STACK, Frame, StackTable

NO_SITE: Final = 0


class InLoop(IntEnum):
    """Where a path stands with regard to an asyncio event loop."""

    OUTSIDE = 0
    MACHINERY = 1
    """In the loop's own code, between callbacks."""
    CALLBACK = 2


class StackIndex:
    """Columns over the stacks of one recording.

    `site[stack]`: index into `sites` of the deepest line of user code, `NO_SITE` if there is none · `in_loop[stack]`: `InLoop` ·
    `tip[stack]`: id of the path up to and with that line, 0 if there is none · `in_task[stack]`: 1 inside a task of a thread pool ·
    `on_future[stack]`: 1 inside a wait for a future.
    """

    def __init__(self, stacks: StackTable, origin: CodeOrigin) -> None:
        size = len(stacks)
        self.stacks = stacks
        self.origin = origin
        self.sites: list[Location | None] = [None]
        self.site = array("I", bytes(4 * size))
        self.tip = array("I", bytes(4 * size))
        self.in_loop = bytearray(size)
        self.in_task = bytearray(size)
        self.on_future = bytearray(size)
        self._site_ids: dict[Frame, int] = {}
        self._waits: dict[int, Wait] = {}
        for stack in range(1, size):
            self._add(stack, stacks.leaf(stack), stacks.parent(stack))

    @property
    def size(self) -> int:
        """How many stacks there are, the empty one included."""
        return len(self.site)

    def wait(self, stack: int) -> Wait:
        """Return what a thread waits for that sleeps at the stack."""
        known = self._waits.get(stack)
        if known is None:
            known = self._waits[stack] = wait_at(self.stacks.path(stack), user_code=self.site[stack] != NO_SITE)
        return known

    def location(self, stack: int) -> Location | None:
        """Return the deepest line of user code, or the innermost line of all where no code is the user's; None without a stack."""
        if self.site[stack] != NO_SITE:
            return self.sites[self.site[stack]]
        return None if stack == NO_STACK else location_of(self.stacks.leaf(stack))

    def is_under(self, stack: int, ancestor: int) -> bool:
        """Return whether the path goes on from `ancestor`."""
        while stack > ancestor:
            stack = self.stacks.parent(stack)
        return stack == ancestor

    def _add(self, stack: int, frame: Frame, parent: int) -> None:
        user = self.origin.is_user(frame.file)
        self.site[stack] = self._site_of(frame) if user else self.site[parent]
        self.tip[stack] = stack if user else self.tip[parent]
        self.in_loop[stack] = _loop_after(self.in_loop[parent], frame, user=user)
        self.in_task[stack] = self.in_task[parent] or _begins_task(frame)
        self.on_future[stack] = waits_for_future(frame) or self.on_future[parent]

    def _site_of(self, frame: Frame) -> int:
        number = self._site_ids.get(frame)
        if number is None:
            number = self._site_ids[frame] = len(self.sites)
            self.sites.append(location_of(frame))
        return number


def location_of(frame: Frame) -> Location:
    """Return the place of a frame."""
    return Location(file=frame.file, line=frame.line, function=frame.function)


def index_stacks(stacks: StackTable, library_paths: tuple[str, ...]) -> StackIndex:
    """Return the index of a recording's stacks."""
    frames = {stacks.leaf(stack) for stack in range(1, len(stacks))}
    return StackIndex(stacks, CodeOrigin.of(frames, main_files(stacks), library_paths))


def main_files(stacks: StackTable) -> set[str]:
    """Return the files of the root-most `<module>` frames: the programs that were started (`python file`, `python -m module`)."""
    outside = bytearray(len(stacks))  # 1: only the interpreter's own start-up code so far
    outside[NO_STACK] = 1
    found = set()
    for stack in range(1, len(stacks)):
        if not outside[stacks.parent(stack)]:
            continue
        frame = stacks.leaf(stack)
        if frame.file.startswith("<frozen") or frame.file.endswith("/runpy.py"):
            outside[stack] = 1
        elif frame.function == "<module>":
            found.add(frame.file)
    return found


def _loop_after(before: int, frame: Frame, *, user: bool) -> int:
    name = plain_name(frame.function)
    if name == "_run_once" and frame.file.endswith("asyncio/base_events.py"):
        return InLoop.MACHINERY
    if before != InLoop.MACHINERY:
        return before
    callback = name == "_run" and frame.file.endswith("asyncio/events.py")
    return InLoop.CALLBACK if callback or user else InLoop.MACHINERY


def _begins_task(frame: Frame) -> bool:
    if frame.file.endswith("/concurrent/futures/thread.py"):
        return plain_name(frame.function) == "run"
    return False
