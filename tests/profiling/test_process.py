"""How processes are started: the user's program notices nothing of us, and recorders do not outlive us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from live_targets import PATIENCE, until

from conc_advisor.errors import OutputError, TargetError
from conc_advisor.profiling.hold import HoldPipes, hold_environment
from conc_advisor.profiling.process import (
    HANDLED_SIGNALS,
    ask,
    end_recorder,
    start_recorder,
    start_target,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")


def descriptors() -> set[int]:
    """Return our open descriptors."""
    return {int(name) for name in os.listdir("/proc/self/fd")}  # noqa: PTH208 - procfs


@pytest.fixture(autouse=True)
def no_descriptor_is_left_open() -> Generator[None]:
    """Fail the test after which there is one more."""
    before = descriptors()
    yield
    assert descriptors() == before


def run_target(*command: str, output: Path, inherited: tuple[int, ...] = (), environment: dict[str, str] | None = None) -> str:
    """Run a program as a target to its successful end and return what it printed."""
    pid = start_target(command, dict(os.environ) if environment is None else environment, inherited, output)
    assert os.waitpid(pid, 0)[1] == 0
    return output.read_text()


def signals_of(status: str, field: str) -> set[int]:
    """Return a set of signals from the contents of a `/proc/PID/status`."""
    mask = int(next(line for line in status.splitlines() if line.startswith(f"{field}:")).split()[1], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


class TestTarget:
    """The user's program."""

    def test_no_signal_is_blocked_in_it(self, tmp_path: Path) -> None:
        """Although the session holds back its own while it waits for them."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED_SIGNALS)
        try:
            status = run_target("cat", "/proc/self/status", output=tmp_path / "out")
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        assert signals_of(status, "SigBlk") == set()

    def test_it_is_killed_by_a_broken_pipe_as_from_a_shell(self, tmp_path: Path) -> None:
        """Python itself ignores SIGPIPE, and would hand that on."""
        assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
        ignored = signals_of(run_target("cat", "/proc/self/status", output=tmp_path / "out"), "SigIgn")
        assert ignored.isdisjoint({signal.SIGPIPE, signal.SIGXFSZ, *HANDLED_SIGNALS})

    def test_its_environment_is_the_one_given(self, tmp_path: Path) -> None:
        assert run_target("env", output=tmp_path / "out", environment={"PATH": os.environ["PATH"], "ODD": "a=b c"}) == (
            f"PATH={os.environ['PATH']}\nODD=a=b c\n"
        )

    def test_it_has_the_standard_streams_and_what_it_inherits(self, tmp_path: Path) -> None:
        """No other descriptor of ours; one that it does inherit keeps its number."""
        read, write = os.pipe()
        other = os.open(os.devnull, os.O_RDONLY)
        try:
            found = run_target("ls", "/proc/self/fd", output=tmp_path / "out", inherited=(read, write))
        finally:
            for number in (read, write, other):
                os.close(number)
        own = {int(name) for name in found.split()}
        assert {0, 1, 2, read, write} <= own
        assert other not in own

    def test_it_is_in_our_group_and_folder(self, tmp_path: Path, workplace: Path) -> None:
        """So the terminal's Ctrl-C reaches it."""
        stat = run_target("cat", "/proc/self/stat", output=tmp_path / "out")
        group, session = stat.rsplit(")", 1)[1].split()[2:4]
        assert (int(group), int(session)) == (os.getpgrp(), os.getsid(0))
        assert run_target("pwd", output=tmp_path / "out").strip() == str(workplace)

    def test_its_output_replaces_what_was_in_the_file(self, tmp_path: Path) -> None:
        output = tmp_path / "out"
        output.write_text("much that was there before")
        assert run_target("echo", "new", output=output) == "new\n"

    @pytest.mark.parametrize("command", ["no-such-command", "/no/such/command", "/"])
    def test_one_that_cannot_be_started_is_told(self, command: str) -> None:
        with pytest.raises(TargetError, match="cannot be started"):
            start_target([command], os.environ, (), None)

    def test_a_file_that_is_no_program_is_told(self, tmp_path: Path) -> None:
        program = tmp_path / "app"
        program.write_bytes(b"\0\0\0\0")
        program.chmod(0o755)
        with pytest.raises(TargetError, match="not an executable program"):
            start_target([str(program)], os.environ, (), None)

    def test_an_output_that_cannot_be_written_is_told_before_it_starts(self, tmp_path: Path) -> None:
        started = tmp_path / "started"
        with pytest.raises(OutputError, match="cannot write") as caught:
            start_target(["touch", str(started)], os.environ, (), tmp_path / "no" / "folder")
        assert "--target-output" in caught.value.hint
        assert not started.exists()


class TestHoldEnvironment:
    """What makes a Python hold."""

    @pytest.mark.parametrize(("before", "path", "how"), [(None, "/hold", "unset"), ("", "/hold", "empty"), ("/a:/b", "/hold:/a:/b", "set")])
    def test_it_can_be_taken_back(self, monkeypatch: pytest.MonkeyPatch, before: str | None, path: str, how: str) -> None:
        """It says how PYTHONPATH was; ours is not changed."""
        if before is None:
            monkeypatch.delenv("PYTHONPATH", raising=False)
        else:
            monkeypatch.setenv("PYTHONPATH", before)
        own = dict(os.environ)
        pipes = HoldPipes.open()
        ends = [f"{end}:{os.fstat(end).st_ino}" for end in (pipes.announce_write, pipes.release_read)]
        made = hold_environment(Path("/hold"), pipes, None)
        pipes.close_targets_ends()
        os.close(pipes.announce_read)
        os.close(pipes.release_write)
        assert made == own | {"PYTHONPATH": path, "CONC_ADVISOR_HOLD": ",".join((how, *ends))}
        assert dict(os.environ) == own

    @pytest.mark.parametrize(
        ("given", "handed_on"),
        [({"LANG": "C"}, None), ({}, None), ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "C.UTF-8"), ({"LC_CTYPE": "C"}, "C")],
    )
    def test_a_locale_that_python_chose_for_us_is_not_handed_on(self, given: dict[str, str], handed_on: str | None) -> None:
        """The target chooses for itself; what the user has set stays."""
        code = """
import os
from pathlib import Path
from conc_advisor.profiling.hold import HoldPipes, hold_environment
made = hold_environment(Path("/hold"), HoldPipes(announce_read=3, announce_write=4, release_read=5, release_write=6), None)
print(os.environ["LC_CTYPE"], made.get("LC_CTYPE"), sep="|")
"""
        own = subprocess.run([sys.executable, "-c", code], env=given, capture_output=True, text=True, check=True).stdout
        assert own.strip() == f"C.UTF-8|{handed_on}"

    def test_a_session_file_is_named_only_for_pyinstrument(self) -> None:
        pipes = HoldPipes(announce_read=3, announce_write=4, release_read=5, release_write=6)
        assert hold_environment(Path("/hold"), pipes, Path("/s.json"))["CONC_ADVISOR_PYINSTRUMENT"] == "/s.json"
        assert "CONC_ADVISOR_PYINSTRUMENT" not in hold_environment(Path("/hold"), pipes, None)


def alive(pid: int) -> bool:
    """Return whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


PARENT = """
import os, sys, time
from conc_advisor.profiling.process import start_recorder
print(start_recorder(["sleep", "600"], os.open(os.devnull, os.O_WRONLY)).pid, flush=True)
time.sleep(600)
"""


class TestRecorder:
    """What records beside the target."""

    def test_it_does_not_outlive_a_parent_that_is_killed(self) -> None:
        parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
        assert parent.stdout is not None
        recorder = int(parent.stdout.readline())
        assert alive(recorder)
        parent.kill()
        parent.wait()
        parent.stdout.close()
        until(lambda: not alive(recorder), "the end of the recorder")

    def test_the_terminal_does_not_reach_it_and_no_signal_is_blocked_in_it(self, tmp_path: Path) -> None:
        """It has a session of its own and no input; SIGINT, which ends it, comes from us alone."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED_SIGNALS)
        try:
            with (tmp_path / "log").open("wb") as log:
                script = "cat /proc/self/status; read word || echo no input; echo bad >&2; sleep 600"
                recorder = start_recorder(["sh", "-c", script], log.fileno())
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        until(lambda: "bad" in (tmp_path / "log").read_text(), "the words of the recorder")
        assert os.getsid(recorder.pid) == recorder.pid
        os.killpg(recorder.pid, signal.SIGKILL)
        recorder.wait()
        said = (tmp_path / "log").read_text()
        assert "no input" in said
        assert signals_of(said, "SigBlk") == set()

    def test_it_is_asked_to_end_before_it_is_killed(self, tmp_path: Path) -> None:
        """So it writes its file."""
        recorder = _trapping(tmp_path, "echo wrote; exit 0")
        end_recorder(recorder, seconds=PATIENCE)
        assert recorder.returncode == 0
        assert (tmp_path / "log").read_text() == "ready\nwrote\n"

    def test_one_that_does_not_end_is_killed(self, tmp_path: Path) -> None:
        recorder = _trapping(tmp_path, "")
        began = time.monotonic()
        end_recorder(recorder, seconds=0.1)
        assert recorder.returncode == -signal.SIGKILL
        assert time.monotonic() - began < PATIENCE

    def test_one_that_has_ended_is_let_be(self, tmp_path: Path) -> None:
        with (tmp_path / "log").open("wb") as log:
            recorder = start_recorder(["sh", "-c", "exit 3"], log.fileno())
        recorder.wait()
        end_recorder(recorder, seconds=PATIENCE)
        assert recorder.returncode == 3


def _trapping(folder: Path, on_interrupt: str) -> "subprocess.Popen[bytes]":
    """Return a recorder that does this when it is asked to end."""
    with (folder / "log").open("wb") as log:
        script = f"trap '{on_interrupt}' INT; echo ready; while :; do sleep 0.01; done"
        recorder = start_recorder(["sh", "-c", script], log.fileno())
    until(lambda: "ready" in (folder / "log").read_text(), "a recorder that is ready")
    return recorder


class TestQuestion:
    """Short questions to an interpreter."""

    def test_answers_come_as_text(self) -> None:
        answer = ask(["sh", "-c", "echo out; echo err >&2; exit 3"], seconds=PATIENCE)
        assert (answer.stdout, answer.stderr, answer.returncode) == ("out\n", "err\n", 3)

    def test_nobody_waits_for_our_input(self) -> None:
        assert ask(["cat"], seconds=PATIENCE).stdout == ""

    def test_bytes_that_are_no_text_do_no_harm(self) -> None:
        assert ask(["printf", r"\377x"], seconds=PATIENCE).stdout.endswith("x")

    def test_one_that_does_not_answer_is_given_up(self) -> None:
        with pytest.raises(subprocess.TimeoutExpired):
            ask(["sleep", "600"], seconds=0.1)

    def test_one_that_cannot_be_asked_is_an_error_of_the_system(self) -> None:
        with pytest.raises(FileNotFoundError):
            ask(["/no/such/python"], seconds=PATIENCE)


@pytest.mark.parametrize("prelude", ["", "signal.signal(number, signal.SIG_IGN)", "signal.pthread_sigmask(signal.SIG_BLOCK, {number})"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGSEGV, signal.SIGPIPE])
def test_we_end_by_the_signal_that_ended_the_target(number: signal.Signals, prelude: str) -> None:
    """Whatever became of that signal here; no core is dumped for it."""
    assert _ends_by(number, prelude) == -number


def test_we_end_by_a_signal_that_cannot_be_handled() -> None:
    assert _ends_by(signal.SIGKILL, "") == -signal.SIGKILL


def _ends_by(number: signal.Signals, prelude: str) -> int:
    begin = f"import signal\nfrom conc_advisor.profiling.process import end_by_signal\nnumber = {int(number)}\n"
    code = f"{begin}{prelude}\nend_by_signal(number)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode
