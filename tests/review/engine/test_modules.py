"""Modules have the names that other files import them by."""

from pathlib import Path

import pytest
from project_builder import write_project

from conc_advisor.review.engine.modules import ModuleName, module_names


def names(root: Path, *files: str, roots: tuple[str, ...] = (".",)) -> list[str]:
    """Return the names of the modules in some files, which are written first."""
    write_project(root, dict.fromkeys(files, ""))
    return [each.name for each in module_names([root / file for file in files], [root / each for each in roots])]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (("app.py",), "app"),
        (("pkg/app.py", "pkg/__init__.py"), "pkg.app"),
        (("pkg/__init__.py",), "pkg"),
        (("pkg/__main__.py", "pkg/__init__.py"), "pkg.__main__"),
        (("pkg/sub/app.py", "pkg/__init__.py", "pkg/sub/__init__.py"), "pkg.sub.app"),
        (("src/pkg/app.py", "src/pkg/__init__.py"), "pkg.app"),
        (("src/app.py",), "app"),
        (("lib/pkg/app.py", "lib/pkg/__init__.py"), "pkg.app"),
        (("google/cloud/storage/blob.py", "google/cloud/storage/__init__.py"), "google.cloud.storage.blob"),
        (("src/ns/pkg/app.py", "src/ns/pkg/__init__.py"), "ns.pkg.app"),
        (("tasks/mail.py",), "tasks.mail"),
        (("my-service/app.py",), "app"),
        (("my-service/pkg/app.py", "my-service/pkg/__init__.py"), "pkg.app"),
        (("services/billing/app/db.py", "services/billing/requirements.txt", "services/billing/app/__init__.py"), "app.db"),
        (("backend/shop/views.py", "backend/manage.py", "backend/shop/__init__.py"), "shop.views"),
        (("my-plugin/sensor.py", "my-plugin/__init__.py"), "my-plugin.sensor"),
        (("script",), "script"),
        (("odd.name.py",), "odd_name"),
    ],
)
def test_a_file_is_named_as_it_is_imported(tmp_path: Path, files: tuple[str, ...], name: str) -> None:
    """By packages, source folders, namespaces and what lies beside it."""
    assert names(tmp_path, *files)[0] == name


def test_a_package_is_known_above_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    """Its modules import each other by the whole name."""
    write_project(tmp_path, {"pkg/__init__.py": "", "pkg/sub/__init__.py": ""})
    assert names(tmp_path, "pkg/sub/app.py", roots=("pkg/sub",)) == ["pkg.sub.app"]


def test_a_folder_that_was_asked_for_is_where_imports_begin(tmp_path: Path) -> None:
    """Unless it is a package."""
    assert names(tmp_path, "tools/tasks/mail.py", roots=("tools",)) == ["tasks.mail"]


def test_no_two_modules_have_one_name(tmp_path: Path) -> None:
    """The second one gets a name that nothing imports."""
    assert names(tmp_path, "a-1/conftest.py", "a-2/conftest.py", "a-3/conftest.py") == ["conftest", "conftest#2", "conftest#3"]


def test_only_an_init_file_is_a_package(tmp_path: Path) -> None:
    """It decides what a relative import counts from."""
    write_project(tmp_path, {"pkg/__init__.py": "", "pkg/a.py": ""})
    assert module_names([tmp_path / "pkg/__init__.py", tmp_path / "pkg/a.py"], [tmp_path]) == [
        ModuleName(name="pkg", package=True),
        ModuleName(name="pkg.a", package=False),
    ]


def test_a_name_that_is_no_text_has_a_printable_form(tmp_path: Path) -> None:
    """It is sent between processes and written to a file."""
    assert names(tmp_path, "\udcff.py") == ["-udcff"]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("h (copy).py", "h--copy-"),
        ("[id].py", "-id-"),
        ("a{b}<c>,d.py", "a-b--c--d"),
        ("p (2)/__init__.py", "p--2-"),
        ("x#2.py", "x-2"),
        ("नमस्ते.py", "नमस्ते"),
        ("my-script.py", "my-script"),
    ],
)
def test_a_name_holds_nothing_that_paths_of_expressions_are_made_of(tmp_path: Path, file: str, name: str) -> None:
    """Nor anything that would let it be taken for a second module of a name; what an import can name stays."""
    assert names(tmp_path, file) == [name]
