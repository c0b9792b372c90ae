"""Counts from outside how many callbacks an asyncio or uvloop event loop has begun.

Both take each callback off `loop._ready`, a deque, and a deque counts its own changes: one up at each append and each pop.  With the
change of its length that gives the number of pops, which is the number of callbacks begun: (changes - growth) / 2.  Two reads that see no
pop saw the same callback.

The deque is found once, from the address of the loop object (a stack dump names it), by looking for a pointer to a deque among the loop's
attributes.

uvloop runs some callbacks of its transports without that queue, so with it the count is a lower bound: two of those in a row may look like one.
"""

from typing import Final, Self

from conc_advisor.profiling.recording import NO_CALLBACKS
from conc_advisor.profiling.samplers.layout import DequeLayout
from conc_advisor.profiling.samplers.memory import ProcessMemory

_DEQUE: Final = "collections.deque"
UVLOOP_TYPES: Final = ("Loop", "uvloop.Loop")
_DEPTH: Final = 3
"""Object -> attribute values (3.11 and later) or -> dict -> its table -> value (before)."""
_BEFORE_WORDS: Final = 8
_OBJECT_WORDS: Final = 48
_BLOCK_WORDS: Final = 64
_MOST_BLOCKS: Final = 4000
_WORD: Final = 8
_IMPLAUSIBLE: Final = 1 << 24


class CallbackCounter:
    """The number of callbacks begun in one loop, read again and again."""

    def __init__(self, memory: ProcessMemory, layout: DequeLayout, ready: int) -> None:
        self._memory = memory
        self._layout = layout
        self._ready = ready
        self._size = max(layout.size, layout.changes) + _WORD
        self._type = memory.word(ready + _WORD)
        self._last: tuple[int, int] | None = None
        self.gone = False

    @classmethod
    def find(cls, memory: ProcessMemory, layout: DequeLayout, loop: int) -> Self | None:
        """Return the counter of the event loop object at address `loop`, or None when its queue is not found."""
        ready = find_object(memory, loop, _DEQUE)
        return None if ready is None else cls(memory, layout, ready)

    def begun(self) -> int:
        """Return how many callbacks began since the last call, or `NO_CALLBACKS`: at the first call, or when the loop is gone."""
        data = self._memory.read(self._ready, self._size)
        # A freed object keeps its type until its memory is used again; its count of references, the first four bytes, has fallen to 0.
        freed = not any(data[:4])
        if len(data) < self._size or freed or int.from_bytes(data[_WORD : 2 * _WORD], "little") != self._type:
            self.gone = True
            return NO_CALLBACKS
        layout = self._layout
        size = int.from_bytes(data[layout.size : layout.size + _WORD], "little")
        changes = int.from_bytes(data[layout.changes : layout.changes + _WORD], "little")
        last, self._last = self._last, (size, changes)
        if last is None:
            return NO_CALLBACKS
        begun = (changes - last[1] - (size - last[0])) // 2
        return begun if 0 <= begun < _IMPLAUSIBLE else NO_CALLBACKS


def find_object(memory: ProcessMemory, start: int, type_name: str) -> int | None:
    """Return the address of the object of a type that the object at `start` refers to, by itself or through its attributes; None if none is found."""
    seen = {start}
    blocks = [(start - _BEFORE_WORDS * _WORD, _OBJECT_WORDS)]
    for _ in range(_DEPTH):
        following: list[tuple[int, int]] = []
        for address, count in blocks[:_MOST_BLOCKS]:
            for word in memory.words(address, count):
                # 3.12 marks a pointer to attribute values by taking one off it.
                pointer = word + 1 if word & 7 == 7 else word  # noqa: PLR2004 - alignment of a pointer
                if pointer & 7 or pointer in seen:
                    continue
                seen.add(pointer)
                if memory.type_name(pointer) == type_name:
                    return pointer
                following.append((pointer, _BLOCK_WORDS))
        blocks = following
    return None
