"""Which interpreter runs the user's programs."""

import os
import sys
from pathlib import Path

import pytest

from conc_advisor.errors import TargetError, UsageError
from conc_advisor.interpreter_search import choose_interpreter, interpreter_path

PYTHON = Path(sys.executable)


def _environment(folder: Path) -> Path:
    """Make what looks like a virtual environment and return its interpreter."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    return python


class TestInterpreter:
    """`--python`, else the active environment's, else that of `.venv`, else ours."""

    def test_each_comes_before_the_next(self, tmp_path: Path) -> None:
        assert choose_interpreter(None, environ={}, folder=tmp_path) == PYTHON
        local = _environment(tmp_path / ".venv")
        assert choose_interpreter(None, environ={}, folder=tmp_path) == local
        active = _environment(tmp_path / "active")
        environ = {"VIRTUAL_ENV": str(tmp_path / "active"), "PATH": os.environ["PATH"]}
        assert choose_interpreter(None, environ=environ, folder=tmp_path) == active
        assert choose_interpreter(PYTHON, environ=environ, folder=tmp_path) == PYTHON

    @pytest.mark.parametrize("active", ["", "/no/such/environment"])
    def test_an_environment_that_is_not_there_is_passed_over(self, tmp_path: Path, active: str) -> None:
        local = _environment(tmp_path / ".venv")
        assert choose_interpreter(None, environ={"VIRTUAL_ENV": active}, folder=tmp_path) == local

    def test_an_environment_whose_python_cannot_run_is_passed_over(self, tmp_path: Path) -> None:
        _environment(tmp_path / ".venv").chmod(0o644)
        assert choose_interpreter(None, environ={}, folder=tmp_path) == PYTHON

    def test_its_link_is_kept(self, tmp_path: Path) -> None:
        """A virtual environment's Python is a link; followed, it would lose its packages."""
        link = tmp_path / ".venv" / "bin" / "python"
        link.parent.mkdir(parents=True)
        link.symlink_to(PYTHON)
        assert choose_interpreter(None, environ={}, folder=tmp_path) == link

    def test_a_name_is_looked_for_on_path(self, tmp_path: Path) -> None:
        python = _environment(tmp_path)
        named = python.rename(python.with_name("python3.9"))
        assert choose_interpreter(Path("python3.9"), environ={"PATH": str(named.parent)}) == named

    @pytest.mark.parametrize("name", ["no-such-python", "/no/such/python", "."])
    def test_one_that_cannot_be_run_is_refused(self, name: str) -> None:
        with pytest.raises(TargetError, match="is not a program") as caught:
            choose_interpreter(Path(name), environ={"PATH": "/usr/bin"})
        assert "--python" in caught.value.hint

    def test_a_path_that_is_typed_is_not_looked_for_on_path(self, workplace: Path) -> None:
        """`./python` is here, `python` is wherever PATH says."""
        python = _environment(workplace / "env")
        (workplace / "python").symlink_to(python)
        assert choose_interpreter(interpreter_path("./python"), environ={"PATH": "/nowhere"}) == workplace / "python"
        assert choose_interpreter(interpreter_path("env/bin/python"), environ={"PATH": "/nowhere"}) == python
        assert interpreter_path("python3.12") == Path("python3.12")
        with pytest.raises(TargetError, match="is not a program"):
            choose_interpreter(interpreter_path("./other"), environ={"PATH": str(python.parent)})

    def test_nothing_is_no_interpreter(self) -> None:
        with pytest.raises(UsageError, match="--python is given nothing"):
            interpreter_path("")
