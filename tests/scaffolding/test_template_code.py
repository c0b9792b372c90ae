"""The code of a user's template: what is wrong with it is told when the templates are read."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from template_builder import CODE, manifest, user_project, write_template

from conc_advisor.errors import UsageError
from conc_advisor.scaffolding.catalogue import load_templates
from conc_advisor.scaffolding.generate import Wishes, generate

NEWER = manifest(python=f'">=3.{sys.version_info[1] + 1}"')


def linked(path: Path) -> None:
    """Put a link to something else in the place of a file."""
    (path.parent / "notes.txt").write_text("hello\n")
    path.unlink()
    path.symlink_to("notes.txt")


@pytest.mark.parametrize("file", ["adder.py", "test_adder.py"])
@pytest.mark.parametrize(
    ("break_it", "expected"),
    [
        (lambda path: path.write_text("x = 1\ndef f(:\n"), r"expected code that Python 3\.\d+ reads: .*, line 2"),
        (lambda path: path.write_bytes(b"# caf\xe9\n"), "expected text in UTF-8; byte 5 is not"),
        (lambda path: path.write_bytes(b"x = 1\0\n"), r"expected code that Python 3\.\d+ reads: .*null"),
        (lambda path: path.write_text(f"x = {'-' * 100_000}1\n"), r"expected code that Python 3\.\d+ reads: "),
        (linked, "expected a Python file, not a link to .*notes.txt"),
    ],
)
def test_what_is_not_python_names_the_file_and_what_was_expected(
    tmp_path: Path, file: str, break_it: Callable[[Path], None], expected: str
) -> None:
    """Before anything is done with it."""
    path = write_template(tmp_path) / file
    break_it(path)
    with pytest.raises(UsageError, match=f"^{path}: {expected}"):
        load_templates([tmp_path])


def test_a_page_that_is_not_text(tmp_path: Path) -> None:
    """Is told before somebody wants to read it, whatever Python the code needs."""
    path = write_template(tmp_path, text=NEWER) / "README.md"
    path.write_bytes(b"# \xff\n")
    with pytest.raises(UsageError, match=f"^{path}: expected text in UTF-8; byte 2 is not"):
        load_templates([tmp_path])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """Is told as such."""
    path = write_template(tmp_path) / "adder.py"
    path.chmod(0)
    with pytest.raises(UsageError, match=f"cannot read {path}: Permission denied"):
        load_templates([tmp_path])


@pytest.mark.parametrize("code", [CODE, "", "# nothing\n", f"{CODE}x = '\\d'\n", CODE.replace("\n", "\r\n")])
def test_python_is_accepted(tmp_path: Path, code: str) -> None:
    """With whatever it would warn of."""
    write_template(tmp_path, text=manifest(""), files={"adder.py": code})
    assert load_templates([tmp_path]).find("adder").modules == ("adder.py",)


def test_a_link_to_python_is_accepted(tmp_path: Path) -> None:
    """Templates may share their code."""
    path = write_template(tmp_path) / "adder.py"
    path.rename(tmp_path / "shared.py")
    path.symlink_to(tmp_path / "shared.py")
    assert load_templates([tmp_path]).find("adder").source("adder.py") == CODE


def test_a_name_that_is_nowhere_in_the_code(tmp_path: Path) -> None:
    """Is a mistake of the manifest, also where nobody asks for it."""
    write_template(tmp_path, text=manifest('[names]\nadd_up = "a"\nsubtract = "b"\n'))
    with pytest.raises(
        UsageError, match=f"^names in {tmp_path}/adder/template.toml: expected names that adder.py defines, not 'subtract'$"
    ):
        load_templates([tmp_path])


@pytest.mark.parametrize("code", ["class A:\n    def add_up(self): ...\n", "if 1:\n    add_up = 1\n", "async def add_up(): ...\n"])
def test_a_name_that_is_somewhere_in_the_code(tmp_path: Path, code: str) -> None:
    """Be it a method, a function or a value."""
    write_template(tmp_path, text=manifest('[names]\nadd_up = "a"\n'), files={"adder.py": code})
    assert set(load_templates([tmp_path]).find("adder").names) == {"add_up"}


def test_what_needs_a_newer_python_stops_nobody_until_it_is_wanted(tmp_path: Path) -> None:
    """Its syntax may be one that this Python does not know."""
    path = write_template(tmp_path / "t", text=NEWER, files={"adder.py": "new syntax\n"}) / "adder.py"
    template = load_templates([tmp_path / "t"]).find("adder")
    with pytest.raises(UsageError, match=f"^{path}: expected code that Python"):
        generate(template, user_project(tmp_path / "p"), Wishes())
