"""Tests of the leak check: each planted leak is found with its line, and no clean twin is."""

import asyncio
import builtins
import inspect
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from leak_fixture import Leak, LeakCheck, LeakError, no_leaks_fixture

pytest_plugins = ["pytester"]

SHORT = 0.05
"""Seconds of grace where something is left on purpose."""
ENOUGH = 30
"""Seconds after which a test that hangs is given up."""


@contextmanager
def finding() -> Iterator[list[Leak]]:
    """Give the list that holds the leaks of the block afterwards; there has to be one."""
    leaks: list[Leak] = []
    with pytest.raises(LeakError) as caught, LeakCheck(grace=SHORT):
        yield leaks
    leaks.extend(caught.value.leaks)


def only(leaks: list[Leak], kind: str, function: str) -> str:
    """Return the name of the only leak; it is of that kind and was made in that function."""
    assert [leak.kind for leak in leaks] == [kind]
    file, _, rest = leaks[0].line.partition(":")
    number, _, place = rest.partition(" in ")
    assert Path(file).name == Path(__file__).name
    assert "# LEAK" in Path(__file__).read_text(encoding="utf-8").splitlines()[int(number) - 1]
    assert place.endswith(function)
    return leaks[0].name


async def fail() -> None:
    """Raise an error."""
    raise LookupError("nobody asked")


async def wait() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()


# --- each leak ---


def test_a_task_that_nobody_waited_for() -> None:
    """asyncio.run cancels it, which is why it is looked for before that."""

    async def forgetful() -> None:
        asyncio.create_task(wait(), name="orphan")  # noqa: RUF006  # LEAK
        await asyncio.sleep(0)

    with finding() as leaks:
        asyncio.run(forgetful())

    assert only(leaks, "task", "forgetful") == "orphan"


def test_a_task_in_a_loop_that_is_still_open() -> None:
    """The task can go on for the time of grace, and does not end."""
    loop = asyncio.new_event_loop()

    async def start() -> "asyncio.Task[None]":
        return asyncio.create_task(wait(), name="stays")  # LEAK

    with finding() as leaks:
        task = loop.run_until_complete(start())
    task.cancel()
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()

    assert only(leaks, "task", "start") == "stays"


def test_a_task_inside_a_coroutine() -> None:
    """`async with` lets tasks end, and finds the one that does not."""

    async def main() -> None:
        task: asyncio.Task[None] | None = None
        with pytest.raises(LeakError) as caught:
            async with LeakCheck(grace=SHORT):
                task = asyncio.create_task(wait(), name="inner")  # LEAK
        assert only(list(caught.value.leaks), "task", "main") == "inner"
        assert task
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())


def test_a_plain_with_in_a_coroutine_is_refused() -> None:
    """Tasks could not end while it waits for them."""

    async def main() -> None:
        with LeakCheck():
            pass

    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(main())


@pytest.mark.parametrize("daemon", [True, False])
def test_a_thread(daemon: bool) -> None:  # noqa: FBT001
    """A daemon thread is left as well as any other."""
    stop = threading.Event()

    def start() -> threading.Thread:
        thread = threading.Thread(target=stop.wait, args=[ENOUGH], name="poller", daemon=daemon)
        thread.start()  # LEAK
        return thread

    with finding() as leaks:
        thread = start()
    stop.set()
    thread.join(ENOUGH)

    assert only(leaks, "thread", "start") == "poller"


def test_a_pool_that_was_not_shut_down() -> None:
    """Its idle threads wait for work that never comes."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="forgotten")

    with finding() as leaks:
        pool.submit(int).result()  # LEAK
    pool.shutdown()

    assert only(leaks, "thread", "shut_down").startswith("forgotten")


def test_a_worker_process() -> None:
    """A child of multiprocessing that still runs."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()

    def start() -> multiprocessing.process.BaseProcess:
        process = context.Process(target=stop.wait, args=[ENOUGH], name="worker", daemon=True)
        process.start()  # LEAK
        return process

    with finding() as leaks:
        process = start()
    stop.set()
    process.join(ENOUGH)
    process.close()

    assert only(leaks, "process", "start") == "worker"


def test_a_child_program() -> None:
    """A program that still runs."""
    with finding() as leaks:
        child = subprocess.Popen(  # LEAK
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )
    child.communicate(timeout=ENOUGH)

    assert "sys.stdin.read()" in only(leaks, "process", "program")


def test_a_socket() -> None:
    """It is named by its addresses."""
    with finding() as leaks:
        listening = socket.create_server(("127.0.0.1", 0))  # LEAK
    address = listening.getsockname()
    listening.close()

    assert str(address) in only(leaks, "socket", "socket")


def test_a_socket_that_was_collected() -> None:
    """Python closes it by chance; the warning is turned into a finding."""
    with finding() as leaks:
        socket.socket()  # LEAK

    assert "socket" in only(leaks, "socket", "collected")


def test_a_connection_of_asyncio() -> None:
    """The transport that was never closed, too."""

    async def main() -> None:
        here, there = socket.socketpair()  # LEAK
        with there:
            await asyncio.open_connection(sock=here)

    with finding() as leaks:
        asyncio.run(main())

    only(leaks, "socket", "main")


@pytest.mark.parametrize(
    "start",
    [
        lambda path: path.open(encoding="utf-8"),  # LEAK
        lambda path: open(path, encoding="utf-8"),  # noqa: PTH123, SIM115  # LEAK
        lambda path: open(path, "rb", buffering=0),  # noqa: PTH123, SIM115  # LEAK
    ],
)
@pytest.mark.parametrize("kept", [True, False])
def test_a_file(
    tmp_path: Path,
    start: Callable[[Path], object],
    kept: bool,  # noqa: FBT001
) -> None:
    """Kept open, or left to the garbage collector."""
    path = tmp_path / "left.txt"
    path.touch()

    with ExitStack() as stack, finding() as leaks:
        file = start(path)
        if kept:
            stack.push(file.__exit__)  # type: ignore[attr-defined]
        del file

    assert "left.txt" in only(leaks, "file", "<lambda>")


def test_a_bare_descriptor(tmp_path: Path) -> None:
    """`os.open` has no destructor that could warn."""
    path = tmp_path / "bare"

    with finding() as leaks:
        number = os.open(path, os.O_CREAT | os.O_RDONLY)  # LEAK
    os.close(number)

    assert only(leaks, "file", "descriptor") in {str(path), str(number)}


def test_an_exception_that_nobody_retrieved() -> None:
    """The error is told, with the task and the line."""

    async def main() -> None:
        task = asyncio.create_task(fail(), name="failing")  # LEAK
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task

    with finding() as leaks:
        asyncio.run(main())

    name = only(leaks, "exception", "main")
    assert "nobody asked" in name
    assert "failing" in name


def test_a_coroutine_that_was_never_awaited() -> None:
    """The line is the call, not the place where it was collected."""

    async def main() -> None:
        wait()  # type: ignore[unused-coroutine]  # LEAK

    with finding() as leaks:
        asyncio.run(main())

    assert only(leaks, "coroutine", "main") == "wait"


def test_a_coroutine_that_was_called_outside_of_a_loop() -> None:
    """The line is known without asyncio's debug mode, too."""
    with finding() as leaks:
        wait()  # type: ignore[unused-coroutine]  # LEAK

    assert only(leaks, "coroutine", "outside_of_a_loop") == "wait"


def test_a_resource_that_only_python_knows_of() -> None:
    """Whatever warns of itself when it is collected."""
    with finding() as leaks:
        tempfile.TemporaryDirectory()

    assert [leak.kind for leak in leaks] == ["resource"]
    assert "TemporaryDirectory" in leaks[0].name


def test_all_leaks_are_told_at_once(tmp_path: Path) -> None:
    """The message has a line for each."""
    with ExitStack() as stack, finding() as leaks:
        stack.enter_context((tmp_path / "one").open("w"))
        stack.enter_context(socket.socket())

    assert sorted(leak.kind for leak in leaks) == ["file", "socket"]
    assert len(str(LeakError(leaks)).splitlines()) == 1 + 2


# --- clean twins ---


async def tidy_tasks() -> None:
    """Wait for one, cancel another, and let two end just after the end."""
    await asyncio.create_task(asyncio.sleep(0))
    cancelled = asyncio.create_task(wait())
    cancelled.cancel()
    event = asyncio.Event()
    last = asyncio.create_task(event.wait())
    await asyncio.sleep(0)
    event.set()
    del last
    asyncio.create_task(asyncio.sleep(0.1))  # noqa: RUF006


async def seen_error() -> None:
    """Retrieve the exception of a task."""
    task = asyncio.create_task(fail())
    with suppress(LookupError):
        await task


async def pool_of_the_loop() -> None:
    """Use the threads of the loop's own pool, which ends with the loop."""
    assert await asyncio.to_thread(int) == 0


async def client_and_server() -> None:
    """Answer one request, and close both sides without waiting for the last round."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        address = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(*address[:2])
        writer.write(b"hello\n")
        assert await reader.read() == b"hello\n"
        writer.close()


async def close_at_the_end() -> None:
    """Leave the last round of closing to the loop."""
    here, there = socket.socketpair()
    there.close()
    _, writer = await asyncio.open_connection(sock=here)
    writer.close()


async def child_of_asyncio() -> None:
    """Wait for a program."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(1)", stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0].strip() == b"1"


@pytest.mark.parametrize(
    "work", [tidy_tasks, seen_error, pool_of_the_loop, client_and_server, child_of_asyncio]
)
def test_clean_coroutines(work: Callable[[], object]) -> None:
    """Nothing is found, in debug mode neither."""
    with LeakCheck():
        asyncio.run(work())  # type: ignore[arg-type]
        asyncio.run(work(), debug=True)  # type: ignore[arg-type]


def test_a_writer_that_is_closed_at_the_end_of_an_async_block() -> None:
    """The loop gets the rounds that it needs to close the socket."""

    async def main() -> None:
        async with LeakCheck():
            await close_at_the_end()

    asyncio.run(main())


def test_a_loop_that_others_keep_open() -> None:
    """Neither its own sockets nor its idle thread pool is left by the test, nor a closed writer."""
    loop = asyncio.new_event_loop()
    try:
        with LeakCheck():
            loop.run_until_complete(pool_of_the_loop())
            loop.run_until_complete(client_and_server())
            loop.run_until_complete(close_at_the_end())
            other = asyncio.new_event_loop()
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        other.close()


def test_clean_threads() -> None:
    """Joined, or about to end, or of a pool that was shut down or dropped."""
    with LeakCheck():
        joined = threading.Thread(target=int)
        joined.start()
        joined.join(ENOUGH)
        threading.Timer(0.1, int).start()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(abs, range(10)))
        ThreadPoolExecutor(1).submit(int).result()


def test_clean_processes() -> None:
    """Waited for, or ended by themselves without anybody asking."""
    context = multiprocessing.get_context("spawn")
    with LeakCheck():
        process = context.Process(target=int)
        process.start()
        process.join(ENOUGH)
        with context.Pool(1) as pool:
            assert pool.apply(int) == 0
            pool.close()
            pool.join()
        subprocess.run([sys.executable, "-c", ""], check=True, timeout=ENOUGH)
        unasked = subprocess.Popen([sys.executable, "-c", ""])
    unasked.wait(ENOUGH)


def test_clean_files(tmp_path: Path) -> None:
    """Closed, whatever opened them."""
    with LeakCheck():
        (tmp_path / "a").write_text("a", encoding="utf-8")
        with tempfile.TemporaryFile() as file, tempfile.NamedTemporaryFile() as named:
            file.write(b"b")
            named.write(b"c")
        number = os.open(tmp_path / "a", os.O_RDONLY)
        os.close(number)
        with socket.socket() as unused, tempfile.TemporaryDirectory():
            unused.settimeout(1)


def test_what_was_there_before_is_not_blamed_on_the_test(tmp_path: Path) -> None:
    """Older things may be kept, used or dropped."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, args=[ENOUGH])
    thread.start()
    kept = (tmp_path / "kept").open("w")
    held: list[object] = [(tmp_path / "dropped").open("w"), socket.socket()]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        with LeakCheck():
            held.clear()
            kept.write("more")
    stop.set()
    thread.join(ENOUGH)
    kept.close()


def test_a_thread_that_ends_within_the_time_of_grace() -> None:
    """The look is repeated until the end of the grace."""
    leaving = threading.Event()

    def dawdle() -> None:
        leaving.wait(ENOUGH)
        time.sleep(0.1)

    with LeakCheck():
        threading.Thread(target=dawdle).start()
        leaving.set()


def test_an_error_in_the_block_goes_on_as_it_is() -> None:
    """Nothing is looked for then."""
    left: list[socket.socket] = []
    with pytest.raises(LookupError, match="mine"), LeakCheck():  # noqa: PT012
        left.append(socket.socket())
        raise LookupError("mine")
    left.pop().close()


# --- settings, and being a good guest ---


def test_names_that_are_allowed() -> None:
    """A pattern covers a pool that is meant to stay."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="shared")
    with LeakCheck(allow=["shared*"]):
        pool.submit(int).result()
    pool.shutdown()


def test_places_that_are_allowed() -> None:
    """A library that keeps things of its own can be told by its file."""
    with LeakCheck(allow=[f"*{Path(__file__).name}:* in test_places*"]):
        kept = socket.socket()
    kept.close()


def test_kinds_that_are_not_looked_for() -> None:
    """Only what was asked for is found."""
    with LeakCheck(kinds={"task"}), socket.socket() as inside:
        twin = inside.dup()
    twin.close()
    with pytest.raises(ValueError, match="tread"):
        LeakCheck(kinds={"tread"})


def test_everything_is_as_before_afterwards() -> None:
    """No wrapper stays, not even one below another check."""

    def places() -> list[object]:
        return [
            builtins.open,
            os.open,
            threading.Thread.start,
            subprocess.Popen.__init__,
            socket.socket.__init__,
            asyncio.BaseEventLoop.create_task,
            asyncio.Runner.close,
            sys.get_coroutine_origin_tracking_depth(),
            list(warnings.filters),
        ]

    before = places()
    with LeakCheck():
        with LeakCheck():
            assert places() != before
        assert places() != before

    assert places() == before


def test_warnings_of_another_kind_reach_the_user() -> None:
    """They are only held back until the end."""
    with pytest.warns(UserWarning, match="mind the gap"), LeakCheck():
        warnings.warn("mind the gap", UserWarning, stacklevel=1)


MODULE_FILE = inspect.getfile(no_leaks_fixture)
FACTORY = no_leaks_fixture.__name__
CONFTEST = f"""
import importlib.util
import sys

spec = importlib.util.spec_from_file_location("checked", {MODULE_FILE!r})
module = importlib.util.module_from_spec(spec)
sys.modules["checked"] = module
spec.loader.exec_module(module)
no_leaks = module.{FACTORY}(autouse=True, grace=0.1)
"""

TESTS = """
import gc
import socket
import tempfile
import pytest

left = []

def test_leaks():
    left.append(socket.socket())

def test_is_clean():
    pass

def test_fails():
    file = open(__file__)
    folder = tempfile.TemporaryDirectory()
    raise LookupError("mine")

def test_is_clean_after_a_failure():
    gc.collect()

def test_is_skipped_in_the_middle():
    file = open(__file__)
    try:
        pytest.skip("enough")
    finally:
        file.close()

@pytest.mark.xfail(strict=True)
def test_is_expected_to_fail():
    file = open(__file__)
    raise LookupError("mine")

def test_is_clean_at_the_end():
    left.pop().close()
    gc.collect()
"""


def test_the_fixture_fails_the_one_test_that_leaks(pytester: pytest.Pytester) -> None:
    """Neither a failed test nor the one after it is blamed."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=4, failed=1, errors=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_leaks*",
            "left behind:*",
            "*socket *AF_INET* from *:9 in test_leaks",
        ]
    )
