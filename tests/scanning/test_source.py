"""What cannot be parsed is skipped, with the reason; what can be, is read however it is encoded."""

import codecs
from pathlib import Path

import pytest
from project_builder import scan_project

from conc_advisor.scanning.inventory import ModelKind
from conc_advisor.scanning.source import MAX_BYTES

UNREADABLE: dict[str, tuple[bytes, str]] = {
    "Python 2 print": (b'print "hello"\n', "Python 2 code (line 1)"),
    "Python 2 exec": (b"x = 1\nexec 'x'\n", "Python 2 code (line 2)"),
    "broken": (b"x = (\n", "not valid for Python 3."),
    "null bytes": (b"x = 1\0", "null bytes"),
    "UTF-16": ("x = 1".encode("utf-16"), "null bytes"),
    "not UTF-8": ('x = "é"'.encode("latin-1"), "does not decode"),
    "unknown encoding": (b"# coding: klingon\nx = 1", "does not decode: unknown encoding: klingon"),
    "too large": (b"x = 1\n" * (MAX_BYTES // 6 + 1), "larger than 1 MB"),
    "deep brackets": (b"[" * 50_000, "too many nested parentheses"),
}
DEEP: dict[str, bytes] = {
    "sum": b"x = " + b"1+" * 100_000 + b"1",
    "calls": b"x = a" + b"()" * 50_000,
    "attributes": b"x = a" + b".b" * 50_000,
    "minus": b"x = " + b"-" * 50_000 + b"1",
    "elif": b"if x: pass\n" + b"elif x: pass\n" * 20_000,
}
THREAD = "import threading\nthreading.Thread(name='{}')\n"
READABLE: dict[str, bytes] = {
    "latin-1 cookie": ("# -*- coding: latin-1 -*-\n" + THREAD.format("é")).encode("latin-1"),
    "byte order mark": codecs.BOM_UTF8 + THREAD.format("é").encode(),
    "carriage returns": THREAD.format("x").replace("\n", "\r\n").encode(),
    "invalid escape": (THREAD.format("x") + "y = '\\d'\n").encode(),
    "lone surrogate": (THREAD.format("x") + "y = '\\ud800'\n").encode(),
    "long list": (THREAD.format("x") + "y = [" + "1," * 50_000 + "]\n").encode(),
    "deep but possible": (THREAD.format("x") + "y = " + "[" * 80 + "]" * 80).encode(),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_parsed_is_skipped_and_why(tmp_path: Path, name: str) -> None:
    """The others are read all the same."""
    data, why = UNREADABLE[name]
    inventory = scan_project(tmp_path, {"bad.py": data, "good.py": THREAD})
    [skipped] = inventory.skipped
    assert skipped.file == "bad.py"
    assert why in skipped.why
    assert inventory.files_read == 1
    assert inventory.model(ModelKind.THREADS) is not None


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_deeply_breaks_nothing(tmp_path: Path, name: str) -> None:
    """How deep is too deep differs from Python to Python; the file is read or skipped, and the others are read."""
    inventory = scan_project(tmp_path, {"deep.py": DEEP[name], "good.py": THREAD})
    assert inventory.files_read + len(inventory.skipped) == 2
    assert all(each.why == "nested too deeply to parse" for each in inventory.skipped)
    assert inventory.model(ModelKind.THREADS) is not None


@pytest.mark.parametrize("name", READABLE)
def test_what_python_reads_is_read(tmp_path: Path, name: str) -> None:
    """Without a warning about somebody else's code."""
    inventory = scan_project(tmp_path, {"app.py": READABLE[name]})
    assert inventory.skipped == ()
    assert inventory.model(ModelKind.THREADS) is not None


def test_nothing_is_run(tmp_path: Path) -> None:
    """Neither the module nor setup.py."""
    trap = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
    scan_project(tmp_path, {"app.py": trap, "setup.py": f"{trap}from setuptools import setup\nsetup(name='x')", "conftest.py": trap})
    assert not (tmp_path / "ran").exists()
