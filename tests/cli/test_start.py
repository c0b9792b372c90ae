"""The program begins where an interrupt is heeded, however early it comes."""

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from conc_advisor.__main__ import main
from conc_advisor.errors import ExitCode

ROOT = Path(__file__).parents[2]
LOADED = "conc_advisor.cli.app"


class Interrupting:
    """Finds no module, and is interrupted over one."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:  # noqa: ARG002  # as it is called
        """Raise `KeyboardInterrupt`."""
        if name == LOADED:
            raise KeyboardInterrupt


def test_an_interrupt_while_the_program_is_loaded_ends_it_as_one_later_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a traceback."""
    monkeypatch.delitem(sys.modules, LOADED, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    assert main() == ExitCode.INTERRUPTED


def test_otherwise_the_exit_code_is_the_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it is."""
    monkeypatch.setattr(sys, "argv", ["conc-advisor", "--no-such-option"])
    assert main() == ExitCode.USAGE
    assert "--no-such-option" in capsys.readouterr().err


def test_the_installed_program_begins_there() -> None:
    """Not in a module that has to be loaded first."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"conc-advisor": "conc_advisor.__main__:main"}
