"""Which line of the program kept an event loop, given the stacks that were seen meanwhile."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from conc_advisor.findings import Location
from conc_advisor.profiling.analysis.stack_index import InLoop, StackIndex, location_of
from conc_advisor.profiling.recording import Frame

MAJORITY: Final = 0.5
"""A function is named when more than this part of the seconds lies under it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the program.

    `location`: the deepest function that most seconds lie under, at its heaviest line · `callback`: the outermost one ·
    `lines`: all lines of that function that were seen.
    """

    location: Location | None = None
    callback: Location | None = None
    lines: frozenset[int] = frozenset()


def place_of(seconds: Mapping[int, float], index: StackIndex, base: int) -> Place:
    """Return the place for seconds by stack.

    `base` is the path of the event loop itself where that is known (uvloop); otherwise the frames below asyncio's `_run_once` count.
    User code is looked at alone, unless there is none.
    """
    below = {stack: _below_loop(stack, index, base) for stack in seconds}
    mine = {stack: [frame for frame in path if index.origin.is_user(frame.file)] for stack, path in below.items()}
    paths = mine if any(mine.values()) else below
    return _descend({stack: path for stack, path in paths.items() if path}, seconds)


def _below_loop(stack: int, index: StackIndex, base: int) -> list[Frame]:
    frames: list[Frame] = []
    while stack > base and (base or index.in_loop[stack] == InLoop.CALLBACK):
        frames.append(index.stacks.leaf(stack))
        stack = index.stacks.parent(stack)
    frames.reverse()
    return frames


def _descend(paths: Mapping[int, list[Frame]], seconds: Mapping[int, float]) -> Place:
    total = sum(seconds[stack] for stack in paths)
    place, depth, inside = Place(), 0, list(paths)
    while True:
        groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for stack in inside:
            if len(paths[stack]) > depth:
                frame = paths[stack][depth]
                groups[frame.file, frame.function].append(stack)
        if not groups:
            return place
        inside = max(groups.values(), key=lambda members: sum(seconds[stack] for stack in members))
        weight = sum(seconds[stack] for stack in inside)
        if weight <= MAJORITY * total:
            return place
        lines: defaultdict[Frame, float] = defaultdict(float)
        for stack in inside:
            lines[paths[stack][depth]] += seconds[stack]
        location = location_of(max(lines, key=lambda frame: lines[frame]))
        place = Place(location, place.callback or location, frozenset(frame.line for frame in lines))
        depth += 1
