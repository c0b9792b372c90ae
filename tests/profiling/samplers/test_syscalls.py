"""The table of system calls."""

import platform

import pytest

from conc_advisor.profiling.samplers.syscalls import Wait, syscall_table

MACHINES = ("x86_64", "aarch64")


@pytest.mark.parametrize("machine", MACHINES)
def test_no_call_means_two_things(machine: str) -> None:
    """Each number stands once: a number listed twice would silently have the later meaning."""
    from conc_advisor.profiling.samplers.syscalls import _TABLES  # noqa: PLC0415 - private to this law

    numbers = [number for group in _TABLES[machine].values() for number in group]
    assert len(numbers) == len(set(numbers)) == len(syscall_table(machine))


@pytest.mark.parametrize("machine", MACHINES)
def test_every_wait_of_the_kernel_has_a_call(machine: str) -> None:
    """All but those that are no call, or are told by something else than the call."""
    told_otherwise = {Wait.ON_CPU, Wait.GIL, Wait.PIPE, Wait.OTHER, Wait.ASLEEP}
    assert set(syscall_table(machine).values()) == set(Wait) - told_otherwise


@pytest.mark.parametrize(
    ("number", "wait"),
    [
        (b"0", Wait.ON_DESCRIPTOR),
        (b"7", Wait.SELECTOR),
        (b"23", Wait.SELECTOR),
        (b"35", Wait.SLEEP),
        (b"45", Wait.SOCKET),
        (b"61", Wait.CHILD),
        (b"73", Wait.FILE),
        (b"202", Wait.FUTEX),
        (b"219", Wait.RESTARTED),
        (b"230", Wait.SLEEP),
        (b"232", Wait.EPOLL),
    ],
)
def test_well_known_numbers_of_x86_64(number: bytes, wait: Wait) -> None:
    assert syscall_table("x86_64")[number] == wait


@pytest.mark.parametrize("machine", ["riscv64", "", "i686", "X86_64"])
def test_a_machine_that_is_not_known_has_no_table(machine: str) -> None:
    """Then nothing is claimed of a wait."""
    assert syscall_table(machine) == {}


def test_ours_is_the_default() -> None:
    assert syscall_table() == syscall_table(platform.machine())
