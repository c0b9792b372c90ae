"""Reads from outside who holds the GIL of a process, and which threads are Python's.

The GIL read is that of the main interpreter; a sub-interpreter with its own (3.12 and later) is not seen.
"""

import struct
from pathlib import Path
from typing import Final, Self

from conc_advisor.profiling.samplers.layout import Interpreter, Layout
from conc_advisor.profiling.samplers.memory import ProcessMemory, file_base

_HOLDER: Final = struct.Struct("<Qi")
_MOST_THREADS: Final = 16_384


class GilView:
    """The GIL of one process.

    `first_futex` and `end_futex` bound the addresses in which a thread that waits for it sleeps.
    """

    def __init__(self, memory: ProcessMemory, layout: Layout, address: int) -> None:
        self._memory = memory
        self._layout = layout
        self._address = address
        self.first_futex = address + layout.gil_futexes[0]
        self.end_futex = address + layout.gil_futexes[1]

    @classmethod
    def find(cls, pid: int, memory: ProcessMemory, interpreter: Interpreter | None) -> Self | None:
        """Return the GIL of a process, or None where it cannot be read."""
        layout = interpreter.layout if interpreter else None
        if layout is None or layout.gil is None or layout.thread_id is None:
            return None
        if layout.native_thread_id is None and layout.pthread_tid is None:
            return None
        base = file_base(pid, layout.gil.file)
        if base is None:
            return None
        view = cls(memory, layout, base + layout.gil.offset)
        return view if view.is_plausible(pid) else None

    def is_plausible(self, pid: int) -> bool:
        """Return whether what is read looks like a GIL that is or was in use: taken or free, and last held by a thread of the process.

        Not yet when the interpreter is just coming up; never when a library at the same path in another container is another build.
        """
        data = self._memory.read(self._address, _HOLDER.size)
        if len(data) < _HOLDER.size:
            return False
        state, locked = _HOLDER.unpack(data)
        return bool(state) and locked in {0, 1} and any(Path(f"/proc/{pid}/task/{thread}").exists() for thread in self.python_threads())

    def readable(self) -> bool:
        """Return whether the process still has the memory that this view looks at (not after an exec)."""
        return len(self._memory.read(self._address, _HOLDER.size)) == _HOLDER.size

    def holder(self) -> int:
        """Return the OS thread id that holds the GIL now, 0 when nobody does or it cannot be told."""
        data = self._memory.read(self._address, _HOLDER.size)
        if len(data) < _HOLDER.size:
            return 0
        state, locked = _HOLDER.unpack(data)
        return self._thread(state) if locked == 1 and state else 0

    def python_threads(self) -> dict[int, int]:
        """Return {OS thread id: pthread id} of the threads that have a Python thread state; may miss some while they come and go."""
        data = self._memory.read(self._address, _HOLDER.size)
        first = _HOLDER.unpack(data)[0] if len(data) == _HOLDER.size else 0
        found: dict[int, int] = {}
        links = self._layout.thread_links
        for offset in (links.next, links.previous):
            state, steps = first, 0
            while state and offset is not None and steps < _MOST_THREADS:
                thread = self._thread(state)
                pthread = self._memory.word(state + (self._layout.thread_id or 0))
                if not thread or not pthread:
                    break
                found[thread] = pthread
                state, steps = self._memory.word(state + offset) or 0, steps + 1
        return found

    def _thread(self, state: int) -> int:
        layout = self._layout
        if layout.native_thread_id is not None:
            return self._memory.word(state + layout.native_thread_id) or 0
        pthread = self._memory.word(state + (layout.thread_id or 0))
        data = self._memory.read(pthread + (layout.pthread_tid or 0), 4) if pthread else b""
        return int.from_bytes(data, "little") if len(data) == 4 else 0  # noqa: PLR2004 - bytes of a pid_t
