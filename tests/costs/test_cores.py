"""How many cores may be used."""

import os
from pathlib import Path

import pytest

from conc_advisor.costs.measuring import cores
from conc_advisor.costs.measuring.cores import cgroup_quota, usable_cores


def groups(root: Path, **files: str) -> Path:
    """Write files of control groups, `__` standing for a slash, and return their root."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("cpu_max", "cpu.max").replace("cpu_cfs", "cpu.cfs")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def quota(root: Path, membership: str = "0::/\n") -> float | None:
    """Return the quota of a process in these groups."""
    file = root / "membership"
    file.write_text(membership)
    return cgroup_quota(str(root), str(file))


def test_a_container_sees_its_quota_at_the_root(tmp_path: Path) -> None:
    assert quota(groups(tmp_path, cpu_max="150000 100000\n")) == 1.5


def test_the_tightest_of_nested_groups_counts(tmp_path: Path) -> None:
    root = groups(tmp_path, slice__cpu_max="200000 100000\n", slice__job__cpu_max="50000 100000\n", slice__other__cpu_max="1000 100000\n")
    assert quota(root, "0::/slice/job\n") == 0.5


def test_version_1_says_it_in_two_files(tmp_path: Path) -> None:
    root = groups(tmp_path, cpu__docker__x__cpu_cfs_quota_us="300000\n", cpu__docker__x__cpu_cfs_period_us="100000\n")
    assert quota(root, "5:memory:/elsewhere\n4:cpu,cpuacct:/docker/x\n") == 3.0


@pytest.mark.parametrize("text", ["max 100000\n", "", "max\n", "1 2 3\n", "-1 100000\n", "100000 0\n", "many some\n", "\x00\xff"])
def test_no_limit_and_nonsense_are_none(tmp_path: Path, text: str) -> None:
    assert quota(groups(tmp_path, cpu_max=text)) is None


def test_minus_one_is_no_limit_in_version_1(tmp_path: Path) -> None:
    assert quota(groups(tmp_path, cpu__cpu_cfs_quota_us="-1\n", cpu__cpu_cfs_period_us="100000\n"), "4:cpu:/\n") is None


@pytest.mark.parametrize("membership", ["", "\n", "0\n", "0::\n", "::::\n", "0::/../../..\n"])
def test_a_strange_membership_is_survived(tmp_path: Path, membership: str) -> None:
    assert quota(groups(tmp_path, cpu_max="100000 100000\n"), membership) in {1.0, None}


def test_without_control_groups_there_is_no_quota(tmp_path: Path) -> None:
    assert cgroup_quota(str(tmp_path / "none"), str(tmp_path / "nothing")) is None


@pytest.mark.parametrize(("given", "usable"), [(None, 8), (0.5, 1), (1.5, 2), (3.0, 3), (64.0, 8)])
def test_a_quota_counts_as_whole_cores(monkeypatch: pytest.MonkeyPatch, given: float | None, usable: int) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(cores, "affinity", lambda: None)
    monkeypatch.setattr(cores, "process_cpu_count", lambda: None)
    monkeypatch.setattr(cores, "cgroup_quota", lambda: given)
    assert usable_cores() == usable


def test_the_least_of_all_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(cores, "affinity", lambda: 6)
    monkeypatch.setattr(cores, "process_cpu_count", lambda: 4)
    monkeypatch.setattr(cores, "cgroup_quota", lambda: 5.0)
    assert usable_cores() == 4


def test_an_unknown_machine_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    for name in ("affinity", "process_cpu_count", "cgroup_quota"):
        monkeypatch.setattr(cores, name, lambda: None)
    assert usable_cores() == 1


def test_here_it_is_what_the_kernel_says() -> None:
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
