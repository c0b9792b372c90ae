"""A pytest fixture that fails a test which leaves something running or open.

It looks only at what is made while it is active: the functions that make tasks, threads, child
processes, sockets and files are wrapped, the line is noted, and the wrappers come off again.  What
was there before is never blamed on the test.

In a conftest.py: `from leak_fixture import no_leaks`, or with settings of your own
`no_leaks = no_leaks_fixture(allow=["metrics-*"], autouse=True)`.
"""

import asyncio
import builtins
import fnmatch
import functools
import gc
import inspect
import io
import multiprocessing.process
import os
import re
import socket
import stat
import subprocess
import sys
import sysconfig
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeAlias

import pytest

KINDS: Final = frozenset(
    {"task", "thread", "process", "socket", "file", "exception", "coroutine", "resource"}
)
"""What is looked for; "resource" is whatever else Python warns of with ResourceWarning."""
GRACE: Final = 2.0
"""Seconds for things that are just ending.  Only a test that leaks waits for so long."""
ALLOWED: Final = (
    "*/.coverage*",
    "pydevd.*",
    "*/anyio/_backends/_asyncio.py:* in TestRunner.*",
    "Trio thread *",  # idle, and kept for a while for the next call
)
"""Names and places of what test tools and a debugger make while a test runs, and end later."""

_Task: TypeAlias = asyncio.Task[Any]
_Function: TypeAlias = Callable[..., object]
_Process: TypeAlias = multiprocessing.process.BaseProcess
_Program: TypeAlias = subprocess.Popen[Any]
_Identity: TypeAlias = tuple[int, int, int]  # device, inode and kind of an open file


@dataclass(frozen=True, slots=True)
class Leak:
    """One thing that was left."""

    kind: str
    name: str
    line: str
    """The `file:line in function` of the user's code that led to it."""
    maker: str = ""
    """The same of the library that made it, where that is another."""

    def __str__(self) -> str:
        by = f", by {self.maker}" if self.maker else ""
        return f"{self.kind} {self.name!r} from {self.line}{by}"


class _Origin(NamedTuple):
    """Where something was made: as in Leak."""

    line: str
    maker: str = ""


_UNSEEN: Final = _Origin("a place that was not seen")


class LeakError(AssertionError):
    """Something was left; `leaks` says what."""

    def __init__(self, leaks: Collection[Leak]) -> None:
        self.leaks = tuple(leaks)
        super().__init__("\n  ".join(["left behind:", *map(str, leaks)]))


class LeakCheck:
    """Raises LeakError at the end of a `with` block if something made inside it is left.

    `allow` holds patterns (as in fnmatch) for the names of what may be left or for the places that
    made it, `grace` is the seconds given to things that are just ending, `kinds` what to look for.
    In a coroutine use `async with`.

    An error from inside the block goes on as it is and nothing is checked: its traceback keeps
    things open.  Raises ValueError for an unknown kind.
    """

    def __init__(
        self, *, allow: Iterable[str] = (), grace: float = GRACE, kinds: Collection[str] = KINDS
    ) -> None:
        if unknown := set(kinds) - KINDS:
            raise ValueError(f"not a kind of leak: {', '.join(sorted(unknown))}")
        self._allow = (*ALLOWED, *allow)
        self._grace = grace
        self._kinds = kinds
        self._watch = _Watch(grace, self._is_minded)
        self._caught: list[warnings.WarningMessage] = []
        self._active = ExitStack()

    def start(self) -> None:
        """Begin to note what is made."""
        gc.collect()  # the garbage of others is not to be found later on
        self._active.callback(self._show_others)
        self._caught = self._active.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always", ResourceWarning)
        warnings.filterwarnings("always", "coroutine .* was never awaited", RuntimeWarning)
        self._watch.start(self._active)

    def stop(self) -> None:
        """End it without a look at what is left."""
        self._active.close()

    def finish(self) -> None:
        """End it; raises LeakError if something is left after the time of grace."""
        try:
            if not _inside_a_loop():
                self._watch.settle_idle_loops()
            leaks = self._look_until_clean()
        finally:
            self.stop()
        if leaks:
            raise LeakError(leaks)

    def __enter__(self) -> Self:
        if _inside_a_loop():
            raise RuntimeError("in a coroutine use `async with`: tasks cannot end while it waits")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.stop()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None:
            await self._watch.settle(asyncio.get_running_loop())
            self.finish()
        else:
            self.stop()

    def _show_others(self) -> None:
        """Let the warnings that are not about leaks go their way, once the watch is over."""
        caught, self._caught = self._caught, []
        with warnings.catch_warnings():
            warnings.simplefilter("always")  # the filters have let them pass once already
            for each in caught:
                if not _is_about_leaks(each):
                    warnings.warn_explicit(
                        each.message, each.category, each.filename, each.lineno, source=each.source
                    )

    def _look_until_clean(self) -> list[Leak]:
        end, pause = time.monotonic() + self._grace, 0.01
        while True:
            gc.collect()
            alive = list(filter(self._is_minded, self._watch.alive()))
            if not alive or time.monotonic() >= end:
                lost = [*self._watch.lost, *filter(None, map(self._watch.explain, self._caught))]
                return list(dict.fromkeys([*filter(self._is_minded, lost), *alive]))
            time.sleep(pause)
            pause = min(2 * pause, 0.2)

    def _is_minded(self, leak: Leak) -> bool:
        allowed = any(
            fnmatch.fnmatchcase(text, pattern)
            for pattern in self._allow
            for text in (leak.name, leak.line, leak.maker)
        )
        return leak.kind in self._kinds and not allowed


def no_leaks_fixture(
    *,
    allow: Iterable[str] = (),
    grace: float = GRACE,
    kinds: Collection[str] = KINDS,
    autouse: bool = False,
) -> object:
    """Return a pytest fixture that checks each test that uses it; see LeakCheck.

    A test that failed is not checked.  Fixtures that are set up before this one may keep what they
    made; those that are set up after it are torn down before it looks.
    """

    @pytest.fixture(autouse=autouse)
    def check() -> Iterator[None]:
        for name in ("last_exc", "last_type", "last_value", "last_traceback"):
            vars(sys).pop(name, None)  # an earlier test's traceback; pytest drops it a little later
        leak_check = LeakCheck(allow=allow, grace=grace, kinds=kinds)
        leak_check.start()
        yield
        if getattr(sys, "last_value", None) is not None:  # set by pytest when the test failed
            leak_check.stop()
            return
        message = ""
        try:
            leak_check.finish()
        except LeakError as error:
            message = str(error)
        if message:
            pytest.fail(message, pytrace=False)

    return check


no_leaks = no_leaks_fixture()


class _Watch:
    """Notes what is made, and by which line."""

    def __init__(self, grace: float, is_minded: Callable[[Leak], bool]) -> None:
        self.lost: list[Leak] = []
        """What can no longer be found, because it has ended or was collected."""
        self._grace = grace
        self._is_minded = is_minded
        self._on = False
        # By id: an object from before the watch cannot have the id of one made since, unless that
        # one is gone.  Weak references would be cleared before a destructor warns.
        self._tasks: dict[int, tuple[weakref.ref[_Task], _Origin]] = {}
        self._threads: dict[int, tuple[weakref.ref[threading.Thread], _Origin]] = {}
        self._workers: dict[int, tuple[weakref.ref[_Process], _Origin]] = {}
        self._programs: dict[int, tuple[weakref.ref[_Program], str, _Origin]] = {}  # by pid
        self._opened: dict[int, _Origin] = {}
        self._handles: dict[int, tuple[_Identity, str, _Origin]] = {}  # by file descriptor
        self._not_ours: set[_Identity] = set()
        self._before: dict[int, _Identity] = {}

    def start(self, active: ExitStack) -> None:
        """Put the wrappers on; closing `active` takes them off."""
        self._before = _open_handles(())
        depth = sys.get_coroutine_origin_tracking_depth()
        active.callback(sys.set_coroutine_origin_tracking_depth, depth)
        sys.set_coroutine_origin_tracking_depth(max(depth, 1))
        for owner, name, note in (
            (asyncio.BaseEventLoop, "create_task", self._note_task),
            (threading.Thread, "start", self._note_thread),
            (_Process, "start", self._note_worker),
            (subprocess.Popen, "__init__", self._note_program),
            (socket.socket, "__init__", self._note_opened),
            (builtins, "open", self._note_opened),
            (io, "open", self._note_opened),
            (os, "open", self._note_opened),
        ):
            _wrap(active, owner, name, functools.partial(self._after, note))
        closing = functools.partial(self._ahead, self._before_runner_closes)
        _wrap(active, asyncio.Runner, "close", closing)
        logging = functools.partial(self._ahead, self._before_error_is_logged)
        _wrap(active, asyncio.BaseEventLoop, "call_exception_handler", logging)
        self._on = True
        active.callback(self._off)

    def _off(self) -> None:
        self._on = False  # should a wrapper have been kept by somebody, it does nothing any more

    def _after(self, note: Callable[[Any], None], original: _Function) -> _Function:
        @functools.wraps(original)
        def wrapper(*args: object, **options: object) -> object:
            __tracebackhide__ = True  # pytest leaves it out
            result = original(*args, **options)
            if self._on:
                note(args[0] if result is None else result)
            return result

        return wrapper

    def _ahead(self, look: Callable[..., None], original: _Function) -> _Function:
        @functools.wraps(original)
        def wrapper(*args: object) -> object:
            if self._on:
                look(*args)
            return original(*args)

        return wrapper

    def _note_task(self, task: _Task) -> None:
        self._tasks[id(task)] = weakref.ref(task), _origin()

    def _note_thread(self, thread: threading.Thread) -> None:
        self._threads[id(thread)] = weakref.ref(thread), _origin()

    def _note_worker(self, process: _Process) -> None:
        self._workers[id(process)] = weakref.ref(process), _origin()

    def _note_program(self, program: _Program) -> None:
        self._programs[program.pid] = weakref.ref(program), _command(program.args), _origin()

    def _note_opened(self, opened: Any) -> None:  # noqa: ANN401  # a file, a socket or a number
        try:
            number = opened if isinstance(opened, int) else opened.fileno()
            identity = _identity(number)
        except (AttributeError, OSError, ValueError):
            return  # closed already, or not a file of the system
        if _makes_a_loop():
            self._not_ours.add(identity)
            return
        origin = _origin()
        self._opened[id(opened)] = origin
        self._handles[number] = identity, str(getattr(opened, "name", number)), origin

    def _before_runner_closes(self, runner: asyncio.Runner) -> None:
        """Note the tasks that `asyncio.run` is about to cancel, because nobody waited for them."""
        if not self._pending():
            return
        with suppress(RuntimeError):  # closed already
            loop = runner.get_loop()
            loop.run_until_complete(self.settle(loop))
            self.lost += [leak for task, leak in self._pending() if task.get_loop() is loop]

    def _before_error_is_logged(self, loop: asyncio.BaseEventLoop, context: dict[str, Any]) -> None:
        task = context.get("task") or context.get("future")
        _, origin = self._tasks.get(id(task), (None, None))
        if origin is None or not isinstance(task, asyncio.Task) or loop.get_exception_handler():
            return  # not made in here, or the program has its own way to see errors
        message, name = str(context.get("message")), task.get_name()
        if message.endswith("exception was never retrieved"):
            error = f"{context.get('exception')!r} of task {name}"
            self.lost.append(Leak("exception", error, *origin))
        elif message.startswith("Task was destroyed"):
            self.lost.append(Leak("task", name, *origin))

    def _pending(self) -> list[tuple[_Task, Leak]]:
        """Return the tasks that have not ended and that should have."""
        made = [(reference(), origin) for reference, origin in list(self._tasks.values())]
        pending = [
            (task, Leak("task", task.get_name(), *origin))
            for task, origin in made
            if task is not None and not task.done()
        ]
        return [(task, leak) for task, leak in pending if self._is_minded(leak)]

    async def settle(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let what is just ending in the running loop end; waits for tasks only if there are."""
        for _ in range(3):  # a closed transport is gone in the second round
            await asyncio.sleep(0)
        me = asyncio.current_task()
        rest = [task for task, _ in self._pending() if task.get_loop() is loop and task is not me]
        if rest:
            await asyncio.wait(rest, timeout=self._grace)

    def settle_idle_loops(self) -> None:
        """Do so in the loops that are open and that nobody runs."""
        made = [reference() for reference, _ in list(self._tasks.values())]
        for loop in {task.get_loop() for task in made if task is not None}:
            if not loop.is_closed() and not loop.is_running():
                loop.run_until_complete(self.settle(loop))

    def alive(self) -> Iterator[Leak]:
        """Yield what was made during the watch and is there at this moment."""
        me = asyncio.current_task() if _inside_a_loop() else None
        for task, leak in self._pending():
            if task is not me:
                yield leak
        for thread_reference, origin in list(self._threads.values()):
            thread = thread_reference()
            if thread is not None and thread.is_alive() and not _waits_in_loops_pool(thread):
                yield Leak("thread", thread.name, *origin)
        for worker_reference, origin in list(self._workers.values()):
            worker = worker_reference()
            if worker is not None and _is_alive(worker):
                yield Leak("process", worker.name, *origin)
        for pid, (program, command, origin) in list(self._programs.items()):
            if _runs(pid, program()):
                yield Leak("process", command, *origin)
        yield from self._open()

    def _open(self) -> Iterator[Leak]:
        for number, identity in _open_handles(self._handles).items():
            if self._before.get(number) == identity or identity in self._not_ours:
                continue
            seen, name, origin = self._handles.get(number, (None, str(number), _UNSEEN))
            origin = origin if seen == identity else _UNSEEN
            if stat.S_ISSOCK(identity[2]):
                yield Leak("socket", _socket_name(number), *origin)
            elif stat.S_ISREG(identity[2]):
                path = _path(number, name)
                if not path.startswith(("/dev/", "/proc/", "/memfd:")):
                    yield Leak("file", path, *origin)

    def explain(self, caught: warnings.WarningMessage) -> Leak | None:
        """Return the leak that a warning tells of; None where it is no leak, or not of ours."""
        text, source = str(caught.message), caught.source
        if not _is_about_leaks(caught) or text.startswith(("subprocess ", "loop is closed")):
            return None  # what is behind these is seen better elsewhere
        if inspect.iscoroutine(source):
            calls = source.cr_origin  # none where it was called in another thread, or before
            return Leak("coroutine", source.__qualname__, _place(*calls[0])) if calls else None
        kind = next((kind for start, kind in _UNCLOSED.items() if text.startswith(start)), "")
        if not kind:
            return Leak("resource", text, *_UNSEEN)
        origin = self._opened.get(id(source))
        if number := re.search(r"ransport .*\bfd=(\d+)", text):
            origin = self._handles.get(int(number[1]), (None, "", None))[2]
        return Leak(kind, text.removeprefix("unclosed "), *origin) if origin else None


_UNCLOSED: Final = {
    "unclosed file": "file",
    "unclosed <socket.socket": "socket",
    "unclosed <ssl.SSLSocket": "socket",
    "unclosed transport": "socket",
    "unclosed <StreamWriter": "socket",
}


def _wrap(
    active: ExitStack, owner: object, name: str, make: Callable[[_Function], _Function]
) -> None:
    """Put a wrapper on, until `active` is closed; if somebody has put another on top, it stays."""
    original = getattr(owner, name)
    # A static method is no method of the class that happens to keep it, as `open` itself is none.
    wrapper = make(original) if isinstance(owner, type) else staticmethod(make(original))
    setattr(owner, name, wrapper)

    def unwrap() -> None:
        if getattr(owner, name) is wrapper:
            setattr(owner, name, original)

    active.callback(unwrap)


def _is_about_leaks(caught: warnings.WarningMessage) -> bool:
    never_awaited = str(caught.message).startswith("coroutine ") and inspect.iscoroutine(
        caught.source
    )
    return issubclass(caught.category, ResourceWarning) or never_awaited


def _inside_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _origin() -> _Origin:
    """Return the innermost line of the user's code, and that of the library it is in."""
    frame = inspect.currentframe()
    user = library = ""
    while frame is not None and not user:
        code = frame.f_code
        if _is_pytest(code.co_filename):
            break  # below it are no tests and no fixtures
        ours = code.co_filename == __file__ and code.co_qualname.startswith(("_origin", "_Watch."))
        if not ours and not _is_python(code.co_filename):
            place = _place(code.co_filename, frame.f_lineno, code.co_qualname)
            if not _is_library(code.co_filename):
                user = place
            elif not library:
                library = place
        frame = frame.f_back
    if not user and not library:
        return _UNSEEN
    return _Origin(user, library) if user else _Origin(library)


_PATHS: Final = sysconfig.get_paths()


@functools.lru_cache(maxsize=10_000)
def _is_pytest(filename: str) -> bool:
    return _is_library(filename) and any(
        folder in Path(filename).parts for folder in ("_pytest", "pluggy")
    )


@functools.lru_cache(maxsize=10_000)
def _is_library(filename: str) -> bool:
    installed = filename.startswith((_PATHS["purelib"], _PATHS["platlib"]))
    return installed or any(name in filename for name in ("site-packages", "dist-packages"))


@functools.lru_cache(maxsize=10_000)
def _is_python(filename: str) -> bool:
    return filename.startswith("<") or (
        filename.startswith(_PATHS["stdlib"]) and not _is_library(filename)
    )


def _place(filename: str, number: int, function: str) -> str:
    path = Path(filename)
    with suppress(ValueError, OSError):
        path = path.relative_to(Path.cwd())
    return f"{path}:{number} in {function}"


def _makes_a_loop() -> bool:
    """Tell whether this is the pair of sockets by which an event loop wakes itself."""
    frame = inspect.currentframe()
    for _ in range(6):
        if frame is None:
            return False
        if frame.f_code.co_name == "_make_self_pipe":
            return True
        frame = frame.f_back
    return False


def _waits_in_loops_pool(thread: threading.Thread) -> bool:
    """Tell whether it is an idle thread of a loop's own pool, which ends with the loop."""
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001  # the one way to see it
    return (
        thread.name.startswith("asyncio_")
        and frame is not None
        and frame.f_code.co_name == "_worker"
    )


def _is_alive(worker: _Process) -> bool:
    try:
        return worker.is_alive()
    except (ValueError, AssertionError):
        return False  # closed, or not our child


def _runs(pid: int, program: _Program | None) -> bool:
    """Tell whether a child runs; leaves it to its owner to take the exit code, where it can."""
    if not hasattr(os, "waitid"):
        return program is not None and program.poll() is None
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False


def _command(arguments: Any) -> str:  # noqa: ANN401  # whatever Popen takes
    if isinstance(arguments, list | tuple):
        return " ".join(os.fsdecode(each) for each in arguments)
    return os.fsdecode(arguments)


def _identity(number: int) -> _Identity:
    status = os.fstat(number)
    return status.st_dev, status.st_ino, stat.S_IFMT(status.st_mode)


def _open_handles(known: Iterable[int]) -> dict[int, _Identity]:
    """Return what is open: all of it on Linux and macOS, elsewhere of the `known` numbers."""
    numbers: Iterable[int] = known
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            numbers = [int(entry.name) for entry in Path(folder).iterdir()]
            break
    found = {}
    for number in list(numbers):
        with suppress(OSError):  # the folder itself was one of them
            found[number] = _identity(number)
    return found


def _path(number: int, name: str) -> str:
    try:
        return str(Path(f"/proc/self/fd/{number}").readlink())
    except OSError:
        return name


def _socket_name(number: int) -> str:
    """Return the kind and the addresses of a socket."""
    try:
        with socket.socket(fileno=os.dup(number)) as twin:
            names = [twin.family.name, str(twin.getsockname())]
            with suppress(OSError):
                names.append(f"to {twin.getpeername()}")
            return " ".join(names)
    except OSError:
        return f"number {number}"


def _leave_things_behind() -> list[object]:
    """Do what a test should not do."""

    async def ask() -> None:
        await asyncio.sleep(10)

    async def forgetful() -> None:
        asyncio.create_task(ask(), name="nobody waits for me")  # noqa: RUF006
        ask()  # type: ignore[unused-coroutine]

    asyncio.run(forgetful())
    stop = threading.Event()
    threading.Thread(target=stop.wait, args=[1], name="poller", daemon=True).start()
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    return [stop, child, socket.socket(), Path(__file__).open(encoding="utf-8")]


def main() -> int:
    """Show what is found where things are left, and that nothing is where they are not."""
    left: list[Any] = []
    found: tuple[Leak, ...] = ()
    try:
        with LeakCheck(grace=0.1):
            left = _leave_things_behind()
    except LeakError as error:
        print(error)
        found = error.leaks
    stop, child, unused, file = left
    stop.set()
    child.communicate()
    with LeakCheck(), Path(__file__).open(encoding="utf-8") as again:
        again.readline()
    unused.close()
    file.close()
    print("nothing found where all was closed")
    wanted = ["coroutine", "file", "process", "socket", "task", "thread"]
    return 0 if sorted(leak.kind for leak in found) == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
