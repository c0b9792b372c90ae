"""py-spy: found, started, ended, read, and its failures explained; with the real one and with stand-ins that say what it says."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from live_targets import LiveTarget, until
from pythons import need_python

from conc_advisor.errors import ConcAdvisorError, ProfilerError, TargetError
from conc_advisor.profiling.recording import StackTable
from conc_advisor.profiling.samplers import py_spy_failures
from conc_advisor.profiling.samplers.chrome_trace import read_trace
from conc_advisor.profiling.samplers.py_spy import (
    DumpThread,
    StackDump,
    StackRecorder,
    find_py_spy,
    py_spy_version,
)

RECORDINGS: Final = Path(__file__).parents[2] / "recordings"


def _program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


class _Machine:
    """A machine on which py-spy is where the test puts it, and nowhere else."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scripts, self.beside, self.on_path = folder / "scripts", folder / "bin", folder / "path"
        monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(self.scripts))
        monkeypatch.setattr(sys, "executable", str(self.beside / "python"))
        monkeypatch.setenv("PATH", str(self.on_path))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Machine:
    """Return a machine without py-spy."""
    return _Machine(tmp_path, monkeypatch)


class TestFinding:
    """Which py-spy is used."""

    def test_the_one_beside_us_comes_before_the_one_on_path(self, machine: _Machine) -> None:
        """Under uvx and pipx a dependency's script is not on PATH."""
        _program(machine.on_path / "py-spy", "echo py-spy 0.4.1")
        assert find_py_spy()[0] == machine.on_path / "py-spy"
        _program(machine.beside / "py-spy", "echo py-spy 0.4.2")
        assert find_py_spy()[0] == machine.beside / "py-spy"
        _program(machine.scripts / "py-spy", "echo py-spy 0.4.3")
        assert find_py_spy()[0] == machine.scripts / "py-spy"

    @pytest.mark.parametrize("version", ["0.4.0", "0.4.3", "0.10.0", "1.0.0", "0.4.1-dev"])
    def test_a_new_enough_one_is_taken(self, machine: _Machine, version: str) -> None:
        _program(machine.scripts / "py-spy", f"echo py-spy {version}")
        assert find_py_spy()[0] == machine.scripts / "py-spy"

    def test_a_missing_one_is_to_be_installed(self, machine: _Machine) -> None:
        with pytest.raises(ProfilerError, match="not installed") as caught:
            find_py_spy()
        assert f"{machine.beside / 'python'} -m pip install py-spy" in caught.value.hint

    def test_an_old_one_is_to_be_updated(self, machine: _Machine) -> None:
        said = RECORDINGS / "py-spy-0.3.14-version.txt"
        _program(machine.scripts / "py-spy", f"while read -r line; do echo \"$line\"; done < '{said}'")
        with pytest.raises(ProfilerError, match=r"py-spy 0\.3\.14 is too old; 0\.4\.0") as caught:
            find_py_spy()
        assert "--upgrade" in caught.value.hint

    @pytest.mark.parametrize("body", ["exit 1", "echo", "echo who knows", "kill -9 $$"])
    def test_one_that_says_no_version_is_not_taken(self, machine: _Machine, body: str) -> None:
        _program(machine.scripts / "py-spy", body)
        with pytest.raises(ProfilerError, match="unknown version"):
            find_py_spy()

    def test_a_file_that_may_not_be_run_is_none(self, machine: _Machine) -> None:
        _program(machine.scripts / "py-spy", "echo py-spy 0.4.3").chmod(0o644)
        with pytest.raises(ProfilerError, match="not installed"):
            find_py_spy()

    def test_a_program_that_is_not_there_has_no_version(self, tmp_path: Path) -> None:
        assert py_spy_version(tmp_path / "py-spy") == ""

    def test_the_real_one_is_found(self) -> None:
        assert py_spy_version(find_py_spy()[0]).count(".") == 2


def _said(name: str) -> str:
    return (RECORDINGS / f"py-spy-0.4.3-{name}.txt").read_text()


def _explained(text: str, *, free_threaded: bool = False, launched: bool = True) -> ConcAdvisorError:
    return py_spy_failures.explain_failure(text, pid=4711, free_threaded=free_threaded, launched=launched)


class TestFailures:
    """Each cause has its own words and its own hint; never a backtrace."""

    @pytest.mark.parametrize(
        ("name", "kind", "message", "hint"),
        [
            ("not-a-python", TargetError, "not a Python process", "pgrep"),
            ("no-such-pid", TargetError, "ended before", "conc-advisor profile app.py"),
            ("permission-denied", ProfilerError, "no permission", ""),
        ],
    )
    def test_what_py_spy_really_says_is_understood(self, name: str, kind: type[ConcAdvisorError], message: str, hint: str) -> None:
        error = _explained(_said(name))
        assert type(error) is kind
        assert message in error.message
        assert "4711" in error.message
        assert hint in error.hint

    def test_no_two_causes_share_a_hint(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(py_spy_failures, "_in_container", lambda: False)
        errors = [_explained(_said(name)) for name in ("not-a-python", "no-such-pid", "permission-denied")]
        errors += [_explained("", free_threaded=True), _explained("Error: something new")]
        assert len({error.hint for error in errors}) == len({error.message for error in errors}) == 5

    @pytest.mark.parametrize("name", ["not-a-python", "no-such-pid", "permission-denied"])
    def test_a_free_threaded_build_is_the_cause_whatever_was_said(self, name: str) -> None:
        error = _explained(_said(name), free_threaded=True)
        assert "free-threaded" in error.message
        assert "--engine pyinstrument" in error.hint

    def test_what_is_not_known_is_quoted_without_its_backtrace(self) -> None:
        """The line that says what failed, not the last line of a Rust backtrace."""
        text = _said("not-a-python").replace("Failed to find python version from target process", "Something new went wrong")
        error = _explained(text)
        assert error.message == "py-spy could not attach to process 4711: Something new went wrong"
        assert "--engine pyinstrument" in error.hint

    @pytest.mark.parametrize(("text", "said"), [("", "it said nothing"), ("\n \n", "it said nothing"), ("one\ntwo\n\n", "two")])
    def test_words_without_an_error_line_are_quoted_by_their_last(self, text: str, said: str) -> None:
        assert _explained(text).message.endswith(f": {said}")

    @pytest.mark.parametrize(
        ("container", "yama", "launched", "hint"),
        [
            (True, 0, True, "SYS_PTRACE"),
            (True, 1, False, "SYS_PTRACE"),
            (False, 1, False, "ptrace_scope"),
            (False, 1, True, "run it with sudo"),
            (False, 0, False, "run it with sudo"),
        ],
    )
    def test_a_missing_permission_is_mended_where_it_is_missing(
        self, monkeypatch: pytest.MonkeyPatch, *, container: bool, yama: int, launched: bool, hint: str
    ) -> None:
        monkeypatch.setattr(py_spy_failures, "_in_container", lambda: container)
        monkeypatch.setattr(py_spy_failures, "_yama", lambda: yama)
        assert hint in py_spy_failures.permission_hint(launched=launched)


FAKE: Final = """
for word; do output=$word; done
trap 'echo "{}" > "$output"; echo "Wrote. Samples: 17 Errors: 3"; exit 0' INT
echo "py-spy> Sampling process 100 times a second"
while :; do sleep 0.01; done
"""


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[StackRecorder]:
    """Return a recorder whose py-spy is a stand-in that attaches to anything."""
    made = StackRecorder(py_spy=_program(tmp_path / "py-spy", FAKE), pid=os.getpid(), folder=tmp_path)
    yield made
    for segment in made.segments:
        segment.process.kill()
        segment.process.wait()


def _ready(recorder: StackRecorder) -> bool:
    recorder.poll()
    return recorder.current.ready_at is not None


class TestRecorder:
    """The life of recorders and their segments."""

    def test_it_is_ready_when_it_says_so_and_writes_at_the_end(self, recorder: StackRecorder) -> None:
        segment = recorder.start(100.0)
        assert segment.ready_at is None
        until(lambda: _ready(recorder), "a recorder that samples")
        assert segment.counts() == (0, 0)
        assert recorder.failure() is None
        recorder.finish()
        assert segment.ended
        assert segment.counts() == (17, 3)
        assert segment.trace.exists()

    @pytest.mark.parametrize(("wanted", "rate"), [(0.2, 1), (1.0, 1), (99.6, 100)])
    def test_rates_are_whole_and_never_zero(self, recorder: StackRecorder, wanted: float, rate: int) -> None:
        """py-spy takes no others."""
        assert recorder.start(wanted).rate == rate

    def test_an_unchanged_rate_keeps_the_segment(self, recorder: StackRecorder) -> None:
        recorder.start(100.0)
        until(lambda: _ready(recorder), "a recorder that samples")
        for age in (0.1, 2.0, 10.0, 50.0):
            recorder.follow_rate(100.0, (recorder.current.ready_at or 0) + age)
        assert len(recorder.segments) == 1

    def test_a_rate_is_not_changed_before_it_is_known_to_sample(self, recorder: StackRecorder) -> None:
        recorder.start(100.0)
        recorder.current.ready_at = None
        recorder.follow_rate(1.0, time.monotonic() + 1000)
        assert len(recorder.segments) == 1

    def test_a_long_segment_is_followed_by_another_without_a_gap(self, recorder: StackRecorder) -> None:
        """The old one is stopped only when the new one samples: that bounds what py-spy keeps in memory."""
        first = recorder.start(100.0)
        until(lambda: _ready(recorder), "a recorder that samples")
        recorder.follow_rate(100.0, (first.ready_at or 0) + 1000)
        assert len(recorder.segments) == 2
        assert first.stopped_at is None
        until(lambda: _ready(recorder), "the next recorder that samples")
        assert first.stopped_at is not None
        assert recorder.current.stopped_at is None

    def test_the_old_segment_goes_on_for_as_long_as_the_new_one_does_not_sample(self, recorder: StackRecorder) -> None:
        first = recorder.start(100.0)
        until(lambda: _ready(recorder), "a recorder that samples")
        _program(recorder.py_spy, "exec sleep 600")
        recorder.follow_rate(100.0, (first.ready_at or 0) + 1000)
        recorder.poll()
        assert len(recorder.segments) == 2
        assert first.stopped_at is None

    def test_a_rate_that_costs_far_too_much_is_left_at_once(self, recorder: StackRecorder) -> None:
        first = recorder.start(100.0)
        until(lambda: _ready(recorder), "a recorder that samples")
        recorder.follow_rate(2.0, (first.ready_at or 0) + 0.01)
        assert first.stopped_at is not None
        assert recorder.current.rate == 2

    def test_looks_are_counted_by_rate_and_time(self, recorder: StackRecorder) -> None:
        first, second = recorder.start(100.0), recorder.start(10.0)
        first.ready_at, second.ready_at, recorder.stopped_at = 5.0, 7.0, 10.0
        assert recorder.looks() == pytest.approx(100 * 2 + 10 * 3)

    def test_a_stop_is_asked_for_once(self, recorder: StackRecorder) -> None:
        segment = recorder.start(10.0)
        until(lambda: _ready(recorder), "a recorder that samples")
        segment.stop()
        first = segment.stopped_at
        segment.stop()
        assert segment.stopped_at == first
        recorder.finish()


@pytest.mark.real
class TestRealPySpy:
    """The real tool on real processes."""

    @pytest.mark.parametrize("version", ["3.9", "3.13"])
    def test_a_recording_shows_the_threads(self, tmp_path: Path, version: str) -> None:
        with LiveTarget("waits.py", python=need_python(version)) as target:
            threads = target.hear_json(dict[str, tuple[int, int]])
            recorder = StackRecorder(py_spy=find_py_spy()[0], pid=target.pid, folder=tmp_path)
            segment = recorder.start(100.0)
            until(lambda: _ready(recorder), "py-spy that samples")
            until(lambda: recorder.sampling_cpu_seconds() > 0, "CPU time of py-spy")
            time.sleep(0.3)
            recorder.finish()
        found = read_trace(segment.trace, began_us=0, stacks=StackTable())
        samples, failed = segment.counts()
        assert samples > failed
        if version == "3.9":
            assert set(found.by_pthread) == {ident for _, ident in threads.values()}
        else:
            assert set(found.by_thread) == {tid for tid, _ in threads.values()}

    def test_a_process_that_is_no_python_is_explained(self, tmp_path: Path) -> None:
        other = subprocess.Popen(["sleep", "60"])
        try:
            recorder = StackRecorder(py_spy=find_py_spy()[0], pid=other.pid, folder=tmp_path)
            segment = recorder.start(100.0)

            def ended() -> bool:
                recorder.poll()
                return segment.ended

            until(ended, "the end of py-spy")
            text = recorder.failure()
            assert text is not None
            assert (
                "not a Python process" in py_spy_failures.explain_failure(text, pid=other.pid, free_threaded=False, launched=False).message
            )
        finally:
            other.kill()
            other.wait()

    @pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root, to become another user")
    def test_another_users_process_is_explained(self, tmp_path: Path) -> None:
        target = subprocess.Popen(["sleep", "60"])
        copy = tmp_path / "py-spy"
        shutil.copy(find_py_spy()[0], copy)
        for folder in (tmp_path, *tmp_path.parents[:3]):
            folder.chmod(0o755)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(copy), "dump", "--pid", str(target.pid)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        target.kill()
        target.wait()
        error = py_spy_failures.explain_failure(answer.stdout + answer.stderr, pid=target.pid, free_threaded=False, launched=False)
        assert "no permission" in error.message

    def test_a_dump_names_the_loop_object(self, tmp_path: Path) -> None:
        """By the address that the program gives it."""
        with LiveTarget("event_loop.py", python=Path(sys.executable)) as target:
            address = int(target.hear().split()[1])
            dump = StackDump(find_py_spy()[0], target.pid, tmp_path / "dump.json")
            until(dump.ready, "a dump")
            [thread] = dump.threads()
        assert _loop_address(thread) == address
        assert thread.os_thread_id == target.pid


def _loop_address(thread: DumpThread) -> int:
    [address] = {
        local.addr for each in thread.frames if each.name.endswith("_run_once") for local in each.locals or () if local.name == "self"
    }
    return address


class TestDumps:
    """Captured dumps, and files that are none."""

    @pytest.mark.parametrize(("python", "named"), [("python3.9", False), ("python3.13", True)])
    def test_a_captured_dump_is_read(self, tmp_path: Path, *, python: str, named: bool) -> None:
        """OS thread ids are in it from 3.11 on."""
        [thread] = _dumped(tmp_path, (RECORDINGS / f"py-spy-0.4.3-{python}-dump.json").read_text()).threads()
        assert thread.thread_name == "MainThread"
        assert (thread.os_thread_id is not None) == named
        assert thread.frames[0].name.endswith("select")
        assert thread.frames[-1].name == "<module>"
        assert _loop_address(thread) > 0

    @pytest.mark.parametrize("text", ["", "Error: Permission denied", "{}", "[1]", '[{"thread_id": "x"}]'])
    def test_a_dump_that_failed_has_no_threads(self, tmp_path: Path, text: str) -> None:
        assert _dumped(tmp_path, text).threads() == []

    def test_a_dump_that_is_not_wanted_any_more_is_ended(self, tmp_path: Path) -> None:
        dump = StackDump(_program(tmp_path / "py-spy", "exec sleep 600"), os.getpid(), tmp_path / "dump.json")
        assert not dump.ready()
        dump.close()
        assert dump._process.returncode == -signal.SIGKILL


def _dumped(folder: Path, text: str) -> StackDump:
    """Return a dump that said this."""
    (folder / "said").write_text(text)
    dump = StackDump(_program(folder / "py-spy", f"cat '{folder}/said'"), os.getpid(), folder / "dump.json")
    until(dump.ready, "the end of the dump")
    return dump
