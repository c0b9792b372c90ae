"""What the machine is and how busy others kept it."""

import os
import sys
from pathlib import Path

import pytest

from conc_advisor.profiling.samplers import machine
from conc_advisor.profiling.samplers.machine import MachineMeter, usable_cores

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads procfs")


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("max 100000", 8),
        ("150000 100000", 1),
        ("50000 100000", 1),
        ("200000 100000", 2),
        ("3200000 100000", 8),
        ("nonsense", 8),
        ("", 8),
    ],
)
def test_the_quota_of_the_control_group_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, cores: int) -> None:
    """Never more than by affinity, never less than one."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    monkeypatch.setattr(machine, "_CPU_MAX", file)
    assert usable_cores() == cores


def test_without_a_control_group_affinity_says_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "_CPU_MAX", tmp_path / "nothing")
    assert usable_cores() == len(os.sched_getaffinity(0))


class _Clock:
    """Stands for the kernel's counters: busy and all CPU seconds since the machine started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: tuple[float, float] | None = (100.0, 1000.0)
        monkeypatch.setattr(machine, "_busy_and_total", lambda: self.now)


@pytest.mark.parametrize(
    ("busy", "total", "known", "others"),
    [
        (0.0, 4.0, 0.0, 0.0),
        (2.0, 4.0, 2.0, 0.0),
        (2.0, 4.0, 2.5, 0.0),
        (2.0, 4.0, 1.0, 0.25),
        (4.0, 4.0, 0.0, 1.0),
        (9.0, 4.0, 0.0, 1.0),
    ],
)
def test_others_have_what_we_and_the_target_have_not(
    monkeypatch: pytest.MonkeyPatch, busy: float, total: float, known: float, others: float
) -> None:
    """A share of all cores, never below 0 or above 1."""
    clock = _Clock(monkeypatch)
    meter = MachineMeter()
    clock.now = (100.0 + busy, 1000.0 + total)
    assert meter.others_busy(known) == pytest.approx(others)


def test_too_short_a_time_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock(monkeypatch)
    meter = MachineMeter()
    clock.now = (100.2, 1000.2)
    assert meter.others_busy(0.0) is None


def test_counters_that_cannot_be_read_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock(monkeypatch)
    meter = MachineMeter()
    clock.now = None
    assert meter.others_busy(0.0) is None
    assert MachineMeter().others_busy(0.0) is None


def test_the_kernels_counters_are_read_in_seconds() -> None:
    """All CPU time of the machine is its age times its cores, about; iowait and idle are not busy."""
    found = machine._busy_and_total()
    assert found is not None
    busy, total = found
    age = float(Path("/proc/uptime").read_text().split()[0])
    assert 0 < busy <= total
    assert total == pytest.approx(age * (os.cpu_count() or 1), rel=0.25)
