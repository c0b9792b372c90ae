"""Whether a template fits, and what is told where it does not."""

from pathlib import Path

import pytest
from template_builder import manifest, user_project, write_template

from conc_advisor.errors import RefusedError
from conc_advisor.scaffolding.catalogue import Templates
from conc_advisor.scaffolding.fitting import Missing, check_python, install_commands, missing, run_prefix
from conc_advisor.scaffolding.manifest import read_manifest
from conc_advisor.scaffolding.project import Tool

BOTH = Missing(packages=("httpx>=0.27", "numpy"), test_packages=("pytest>=8",))


def templates(root: Path, older: str = "", related: str = "[]") -> Templates:
    """Return `new`, which needs 3.13, with `mid` (3.11) and `old` (3.9)."""
    texts = {
        "new": manifest(older, python='">=3.13"', related=related),
        "mid": manifest(python='">=3.11"'),
        "old": manifest(python='">=3.9"'),
    }
    return Templates(by_name={name: read_manifest(write_template(root, name, text=text) / "template.toml") for name, text in texts.items()})


@pytest.mark.parametrize("python", ["", ">=3.13", ">=3.14", "*", "nonsense"])
def test_what_fits_or_is_not_known_is_not_refused(tmp_path: Path, python: str) -> None:
    """A project that does not say which Python it supports may be any."""
    known = templates(tmp_path / "t")
    project = user_project(tmp_path / "p", {"pyproject.toml": f'[project]\nrequires-python = "{python}"\n'})
    check_python(known.find("new"), project, known)


@pytest.mark.parametrize(
    ("older", "related", "hint"),
    [
        ('[older]\n"3.9" = "old"\n"3.11" = "mid"\n', "[]", "mid runs on it: conc-advisor scaffold mid"),
        ('[older]\n"3.9" = "old"\n', "[]", "old runs on it: conc-advisor scaffold old"),
        ('[older]\n"3.9" = "use janus"\n', '["old"]', "use janus; the nearest that runs on it: old"),
        ('[older]\n"3.9" = "use janus"\n', "[]", "use janus"),
        ('[older]\n"3.12" = "mid"\n', '["nowhere", "mid"]', "the nearest that runs on it: mid"),
        ("", "[]", "no template near it runs on that Python"),
    ],
)
def test_a_python_that_is_too_old_is_refused_with_the_nearest(tmp_path: Path, older: str, related: str, hint: str) -> None:
    """What the manifest says for that version, else a related template that runs on it."""
    known = templates(tmp_path / "t", older, related)
    project = user_project(tmp_path / "p", {"pyproject.toml": '[project]\nrequires-python = ">=3.11"\n'})
    with pytest.raises(RefusedError, match=r"new needs Python 3\.13, and the project supports 3\.11") as error:
        check_python(known.find("new"), project, known)
    assert error.value.hint == hint


@pytest.mark.parametrize(
    ("tool", "commands"),
    [
        (Tool.UV, ["uv add httpx>=0.27 numpy", "uv add --dev pytest>=8"]),
        (Tool.POETRY, ["poetry add httpx>=0.27 numpy", "poetry add --group dev pytest>=8"]),
        (Tool.PDM, ["pdm add httpx>=0.27 numpy", "pdm add --dev pytest>=8"]),
        (Tool.PIP, ["pip install httpx>=0.27 numpy pytest>=8"]),
    ],
)
def test_what_is_missing_is_added_by_the_tool_in_use(tool: Tool, commands: list[str]) -> None:
    """Code and tests apart where the tool keeps them apart."""
    assert [" ".join(words) for words in install_commands(BOTH, tool)] == commands


@pytest.mark.parametrize("tool", list(Tool))
def test_nothing_missing_needs_no_command(tool: Tool) -> None:
    """Nor does what only one side needs call for two."""
    assert install_commands(Missing(packages=(), test_packages=()), tool) == []
    assert len(install_commands(Missing(packages=(), test_packages=("pytest",)), tool)) == 1
    assert run_prefix(tool) == ([] if tool is Tool.PIP else [tool.value, "run"])


def test_what_is_declared_is_not_missing(tmp_path: Path) -> None:
    """In whatever version; and without a test nothing is needed for it."""
    known = templates(tmp_path / "t")
    bare = user_project(tmp_path / "p", {"setup.py": ""})
    full = user_project(tmp_path / "q", {"requirements.txt": "pytest==7\n"})
    assert missing(known.find("old"), bare, with_tests=True).test_packages == ("pytest>=8",)
    assert missing(known.find("old"), bare, with_tests=False).test_packages == ()
    assert missing(known.find("old"), full, with_tests=True).test_packages == ()
