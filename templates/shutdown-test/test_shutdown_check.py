"""Tests of the shutdown check, on the sample server: with its faults and without."""

from __future__ import annotations

import inspect
import signal
import sys
import threading

import pytest

from shutdown_check import (
    Program,
    ShutdownError,
    ask,
    check_nothing_lost,
    stop_and_check,
    words_after,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")

JOBS = [str(number) for number in range(15)]


def sample_server(*faults: str) -> Program:
    """Start it."""
    return Program([sys.executable, inspect.getfile(Program), "serve", *faults])


def give_work(program: Program) -> int:
    """Let it accept work, and wait until it is in the middle of it; return its port."""
    port = int(program.wait_for_line("ready").split()[1])
    ask(port, *JOBS)
    program.wait_for_line("finished")
    return port


# This is the test to write for a program of your own.
@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "stop"])
def test_the_server_ends_in_time_and_loses_nothing(how: str) -> None:
    """Stopped in the middle of work, by a signal or by its own stop call."""
    with sample_server() as server:
        port = give_work(server)

        stop_and_check(
            server,
            (lambda: ask(port, "stop")) if how == "stop" else signal.Signals[how],
            seconds=20,
        )

        check_nothing_lost(
            JOBS,
            finished=words_after(server.output, "finished"),
            handed_back=words_after(server.output, "handed back"),
        )


def test_an_idle_server_ends_as_well() -> None:
    """There is nothing to wait for."""
    with sample_server() as server:
        server.wait_for_line("ready")

        stop_and_check(server, signal.SIGTERM, seconds=20)


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("deaf", "still running"),
        ("wrong exit code", "ended with 3, not with 0"),
        ("leaves a child", "time.sleep"),
    ],
)
def test_a_fault_is_found_and_nothing_outlives_the_test(fault: str, complaint: str) -> None:
    """Whatever is left is ended by force."""
    with sample_server(fault) as server:
        server.wait_for_line("ready")
        started = [pid for pid, _ in server.processes()]
        seconds = 0.3 if fault == "deaf" else 20

        with pytest.raises(ShutdownError, match=complaint):
            stop_and_check(server, signal.SIGTERM, seconds=seconds, grace=0.3)

    assert len(started) == 2
    assert server.processes() == []


def test_lost_work_is_found() -> None:
    """What was still waiting when time was up was dropped."""
    with sample_server("loses work") as server:
        give_work(server)

        stop_and_check(server, signal.SIGTERM, seconds=20)

        with pytest.raises(ShutdownError, match="neither finished nor handed back"):
            check_nothing_lost(JOBS, finished=words_after(server.output, "finished"))


def test_other_exit_codes_can_be_right() -> None:
    """A program without a handler is killed by the signal, which may be what is wanted."""
    sleeper = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(60)"]
    with Program(sleeper) as program:
        program.wait_for_line("ready")

        stop_and_check(program, signal.SIGTERM, seconds=20, exit_codes={0, -signal.SIGTERM})


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="found by its environment")
def test_a_child_that_left_the_session_is_found() -> None:
    """It has made itself a daemon, and still carries the mark."""
    daemon = "import time; time.sleep(60)"
    start = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {daemon!r}], start_new_session=True)
print("ready", flush=True)
"""
    with Program([sys.executable, "-c", start]) as program:
        program.wait_for_line("ready")

        with pytest.raises(ShutdownError, match=r"time\.sleep\(60\)"):
            stop_and_check(program, lambda: None, seconds=20, grace=0.3)
        assert len(program.processes()) == 1

    assert program.processes() == []


def test_a_program_that_does_not_start_is_told_with_its_last_words() -> None:
    """The reason is in its output."""
    failing = [sys.executable, "-c", "raise SystemExit('no such port')"]
    with Program(failing) as program, pytest.raises(ShutdownError, match="no such port"):
        program.wait_for_line("ready")


def test_much_output_does_not_hold_the_program_up() -> None:
    """It is read while it comes."""
    talker = [sys.executable, "-c", "print('x' * 100_000); print('the end')"]
    with Program(talker) as program:
        assert program.wait_for_line("the end") == "the end"
        stop_and_check(program, lambda: None, seconds=20)


def test_nothing_of_ours_is_left() -> None:
    """Neither a thread nor an open pipe (that would be a ResourceWarning)."""
    threads = set(threading.enumerate())
    with Program([sys.executable, "-c", "print('ready')"]) as program:
        program.wait_for_line("ready")

    assert set(threading.enumerate()) == threads


def test_much_work_is_accounted_for_without_comparing_each_with_each() -> None:
    """A comparison of every two would take hours."""
    many = range(300_000)
    check_nothing_lost(many, finished=many)
    with pytest.raises(ShutdownError, match=r"more than once: \['7'\]"):
        check_nothing_lost(many, finished=many, handed_back=[7])


def test_work_is_accounted_for_exactly_once() -> None:
    """Finished and handed back as well would be done twice."""
    check_nothing_lost([1, 2, 3], finished=[3, 1], handed_back=[2])
    check_nothing_lost([], finished=[])
    with pytest.raises(ShutdownError, match="more than once"):
        check_nothing_lost([1], finished=[1], handed_back=[1])
    with pytest.raises(ShutdownError, match="neither"):
        check_nothing_lost([1, 2], finished=[1])
