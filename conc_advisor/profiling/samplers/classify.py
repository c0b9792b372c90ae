"""Tells a thread's activity from what the kernel says it waits for and where its stack stands.

The kernel knows the wait, not its meaning: a futex may be a lock, a queue or the end of a thread.  The innermost frames of the standard
library tell.
"""

import re
from dataclasses import dataclass
from typing import Final

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.recording import ACTIVITY_CODE, NO_STACK, Activity, Frame, StackTable
from conc_advisor.profiling.samplers.syscalls import Wait

_DEPTH: Final = 12
"""How many of the innermost frames are looked at for a meaning."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Frames of one file whose function (without its class) matches, and what a wait under them is for.

    `leaf`: only where such a frame is the innermost, so waits itself.
    """

    file: str
    function: re.Pattern[str]
    kind: BlockKind
    leaf: bool = False


def _place(file: str, function: str, kind: BlockKind, *, leaf: bool = False) -> _Place:
    return _Place(file, re.compile(function), kind, leaf)


_FUTEX_PLACES: Final = (
    _place("threading.py", r"join|_wait_for_tstate_lock|_shutdown", BlockKind.JOIN),
    _place("concurrent/futures/_base.py", r"result|exception|wait|as_completed|__exit__", BlockKind.JOIN),
    _place("concurrent/futures/thread.py", r"shutdown|_python_exit", BlockKind.JOIN),
    _place("concurrent/futures/process.py", r"shutdown|join_executor_internals|_python_exit", BlockKind.JOIN),
    _place("multiprocessing/pool.py", r"get|wait|join|next", BlockKind.JOIN),
    _place("multiprocessing/process.py", r"join", BlockKind.JOIN),
    _place("concurrent/futures/thread.py", r"_worker", BlockKind.QUEUE, leaf=True),
    _place("queue.py", r"get|put|join", BlockKind.QUEUE),
    _place("multiprocessing/queues.py", r".*", BlockKind.QUEUE),
    _place("multiprocessing/synchronize.py", r".*", BlockKind.QUEUE),
    _place("multiprocessing/pool.py", r".*", BlockKind.QUEUE),
    _place("threading.py", r"wait|wait_for|acquire", BlockKind.QUEUE),
)
"""Outermost meaning first: a future's result waits on a condition, and what it waits for is the work."""

_PIPE_PLACES: Final = (
    _place("subprocess.py", r".*", BlockKind.SUBPROCESS),
    _place("multiprocessing/popen_fork.py", r".*", BlockKind.JOIN),
    _place("multiprocessing/popen_spawn_posix.py", r".*", BlockKind.OTHER),
    _place("multiprocessing/pool.py", r".*", BlockKind.QUEUE),
    _place("multiprocessing/queues.py", r".*", BlockKind.QUEUE),
    _place("multiprocessing/connection.py", r".*", BlockKind.QUEUE),
    _place("asyncio/unix_events.py", r".*", BlockKind.SUBPROCESS),
)
_CHILD_PLACES: Final = (
    _place("multiprocessing/popen_fork.py", r".*", BlockKind.JOIN),
    _place("multiprocessing/process.py", r"join", BlockKind.JOIN),
)
_LOOP_FILES: Final = (
    "asyncio/base_events.py",
    "asyncio/runners.py",
    "asyncio/windows_events.py",
    "trio/_core/_run.py",
    "gevent/hub.py",
    "gevent/_gevent_c",
    "tornado/ioloop.py",
    "tornado/platform/epoll.py",
    "twisted/internet/epollreactor.py",
    "twisted/internet/pollreactor.py",
    "eventlet/hubs/hub.py",
)


class Classifier:
    """Turns (wait, GIL, thread, stack) into an activity code of the recording."""

    def __init__(self, stacks: StackTable) -> None:
        self._stacks = stacks
        self._known: dict[tuple[int, int], int] = {}

    def activity(self, wait: int, *, holds: bool, python: bool, stack: int, loop: str) -> int:
        """Return the index into `ACTIVITIES`; `loop` is the implementation of the event loop that the thread runs, "" for none."""
        if wait == Wait.ON_CPU:
            return _RUNNING if holds else _NATIVE
        if wait == Wait.GIL:
            return _GIL_WAIT
        if wait == Wait.EPOLL and loop:
            return _LOOP_IDLE
        key = (wait, stack if python else -1)
        code = self._known.get(key)
        if code is None:
            code = self._known[key] = ACTIVITY_CODE[self._asleep(Wait(wait), stack, python=python)]
        return code

    def _asleep(self, wait: Wait, stack: int, *, python: bool) -> Activity:  # noqa: C901, PLR0911 - one a kind of wait
        match wait:
            case Wait.SLEEP:
                return Activity(ThreadState.BLOCKED, BlockKind.SLEEP)
            case Wait.SOCKET:
                return Activity(ThreadState.BLOCKED, BlockKind.SOCKET)
            case Wait.FILE:
                return Activity(ThreadState.BLOCKED, BlockKind.FILE)
            case Wait.CHILD:
                return Activity(ThreadState.BLOCKED, self._meaning(stack, _CHILD_PLACES) or BlockKind.SUBPROCESS)
            case Wait.PIPE:
                return Activity(ThreadState.BLOCKED, self._meaning(stack, _PIPE_PLACES) or BlockKind.OTHER)
            case Wait.SELECTOR | Wait.EPOLL:
                if self._in_loop(stack):
                    return Activity(ThreadState.LOOP_IDLE)
                return Activity(ThreadState.BLOCKED, self._meaning(stack, _PIPE_PLACES) or BlockKind.SOCKET)
            case Wait.ASLEEP if self._in_loop(stack):
                return Activity(ThreadState.LOOP_IDLE)
            case Wait.ASLEEP:
                meaning = self._meaning(stack, _FUTEX_PLACES) or self._meaning(stack, _CHILD_PLACES) or self._meaning(stack, _PIPE_PLACES)
                return Activity(ThreadState.BLOCKED, meaning or BlockKind.OTHER)
            case Wait.FUTEX:
                if not python or stack == NO_STACK:
                    # A native pool's thread without work; nothing says what it waits for.
                    return Activity(ThreadState.BLOCKED, BlockKind.OTHER)
                kind = self._meaning(stack, _FUTEX_PLACES)
                return Activity(ThreadState.BLOCKED, kind) if kind else Activity(ThreadState.LOCK_WAIT)
            case _:
                return Activity(ThreadState.BLOCKED, BlockKind.OTHER)

    def _meaning(self, stack: int, places: tuple[_Place, ...]) -> BlockKind | None:
        """Return the kind of the first place in `places` that the innermost library frames are in."""
        frames = self._library_frames(stack)
        for place in places:
            for frame in frames[:1] if place.leaf else frames:
                if f"/{frame.file}".endswith(f"/{place.file}") and place.function.fullmatch(frame.function.rsplit(".", 1)[-1]):
                    return place.kind
        return None

    def _library_frames(self, stack: int) -> list[Frame]:
        frames: list[Frame] = []
        while stack != NO_STACK and len(frames) < _DEPTH:
            frame = self._stacks.leaf(stack)
            if not _STANDARD_LIBRARY.search(frame.file):
                break
            frames.append(frame)
            stack = self._stacks.parent(stack)
        return frames

    def _in_loop(self, stack: int) -> bool:
        """Return whether the innermost frames belong to an event loop, not to a callback that selects by itself."""
        for _ in range(3):
            if stack == NO_STACK:
                return False
            file = self._stacks.leaf(stack).file
            if any(part in file for part in _LOOP_FILES):
                return True
            stack = self._stacks.parent(stack)
        return False


_STANDARD_LIBRARY: Final = re.compile(r"(?:/lib/python3\.\d+t?/(?!site-packages/|dist-packages/))|^<frozen|^[a-z_][a-z_/]*\.py$")
_RUNNING: Final = ACTIVITY_CODE[Activity(ThreadState.RUNNING)]
_NATIVE: Final = ACTIVITY_CODE[Activity(ThreadState.NATIVE)]
_GIL_WAIT: Final = ACTIVITY_CODE[Activity(ThreadState.GIL_WAIT)]
_LOOP_IDLE: Final = ACTIVITY_CODE[Activity(ThreadState.LOOP_IDLE)]
