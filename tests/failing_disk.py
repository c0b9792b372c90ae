"""A disk that fails when a test wants it to."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator

from conc_advisor.scaffolding.disk import Disk


class FailingDisk(Disk):
    """A disk that fails at the call of that number, from 1, or at which something happens then; it counts the calls.

    `late`: it happens when the call has been carried out.
    """

    def __init__(self, at: int = 0, event: Callable[[], None] | None = None, number: int = errno.ENOSPC, *, late: bool = False) -> None:
        self.at = at
        self.calls = 0
        self.event = event
        self.number = number
        self.late = late

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Fail when it is time."""
        self.calls += 1
        due = self.calls == self.at
        if due and self.event is None:
            raise OSError(self.number, os.strerror(self.number))
        if due and self.event is not None and not self.late:
            self.event()
        yield
        if due and self.event is not None and self.late:
            self.event()

    def make_folder(self, name: str, folder: int) -> None:
        """Make a folder."""
        with self.counted():
            super().make_folder(name, folder)

    def create(self, name: str, folder: int) -> int:
        """Make a file."""
        with self.counted():
            return super().create(name, folder)

    def write(self, file: int, content: bytes) -> None:
        """Write half, fail, or write the rest."""
        half = len(content) // 2
        super().write(file, content[:half])
        with self.counted():
            super().write(file, content[half:])

    def sync(self, file: int) -> None:
        """Wait."""
        with self.counted():
            super().sync(file)

    def link(self, name: str, new: str, folder: int) -> None:
        """Give a second name."""
        with self.counted():
            super().link(name, new, folder)

    def rename(self, name: str, new: str, folder: int) -> None:
        """Rename."""
        with self.counted():
            super().rename(name, new, folder)
