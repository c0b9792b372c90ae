"""At a real terminal: progress, Ctrl-C, prompts."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

pytestmark = pytest.mark.real

CLEAR = "\r\x1b[K"
Terminal = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def terminal(workplace: Path) -> Iterator[Terminal]:
    """Return a function that starts conc-advisor at a terminal of its own."""
    started: list[pexpect.spawn[str]] = []

    def start(*words: str) -> "pexpect.spawn[str]":
        child = pexpect.spawn(
            sys.executable,
            ["-m", "conc_advisor", *words],
            cwd=str(workplace),
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"},
            encoding="utf-8",
            timeout=30,
            dimensions=(40, 100),
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def script(folder: Path, text: str) -> str:
    """Write a script and return its name."""
    (folder / "app.py").write_text(text)
    return "app.py"


def test_progress_shows_the_time_left_and_goes_away(terminal: Terminal) -> None:
    """One line that is written anew, and cleared before the report."""
    child = terminal("profile", "--duration", "2.5", "--demo", "healthy-asyncio", "3")
    child.expect(r"recording 1 s, \d s left, [\d,]+ samples")
    child.expect_exact("answers")
    child.expect_exact("loop-healthy")
    child.expect(pexpect.EOF)
    assert "s left" not in (child.before or "")
    child.close()
    assert child.exitstatus == 0


def test_a_prompt_of_the_program_is_left_alone(terminal: Terminal, workplace: Path) -> None:
    """Nothing is cleared while a program talks to the same terminal, and it reads what is typed."""
    child = terminal("profile", script(workplace, "import time\nname = input('Name: ')\ntime.sleep(1.5)\nprint('hello', name)\n"))
    child.expect_exact("Name: ")
    child.sendline("Ada")
    child.expect_exact("hello Ada")
    assert CLEAR not in (child.before or "")
    child.expect_exact("next: conc-advisor")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_ctrl_c_reaches_the_program_and_the_report_follows(terminal: Terminal, workplace: Path) -> None:
    """Its `finally` completes, it ends as it would alone, and so do we."""
    lines = [
        "import time",
        "try:",
        "    print('ready', flush=True)",
        "    time.sleep(60)",
        "finally:",
        "    time.sleep(0.3)",
        "    print('cleaned up')",
    ]
    text = "\n".join(lines)
    child = terminal("profile", script(workplace, text))
    child.expect_exact("ready")
    child.sendintr()
    child.expect_exact("cleaned up")
    child.expect_exact("KeyboardInterrupt")
    child.expect_exact("next: conc-advisor")
    child.expect(pexpect.EOF)
    child.close()
    assert child.signalstatus == signal.SIGINT


def test_ctrl_c_ends_the_recording_of_a_process_that_goes_on(terminal: Terminal) -> None:
    """And the report goes to standard output, which is ours."""
    with subprocess.Popen(
        [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"], stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            child = terminal("profile", "--pid", str(process.pid))
            child.expect(r"recording process \d+; Ctrl-C ends the recording")
            child.expect(r"recording [12] s, [\d,]+ samples")
            child.sendintr()
            child.expect_exact("next: conc-advisor")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 0
            assert process.poll() is None
        finally:
            process.kill()
