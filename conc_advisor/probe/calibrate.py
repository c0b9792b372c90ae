"""Finds where this interpreter keeps its GIL, its thread states and its deques, and prints it as JSON.

Run by the *target's* interpreter in a process of its own (`python -I -S calibrate.py`), so the target itself is never touched: a build
keeps these things at fixed distances from where its library is loaded.  No symbols, no offsets by version: each distance is found by
looking for a value that is known.

How the GIL is found: with the GIL held, and kept through C calls by `ctypes.PyDLL`, another Python thread can only be waiting for it.  The
kernel tells the futex it sleeps in (`/proc/self/task/TID/syscall`), which lies in the condition variable of CPython's
`struct _gil_runtime_state`; a few words before it, the struct names the last holder's thread state, and that is us.

Source of the struct: Include/internal/pycore_gil.h (last_holder, locked, switch_number, cond, mutex, switch_cond, switch_mutex), the same
from 3.9 to 3.14.
"""

from __future__ import annotations

import collections
import ctypes
import json
import os
import sys
import sysconfig
import threading
import time

FUTEX_CALLS = ("202", "98")  # x86-64, aarch64
ROUNDS = 40
HOLDER_TO_COND = 24  # last_holder (8), locked (4, padded to 8), switch_number (8)
WORD = ctypes.sizeof(ctypes.c_void_p)
COND_SIZE = 48  # pthread_cond_t and pthread_mutex_t of glibc on 64 bits
MUTEX_SIZE = 48
MAPS_FIELDS = 6  # of a line in /proc/PID/maps that names a file


def words(address: int, count: int) -> list[int]:
    """Return the `count` machine words at `address` of this process."""
    return list((ctypes.c_uint64 * count).from_address(address))


def mappings() -> list[tuple[int, int, str]]:
    """Return (start, end, file) of each mapping of this process.

    An anonymous one carries the file before it, for a library's bss follows it.
    """
    found, file = [], ""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            parts = line.rstrip("\n").split(None, MAPS_FIELDS - 1)
            start, end = (int(part, 16) for part in parts[0].split("-"))
            if len(parts) == MAPS_FIELDS:
                # A name that is no path stands for the heap, a stack and the like.
                file = parts[-1] if parts[-1].startswith("/") else ""
            found.append((start, end, file))
    return found


def relative(address: int) -> dict[str, object] | None:
    """Return the file that `address` belongs to and its distance from where that file is loaded, None when it belongs to no file."""
    regions = mappings()
    for start, end, file in regions:
        if start <= address < end and file:
            return {"file": file, "offset": address - min(region[0] for region in regions if region[2] == file)}
    return None


def current_thread_state() -> int:
    """Return the address of the calling thread's PyThreadState."""
    get = ctypes.pythonapi.PyThreadState_Get
    get.restype = ctypes.c_void_p
    get.argtypes = []
    return int(get())


class Workers:
    """Two threads that give up the GIL and ask for it again until they are told to stop."""

    def __init__(self) -> None:
        self.states: list[int] = []
        self.tids: list[int] = []
        self.stop = False
        self.threads = []
        for number in (1, 2):
            thread = threading.Thread(target=self._work)
            thread.start()
            self.threads.append(thread)
            while len(self.tids) < number:
                time.sleep(0.0005)

    def _work(self) -> None:
        self.states.append(current_thread_state())
        self.tids.append(threading.get_native_id())
        while not self.stop:  # noqa: CA107  # it is there to hold the GIL and to let go of it
            time.sleep(0)

    def end(self) -> None:
        """Stop both threads and wait for their end."""
        self.stop = True
        for thread in self.threads:
            thread.join()


def futexes_of_waiter(tid: int) -> collections.Counter[int]:
    """Return how often each futex address was seen under the thread `tid` while this thread kept the GIL."""
    libc = ctypes.PyDLL(None)
    path = f"/proc/self/task/{tid}/syscall".encode()
    buffer = ctypes.create_string_buffer(256)
    seen: collections.Counter[int] = collections.Counter()
    for _ in range(ROUNDS):
        libc.usleep(300)  # the GIL stays held: PyDLL does not release it
        file = libc.open(path, os.O_RDONLY)
        if file < 0:
            break
        size = libc.read(file, buffer, 255)
        libc.close(file)
        fields = buffer.raw[: max(size, 0)].decode().split()
        if len(fields) > 1 and fields[0] in FUTEX_CALLS:
            seen[int(fields[1], 16)] += 1
        time.sleep(0)
    return seen


def find_gil(futexes: collections.Counter[int], state: int) -> int | None:
    """Return the address of `last_holder`, or None.

    It is the word shortly before the futex that names our own thread state, with `locked` set after it.
    """
    for futex, count in futexes.most_common():
        if count < ROUNDS // 8:
            continue
        first = (futex & ~(WORD - 1)) - 16 * WORD
        for index, word in enumerate(words(first, 16)):
            if word == state and words(first + (index + 1) * WORD, 1)[0] & 0xFFFFFFFF == 1:
                return first + index * WORD
    return None


def offset_of(value: int, address: int, count: int, size: int = WORD) -> int | None:
    """Return the distance in bytes from `address` at which `value` stands, within `count` items of `size` bytes, or None."""
    kind = ctypes.c_uint64 if size == WORD else ctypes.c_uint32
    for index, item in enumerate((kind * count).from_address(address)):
        if item == value:
            return index * size
    return None


def link_offset(towards: list[tuple[int, int]]) -> int | None:
    """Return the offset at which each state of `towards`, pairs of a state and its neighbour, points to its neighbour, or None."""
    for offset in range(0, 8 * WORD, WORD):
        if all(words(state + offset, 1)[0] == neighbour for state, neighbour in towards):
            return offset
    return None


def deque_layout() -> dict[str, int] | None:
    """Return where a deque keeps its length and its change counter, found by changing one; None if it cannot be told."""
    sample = collections.deque([1, 2, 3])
    before = words(id(sample), 9)
    sample.append(4)
    appended = words(id(sample), 9)
    sample.popleft()
    popped = words(id(sample), 9)
    size = [n for n in range(9) if (before[n], appended[n], popped[n]) == (3, 4, 3)]
    # The counter goes up at the one and at the other; so does nothing else but, by chance, an index: it has gone up three times already.
    state = [n for n in range(2, 9) if (appended[n] - before[n], popped[n] - appended[n]) == (1, 1)]
    if not size or not state:
        return None
    return {"size": size[0] * WORD, "changes": state[-1] * WORD}


def calibrate() -> dict[str, object]:
    """Return all that the parent needs to know; a part that could not be found is None."""
    main = current_thread_state()
    workers = Workers()
    interval = sys.getswitchinterval()
    try:
        # A waiter wakes up once an interval to ask for the GIL; a long interval keeps it asleep while we look.
        sys.setswitchinterval(1.0)
        futexes = futexes_of_waiter(workers.tids[0])
        older, newer = workers.states
        links = {
            "next": link_offset([(newer, older), (older, main)]),
            "previous": link_offset([(main, older), (older, newer)]),
        }
        holder = find_gil(futexes, main)
    finally:
        sys.setswitchinterval(interval)
        workers.end()
    return {
        "gil": None if holder is None else relative(holder),
        "gil_futexes": [HOLDER_TO_COND, HOLDER_TO_COND + 2 * (COND_SIZE + MUTEX_SIZE)],
        "thread_links": links,
        "thread_id": offset_of(threading.get_ident(), main, 64),
        "native_thread_id": offset_of(threading.get_native_id(), main, 64) if sys.version_info >= (3, 11) else None,
        "pthread_tid": offset_of(threading.get_native_id(), threading.get_ident(), 400, 4),
        "deque": deque_layout(),
    }


def main() -> None:
    """Print what was found."""
    found: dict[str, object] = {
        "implementation": sys.implementation.name,
        "version": ".".join(map(str, sys.version_info[:3])),
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "library": os.path.dirname(os.__file__),
        "layout": None,
    }
    if found["implementation"] == "cpython" and not found["free_threaded"] and os.path.exists("/proc/self/task"):
        found["layout"] = calibrate()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
