"""Files that are whole or not there."""

import os
from pathlib import Path

import pytest

from conc_advisor.atomic import replace_file


@pytest.mark.parametrize("name", ["a.txt", "ü" * 120, "x" * 255])
def test_a_file_gets_its_content(tmp_path: Path, name: str) -> None:
    """A new one, then in its place another, and nothing else is left."""
    for content in (b"one", b"\x00two"):
        replace_file(tmp_path / name, content)
        assert (tmp_path / name).read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_permissions_are_those_asked_for(tmp_path: Path) -> None:
    """Those of a new file are the system's."""
    before = os.umask(0o027)
    try:
        replace_file(tmp_path / "a", b"")
        replace_file(tmp_path / "b", b"", mode=0o755)
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in "ab"] == [0o640, 0o755]


@pytest.mark.parametrize(("owner", "failing"), [(os, "fsync"), (Path, "replace")])
def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, failing: str) -> None:
    """And no part of what was to come; an interruption is no different."""

    def fail(*_words: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(owner, failing, fail)
    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "a", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"old")]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """What it led to stays."""
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    replace_file(tmp_path / "link", b"new")
    assert ((tmp_path / "real").read_bytes(), (tmp_path / "link").read_bytes()) == (b"old", b"new")
