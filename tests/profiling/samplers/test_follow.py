"""Children that come and go, and programs that become others, followed live; without stacks, which need a recorder each."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from live_targets import LiveTarget, every_python, until
from pythons import need_python

from conc_advisor.profiling.samplers.budget import Budget
from conc_advisor.profiling.samplers.follow import Follower
from conc_advisor.profiling.samplers.procfs import children
from conc_advisor.profiling.samplers.raw import RawRows
from conc_advisor.profiling.samplers.threads import ThreadRegistry
from conc_advisor.profiling.samplers.watch import Tools

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")


class _Family:
    """A live program with its children, and one who follows them."""

    def __init__(self, target: LiveTarget, follower: Follower) -> None:
        self.target = target
        self.follower = follower

    def do(self, order: str) -> int:
        """Give an order and return the pid that is the answer."""
        self.target.say(order)
        return int(self.target.hear())

    def look(self) -> None:
        """Look as often as it takes to believe what is seen."""
        for _ in range(3):
            self.follower.sweep()
            self.follower.attend(time.monotonic())

    def followed(self) -> list[int]:
        """Return the pids of all processes so far, in the order in which they were found."""
        return [watch.pid for watch in self.follower.watches]

    def until_followed(self, *pids: int) -> None:
        """Look until these were found, and no others."""

        def found() -> bool:
            self.look()
            return self.followed() == list(pids)

        until(found, f"{pids}, but {self.followed()}")

    def until_the_gil_is_seen(self) -> None:
        """Look until it is in each process: one that has just been executed has not loaded its interpreter yet."""

        def seen() -> bool:
            self.look()
            records = self.follower.tools.registry.records
            return all(watch.gil_measured for watch in self.follower.watches) and all(each.python and each.pthread for each in records)

        until(seen, "the GIL of each process, and that their threads are Python's")


@contextmanager
def _family(folder: Path, python: Path) -> Iterator[_Family]:
    tools = Tools(py_spy=None, folder=folder, budget=Budget(allowed=0.05), registry=ThreadRegistry(), rows=RawRows())
    with LiveTarget("family.py", python=python) as target:
        target.hear()
        follower = Follower(tools)
        follower.start(target.pid)
        try:
            yield _Family(target, follower)
        finally:
            follower.close()
            for child in children(target.pid):
                os.kill(child, signal.SIGKILL)


@pytest.fixture
def family(tmp_path: Path) -> Iterator[_Family]:
    """Return a family under our own Python."""
    with _family(tmp_path, Path(sys.executable)) as found:
        yield found


@every_python
def test_forked_and_started_children_are_followed(tmp_path: Path, version: str) -> None:
    """Each with its parent, its interpreter and a GIL of its own."""
    with _family(tmp_path, need_python(version)) as family:
        root = family.target.pid
        forked = family.do("fork")
        family.until_followed(root, forked)
        started = family.do("spawn")
        family.until_followed(root, forked, started)
        watches = family.follower.watches
        assert [watch.parent_pid for watch in watches] == [os.getpid(), root, root]
        assert all(watch.interpreter and watch.interpreter.version.startswith(version) for watch in watches)
        assert [watch.index for watch in watches] == [0, 1, 2]
        family.until_the_gil_is_seen()
        assert {record.process for record in family.follower.tools.registry.records} == {0, 1, 2}
        assert family.follower.limits() == []


def test_a_child_that_is_no_python_is_not_followed(family: _Family) -> None:
    family.do("other")
    for _ in range(5):
        family.look()
    assert family.followed() == [family.target.pid]
    assert family.follower.limits() == []


def test_an_ended_child_is_remembered_and_not_looked_at(family: _Family) -> None:
    """The run goes on."""
    child = family.do("fork")
    family.until_followed(family.target.pid, child)
    assert family.do("end") == child
    family.look()
    assert [watch.sweeper.ended for watch in family.follower.watches] == [False, True]
    last_us = family.follower.watches[1].last_us
    family.look()
    assert family.follower.watches[1].last_us == last_us
    assert not family.follower.root_ended()


def test_a_program_that_executes_another_python_is_another_process_of_the_run(family: _Family) -> None:
    """With the same pid: its memory is laid out anew."""
    pid = family.target.pid
    family.look()
    assert family.do("exec") == pid
    family.until_followed(pid, pid)
    family.until_the_gil_is_seen()
    assert not family.follower.root_ended()
    child = family.do("fork")
    family.until_followed(pid, pid, child)


def test_a_program_that_becomes_no_python_is_left_alone(family: _Family) -> None:
    """What it did before is kept."""
    family.look()
    family.target.say("exec-other")

    def became() -> bool:
        return Path(f"/proc/{family.target.pid}/comm").read_text().strip() == "sleep"

    until(became, "another program")
    family.look()
    assert family.followed() == [family.target.pid]
    assert family.follower.samples > 0


def test_the_end_of_the_root_is_seen(family: _Family) -> None:
    assert not family.follower.root_ended()
    family.target.say("over")

    def ended() -> bool:
        family.look()
        return family.follower.root_ended()

    until(ended, "the end of the program")


def test_the_targets_cpu_time_is_that_of_all_its_threads(family: _Family) -> None:
    """From when it is followed on: what it used before is not counted."""
    family.look()
    before = family.follower.target_cpu_seconds()
    child = family.do("fork")
    family.until_followed(family.target.pid, child)
    assert 0 <= before <= family.follower.target_cpu_seconds() < 5
    assert family.follower.recorder_cpu_seconds() == 0


def test_nothing_stays_open(tmp_path: Path) -> None:
    """Whatever was followed, and whether or not it was finished before it was closed."""
    before = _open_files()
    with _family(tmp_path, Path(sys.executable)) as family:
        child = family.do("fork")
        family.until_followed(family.target.pid, child)
        assert _open_files() > before
    assert _open_files() == before


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - procfs
