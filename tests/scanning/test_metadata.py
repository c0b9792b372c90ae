"""What a project says of itself, in any of the usual files."""

from pathlib import Path

import pytest
from project_builder import write_project

from conc_advisor.scanning.inventory import Metadata
from conc_advisor.scanning.metadata import lowest_python, package_name, read_metadata

PROJECTS: dict[str, dict[str, str | bytes]] = {
    "PEP 621": {"pyproject.toml": '[project]\nname = "shop"\nrequires-python = ">=3.9"\ndependencies = ["Requests>=2", "rich[x] ; os"]'},
    "poetry": {"pyproject.toml": '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\npython = "^3.9"\nrequests = "*"\nrich = "1"'},
    "setup.cfg": {
        "setup.cfg": "[metadata]\nname = shop\n[options]\npython_requires = ~=3.9\ninstall_requires =\n    requests>=2\n    rich\n"
    },
    "setup.py": {
        "setup.py": """
            import setuptools
            NAME = "shop"
            setuptools.setup(name=NAME, python_requires=">=3.9", install_requires=["requests", "rich"], version=version())
            """
    },
    "sdist": {
        "setup.py": "from setuptools import setup\nsetup(**read())",
        "PKG-INFO": "Metadata-Version: 2.1\nName: shop\nRequires-Python: >=3.9\nRequires-Dist: requests>=2\nRequires-Dist: rich\n"
        'Requires-Dist: pytest; extra == "test"\n\nName: other\n',
    },
}


@pytest.mark.parametrize("kind", PROJECTS)
def test_name_python_and_dependencies_are_found(tmp_path: Path, kind: str) -> None:
    """Wherever they stand."""
    said = read_metadata(write_project(tmp_path, PROJECTS[kind]))
    assert (said.name, said.lowest_python, said.dependencies) == ("shop", 9, ("requests", "rich"))
    assert said.file in PROJECTS[kind]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": "not = toml = at all"},
        {"pyproject.toml": b"\xff\xfe"},
        {"pyproject.toml": "project = 3"},
        {"pyproject.toml": "[project]\nname = 3\nrequires-python = [1]\ndependencies = 'x'"},
        {"pyproject.toml": "[tool.ruff]\nline-length = 140"},
        {"setup.cfg": "no section\n"},
        {"setup.cfg": "[options]\n"},
        {"setup.py": "print 'Python 2'"},
        {"setup.py": "setup(python_requires=compute(), name=f'{x}', install_requires=read())"},
        {"setup.py": "configure(name='x')"},
        {"PKG-INFO": b"\xff"},
        {"PKG-INFO": "Summary: x\n\nName: in the description\n"},
    ],
)
def test_what_says_nothing_is_no_answer(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    """Neither an error nor a guess."""
    said = read_metadata(write_project(tmp_path, files))
    assert (said.name, said.requires_python, said.lowest_python, said.dependencies) == (None, None, None, ())


def test_the_first_file_that_says_it_counts(tmp_path: Path) -> None:
    """pyproject.toml before setup.cfg; what one leaves out, the next may say."""
    files: dict[str, str | bytes] = {
        "pyproject.toml": "[project]\nname = 'a'",
        "setup.cfg": "[metadata]\nname = b\n[options]\npython_requires = >=3.10",
    }
    said = read_metadata(write_project(tmp_path, files))
    assert (said.name, said.lowest_python, said.file) == ("a", 10, "setup.cfg")


def test_a_packages_folder_belongs_to_its_project(tmp_path: Path) -> None:
    """Scanning src/shop asks about shop."""
    write_project(tmp_path, {"pyproject.toml": "[project]\nname = 'shop'", "src/shop/__init__.py": "", "src/shop/sub/__init__.py": ""})
    assert read_metadata(tmp_path / "src/shop/sub").name == "shop"


def test_another_folder_does_not(tmp_path: Path) -> None:
    """The project around it may be any."""
    write_project(tmp_path, {"pyproject.toml": "[project]\nname = 'shop'", "data/app.py": ""})
    assert read_metadata(tmp_path / "data") == Metadata()


@pytest.mark.parametrize(
    ("specifier", "minor"),
    [
        (">=3.9", 9),
        (">= 3.10.2", 10),
        ("~=3.8", 8),
        ("^3.11", 11),
        ("==3.12.*", 12),
        (">3.8", 9),
        (">3.8.1", 8),
        (">=3.9,<3.14", 9),
        ("<4,>=3.10", 10),
        (">=3.8, !=3.9.0, !=3.10.*", 8),
        ("3.11", 11),
        (">=2.7, !=3.0.*, !=3.1.*", None),
        ("<3.12", None),
        ("<=3.12", None),
        ("!=3.9", None),
        (">=3", None),
        ("*", None),
        ("", None),
        ("any", None),
    ],
)
def test_the_lowest_python_is_what_a_specifier_asks_for(specifier: str, minor: int | None) -> None:
    """Upper bounds and exclusions ask for nothing."""
    assert lowest_python(specifier) == minor


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("Foo-Bar", "foo-bar"),
        ("foo_bar>=1", "foo-bar"),
        (" a.b[x] ; os == 'x'", "a-b"),
        ("a @ git+https://x", "a"),
        ("git+https://x", ""),
        ("-r other.txt", ""),
        ("", ""),
    ],
)
def test_a_requirement_names_a_package(requirement: str, name: str) -> None:
    """As PyPI writes names."""
    assert package_name(requirement) == name
