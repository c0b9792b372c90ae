"""What a sleeping thread waits for, as far as its Python stack tells: a lock that others contend for, a signal, a thread's end, or work.

A pool's idle worker and a main thread that joins sleep on a lock just like a thread that cannot enter a critical section.  Only the last
of these is a problem.
"""

from enum import IntEnum
from typing import Final

from conc_advisor.profiling.recording import Frame


class Wait(IntEnum):
    """What a thread that sleeps at a stack waits for, if it sleeps without a system call that says more."""

    UNKNOWN = 0
    """No stack, or nothing in it says anything."""
    LOCK = 1
    """A lock, at a line of the program or in a library that is not about waiting."""
    SIGNAL = 2
    """A condition, event, semaphore, queue or future: another thread's work or message."""
    JOIN = 3
    """The end of a thread, of a process or of a pool."""
    WORK = 4
    """Work to do: an idle pool worker, a server in `accept`, plumbing threads."""


# The end of the file name and the functions in it (last part of a qualified name), as CPython 3.9 to 3.14 have them.
_LEAVES: Final[tuple[tuple[str, frozenset[str], Wait], ...]] = (
    ("/threading.py", frozenset({"wait", "wait_for"}), Wait.SIGNAL),
    ("/threading.py", frozenset({"join", "_wait_for_tstate_lock", "_join_os_thread", "_shutdown"}), Wait.JOIN),
    ("/concurrent/futures/thread.py", frozenset({"_worker"}), Wait.WORK),
    ("/concurrent/futures/thread.py", frozenset({"shutdown"}), Wait.JOIN),
    ("/concurrent/futures/process.py", frozenset({"_process_worker", "wait_result_broken_or_wakeup"}), Wait.WORK),
    (
        "/multiprocessing/pool.py",
        frozenset({"worker", "_wait_for_updates", "_handle_workers", "_handle_tasks", "_handle_results"}),
        Wait.WORK,
    ),
    ("/multiprocessing/popen_fork.py", frozenset({"poll", "wait"}), Wait.JOIN),
    ("/multiprocessing/popen_forkserver.py", frozenset({"poll", "wait"}), Wait.JOIN),
    ("/multiprocessing/forkserver.py", frozenset({"main"}), Wait.WORK),
    ("/socket.py", frozenset({"accept"}), Wait.WORK),
    ("/gunicorn/workers/sync.py", frozenset({"wait"}), Wait.WORK),
    ("/gunicorn/arbiter.py", frozenset({"sleep", "wait_for_signals"}), Wait.WORK),
)

# Frames of transport: the meaning of the wait is their caller's.
_TRANSPORT: Final = (
    "/multiprocessing/queues.py",
    "/multiprocessing/connection.py",
    "/multiprocessing/synchronize.py",
    "/selectors.py",
)
_SERVERS: Final = (
    ("/socketserver.py", "serve_forever"),
    ("/gunicorn/workers/gthread.py", "run"),
    ("/multiprocessing/managers.py", "serve_forever"),
)
_MAX_TRANSPORT: Final = 8


def plain_name(function: str) -> str:
    """Return a function's name without its class: 3.11 and later give qualified names, earlier versions do not."""
    return function.rpartition(".")[2]


def wait_at(path: list[Frame], *, user_code: bool) -> Wait:
    """Return what a thread waits for that sleeps at this path (root to leaf); `user_code` says whether any frame is the user's."""
    if not path:
        return Wait.UNKNOWN
    at = len(path) - 1
    while at > 0 and len(path) - at <= _MAX_TRANSPORT and path[at].file.endswith(_TRANSPORT):
        at -= 1
    found = _meaning(path[at])
    if found is Wait.LOCK and at < len(path) - 1:
        found = Wait.SIGNAL if any(frame.file.endswith(_TRANSPORT[:3]) for frame in path[at + 1 :]) else Wait.UNKNOWN
    if found is not Wait.WORK and not user_code and path[-1].file.endswith(("/threading.py", "/queue.py", *_TRANSPORT[:3])):
        # A library's own thread, waiting to be told something.
        return Wait.WORK
    return found


def _meaning(frame: Frame) -> Wait:
    name = plain_name(frame.function)
    for file, names, wait in _LEAVES:
        if name in names and frame.file.endswith(file):
            return wait
    if any(name == function and frame.file.endswith(file) for file, function in _SERVERS):
        return Wait.WORK
    return Wait.LOCK


def waits_for_future(frame: Frame) -> bool:
    """Return whether a frame waits for a future of `concurrent.futures` or a result of a `multiprocessing.Pool`."""
    name = plain_name(frame.function)
    if frame.file.endswith("/concurrent/futures/_base.py"):
        return name in {"result", "exception", "wait", "as_completed", "result_iterator"}
    return frame.file.endswith("/multiprocessing/pool.py") and name in {"get", "wait", "next"}
