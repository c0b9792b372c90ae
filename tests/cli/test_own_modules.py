"""The program's PYTHONPATH is the program's: what lies there does not shadow what we import."""

import os
import sys
from pathlib import Path

import pytest
from conftest import Command

BROKEN = ("typer", "click", "rich", "msgspec")


@pytest.fixture
def shadows(workplace: Path) -> Path:
    """Return a folder with modules called as ours are, which do not even load, and one that only the program has."""
    folder = workplace / "modules"
    folder.mkdir()
    for name in BROKEN:
        (folder / f"{name}.py").write_text("raise RuntimeError('the module of the program')")
    (folder / "of_the_program.py").write_text("WORDS = 'found'")
    return folder


APP = f"""
import os, sys
import of_the_program
print(os.environ["PYTHONPATH"], of_the_program.WORDS, sys.path[1:3])
for name in {BROKEN}:
    try:
        __import__(name)
    except RuntimeError as error:
        print(name, error)
"""


@pytest.mark.real
def test_a_program_whose_modules_are_called_as_ours_is_profiled(conc_advisor: Command, workplace: Path, shadows: Path) -> None:
    """And still has its own, in the order that it gave."""
    (workplace / "app.py").write_text(APP)
    path = os.pathsep.join([str(shadows), "/no/such"])
    answer = conc_advisor("profile", "--python", sys.executable, "app.py", PYTHONPATH=path)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines() == [
        f"{path} found {[str(shadows), '/no/such']}",
        *(f"{name} the module of the program" for name in BROKEN),
    ]
    assert "How sure are we" in answer.stderr


@pytest.mark.parametrize("before", ["{folder}", "{folder}/", ":{folder}:", "/no/such:{folder}", "modules"])
def test_our_own_modules_are_found_however_the_folder_is_written(
    conc_advisor: Command, workplace: Path, shadows: Path, before: str
) -> None:
    """Relative, with a slash at its end, among others."""
    assert shadows.parent == workplace
    answer = conc_advisor("--version", PYTHONPATH=before.format(folder=shadows))
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_path_that_we_ourselves_are_found_by_stays(conc_advisor: Command) -> None:
    """Who runs us from a checkout names its folder there."""
    here = Path(__file__).parents[2]
    answer = conc_advisor("--version", PYTHONPATH=str(here))
    assert (answer.returncode, answer.stderr) == (0, "")
