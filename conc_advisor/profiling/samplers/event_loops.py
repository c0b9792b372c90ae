"""Counts from outside how many callbacks an asyncio or uvloop event loop has begun.

Both take each callback off `loop._ready`, a deque, and a deque counts its own changes: one up at each append and each pop.  With the
change of its length that gives the number of pops, which is the number of callbacks begun: (changes - growth) / 2.  Two reads that see no
pop saw the same callback.

The deque is found once, from the address of the loop object (a stack dump names it), by looking for a pointer to a deque among the loop's
attributes.

uvloop runs some callbacks of its transports without that queue, so with it the count is a lower
bound: two of those in a row may look like one.
"""

from typing import Final, NamedTuple, Self

from conc_advisor.profiling.recording import NO_CALLBACKS
from conc_advisor.profiling.samplers.layout import DequeLayout
from conc_advisor.profiling.samplers.memory import ProcessMemory

_DEQUE: Final = "collections.deque"
UVLOOP_TYPES: Final = ("Loop", "uvloop.Loop")
_BEFORE_WORDS: Final = 8
_OBJECT_WORDS: Final = 128
_TABLE_WORDS: Final = 192
"""Enough for the table of a dict with 42 entries, and a loop has about 25."""
_DICT_TABLES: Final = 32
"""Offset of `ma_keys` and `ma_values` in a dict: the same in every CPython from 3.9 to 3.14."""
_WORD: Final = 8
_IMPLAUSIBLE: Final = 1 << 24


class Reference(NamedTuple):
    """A pointer in another process: the word `word` at the address `at` refers to the object at `target`."""

    at: int
    word: int
    target: int


class CallbackCounter:
    """The number of callbacks begun in one loop, read again and again.

    `gone`: the loop is no more, so its queue is not either, even where another deque has taken its place.
    """

    def __init__(self, memory: ProcessMemory, layout: DequeLayout, loop: int, ready: Reference) -> None:
        self._memory = memory
        self._layout = layout
        self._loop = loop
        self._ready = ready
        self._size = max(layout.size, layout.changes) + _WORD
        self._types = self._type(loop), self._type(ready.target)
        self._last: tuple[int, int] | None = None
        self.gone = False

    @classmethod
    def find(cls, memory: ProcessMemory, layout: DequeLayout, loop: int) -> Self | None:
        """Return the counter of the event loop object at address `loop`, or None when its queue is not found."""
        ready = find_object(memory, loop, _DEQUE)
        return None if ready is None else cls(memory, layout, loop, ready)

    def begun(self) -> int:
        """Return how many callbacks began since the last call, or `NO_CALLBACKS`: at the first call, or when the loop is gone."""
        ready = self._ready
        data = self._memory.read(ready.target, self._size)
        still = (self._type(self._loop), self._type(ready.target)) == self._types and self._memory.word(ready.at) == ready.word
        if len(data) < self._size or not still:
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

    def _type(self, instance: int) -> int | None:
        """Return the address of a living object's type, None when the object has been freed.

        A freed object keeps its type until its memory is used again; its count of references, the first four bytes, has fallen to 0.
        """
        head = self._memory.read(instance, 2 * _WORD)
        return int.from_bytes(head[_WORD:], "little") if any(head[:4]) else None


def find_object(memory: ProcessMemory, start: int, type_name: str) -> Reference | None:
    """Return the reference to an object of a type that the object at `start` holds, in itself or in an attribute; None if there is none.

    Attributes lie in the object (3.13 and later), in a table that a word before it points to (3.11, 3.12), or in its dict's tables.
    """
    tables: list[int] = []
    first = start - _BEFORE_WORDS * _WORD
    for position, word in enumerate(memory.words(first, _BEFORE_WORDS + _OBJECT_WORDS)):
        pointer = _pointer(word)
        kind = memory.type_name(pointer) if pointer else ""
        if kind == type_name:
            return Reference(first + position * _WORD, word, pointer)
        if kind == "dict":
            tables.extend(memory.words(pointer + _DICT_TABLES, 2))
        elif pointer and position < _BEFORE_WORDS:
            tables.append(pointer)
    for table in tables:
        for position, word in enumerate(memory.words(table, _TABLE_WORDS)):
            pointer = _pointer(word)
            if pointer and memory.type_name(pointer) == type_name:
                return Reference(table + position * _WORD, word, pointer)
    return None


def _pointer(word: int) -> int:
    """Return the address that a word points to, 0 when it is no pointer; 3.12 marks a pointer to attribute values by taking one off it."""
    pointer = word + 1 if word & 7 == 7 else word  # noqa: PLR2004 - alignment of a pointer
    return 0 if pointer & 7 else pointer
