"""What a build of CPython is asked once, against what live processes of it say of themselves."""

import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from live_targets import LiveTarget, every_python, interpreter_of, layout_of

from conc_advisor.profiling.samplers.layout import inspect_interpreter
from conc_advisor.profiling.samplers.memory import ProcessMemory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What `tests/targets/insides.py` prints."""

    state: int
    ident: int
    native_id: int
    deque: int
    size: int
    changes: int


@every_python
def test_thread_ids_stand_where_the_layout_says(version: str) -> None:
    """The thread state of a live process holds its own ids at the offsets found in another process of the same build."""
    python, interpreter = interpreter_of(version)
    layout = layout_of(interpreter)
    with LiveTarget("insides.py", python=python) as target:
        facts = target.hear_json(_Facts)
        memory = ProcessMemory(target.pid)
        assert layout.thread_id is not None
        assert layout.pthread_tid is not None
        assert memory.word(facts.state + layout.thread_id) == facts.ident
        assert int.from_bytes(memory.read(facts.ident + layout.pthread_tid, 4), "little") == facts.native_id
        if layout.native_thread_id is None:
            assert version in {"3.9", "3.10"}
        else:
            assert memory.word(facts.state + layout.native_thread_id) == facts.native_id
        memory.close()


@every_python
def test_a_deque_counts_its_changes_where_the_layout_says(version: str) -> None:
    """The length follows appends and pops; the counter goes up at each of them."""
    python, interpreter = interpreter_of(version)
    deque = layout_of(interpreter).deque
    assert deque is not None
    with LiveTarget("insides.py", python=python) as target:
        before = target.hear_json(_Facts)
        memory = ProcessMemory(target.pid)
        count = memory.word(before.deque + deque.changes)
        assert memory.word(before.deque + deque.size) == before.size
        target.say("aaaapappp")
        after = target.hear_json(_Facts)
        assert after.size == before.size + 1
        assert memory.word(after.deque + deque.size) == after.size
        assert count is not None
        assert memory.word(after.deque + deque.changes) == count + 9 == count + after.changes - before.changes
        memory.close()


@every_python
def test_an_interpreter_says_what_it_is(version: str) -> None:
    _, interpreter = interpreter_of(version)
    assert interpreter.implementation == "cpython"
    assert interpreter.version.startswith(f"{version}.")
    assert not interpreter.free_threaded
    assert Path(interpreter.library, "threading.py").exists()


def test_the_same_build_is_found_again_and_again(tmp_path: Path) -> None:
    """Two questions, each of a process of its own, give the same distances."""
    first, second = (inspect_interpreter(sys.executable, cache=tmp_path / name) for name in ("one", "two"))
    assert first is not None
    assert first == second


def test_an_answer_is_remembered(tmp_path: Path) -> None:
    """The second question is not asked: what stands in the cache is believed."""
    inspect_interpreter(sys.executable, cache=tmp_path)
    [entry] = tmp_path.iterdir()
    remembered = msgspec.json.decode(entry.read_bytes())
    remembered["interpreter"]["version"] = "0.0.1"
    entry.write_bytes(msgspec.json.encode(remembered))
    found = inspect_interpreter(sys.executable, cache=tmp_path)
    assert found is not None
    assert found.version == "0.0.1"


def test_a_library_that_was_replaced_is_asked_about_again(tmp_path: Path) -> None:
    """The program may stay the same file where its libpython does not."""
    found = inspect_interpreter(sys.executable, cache=tmp_path)
    [entry] = tmp_path.iterdir()
    remembered = msgspec.json.decode(entry.read_bytes())
    remembered["interpreter"]["version"], remembered["stamp"] = "0.0.1", "1|2|3"
    entry.write_bytes(msgspec.json.encode(remembered))
    assert inspect_interpreter(sys.executable, cache=tmp_path) == found


@pytest.mark.parametrize("content", [b"", b"{", b'{"interpreter": 3}', b"\xff\xfe"])
def test_a_damaged_answer_is_asked_for_again(tmp_path: Path, content: bytes) -> None:
    found = inspect_interpreter(sys.executable, cache=tmp_path)
    [entry] = tmp_path.iterdir()
    good = entry.read_bytes()
    entry.write_bytes(content)
    assert inspect_interpreter(sys.executable, cache=tmp_path) == found
    assert entry.read_bytes() == good


def test_another_build_at_the_same_path_is_another_interpreter(tmp_path: Path) -> None:
    """A Python that was replaced where it stands is asked anew."""
    program = _program(tmp_path, "exit 1")
    assert inspect_interpreter(str(program), cache=tmp_path / "cache") is None
    answer = '{"implementation": "pypy", "version": "3.10.1", "free_threaded": false, "library": "/x", "layout": null}'
    _program(tmp_path, f"echo '{answer}'")
    found = inspect_interpreter(str(program), cache=tmp_path / "cache")
    assert found is not None
    assert (found.implementation, found.layout) == ("pypy", None)
    _program(tmp_path, "echo and now for something longer")
    assert inspect_interpreter(str(program), cache=tmp_path / "cache") is None


@pytest.mark.parametrize("body", ["exit 3", "echo", "echo '{}'", "echo '[1]'", "kill -9 $$"])
def test_a_program_that_does_not_answer_as_a_python_is_none(tmp_path: Path, body: str) -> None:
    """And nothing is remembered of it."""
    cache = tmp_path / "cache"
    assert inspect_interpreter(str(_program(tmp_path, body)), cache=cache) is None
    assert not cache.exists()


def test_a_program_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert inspect_interpreter(str(tmp_path / "python"), cache=tmp_path / "cache") is None


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert inspect_interpreter(sys.executable, cache=blocked / "cache") is not None


def _program(folder: Path, body: str) -> Path:
    program = folder / "fake-python"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return program
