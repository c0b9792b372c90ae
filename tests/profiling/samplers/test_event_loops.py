"""Callbacks of live event loops, counted from outside, against the count that the program keeps itself."""

import os
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from live_targets import LiveTarget, every_python, interpreter_of, layout_of, until

from conc_advisor.profiling.recording import NO_CALLBACKS
from conc_advisor.profiling.samplers.event_loops import CallbackCounter
from conc_advisor.profiling.samplers.layout import inspect_interpreter
from conc_advisor.profiling.samplers.memory import ProcessMemory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")


class _Program:
    """A live event loop with a counter on it."""

    def __init__(self, target: LiveTarget, memory: ProcessMemory, version: str) -> None:
        self.target = target
        self._memory = memory
        self._deque = layout_of(interpreter_of(version)[1]).deque
        self.counter = self.new_counter()

    def new_counter(self) -> CallbackCounter:
        """Wait for a loop that begins, and count it."""
        word, loop = self.target.hear().split()
        assert word == "ready"
        assert self._deque is not None
        counter = CallbackCounter.find(self._memory, self._deque, int(loop))
        assert counter is not None
        return counter

    def truth(self) -> int:
        """Return the number of callbacks that the program has begun; it is idle afterwards."""
        self.target.say("count")
        return int(self.target.hear())

    def do(self, order: str) -> None:
        """Give an order and wait until it is done."""
        self.target.say(order)
        assert self.target.hear() == "done"


@contextmanager
def _program(version: str) -> Iterator[_Program]:
    python, _ = interpreter_of(version)
    with LiveTarget("event_loop.py", python=python) as target:
        memory = ProcessMemory(target.pid)
        try:
            yield _Program(target, memory, version)
        finally:
            memory.close()


@every_python
def test_every_callback_is_counted_once(version: str) -> None:
    """However many begin between two looks; timers that are taken back never begin."""
    with _program(version) as program:
        before = program.truth()
        assert program.counter.begun() == NO_CALLBACKS, "the first look only says what to count from"
        for order in ("work 1", "work 500", "cancel 20", "work 70000", "block 0.01"):
            program.do(order)
            after = program.truth()
            assert program.counter.begun() == after - before, order
            before = after
        assert not program.counter.gone


def test_an_idle_loop_begins_nothing() -> None:
    with _program("3.13") as program:
        program.truth()
        program.counter.begun()
        assert [program.counter.begun() for _ in range(20)] == [0] * 20


def test_a_callback_that_blocks_begins_nothing_else() -> None:
    """What a stall looks like: the count stands still from its begin to its end."""
    with _program("3.13") as program:
        program.truth()
        program.counter.begun()
        program.target.say("block 0.3")
        until(lambda: program.counter.begun() == 1, "the begin of the callback that blocks")
        assert [program.counter.begun() for _ in range(20)] == [0] * 20
        assert program.target.hear() == "done"


@every_python
def test_a_closed_loop_is_gone(version: str) -> None:
    """And it stays gone: no number is made up for it."""
    with _program(version) as program:
        program.truth()
        program.counter.begun()
        program.target.say("close")
        assert program.target.hear() == "closed"
        assert program.counter.begun() == NO_CALLBACKS
        assert program.counter.gone


@every_python
def test_the_loop_after_it_is_counted_anew(version: str) -> None:
    """Whether or not the new loop's queue stands where the old one's was, no callback of the new one is counted twice or lost."""
    with _program(version) as program:
        program.truth()
        program.counter.begun()
        program.target.say("renew")
        counter = program.new_counter()
        before = program.truth()
        counter.begun()
        program.do("work 300")
        after = program.truth()
        assert counter.begun() == after - before


class _Loop:
    """Looks from outside as an event loop does: an object with a queue among its attributes."""

    def __init__(self) -> None:
        self.closed = False
        self.ready = deque(range(4))
        self.scheduled: list[int] = []


@pytest.fixture
def own_memory() -> Iterator[ProcessMemory]:
    """Return the memory of this process, looked at as another's is."""
    memory = ProcessMemory(os.getpid())
    yield memory
    memory.close()


def _own_counter(memory: ProcessMemory, loop: _Loop) -> CallbackCounter:
    interpreter = inspect_interpreter(sys.executable)
    assert interpreter is not None
    layout = layout_of(interpreter).deque
    assert layout is not None
    counter = CallbackCounter.find(memory, layout, id(loop))
    assert counter is not None
    assert counter.begun() == NO_CALLBACKS
    return counter


@pytest.mark.parametrize(
    ("changes", "begun"),
    [("", 0), ("a", 0), ("aaaa", 0), ("p", 1), ("ap", 1), ("appp", 3), ("aapaap", 2), ("pppp", 4), ("ap" * 1000 + "a" * 7, 1000)],
    ids=["nothing", "a", "aaaa", "p", "ap", "appp", "aapaap", "pppp", "many"],
)
def test_what_is_planned_is_not_begun(own_memory: ProcessMemory, changes: str, begun: int) -> None:
    """Each pop (`p`) is one callback begun, each append (`a`) none, however full the queue is when it is looked at."""
    loop = _Loop()
    counter = _own_counter(own_memory, loop)
    for change in changes:
        if change == "a":
            loop.ready.append(0)
        else:
            loop.ready.popleft()
    assert counter.begun() == begun


def test_a_loop_that_has_another_queue_is_gone(own_memory: ProcessMemory) -> None:
    """The old one may live on elsewhere: it is not the loop's any more."""
    loop = _Loop()
    counter = _own_counter(own_memory, loop)
    old, loop.ready = loop.ready, deque(range(4))
    assert counter.begun() == NO_CALLBACKS
    assert counter.gone
    assert len(old) == 4


@pytest.mark.parametrize("address", [0, 0x7FFF_0000_0000, 1 << 62])
def test_there_is_no_counter_where_there_is_no_loop(address: int) -> None:
    with _program("3.11") as program:
        layout = layout_of(interpreter_of("3.11")[1]).deque
        assert layout is not None
        memory = ProcessMemory(program.target.pid)
        assert CallbackCounter.find(memory, layout, address) is None
        memory.close()
