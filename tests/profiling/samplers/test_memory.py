"""Another process's memory and maps: a read that fails gives nothing and harms nobody."""

import ctypes
import os
import subprocess
import sys
from collections import OrderedDict, deque
from collections.abc import Iterator

import pytest

from conc_advisor.profiling.samplers.memory import ProcessMemory, file_base
from conc_advisor.profiling.samplers.procfs import maps

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")


@pytest.fixture
def memory() -> Iterator[ProcessMemory]:
    """Return our own memory, seen as another's would be."""
    found = ProcessMemory(os.getpid())
    yield found
    found.close()


def test_bytes_and_words_are_those_at_the_address(memory: ProcessMemory) -> None:
    buffer = (ctypes.c_uint64 * 3)(7, 1 << 63, 9)
    address = ctypes.addressof(buffer)
    assert memory.read(address, 24) == bytes(buffer)
    assert memory.word(address + 8) == 1 << 63
    assert memory.words(address, 3) == (7, 1 << 63, 9)


def test_text_ends_at_its_zero(memory: ProcessMemory) -> None:
    buffer = ctypes.create_string_buffer(b"deque\0and more")
    assert memory.text(ctypes.addressof(buffer)) == "deque"


@pytest.mark.parametrize(
    ("instance", "name"), [(deque(), "collections.deque"), (OrderedDict(), "collections.OrderedDict"), ([], "list"), (deque, "type")]
)
def test_the_type_of_an_object_is_named(memory: ProcessMemory, instance: object, name: str) -> None:
    assert memory.type_name(id(instance)) == name


@pytest.mark.parametrize("address", [0, 8, -8, 0xFFFF, 1 << 47, 1 << 63, 1 << 70, 0x10000])
def test_a_wild_address_gives_nothing(memory: ProcessMemory, address: int) -> None:
    assert memory.read(address, 8) == b""
    assert memory.word(address) is None
    assert memory.words(address, 4) == ()
    assert memory.text(address) == ""
    assert memory.type_name(address) == ""


def test_an_ended_process_gives_nothing() -> None:
    child = subprocess.Popen(["sleep", "60"])
    memory = ProcessMemory(child.pid)
    [line] = [line for line in maps(child.pid) if line.endswith("[stack]")]
    address = int(line.split("-")[0], 16)
    child.kill()
    child.wait()
    assert memory.read(address, 8) == b""
    assert maps(child.pid) == []
    assert file_base(child.pid, "/bin/sleep") is None
    assert ProcessMemory.open(child.pid) is None
    memory.close()


def test_a_file_is_loaded_at_its_lowest_address() -> None:
    [program] = {line.split(None, 5)[5] for line in maps(os.getpid()) if line.endswith(os.path.realpath("/proc/self/exe"))}
    starts = [int(line.split("-")[0], 16) for line in maps(os.getpid()) if line.endswith(program)]
    assert file_base(os.getpid(), program) == min(starts)


@pytest.mark.parametrize("path", ["/no/such/library.so", "[heap]x", "sleep"])
def test_a_file_that_is_not_loaded_has_no_address(path: str) -> None:
    assert file_base(os.getpid(), path) is None
