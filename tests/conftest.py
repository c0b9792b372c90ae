"""Keeps every test away from the user's own state, colours and GitHub job."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cache folder of the programs that tests start: one for all, so that it is warm for most."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def costs_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own calibration out of each test: a machine that was calibrated answers with other sizes."""
    folder = tmp_path_factory.mktemp("costs")
    monkeypatch.setattr("conc_advisor.costs.store.costs_folder", lambda: folder)
    return folder


@pytest.fixture(autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a state folder of its own and an environment that asks for nothing."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_STEP_SUMMARY", "VIRTUAL_ENV"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run the test in an empty folder, where no pyproject.toml of ours is near."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def conc_advisor(workplace: Path, cache_home: Path) -> Command:
    """Return a function that runs the real program as a process of its own, in the empty folder."""

    def command(*words: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "conc_advisor", *words],
            cwd=workplace,
            env={**os.environ, "XDG_CACHE_HOME": str(cache_home), **changes},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return command
