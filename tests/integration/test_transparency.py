"""A program under `profile` behaves as it does alone: what it sees, what it gives, how it ends; and nothing of ours remains."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest
from pythons import need_python

TARGETS = Path(__file__).parents[1] / "targets"
PROFILE = [sys.executable, "-m", "conc_advisor", "profile"]

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def nothing_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Fail the test that leaves a recorder, a child or a temporary file behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield
    assert not list(folder.iterdir())
    # A recorder of this test writes into this test's folder.
    left = [process for process in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(process.info["cmdline"] or ())]
    assert not left, left


def run(command: list[str], *, stdin: bytes = b"", folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """Run a command in a folder with these bytes as its input."""
    return subprocess.run(command, input=stdin, capture_output=True, cwd=folder, check=False, timeout=60)


ENDINGS = ["exit-0", "exit-3", "exception", "os-exit", "segfault", "kill", "fork", "exec", "exec-other"]


@pytest.mark.parametrize("how", ENDINGS)
def test_a_program_ends_as_it_would_alone(how: str, workplace: Path) -> None:
    """The same exit code or signal, the same output, and its own traceback untouched."""
    words = [str(TARGETS / "endings.py"), how]
    alone = run([sys.executable, *words], folder=workplace)
    profiled = run([*PROFILE, "--python", sys.executable, *words], folder=workplace)
    assert profiled.returncode == alone.returncode
    assert profiled.stdout == alone.stdout
    assert alone.stderr in profiled.stderr
    assert b"error:" not in profiled.stderr.replace(alone.stderr, b"")


@pytest.mark.parametrize("how", ["read", "write-100-mb"])
def test_input_and_output_pass_byte_for_byte(how: str, workplace: Path) -> None:
    """Nothing of ours is mixed into the target's output, and its input is its own."""
    words = [str(TARGETS / "endings.py"), how]
    stdin = bytes(range(256)) * 400
    alone = run([sys.executable, *words], stdin=stdin, folder=workplace)
    profiled = run([*PROFILE, "--python", sys.executable, *words], stdin=stdin, folder=workplace)
    assert hashlib.sha256(profiled.stdout).digest() == hashlib.sha256(alone.stdout).digest()


@pytest.mark.parametrize("version", ["3.9", "3.11", "3.12", "3.13"])
def test_a_program_sees_nothing_of_us(version: str, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Environment, path, modules, descriptors, signal handlers and limits are what they are without us."""
    python = str(need_python(version))
    monkeypatch.setenv("PYTHONPATH", str(workplace))
    words = [str(TARGETS / "surroundings.py"), "--help", "a b", "--", "-o"]
    alone = run([python, *words], folder=workplace)
    profiled = run([*PROFILE, "--python", python, *words], folder=workplace)
    assert profiled.stdout.decode() == alone.stdout.decode()


@pytest.mark.parametrize(
    ("number", "said", "code"),
    [(signal.SIGINT, "finally atexit", -signal.SIGINT), (signal.SIGTERM, "handler finally atexit", 12)],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_signal_to_us_reaches_the_program_and_it_cleans_up(number: int, said: str, code: int, workplace: Path) -> None:
    """And its report is still made."""
    command = [*PROFILE, "--python", sys.executable, str(TARGETS / "signals.py")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=workplace, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    output, report = process.communicate(timeout=30)
    assert output.split() == said.split()
    assert process.returncode == code
    assert "How sure are we" in report


def test_a_daemon_is_left_alone(workplace: Path) -> None:
    """A program that puts itself into the background returns the prompt at once, and goes on."""
    pid_file = workplace / "pid"
    words = [str(TARGETS / "endings.py"), "daemon", str(pid_file)]
    began = time.monotonic()
    profiled = run([*PROFILE, "--python", sys.executable, *words], folder=workplace)
    assert profiled.returncode == 0
    assert time.monotonic() - began < 30
    deadline = time.monotonic() + 10
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(int(pid_file.read_text()), signal.SIGKILL)


def test_when_we_are_killed_the_recorder_ends_and_the_program_goes_on(workplace: Path) -> None:
    """Nothing of ours outlives us, not even when nobody can clean up."""
    command = [*PROFILE, "--python", sys.executable, str(TARGETS / "signals.py")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=workplace, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    family = psutil.Process(process.pid).children()
    recorders = [child for child in family if "py-spy" in child.name()]
    target = next(child for child in family if child not in recorders)
    assert recorders
    process.kill()
    process.wait()
    _, living = psutil.wait_procs(recorders, timeout=10)
    assert not living
    assert target.is_running()
    target.kill()
    process.stdout.close()
    for left in (workplace / "temporary").iterdir():
        # A killed process cannot remove its files; this is the one case in which some stay.
        for file in left.iterdir():
            file.unlink()
        left.rmdir()


def test_a_pid_that_ends_while_attached_still_gives_a_report(workplace: Path) -> None:
    """The target of --pid may end at any time."""
    code = "import time\nend = time.monotonic() + 2\nwhile time.monotonic() < end: sum(range(1000))"
    target = subprocess.Popen([sys.executable, "-c", code])
    time.sleep(0.5)
    waiter = subprocess.Popen([*PROFILE, "--pid", str(target.pid)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=workplace)
    target.wait()
    output, errors = waiter.communicate(timeout=30)
    assert waiter.returncode == 0, errors
    assert b"How sure are we" in output


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["missing.py"], 3, "there is no file missing.py"),
        (["-o", "/nonexistent/report.txt", str(TARGETS / "endings.py"), "exit-0"], 2, "cannot write /nonexistent/report.txt"),
        (["--pid", "4194303"], 3, "there is no process 4194303"),
        (["--", "no-such-command-here"], 3, "there is no command no-such-command-here"),
        (["--python", "/nonexistent/python", str(TARGETS / "endings.py"), "exit-0"], 3, "/nonexistent/python"),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_program_runs(words: list[str], code: int, message: str, workplace: Path) -> None:
    """With one sentence and a hint."""
    answer = run([*PROFILE, *words], folder=workplace)
    assert answer.returncode == code
    assert answer.stdout == b""
    text = answer.stderr.decode()
    assert text.startswith("error: ")
    assert message in text
    assert "\nhint: " in text


def test_a_process_that_is_not_python_is_named_as_such(workplace: Path) -> None:
    """Attaching to `sleep` is no crash."""
    target = subprocess.Popen(["sleep", "30"])
    try:
        answer = run([*PROFILE, "--pid", str(target.pid)], folder=workplace)
    finally:
        target.kill()
        target.wait()
    assert answer.returncode == 3
    assert b"is not a Python process" in answer.stderr


LONG_ENOUGH = "import time; end = time.monotonic() + 0.5\nwhile time.monotonic() < end: sum(range(1000))"


@pytest.mark.parametrize("before", [[], ["env", "-i"], ["sh", "-c", 'exec "$0" "$@"']], ids=["direct", "env", "shell"])
@pytest.mark.parametrize("option", ["-I", "-E", "-S", "-B"])
def test_a_python_that_cannot_be_held_is_recorded_all_the_same(before: list[str], option: str, workplace: Path) -> None:
    """And the report says what it has missed, where it has."""
    words = [*PROFILE, "--format", "json", "-o", "report.json", "--", *before, sys.executable, option, "-c", LONG_ENOUGH]
    profiled = run(words, folder=workplace)
    assert profiled.returncode == 0, profiled.stderr
    report = json.loads((workplace / "report.json").read_text())
    assert any(process["python"].startswith("3.") for process in report["processes"])
    held = option == "-B" and before != ["env", "-i"]
    assert any(limit["what"] == "the first moments of the program" for limit in report["limits"]) is not held


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("false", 1), ("kill -TERM $$", 143), ("true", 3), ("exit 0", 3)])
def test_a_command_without_python_ends_with_its_own_failure(script: str, code: int, workplace: Path) -> None:
    """With ours, 3, where it had none; that nothing was seen is said either way."""
    profiled = run([*PROFILE, "--", "sh", "-c", f"echo said; {script}"], folder=workplace)
    assert profiled.returncode == code
    assert profiled.stdout == b"said\n"
    assert profiled.stderr.startswith(b"error: no Python process was seen under this command")
    assert b"\nhint: " in profiled.stderr


def test_a_descriptor_that_the_command_opens_stays_its_own(workplace: Path) -> None:
    """Whatever its number: it may be that of our pipe."""
    for number in range(3, 13):
        code = f"import os; os.write({number}, b'hi')"
        script = f'exec {number}>d.txt; "$0" -c "$1"'
        profiled = run([*PROFILE, "-q", "--", "bash", "-c", script, sys.executable, code], folder=workplace)
        assert profiled.returncode == 0, profiled.stderr
        assert (workplace / "d.txt").read_bytes() == b"hi"
        (workplace / "d.txt").unlink()


@pytest.mark.parametrize("before", [None, "", "/a:/b"], ids=["unset", "empty", "set"])
def test_a_shell_may_add_to_pythonpath(before: str | None, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its program sees what it would see alone."""
    if before is None:
        monkeypatch.delenv("PYTHONPATH", raising=False)
    else:
        monkeypatch.setenv("PYTHONPATH", before)
    command = ["sh", "-c", 'PYTHONPATH=src:$PYTHONPATH "$0" -c "$1"', sys.executable, "import os; print(os.environ['PYTHONPATH'])"]
    alone = run(command, folder=workplace)
    assert alone.stdout.startswith(b"src:")
    assert run([*PROFILE, "-q", "--", *command], folder=workplace).stdout == alone.stdout


@pytest.mark.parametrize("format_", ["text", "json", "speedscope", "trace"])
def test_bytes_that_are_no_text_in_arguments_and_folders_still_give_a_report(format_: str, workplace: Path) -> None:
    """Spelt out; the program gets them as they are."""
    folder = Path(os.fsdecode(os.fsencode(workplace) + b"/odd-\xff"))
    folder.mkdir()
    words = [
        sys.executable,
        "-c",
        "import os, sys; os.write(1, os.fsencode(sys.argv[1]) + os.fsencode(os.getcwd()))",
        os.fsdecode(b"a\xfe"),
    ]
    command = [os.fsencode(word) for word in [*PROFILE, "--format", format_, "-o", str(workplace / "report"), "--", *words]]
    profiled = subprocess.run(command, capture_output=True, cwd=folder, check=False, timeout=60)
    assert profiled.returncode == 0, profiled.stderr
    assert profiled.stdout == b"a\xfe" + os.fsencode(folder)
    report = (workplace / "report").read_bytes().decode("utf-8")
    assert report
    if format_ == "json":
        assert json.loads(report)["target"]["command"][-1] == "a\\udcfe"
    for left in folder.iterdir():
        left.unlink()


def test_a_folder_that_was_removed_is_no_hindrance(workplace: Path) -> None:
    """The program starts where it would, and its report is made."""
    code = "import os\ntry: os.getcwd()\nexcept FileNotFoundError: print('gone')"
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    python = ["sh", "-c", script, "sh", *PROFILE, "--", sys.executable, "-c", code]
    profiled = run(python, folder=workplace)
    assert profiled.returncode == 0, profiled.stderr
    assert profiled.stdout == b"gone\n"
    assert b"How sure are we" in profiled.stderr


def test_a_program_of_many_short_event_loops_gets_its_report(workplace: Path) -> None:
    """Hundreds of loops, each for a few milliseconds."""
    code = "import asyncio, time; e = time.time() + 1.5\nwhile time.time() < e: asyncio.run(asyncio.sleep(0.002))"
    profiled = run([*PROFILE, "--", sys.executable, "-c", code], folder=workplace)
    assert profiled.returncode == 0, profiled.stderr
    assert profiled.stdout == b""
    assert b"How sure are we" in profiled.stderr
    assert b"Traceback" not in profiled.stderr


@pytest.mark.parametrize(("place", "code"), [("folder", 2), ("/dev/null", 3)])
def test_a_recording_is_saved_to_a_file_or_not_at_all(place: str, code: int, workplace: Path) -> None:
    """What is there and is no file stays as it is, even with --force, and the program does not run."""
    (workplace / "folder").mkdir()
    before = os.lstat(workplace / place)
    profiled = run([*PROFILE, "--force", "--save", place, "--", sys.executable, "-c", "print('ran')"], folder=workplace)
    assert (profiled.returncode, profiled.stdout) == (code, b"")
    assert profiled.stderr.startswith(b"error: ")
    assert place.encode() in profiled.stderr
    after = os.lstat(workplace / place)
    assert (after.st_ino, after.st_mode, after.st_rdev) == (before.st_ino, before.st_mode, before.st_rdev)


def test_a_pipe_is_not_waited_for_as_a_recording(workplace: Path) -> None:
    """Nobody may ever write to it."""
    os.mkfifo(workplace / "pipe")
    loaded = run([*PROFILE, "--load", "pipe"], folder=workplace)
    assert (loaded.returncode, loaded.stdout) == (3, b"")
    assert b"is not a regular file" in loaded.stderr
