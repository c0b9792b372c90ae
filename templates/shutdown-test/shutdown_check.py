"""Starts a program, stops it while it works, and proves that it ends in time with nothing left.

The program runs in a session of its own, so that all its processes can be found, and none outlives
the test.  For Linux and macOS.
"""

from __future__ import annotations

import contextlib
import functools
import os
import queue
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from types import FrameType, TracebackType

DEADLINE = 10.0
"""Seconds; what Docker gives a container between SIGTERM and SIGKILL."""
START = 30.0
"""Seconds for the program to say that it works."""
JUST_ENDING = 5.0
"""Seconds given to its other processes after the program itself; only those that stay use them."""
MARK = "SHUTDOWN_CHECK"
"""An environment variable that the program's children inherit, by which they are found."""


class ShutdownError(AssertionError):
    """The program did not start, or did not end, as it should."""


class Program:
    """A program that was started; at the end of the `with` block nothing of it is left.

    Its output, stdout and stderr in one, is read all the time, so that it never waits for us.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> None:
        self._mark = uuid.uuid4().hex
        self._lines: list[str] = []
        self._seen = 0
        self._news = threading.Condition()
        self._ended = False
        self._process = subprocess.Popen(  # noqa: S603  # the command is the test's own
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**(os.environ if env is None else env), MARK: self._mark},
            cwd=cwd,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="output-of-program", daemon=True)
        self._reader.start()

    def __enter__(self) -> Program:  # noqa: PYI034  # Self came with Python 3.11
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The number of the process that was started."""
        return self._process.pid

    @property
    def output(self) -> str:
        """What it has written so far."""
        with self._news:
            return "".join(self._lines)

    def wait_for_line(self, text: str, *, seconds: float = START) -> str:
        """Return the next line of its output that contains `text`.

        Lines before it are passed over.  Raises ShutdownError if it ends without such a line, or
        does not write one in time.
        """
        end = time.monotonic() + seconds
        with self._news:
            while True:
                while self._seen < len(self._lines):
                    line = self._lines[self._seen]
                    self._seen += 1
                    if text in line:
                        return line.rstrip("\n")
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    why = "it ended" if self._ended else f"{seconds} s are over"
                    message = f"no line with {text!r}, and {why}; {self._last_words()}"
                    raise ShutdownError(message)
                self._news.wait(left)

    def wait(self, seconds: float) -> int | None:
        """Return its exit code, or None if it still runs after so many seconds."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        if not self.processes():  # else one of them may hold the pipe open
            self._reader.join(DEADLINE)  # the last lines
        return code

    def processes(self) -> list[tuple[int, str]]:
        """Return the number and the command of each of its processes that are alive."""
        everybody = _from_proc if Path("/proc/self/stat").exists() else _from_ps
        return list(everybody(self.pid, f"{MARK}={self._mark}".encode()))

    def kill(self) -> None:
        """End all of its processes by force."""
        try:
            end = time.monotonic() + DEADLINE
            while (alive := self.processes()) and time.monotonic() < end:
                for pid, _ in alive:
                    with contextlib.suppress(ProcessLookupError):  # it was quicker
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.01)  # and look again: one may have started another meanwhile
        finally:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait(DEADLINE)
            self._reader.join(DEADLINE)
            if self._process.stdout and not self._reader.is_alive():
                self._process.stdout.close()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, as `kill` or Ctrl-C would; to itself alone, not to its children."""
        self._process.send_signal(number)

    def _read(self) -> None:
        assert self._process.stdout  # noqa: S101  # it was asked for
        for line in self._process.stdout:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _last_words(self) -> str:
        return "its last words:\n" + "".join(self._lines[-20:])


def stop_and_check(
    program: Program,
    how: signal.Signals | Callable[[], object],
    *,
    seconds: float = DEADLINE,
    exit_codes: Collection[int] = (0,),
    grace: float = JUST_ENDING,
) -> None:
    """Stop it, by a signal or by calling something, and prove that it ended as it should.

    Raises ShutdownError, with its last words, if it does not end within `seconds`, if it ends with
    another exit code (a negative one is the signal that killed it), or if one of its processes is
    still alive `grace` seconds after it.
    """
    if isinstance(how, signal.Signals):
        program.send(how)
    else:
        how()
    code = program.wait(seconds)
    if code is None:
        problem = f"still running {seconds} s after it was stopped"
    elif code not in exit_codes:
        problem = f"ended with {code}, not with {' or '.join(map(str, exit_codes))}"
    else:
        problem = ""
    left = program.processes() if code is None else _wait_for_none(program, grace)
    if problem or left:
        alive = [f"process {pid} is alive: {command!r}" for pid, command in left]
        words = f"its last words:\n{''.join(program.output.splitlines(keepends=True)[-20:])}"
        raise ShutdownError("\n".join([*filter(None, [problem]), *alive, words]))


def check_nothing_lost(
    accepted: Iterable[object], *, finished: Iterable[object], handed_back: Iterable[object] = ()
) -> None:
    """Raise ShutdownError unless each accepted piece of work was finished or handed back, once.

    The pieces, or what stands for them, have to be hashable.
    """
    ended = Counter([*finished, *handed_back])
    lost = set(accepted) - ended.keys()
    if lost:
        message = f"accepted, and neither finished nor handed back: {sorted(map(repr, lost))}"
        raise ShutdownError(message)
    twice = {each for each, times in ended.items() if times > 1}
    if twice:
        message = f"finished or handed back more than once: {sorted(map(repr, twice))}"
        raise ShutdownError(message)


def _wait_for_none(program: Program, seconds: float) -> list[tuple[int, str]]:
    end = time.monotonic() + seconds
    while (left := program.processes()) and time.monotonic() < end:
        time.sleep(0.02)
    return left


def _from_proc(session: int, mark: bytes) -> Iterator[tuple[int, str]]:
    """Yield the living processes of the session, and those that carry the mark, on Linux."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name of the program stands in parentheses, and may hold some itself.
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            marked = mark in (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile, or is not ours
        state, its_session = fields[0], int(fields[3])
        if state not in b"ZX" and (marked or its_session == session):
            yield int(folder.name), command.replace(b"\0", b" ").decode(errors="replace").strip()


def _from_ps(group: int, _: bytes) -> Iterator[tuple[int, str]]:
    """Yield the living processes of the process group, where there is no /proc."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,pgid=,state=,command="],  # noqa: S607  # it is where it is
        check=True,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=DEADLINE,
    )
    for line in listing.stdout.splitlines():
        pid, its_group, state, command = [*line.split(maxsplit=3), ""][:4]
        if int(its_group) == group and not state.startswith("Z"):
            yield int(pid), command


# From here on: a small server to try it on.


class _Server:
    """Accepts numbers over TCP, works on them one by one, and has a child of its own.

    Stopped, it takes nothing more, goes on for a third of a second, and hands back the rest.
    """

    def __init__(self, faults: Collection[str]) -> None:
        self._faults = faults
        self._jobs: queue.Queue[str] = queue.Queue()
        self._stop = threading.Event()
        jobs, stop = self._jobs, self._stop

        class Accept(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    job = line.decode().strip()
                    if job == "stop" or stop.is_set():
                        stop.set()
                        return
                    jobs.put(job)
                    self.wfile.write(b"accepted\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Accept)
        self._server.daemon_threads = True

    def run(self) -> int:
        """Serve until a signal or the word `stop`; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        accepting = threading.Thread(target=self._server.serve_forever, args=[0.05])
        working = threading.Thread(target=self._work)
        accepting.start()
        working.start()
        print(f"ready {self._server.server_address[1]}", flush=True)
        while not self._stop.wait(0.05):
            pass
        self._server.shutdown()
        self._server.server_close()
        working.join()
        if "leaves a child" not in self._faults:
            child.terminate()
            child.wait()
        return 3 if "wrong exit code" in self._faults else 0

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if number != signal.SIGTERM or "deaf" not in self._faults:
            self._stop.set()

    def _work(self) -> None:
        end: float | None = None
        while True:
            if self._stop.is_set() and end is None:
                end = time.monotonic() + 0.3
            try:
                job = self._jobs.get(timeout=0.02)
            except queue.Empty:
                if end is None:
                    continue
                return
            if end is None or time.monotonic() < end:
                time.sleep(0.05)
                print(f"finished {job}", flush=True)
            elif "loses work" not in self._faults:
                print(f"handed back {job}", flush=True)


def ask(port: int, *words: str) -> None:
    """Send words to the sample server, and wait until it has accepted each."""
    with socket.create_connection(("127.0.0.1", port), timeout=START) as connection:
        for word in words:
            connection.sendall(f"{word}\n".encode())
            answer = connection.recv(100)
            if word != "stop" and answer != b"accepted\n":
                message = f"{word!r} was not accepted"
                raise ShutdownError(message)


def words_after(output: str, start: str) -> list[str]:
    """Return the rest of each line that begins with `start`."""
    return [
        line[len(start) :].strip() for line in output.splitlines() if line.startswith(start + " ")
    ]


def main() -> int:
    """Stop the sample server in the middle of work, three times."""
    jobs = [str(number) for number in range(20)]
    for how in ("SIGTERM", "SIGINT", "stop"):
        with Program([sys.executable, __file__, "serve"]) as program:
            port = int(program.wait_for_line("ready").split()[1])
            ask(port, *jobs)
            program.wait_for_line("finished")
            begin = time.monotonic()
            call = functools.partial(ask, port, "stop")
            stop_and_check(program, call if how == "stop" else signal.Signals[how])
            seconds = time.monotonic() - begin
            finished = words_after(program.output, "finished")
            back = words_after(program.output, "handed back")
            check_nothing_lost(jobs, finished=finished, handed_back=back)
        print(
            f"{how}: ended in {seconds:.1f} s with nothing left; of {len(jobs)} jobs "
            f"{len(finished)} were finished and {len(back)} handed back"
        )
    return 0


if __name__ == "__main__":
    sys.exit(_Server(sys.argv[2:]).run() if sys.argv[1:2] == ["serve"] else main())
