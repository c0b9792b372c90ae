"""Differences that git takes."""

import subprocess
from pathlib import Path, PurePosixPath

import pytest
from template_builder import SRC_PROJECT, adder, planned, tree, user_project

from conc_advisor.patch import unified
from conc_advisor.scaffolding.apply import apply
from conc_advisor.scaffolding.diff import git_diff
from conc_advisor.scaffolding.generate import Role, Wishes
from conc_advisor.scaffolding.plan import FileAction, Verb

HOSTILE = ["a b.py", 'a"b.py', "a\\b.py", "größe.py", "tab\there.py", "e\x1b[2J.py", " b.py", "ünd so.py"]
CONTENTS = [b"", b"x = 1\n", b"x = 1", b"x = 1\r\ny\r\n", b"\xff\xfe\n\x0c\n", "a\u2028b\n".encode(), b"a\rb\n"]


def git(folder: Path, *words: str, given: bytes = b"") -> None:
    """Run git in a folder; it has to succeed."""
    answer = subprocess.run(["git", *words], cwd=folder, input=given, capture_output=True, check=False)
    assert answer.returncode == 0, answer.stderr.decode("utf-8", "replace")


def action(path: str, content: bytes, before: bytes | None) -> FileAction:
    """Return an action that writes."""
    verb = Verb.CREATE if before is None else Verb.OVERWRITE
    return FileAction(path=PurePosixPath(path), role=Role.CODE, verb=verb, content=content, before=before)


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("before", [None, *CONTENTS])
def test_git_apply_gives_the_same_file(tmp_path: Path, before: bytes | None, content: bytes) -> None:
    """Byte for byte, whatever is in it."""
    if before == content:
        assert git_diff(action("x.py", content, before)) == b""
        return
    git(tmp_path, "init", "-q")
    if before is not None:
        (tmp_path / "x.py").write_bytes(before)
    git(tmp_path, "apply", given=git_diff(action("x.py", content, before)))
    assert (tmp_path / "x.py").read_bytes() == content


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("before", [None, b"old\n"])
def test_names_are_quoted_as_git_does(tmp_path: Path, name: str, before: bytes | None) -> None:
    """Spaces, quotes, control characters, other alphabets."""
    git(tmp_path, "init", "-q")
    (tmp_path / "d").mkdir()
    if before is not None:
        (tmp_path / "d" / name).write_bytes(before)
    git(tmp_path, "apply", given=git_diff(action(f"d/{name}", b"new\n", before)))
    assert (tmp_path / "d" / name).read_bytes() == b"new\n"


@pytest.mark.parametrize("in_repository", [True, False])
def test_the_difference_of_a_plan_does_what_writing_it_does(tmp_path: Path, *, in_repository: bool) -> None:
    """New folders, an empty `__init__.py` and a file that is overwritten included."""
    files: dict[str, str | bytes] = {**SRC_PROJECT, "tests/test_adder.py": b"# mine\r\n"}
    one, other = (user_project(tmp_path / name, files) for name in ("one", "other"))
    template = adder(tmp_path / "t")
    wishes = Wishes(folder=PurePosixPath("src/my_pkg/new"), names={"add_up": "plus"})
    plan = planned(template, one, wishes).all_decided(Verb.OVERWRITE)
    apply(plan, one.root)
    if in_repository:
        git(other.root, "init", "-q")
    git(other.root, "apply", given=b"".join(map(git_diff, plan.actions)))
    assert {path: each for path, each in tree(other.root).items() if path.parts[0] != ".git"} == tree(one.root)


def test_what_is_not_written_makes_no_difference(tmp_path: Path) -> None:
    """Identical files, skipped ones and open conflicts."""
    project = user_project(tmp_path / "p", {**SRC_PROJECT, "tests/test_adder.py": "mine"})
    plan = planned(adder(tmp_path / "t"), project)
    assert [bool(git_diff(each)) for each in plan.actions] == [True, False]
    assert [bool(git_diff(each)) for each in plan.all_decided(Verb.SKIP).actions] == [True, False]


def test_equal_contents_have_no_hunks() -> None:
    """Not even the names."""
    assert unified(b"x\n", b"x\n", old="a", new="b") == b""
