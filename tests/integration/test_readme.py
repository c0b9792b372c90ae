"""The two commands of the README are run as they stand there: the first here, the second by `.ci/run`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRY, TEST = re.findall(r"^    (python3 -m venv .*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.real
@pytest.mark.timeout(400)
def test_the_first_command_works_in_a_fresh_checkout(tmp_path: Path) -> None:
    """From nothing but a Python with venv to a verdict."""
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "dist", "build"))
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    # python3 is the interpreter that these tests run on, not whichever the machine has.
    path = f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}"
    for _ in range(3):
        answer = subprocess.run(
            ["sh", "-c", TRY],
            cwd=checkout,
            env={**environ, "PATH": path, "XDG_STATE_HOME": str(tmp_path / "state")},
            capture_output=True,
            text=True,
            check=False,
        )
        if "machine was too busy" not in answer.stderr:
            break
    assert answer.returncode == 0, answer.stderr
    assert "gil-bound" in answer.stderr
    assert "found " in answer.stdout


def test_the_second_command_is_what_ci_runs() -> None:
    """Word for word, on a line of its own; running it here would run this very test again."""
    assert TEST in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert TEST.endswith("/pytest")
