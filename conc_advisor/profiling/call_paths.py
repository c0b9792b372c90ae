"""Call paths, interned: a recording of millions of samples has few distinct stacks."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import msgspec

NO_STACK: Final = 0
"""Id of the empty stack: nothing is known of where the thread was."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a stack: a function and the line it was at (1-based; 0 unknown)."""

    function: str
    file: str
    line: int


class StackTable:
    """Interned call paths: a stack id stands for a frame and the id of its caller's path.

    Id 0 (`NO_STACK`) is the empty path.
    """

    def __init__(self, frames: Iterable[Frame] = (), parents: Iterable[int] = (0,), leaves: Iterable[int] = (0,)) -> None:
        self._frames = list(frames)
        self._parents = array("I", parents)
        self._leaves = array("I", leaves)
        self._frame_ids = {frame: number for number, frame in enumerate(self._frames)}
        self._children = {
            (parent, leaf): number for number, (parent, leaf) in enumerate(zip(self._parents, self._leaves, strict=True)) if number
        }

    def __len__(self) -> int:
        """How many paths there are, the empty one included."""
        return len(self._parents)

    def push(self, parent: int, frame: Frame) -> int:
        """Return the id of `parent` extended by one called frame."""
        frame_id = self._frame_ids.get(frame)
        if frame_id is None:
            frame_id = self._frame_ids[frame] = len(self._frames)
            self._frames.append(frame)
        key = (parent, frame_id)
        number = self._children.get(key)
        if number is None:
            number = self._children[key] = len(self._parents)
            self._parents.append(parent)
            self._leaves.append(frame_id)
        return number

    def intern(self, frames: Iterable[Frame]) -> int:
        """Return the id of a path given from the root to the leaf."""
        number = NO_STACK
        for frame in frames:
            number = self.push(number, frame)
        return number

    def parent(self, stack: int) -> int:
        """Return the id of the caller's path."""
        return self._parents[stack]

    def leaf(self, stack: int) -> Frame:
        """Return the innermost frame; raises `LookupError` for the empty path."""
        if stack == NO_STACK:
            raise LookupError(stack)
        return self._frames[self._leaves[stack]]

    def path(self, stack: int) -> list[Frame]:
        """Return the frames from the root to the leaf."""
        frames = []
        while stack != NO_STACK:
            frames.append(self._frames[self._leaves[stack]])
            stack = self._parents[stack]
        frames.reverse()
        return frames

    def to_bytes(self) -> bytes:
        """Return the table as JSON."""
        return msgspec.json.encode(_StackFile(frames=self._frames, parents=list(self._parents), leaves=list(self._leaves)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; raises `msgspec.DecodeError` or `ValueError` for a damaged table."""
        file = msgspec.json.decode(data, type=_StackFile)
        size = len(file.parents)
        if size != len(file.leaves) or not size or any(parent >= number for number, parent in enumerate(file.parents) if number):
            raise ValueError("a stack refers to a later one")
        if any(leaf >= len(file.frames) for leaf in file.leaves[1:]):
            raise ValueError("a stack refers to a frame that is not there")
        return cls(file.frames, file.parents, file.leaves)


@dataclass(frozen=True, slots=True, kw_only=True)
class _StackFile:
    frames: list[Frame]
    parents: list[int]
    leaves: list[int]
