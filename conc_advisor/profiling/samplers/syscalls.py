"""System call numbers of Linux, by what a thread that sleeps in the call is waiting for.

Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of the kernel.
"""

import platform
from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class Wait(IntEnum):
    """What the kernel alone says of a thread at one instant; the stack says the rest."""

    ON_CPU = 0
    """Running, or ready to."""
    GIL = 1
    FUTEX = 2
    """A lock, a condition, a join: only the stack tells."""
    SLEEP = 3
    SOCKET = 4
    FILE = 5
    PIPE = 6
    """A pipe or a terminal."""
    CHILD = 7
    """The end of a child process."""
    SELECTOR = 8
    """poll or select: one socket with a timeout, or an event loop of an older kind."""
    EPOLL = 9
    """An event loop, nearly always."""
    OTHER = 10
    ASLEEP = 11
    """Nothing tells in what: the kernel does not show system calls."""
    ON_DESCRIPTOR = 12
    """To be told by what the file descriptor is; never stored."""
    RESTARTED = 13
    """A call that the kernel took up again after a stop: as before; never stored."""


_X86_64: Final[Mapping[Wait, tuple[int, ...]]] = {
    Wait.ON_DESCRIPTOR: (
        0,
        1,
        3,
        16,
        17,
        18,
        19,
        20,
        40,
        326,
    ),  # read write close ioctl pread64 pwrite64 readv writev sendfile copy_file_range
    Wait.SELECTOR: (7, 23, 270, 271),  # poll select pselect6 ppoll
    Wait.EPOLL: (232, 281, 441),  # epoll_wait epoll_pwait epoll_pwait2
    Wait.SLEEP: (34, 35, 130, 230),  # pause nanosleep rt_sigsuspend clock_nanosleep
    Wait.SOCKET: (42, 43, 44, 45, 46, 47, 288, 299, 307),  # connect accept sendto recvfrom sendmsg recvmsg accept4 recvmmsg sendmmsg
    Wait.CHILD: (61, 247),  # wait4 waitid
    # open stat fstat lstat msync flock fcntl fsync fdatasync truncate ftruncate rename mkdir rmdir unlink sync getdents64 openat newfstatat
    # unlinkat renameat fallocate renameat2 statx
    Wait.FILE: (2, 4, 5, 6, 26, 72, 73, 74, 75, 76, 77, 82, 83, 84, 87, 162, 217, 257, 262, 263, 264, 285, 316, 332),
    Wait.FUTEX: (202,),
    Wait.RESTARTED: (219,),
}
_AARCH64: Final[Mapping[Wait, tuple[int, ...]]] = {
    Wait.ON_DESCRIPTOR: (63, 64, 57, 29, 67, 68, 65, 66, 71, 285),
    Wait.SELECTOR: (72, 73),
    Wait.EPOLL: (22, 441),
    Wait.SLEEP: (101, 115, 133),
    Wait.SOCKET: (200, 202, 203, 206, 207, 211, 212, 242, 243, 269),
    Wait.CHILD: (95, 260),
    Wait.FILE: (25, 32, 34, 35, 38, 45, 46, 47, 56, 61, 79, 80, 81, 82, 83, 227, 276, 291),
    Wait.FUTEX: (98,),
    Wait.RESTARTED: (128,),
}
_TABLES: Final[Mapping[str, Mapping[Wait, tuple[int, ...]]]] = {"x86_64": _X86_64, "aarch64": _AARCH64}


def syscall_table(machine: str | None = None) -> dict[bytes, Wait]:
    """Return {call number as procfs prints it: what it waits for} of a machine, ours by default; empty for one we do not know."""
    table = _TABLES.get(platform.machine() if machine is None else machine, {})
    return {str(number).encode(): wait for wait, numbers in table.items() for number in numbers}
