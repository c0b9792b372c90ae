"""Whether a template fits, and what is told where it does not."""

from pathlib import Path

import pytest
from template_builder import manifest, user_project, write_template

from conc_advisor.errors import RefusedError
from conc_advisor.scaffolding.catalogue import Template, Templates
from conc_advisor.scaffolding.fitting import Missing, check_python, install_commands, missing, python_note, run_prefix, too_old
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


@pytest.mark.parametrize("python", ["", ">=3.13", ">=3.14", "*", "nonsense", "<3.14", "!=3.9", "<4,!=3.9.*"])
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


@pytest.mark.parametrize(
    ("python", "note"),
    [
        (">=3.13", ""),
        ("<3.15,>=3.13", ""),
        ("", "the project does not say which Python it supports; this needs 3.13"),
        ("<3.14", "requires-python = '<3.14' does not say which Python 3 is the lowest; this needs 3.13"),
        ("!=3.9", "requires-python = '!=3.9' does not say which Python 3 is the lowest; this needs 3.13"),
        ("garbage", "warning: requires-python = 'garbage' cannot be read, so no Python was ruled out; this needs 3.13"),
    ],
)
def test_a_lowest_python_that_is_not_known_is_told(tmp_path: Path, python: str, note: str) -> None:
    """One line, and none where it is known."""
    project = user_project(tmp_path / "p", {"pyproject.toml": f'[project]\nrequires-python = "{python}"\n'})
    assert python_note(templates(tmp_path / "t").find("new"), project) == note


def needing(root: Path, package: str) -> Template:
    """Return a template that needs a package."""
    return read_manifest(write_template(root, "needy", text=manifest(packages=f'["{package}"]')) / "template.toml")


@pytest.mark.parametrize(
    ("needed", "line", "declared"),
    [
        ("httpx>=0.27", "httpx>=0.20", "httpx>=0.20"),
        ("httpx>=0.27", "httpx[http2] >= 0.9, <1 ; python_version > '3'", "httpx[http2] >= 0.9, <1 ; python_version > '3'"),
        ("httpx>=0.27", "HTTPX==0.26.9  # pinned", "HTTPX==0.26.9  # pinned"),
        ("httpx>=0.27", "httpx (~=0.25)", "httpx (~=0.25)"),
        ("h2>=4.1", "h2>=4", "h2>=4"),
        ("distributed>=2024.1", "distributed>2023.12.1", "distributed>2023.12.1"),
    ],
)
def test_a_lower_bound_that_is_too_old_is_told(tmp_path: Path, needed: str, line: str, declared: str) -> None:
    """The package is not missing, and yet what is installed may not do."""
    project = user_project(tmp_path / "p", {"requirements.txt": f"{line}\n"})
    template = needing(tmp_path / "t", needed)
    assert too_old(template, project, with_tests=False) == [(declared, needed)]
    assert missing(template, project, with_tests=False).packages == ()


@pytest.mark.parametrize(
    "value", ['"^0.20"', '"0.26"', '{version = "~0.20", optional = true}', '[{version = ">=0.20"}, {version = "^0.21"}]']
)
def test_a_lower_bound_of_poetry_that_is_too_old_is_told(tmp_path: Path, value: str) -> None:
    """In each of its forms."""
    project = user_project(tmp_path / "p", {"pyproject.toml": f"[tool.poetry.dependencies]\nhttpx = {value}\n"})
    assert len(too_old(needing(tmp_path / "t", "httpx>=0.27"), project, with_tests=False)) == 1


@pytest.mark.parametrize(
    ("needed", "lines"),
    [
        ("httpx>=0.27", "httpx>=0.27"),
        ("httpx>=0.27", "httpx>=0.27.0,<1"),
        ("httpx>=0.27.0", "httpx~=0.27"),
        ("httpx>=0.27", "httpx==1.0"),
        ("httpx>=0.27", "httpx"),
        ("httpx>=0.27", "httpx<1,!=0.20"),
        ("httpx>=0.27", "httpx; python_version >= '0.1'"),
        ("httpx>=0.27", "httpx @ https://example.org/httpx-0.1.zip"),
        ("httpx>=0.27", "httpx>=0.20\nhttpx==0.28"),
        ("httpx>=0.27", "httpcore>=0.1"),
        ("httpx", "httpx>=0.1"),
        ("httpx<2", "httpx>=0.1"),
        ("numpy>=1.26", "numpy>=1.100"),
    ],
)
def test_a_lower_bound_that_will_do_is_not_told(tmp_path: Path, needed: str, lines: str) -> None:
    """Nor what has none: an installer takes the newest there is."""
    project = user_project(tmp_path / "p", {"requirements.txt": f"{lines}\n"})
    assert too_old(needing(tmp_path / "t", needed), project, with_tests=False) == []


def test_what_only_the_test_needs_counts_with_the_test(tmp_path: Path) -> None:
    """As what is missing does."""
    project = user_project(tmp_path / "p", {"requirements.txt": "pytest==7\n"})
    template = templates(tmp_path / "t").find("old")
    assert too_old(template, project, with_tests=True) == [("pytest==7", "pytest>=8")]
    assert too_old(template, project, with_tests=False) == []
