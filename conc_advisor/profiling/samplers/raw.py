"""What the sweeps saw, before it is joined with stacks: columns in memory, spilled to an unnamed file, so that hours fit."""

import tempfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Final

_SPILL_ROWS: Final = 1 << 17


@dataclass(slots=True)
class RawBlock:
    """One row per thread and sweep, in time order.

    `time_us` since the recording began · `thread` index in the registry · `wait` a `Wait` · `holds` 1 when the thread held the GIL ·
    `cpu_ns`, `queue_ns` the kernel's totals for the thread (time on CPU, time ready without a core) · `slices` how often it was put on a
    core · `callbacks` begun since its last row, or `NO_CALLBACKS`.
    """

    time_us: "array[int]" = field(default_factory=lambda: array("Q"))
    thread: "array[int]" = field(default_factory=lambda: array("I"))
    wait: "array[int]" = field(default_factory=lambda: array("B"))
    holds: "array[int]" = field(default_factory=lambda: array("B"))
    cpu_ns: "array[int]" = field(default_factory=lambda: array("Q"))
    queue_ns: "array[int]" = field(default_factory=lambda: array("Q"))
    slices: "array[int]" = field(default_factory=lambda: array("Q"))
    callbacks: "array[int]" = field(default_factory=lambda: array("I"))

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.time_us)

    @property
    def columns(self) -> "tuple[array[int], ...]":
        """The columns, in the order in which they are spilled."""
        return (self.time_us, self.thread, self.wait, self.holds, self.cpu_ns, self.queue_ns, self.slices, self.callbacks)


class RawRows:
    """All rows of a recording in the making."""

    def __init__(self) -> None:
        self.block = RawBlock()
        self.count = 0
        self._file: IO[bytes] | None = None
        self._spilled: list[int] = []

    def spill_if_full(self) -> None:
        """Move the rows out of memory when there are many."""
        if len(self.block) < _SPILL_ROWS:
            return
        if self._file is None:
            # Unnamed: it goes with the process, however that ends.
            self._file = tempfile.TemporaryFile(prefix="conc-advisor-")  # noqa: SIM115 - lives as long as this object
        for column in self.block.columns:
            column.tofile(self._file)
        self._spilled.append(len(self.block))
        self.block = RawBlock()

    def blocks(self) -> Iterator[RawBlock]:
        """Yield all rows in time order; nothing may be added any more."""
        if self._file is not None:
            self._file.seek(0)
            for rows in self._spilled:
                block = RawBlock()
                for column in block.columns:
                    column.fromfile(self._file, rows)
                yield block
        if len(self.block):
            yield self.block

    def close(self) -> None:
        """Let go of the spilled rows."""
        if self._file is not None:
            self._file.close()
