"""Reads another process's memory and maps, through `/proc`: nothing is stopped and nothing is written."""

import os
import struct
from typing import Final, Self

from conc_advisor.errors import ProfilerError
from conc_advisor.profiling.samplers.procfs import maps

_LOWEST: Final = 0x1_0000
_HIGHEST: Final = 1 << 47
"""User-space addresses of x86-64 and aarch64 lie in between."""


class ProcessMemory:
    """The memory of one process; a read that fails gives no bytes, for a live process changes under our eyes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._type_names: dict[int, str] = {}
        try:
            self._file = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except PermissionError as error:
            raise ProfilerError(
                f"no permission to look into process {pid}",
                hint="run as the same user; where ptrace is restricted, use sudo or start the program with: conc-advisor profile app.py",
            ) from error

    @classmethod
    def open(cls, pid: int) -> Self | None:
        """Return the memory of a process, or None where it is gone or not to be read."""
        try:
            return cls(pid)
        except (OSError, ProfilerError):
            return None

    def close(self) -> None:
        """Let go of the process."""
        os.close(self._file)

    def read(self, address: int, size: int) -> bytes:
        """Return up to `size` bytes at `address`, none when they cannot be read."""
        if not _LOWEST <= address < _HIGHEST:
            return b""
        try:
            return os.pread(self._file, size, address)
        except (OSError, OverflowError):
            return b""

    def word(self, address: int) -> int | None:
        """Return the 64-bit word at `address`, or None."""
        data = self.read(address, 8)
        return int.from_bytes(data, "little") if len(data) == 8 else None  # noqa: PLR2004 - bytes of a word

    def words(self, address: int, count: int) -> tuple[int, ...]:
        """Return up to `count` 64-bit words at `address`."""
        data = self.read(address, 8 * count)
        return struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8])

    def text(self, address: int, limit: int = 64) -> str:
        """Return the zero-ended ASCII text at `address`, "" when there is none."""
        return self.read(address, limit).split(b"\0", 1)[0].decode("ascii", "replace")

    def type_name(self, instance: int) -> str:
        """Return `tp_name` of the type of the Python object at `instance`, "" when it is not one.

        `ob_type` is the second word of an object and `tp_name` the fourth of a type, in every CPython with the GIL so far.
        """
        kind = self.word(instance + 8)
        if not kind:
            return ""
        known = self._type_names.get(kind)
        if known is None:
            name = self.word(kind + 24)
            known = self._type_names[kind] = self.text(name) if name else ""
        return known


def file_base(pid: int, path: str) -> int | None:
    """Return the address where `path` is loaded in a process, or None when it is not."""
    for line in maps(pid):
        if line.endswith(path):
            fields = line.split(None, 5)
            if len(fields) == 6 and fields[5] == path:  # noqa: PLR2004 - columns of the file
                return int(fields[0].split("-")[0], 16)
    return None
