"""What a thread does, from what the kernel says it waits for and the stack it waits at."""

from collections.abc import Iterator

import pytest

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.profiling.recording import ACTIVITIES, ACTIVITY_CODE, Activity, Frame, StackTable
from conc_advisor.profiling.samplers.classify import Classifier
from conc_advisor.profiling.samplers.syscalls import Wait

USER = ("app.work", "/home/user/app.py")
LOCK_WAIT = Activity(ThreadState.LOCK_WAIT)
LOOP_IDLE = Activity(ThreadState.LOOP_IDLE)
Path = tuple[tuple[str, str], ...]


def blocked(kind: BlockKind) -> Activity:
    """Return the activity of a wait of this kind."""
    return Activity(ThreadState.BLOCKED, kind)


QUEUE, JOIN, SUBPROCESS, SOCKET, OTHER = map(
    blocked, (BlockKind.QUEUE, BlockKind.JOIN, BlockKind.SUBPROCESS, BlockKind.SOCKET, BlockKind.OTHER)
)


def activity(wait: Wait, *path: tuple[str, str], holds: bool = False, python: bool = True, loop: str = "") -> Activity:
    """Return what a thread does that waits so under this path of (function, file), from the root to the leaf."""
    stacks = StackTable()
    stack = stacks.intern(Frame(function, file, 10) for function, file in path)
    return ACTIVITIES[Classifier(stacks).activity(wait, holds=holds, python=python, stack=stack, loop=loop)]


def lib(*frames: tuple[str, str], version: str = "3.13") -> Path:
    """Return user code that calls these frames of the standard library (function, file under lib/python3.x)."""
    return (USER, *((function, f"/usr/lib/python{version}/{file}") for function, file in frames))


FUTEX_TABLE: list[tuple[str, Path, Activity]] = [
    ("a lock taken in the user's own code", (USER,), LOCK_WAIT),
    ("a lock in a library that is not Python's", (USER, ("get", "/venv/lib/python3.13/site-packages/cache/queue.py")), LOCK_WAIT),
    ("a user's module named as one of the library's", (USER, ("Queue.get", "/home/user/queue.py")), LOCK_WAIT),
    ("a user's module whose name ends as one of the library's", (USER, ("get", "/app/jobqueue.py")), LOCK_WAIT),
    ("a module of the library whose name ends as another's", lib(("wait", "dummy_threading.py")), LOCK_WAIT),
    ("a file that is named without its folder", (USER, ("get", "queue.py")), QUEUE),
    ("logging's lock, 3.13", lib(("Logger.info", "logging/__init__.py"), ("Handler.handle", "logging/__init__.py")), LOCK_WAIT),
    ("logging's lock, 3.9", lib(("info", "logging/__init__.py"), ("acquire", "logging/__init__.py"), version="3.9"), LOCK_WAIT),
    ("the import lock", (USER, ("_ModuleLock.acquire", "<frozen importlib._bootstrap>")), LOCK_WAIT),
    (
        "queue.get, 3.13",
        lib(("Queue.get", "queue.py"), ("Condition.wait", "threading.py")),
        QUEUE,
    ),
    ("queue.get, 3.9", lib(("get", "queue.py"), ("wait", "threading.py"), version="3.9"), QUEUE),
    ("queue.get through the queue's own lock", lib(("Queue.get", "queue.py")), QUEUE),
    ("queue.put on a full queue", lib(("Queue.put", "queue.py"), ("Condition.wait", "threading.py")), QUEUE),
    ("queue.join", lib(("Queue.join", "queue.py"), ("Condition.wait", "threading.py")), QUEUE),
    ("an Event", lib(("Event.wait", "threading.py"), ("Condition.wait", "threading.py")), QUEUE),
    ("a Semaphore", lib(("Semaphore.acquire", "threading.py"), ("Condition.wait", "threading.py")), QUEUE),
    ("a Barrier", lib(("Barrier.wait", "threading.py"), ("Condition.wait_for", "threading.py")), QUEUE),
    ("Thread.join, 3.13", lib(("Thread.join", "threading.py")), JOIN),
    ("Thread.join, 3.9", lib(("join", "threading.py"), ("_wait_for_tstate_lock", "threading.py"), version="3.9"), JOIN),
    ("the end of the interpreter", (("_shutdown", "/usr/lib/python3.13/threading.py"),), JOIN),
    (
        "future.result, 3.13",
        lib(("Future.result", "concurrent/futures/_base.py"), ("Condition.wait", "threading.py")),
        JOIN,
    ),
    ("future.result, 3.9", lib(("result", "concurrent/futures/_base.py"), ("wait", "threading.py"), version="3.9"), JOIN),
    (
        "executor.map",
        lib(
            ("Executor.map.<locals>.result_iterator", "concurrent/futures/_base.py"),
            ("_result_or_cancel", "concurrent/futures/_base.py"),
            ("Future.result", "concurrent/futures/_base.py"),
            ("Condition.wait", "threading.py"),
        ),
        JOIN,
    ),
    ("futures.wait", lib(("wait", "concurrent/futures/_base.py"), ("Event.wait", "threading.py")), JOIN),
    (
        "leaving a with-executor block",
        lib(("Executor.__exit__", "concurrent/futures/_base.py"), ("ThreadPoolExecutor.shutdown", "concurrent/futures/thread.py")),
        JOIN,
    ),
    ("a Pool's result", lib(("ApplyResult.get", "multiprocessing/pool.py"), ("Event.wait", "threading.py")), JOIN),
    (
        "a pool's worker without work, 3.13",
        (
            ("Thread._bootstrap", "/usr/lib/python3.13/threading.py"),
            ("Thread.run", "/usr/lib/python3.13/threading.py"),
            ("_worker", "/usr/lib/python3.13/concurrent/futures/thread.py"),
        ),
        QUEUE,
    ),
    (
        "a lock taken by work in a pool's worker",
        (
            ("Thread._bootstrap", "/usr/lib/python3.13/threading.py"),
            ("_worker", "/usr/lib/python3.13/concurrent/futures/thread.py"),
            ("_WorkItem.run", "/usr/lib/python3.13/concurrent/futures/thread.py"),
            USER,
        ),
        LOCK_WAIT,
    ),
    (
        "work in a pool's worker that is all the library's, and takes a lock",
        (
            ("_worker", "/usr/lib/python3.13/concurrent/futures/thread.py"),
            ("_WorkItem.run", "/usr/lib/python3.13/concurrent/futures/thread.py"),
            ("Handler.acquire", "/usr/lib/python3.13/logging/__init__.py"),
        ),
        LOCK_WAIT,
    ),
    ("nothing is known of the stack", (), OTHER),
]


@pytest.mark.parametrize(("path", "expected"), [row[1:] for row in FUTEX_TABLE], ids=[row[0] for row in FUTEX_TABLE])
def test_a_futex_means_what_its_stack_says(path: Path, expected: Activity) -> None:
    """A lock unless the innermost frames of Python's own library say that something else is waited for, or nothing is known of them."""
    assert activity(Wait.FUTEX, *path) == expected


PIPE_TABLE: list[tuple[str, Path, Activity]] = [
    ("a pipe read by the user's code", (USER,), OTHER),
    ("the output of a subprocess", lib(("Popen.communicate", "subprocess.py")), SUBPROCESS),
    ("the output of a subprocess, 3.9", lib(("run", "subprocess.py"), ("communicate", "subprocess.py"), version="3.9"), SUBPROCESS),
    (
        "a multiprocessing queue",
        lib(("Queue.get", "multiprocessing/queues.py"), ("Connection.recv_bytes", "multiprocessing/connection.py")),
        QUEUE,
    ),
    ("a module of the user's called subprocess.py", (("run", "/home/user/my/subprocess.py"),), OTHER),
    ("nothing is known of the stack", (), OTHER),
]


@pytest.mark.parametrize(("path", "expected"), [row[1:] for row in PIPE_TABLE], ids=[row[0] for row in PIPE_TABLE])
def test_a_pipe_means_what_its_stack_says(path: Path, expected: Activity) -> None:
    assert activity(Wait.PIPE, *path) == expected


RUN_ONCE = (("BaseEventLoop.run_forever", "asyncio/base_events.py"), ("BaseEventLoop._run_once", "asyncio/base_events.py"))
SELECTOR_TABLE: list[tuple[str, Path, Activity]] = [
    ("a loop in its selector", lib(*RUN_ONCE, ("EpollSelector.select", "selectors.py")), LOOP_IDLE),
    ("a loop on 3.9", lib(("_run_once", "asyncio/base_events.py"), ("select", "selectors.py"), version="3.9"), LOOP_IDLE),
    (
        "a callback that selects by itself",
        (*lib(*RUN_ONCE, ("Handle._run", "asyncio/events.py")), USER, ("poll", "/home/user/client.py"), ("read", "/home/user/client.py")),
        SOCKET,
    ),
    ("poll in the user's code", (USER,), SOCKET),
    ("a server's select", lib(("BaseServer.serve_forever", "socketserver.py"), ("PollSelector.select", "selectors.py")), SOCKET),
    (
        "communicate, which polls two pipes",
        lib(("Popen._communicate", "subprocess.py"), ("PollSelector.select", "selectors.py")),
        SUBPROCESS,
    ),
    ("multiprocessing's wait", lib(("wait", "multiprocessing/connection.py"), ("PollSelector.select", "selectors.py")), QUEUE),
    ("nothing is known of the stack", (), SOCKET),
]


@pytest.mark.parametrize("wait", [Wait.SELECTOR, Wait.EPOLL])
@pytest.mark.parametrize(("path", "expected"), [row[1:] for row in SELECTOR_TABLE], ids=[row[0] for row in SELECTOR_TABLE])
def test_a_selector_means_what_its_stack_says(wait: Wait, path: Path, expected: Activity) -> None:
    """An event loop without work only where the innermost frames are the loop's own."""
    assert activity(wait, *path) == expected


def test_epoll_of_a_thread_known_to_run_a_loop_is_the_loop() -> None:
    """One of uvloop has no Python frames of its own below the user's."""
    assert activity(Wait.EPOLL, USER, loop="uvloop") == LOOP_IDLE
    assert activity(Wait.SELECTOR, USER, loop="uvloop") == SOCKET


@pytest.mark.parametrize("path", [(), (USER,), lib(("Popen.communicate", "subprocess.py")), lib(*RUN_ONCE)])
@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        (Wait.SLEEP, blocked(BlockKind.SLEEP)),
        (Wait.SOCKET, SOCKET),
        (Wait.FILE, blocked(BlockKind.FILE)),
        (Wait.OTHER, OTHER),
        (Wait.GIL, Activity(ThreadState.GIL_WAIT)),
    ],
)
def test_where_the_kernel_is_sure_the_stack_does_not_matter(path: Path, wait: Wait, expected: Activity) -> None:
    assert activity(wait, *path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((USER,), SUBPROCESS),
        ((), SUBPROCESS),
        (lib(("Popen.wait", "subprocess.py")), SUBPROCESS),
        (lib(("BaseProcess.join", "multiprocessing/process.py"), ("Popen.poll", "multiprocessing/popen_fork.py")), JOIN),
        (lib(("join", "multiprocessing/process.py"), ("wait", "multiprocessing/popen_fork.py"), version="3.9"), JOIN),
    ],
)
def test_the_end_of_a_child_is_a_join_only_for_multiprocessing(path: Path, expected: Activity) -> None:
    assert activity(Wait.CHILD, *path) == expected


@pytest.mark.parametrize("path", [(), (USER,), lib(("Queue.get", "queue.py"))])
def test_on_cpu_the_gil_decides(path: Path) -> None:
    assert activity(Wait.ON_CPU, *path, holds=True) == Activity(ThreadState.RUNNING)
    assert activity(Wait.ON_CPU, *path, holds=False) == Activity(ThreadState.NATIVE)


@pytest.mark.parametrize("wait", [Wait.FUTEX, Wait.PIPE, Wait.OTHER])
def test_nothing_is_claimed_of_a_native_thread_that_waits(wait: Wait) -> None:
    """A futex of a native pool's thread is no contended lock of Python's."""
    assert activity(wait, python=False) == OTHER


def _every_case() -> Iterator[tuple[Wait, Path]]:
    for wait in Wait:
        for table in (FUTEX_TABLE, PIPE_TABLE, SELECTOR_TABLE):
            yield from ((wait, path) for _, path, _ in table)


def test_the_same_question_gets_the_same_answer_again() -> None:
    """Answers are remembered by wait and stack, and neither is confused with another."""
    stacks = StackTable()
    classifier = Classifier(stacks)
    cases = [(wait, stacks.intern(Frame(function, file, 10) for function, file in path), path) for wait, path in _every_case()]
    for _ in range(2):
        for wait, stack, path in cases:
            code = classifier.activity(wait, holds=False, python=True, stack=stack, loop="")
            assert code == ACTIVITY_CODE[activity(wait, *path)]


ASLEEP_TABLE: list[tuple[str, Path, Activity]] = [
    ("user code", (USER,), OTHER),
    ("nothing is known of the stack", (), OTHER),
    ("queue.get", lib(("Queue.get", "queue.py"), ("Condition.wait", "threading.py")), QUEUE),
    ("Thread.join", lib(("Thread.join", "threading.py")), JOIN),
    ("the output of a subprocess", lib(("Popen.communicate", "subprocess.py")), SUBPROCESS),
    ("a loop in its selector", lib(*RUN_ONCE, ("EpollSelector.select", "selectors.py")), LOOP_IDLE),
]


@pytest.mark.parametrize(("path", "expected"), [row[1:] for row in ASLEEP_TABLE], ids=[row[0] for row in ASLEEP_TABLE])
def test_where_the_kernel_does_not_tell_the_stack_alone_does(path: Path, expected: Activity) -> None:
    """And where that does not either, nothing is claimed: no lock, no socket."""
    assert activity(Wait.ASLEEP, *path) == expected
