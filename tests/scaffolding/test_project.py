"""What is seen of the user's project."""

from pathlib import Path, PurePosixPath

import pytest
from template_builder import user_project

from conc_advisor.errors import UsageError
from conc_advisor.scaffolding.declared import normalised
from conc_advisor.scaffolding.project import Layout, Tool, find_root, look_at
from conc_advisor.scaffolding.python_range import is_readable, lowest_python

POETRY = '[tool.poetry]\nname = "x"\npackages = [{include = "p", from = "code"}]\n'
HATCH = '[tool.hatch.build.targets.wheel]\npackages = ["{}"]\n'
NAMED = '[project]\nname = "my-pkg"\n'


@pytest.mark.parametrize(
    ("files", "layout", "package"),
    [
        ({"pyproject.toml": NAMED, "src/my_pkg/__init__.py": ""}, Layout.SRC, "src/my_pkg"),
        ({"pyproject.toml": NAMED, "my_pkg/__init__.py": "", "tests/__init__.py": ""}, Layout.FLAT, "my_pkg"),
        ({"setup.py": "", "thing/__init__.py": "", "docs/__init__.py": ""}, Layout.FLAT, "thing"),
        ({"setup.cfg": "[metadata]\nname = two\n", "one/__init__.py": "", "two/__init__.py": ""}, Layout.FLAT, "two"),
        ({"setup.py": "from setuptools import setup\nsetup(name='b')", "a/__init__.py": "", "b/__init__.py": ""}, Layout.FLAT, "b"),
        ({"pyproject.toml": NAMED, "src/a/__init__.py": "", "src/b/__init__.py": ""}, Layout.SRC, None),
        ({"pyproject.toml": '[project]\nname = "ns.deep"\n', "src/ns/deep/__init__.py": ""}, Layout.SRC, "src/ns/deep"),
        ({"pyproject.toml": '[project]\nname = "ns-deep"\n', "ns/deep/x.py": ""}, Layout.FLAT, "ns/deep"),
        ({"pyproject.toml": NAMED, "my_pkg/x.py": ""}, Layout.FLAT, "my_pkg"),
        ({"setup.py": "import setuptools\nsetuptools.setup(package_dir={'': 'lib'})", "lib/p/__init__.py": ""}, Layout.SRC, "lib/p"),
        ({"setup.cfg": "[options]\npackage_dir =\n    = code\n", "code/p/__init__.py": ""}, Layout.SRC, "code/p"),
        ({"pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["code"]\n', "code/p/__init__.py": ""}, Layout.SRC, "code/p"),
        ({"pyproject.toml": POETRY, "code/p/a.py": ""}, Layout.SRC, "code/p"),
        ({"pyproject.toml": HATCH.format("src/q"), "src/q/a.py": "", "src/r/__init__.py": ""}, Layout.SRC, "src/q"),
        ({"pyproject.toml": HATCH.format("../q"), "p/__init__.py": ""}, Layout.FLAT, "p"),
        ({"a.py": "", "b.py": ""}, Layout.SCRIPTS, None),
        ({"pyproject.toml": NAMED, "src/my_pkg.py": ""}, Layout.SCRIPTS, None),
        ({".git/HEAD": ""}, Layout.SCRIPTS, None),
    ],
)  # fmt: skip
def test_layouts(tmp_path: Path, files: dict[str, str | bytes], layout: Layout, package: str | None) -> None:
    """Of packages as they are found in the wild."""
    project = user_project(tmp_path / "p", files)
    assert (project.layout, project.package) == (layout, None if package is None else PurePosixPath(package))


@pytest.mark.parametrize(
    ("files", "tests"),
    [
        ({"pyproject.toml": NAMED, "src/my_pkg/__init__.py": ""}, "tests"),
        ({"setup.py": "", "p/__init__.py": "", "test/x.py": ""}, "test"),
        ({"setup.py": "", "p/__init__.py": "", "p/tests/__init__.py": ""}, "p/tests"),
        ({"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["t/tests"]\n', "p/__init__.py": "", "t/tests/x.py": ""}, "t/tests"),
        ({"tox.ini": "[pytest]\ntestpaths = testing\n", "setup.py": "", "p/__init__.py": "", "testing/x.py": ""}, "testing"),
        ({"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["../tests"]\n', "p/__init__.py": ""}, "tests"),
        ({"a.py": ""}, "."),
        ({"a.py": "", "tests/x.py": ""}, "tests"),
    ],
)
def test_the_folder_of_the_tests(tmp_path: Path, files: dict[str, str | bytes], tests: str) -> None:
    """The one there is, else the one to make; beside the modules where there is no package."""
    assert user_project(tmp_path / "p", files).tests == PurePosixPath(tests)


@pytest.mark.parametrize(
    ("files", "python"),
    [
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.9"\n'}, ">=3.9"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.10"\n'}, "^3.10"),
        ({"setup.cfg": "[options]\npython_requires = >=3.8\n"}, ">=3.8"),
        ({"setup.py": "PY = '>=3.7'\nsetup(python_requires=PY)\n"}, ">=3.7"),
        ({"setup.py": "setup(python_requires=compute())\n"}, ""),
        ({"setup.py": "setup(\n"}, ""),
        ({"pyproject.toml": "[project]\nrequires-python = 3.9\n"}, ""),
        ({"setup.cfg": "no section = 1"}, ""),
        ({"setup.py": b"\xff\xfe"}, ""),
    ],
)
def test_what_is_said_of_python(tmp_path: Path, files: dict[str, str | bytes], python: str) -> None:
    """By any of the files that say it; nothing is run to find out."""
    assert user_project(tmp_path / "p", files).python == python


def test_a_setup_file_is_not_run(tmp_path: Path) -> None:
    """Whatever it would do."""
    marker = tmp_path / "was-run"
    user_project(tmp_path / "p", {"setup.py": f"open({str(marker)!r}, 'w')\nsetup(name='x')\n", "x/__init__.py": "1 / 0\n"})
    assert not marker.exists()


@pytest.mark.parametrize(
    ("specifier", "lowest"),
    [
        (">=3.9", (3, 9)),
        (">=3.9.2,<3.13", (3, 9)),
        (">= 3.10, != 3.10.*, < 4", (3, 11)),
        (">=3.10,!=3.10.1", (3, 10)),
        ("~=3.10", (3, 10)),
        ("~=3.10.2", (3, 10)),
        ("==3.11.*", (3, 11)),
        ("^3.10", (3, 10)),
        ("~3.9", (3, 9)),
        ("^3.9 || ^3.12", (3, 9)),
        ("3.12", (3, 12)),
        (">3.8", (3, 8)),
        (">=2.7,!=3.0.*,!=3.1.*", (3, 2)),
        (">=3", (3, 0)),
        ("<3.12,>=3.11", (3, 11)),
        ("*", None),
        ("", None),
        ("whatever", None),
        (">=4", None),
        ("<3.14", None),
        ("<=3.13", None),
        ("!=3.9", None),
        ("!=3.9.*,<4", None),
        ("^3.12 || <3.14", None),
        ("<4,>=3", (3, 0)),
        (">=2.7", (3, 0)),
    ],
)
def test_the_lowest_python(specifier: str, lowest: tuple[int, int] | None) -> None:
    """The one that some release of is allowed; None where nothing is said that can be read, or nothing of a lowest one."""
    assert lowest_python(specifier) == lowest


@pytest.mark.parametrize(
    ("specifier", "readable"),
    [("", True), ("*", True), ("<3.14", True), (">=3.9,<4", True), ("^3.9 || 3.12.*", True), ("garbage", False), (">=3.9,garbage", False)],
)
def test_what_can_be_read_of_a_range(specifier: str, *, readable: bool) -> None:
    """What says nothing is no garbage."""
    assert is_readable(specifier) is readable


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "[project]\ndependencies = [\"HTTPX[http2]>=0.27; python_version>'3'\"]\n"},
        {"pyproject.toml": '[project.optional-dependencies]\nx = ["httpx"]\n'},
        {"pyproject.toml": '[dependency-groups]\ndev = ["httpx~=0.27", {include-group = "x"}]\n'},
        {"pyproject.toml": '[tool.poetry.dependencies]\nhttpx = "^0.27"\n'},
        {"pyproject.toml": '[tool.poetry.group.dev.dependencies]\nhttpx = "*"\n'},
        {"pyproject.toml": '[tool.pdm.dev-dependencies]\nt = ["httpx"]\n'},
        {"setup.cfg": "[options]\ninstall_requires =\n    six\n    httpx>=0.27\n"},
        {"setup.cfg": "[options.extras_require]\ndev =\n    httpx\n"},
        {"setup.py": "setup(install_requires=['httpx>=0.27'])"},
        {"setup.py": "setup(extras_require={'t': ['httpx']})"},
        {"requirements-dev.txt": "# httpx is not this line\n-r x.txt\nhttpx==0.27  # pinned\n"},
    ],
)
def test_dependencies_are_found_wherever_they_stand(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    """By name, in PyPI's form; versions are for the installer."""
    project = user_project(tmp_path / "p", files)
    assert project.has("httpx>=1")
    assert not project.has("httpcore")


def test_names_of_packages_have_one_form() -> None:
    """As PEP 503 has it."""
    assert {normalised(name) for name in ("Py_Test", "py.test>=8", " py--test [x]")} == {"py-test"}
    assert normalised("-r other.txt") == ""


@pytest.mark.parametrize(
    ("files", "tool"),
    [
        ({"pyproject.toml": ""}, Tool.PIP),
        ({"uv.lock": "", "pyproject.toml": "[tool.poetry]\n"}, Tool.UV),
        ({"poetry.lock": "", "pyproject.toml": ""}, Tool.POETRY),
        ({"pdm.lock": "", "pyproject.toml": ""}, Tool.PDM),
        ({"pyproject.toml": "[tool.uv]\n"}, Tool.UV),
        ({"pyproject.toml": "[tool.poetry]\n"}, Tool.POETRY),
        ({"requirements.txt": "x"}, Tool.PIP),
    ],
)
def test_the_tool_in_use(tmp_path: Path, files: dict[str, str | bytes], tool: Tool) -> None:
    """Its lock file says more than its settings."""
    assert user_project(tmp_path / "p", files).tool is tool


def test_a_member_of_a_workspace_has_the_tool_of_the_workspace(tmp_path: Path) -> None:
    """Its lock file lies above, within the repository."""
    user_project(tmp_path / "w", {".git/HEAD": "", "uv.lock": "", "member/pyproject.toml": "", "other/setup.py": ""})
    assert look_at(tmp_path / "w/member").tool is Tool.UV


def test_the_project_is_found_from_a_folder_below(tmp_path: Path) -> None:
    """The nearest one; a folder without any is its own."""
    user_project(tmp_path / "p", {"pyproject.toml": "", "inner/setup.py": "", "inner/a/b/x.py": "", "c/x.py": ""})
    assert find_root(tmp_path / "p/inner/a/b") == tmp_path / "p/inner"
    assert find_root(tmp_path / "p/c") == tmp_path / "p"
    assert find_root(tmp_path) == tmp_path


def test_a_broken_project_file_is_an_error(tmp_path: Path) -> None:
    """Guessing on would put files in the wrong place."""
    with pytest.raises(UsageError, match=r"pyproject\.toml is not valid TOML"):
        user_project(tmp_path / "p", {"pyproject.toml": "[project"})


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """Is no project."""
    with pytest.raises(UsageError, match="is not a folder"):
        look_at(tmp_path / "nowhere")
