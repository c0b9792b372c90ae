"""Which files are read, what they are for, and what is left out and why."""

import os
from pathlib import Path
from typing import Any

import pytest
from project_builder import scan_project, write_project

from conc_advisor.errors import TargetError
from conc_advisor.findings import Confidence
from conc_advisor.scanning.coverage import is_partial, unseen
from conc_advisor.scanning.evidence import evidence_of
from conc_advisor.scanning.file_names import as_on_disk, printable
from conc_advisor.scanning.inventory import Part, Skipped
from conc_advisor.scanning.scan import scan
from conc_advisor.scanning.walk import find_files, part_of
from conc_advisor.workload import Factor


def read(root: Path) -> list[str]:
    """Return the names of the files that are read."""
    return [file.shown for file in find_files([root]).files]


@pytest.mark.parametrize(
    "name",
    [
        *(".git/hook.py", ".venv/lib/x.py", ".hidden/x.py", "node_modules/x.py", "__pycache__/x.py", "build/lib/x.py", "dist/x.py"),
        *("pkg.egg-info/x.py", "venv/lib/python3.12/site-packages/x.py", "notes.txt", "x.pyc", "x.pyi"),
    ],
)
def test_what_is_no_source_of_the_project_is_not_read(tmp_path: Path, name: str) -> None:
    """And nothing is said of it: everybody expects it."""
    write_project(tmp_path, {"app.py": "", name: ""})
    found = find_files([tmp_path])
    assert [file.shown for file in found.files] == ["app.py"]
    assert found.skipped == []


@pytest.mark.parametrize("name", ["src/build/__init__.py", "env/settings.py", "venv.py", "package/_core.py", "vendors/list.py"])
def test_what_only_looks_like_it_is_read(tmp_path: Path, name: str) -> None:
    """A package may be called build, and a folder env."""
    write_project(tmp_path, {name: ""})
    assert read(tmp_path) == [name]


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_an_environment_is_known_by_what_is_in_it(tmp_path: Path, mark: str) -> None:
    """Whatever its name is."""
    write_project(tmp_path, {"app.py": "", f"myenv/{mark}": "", "myenv/lib/x.py": ""})
    assert read(tmp_path) == ["app.py"]


def test_code_of_others_is_left_out_and_said(tmp_path: Path) -> None:
    """It is not how the project itself works."""
    write_project(tmp_path, {"app.py": "", "pkg/_vendor/threads.py": ""})
    found = find_files([tmp_path])
    assert [file.shown for file in found.files] == ["app.py"]
    assert found.skipped == [Skipped(file="pkg/_vendor", why="code of others that is carried along")]


def test_notebooks_are_counted_and_skipped(tmp_path: Path) -> None:
    """Their code is not read yet."""
    inventory = scan_project(tmp_path, {"a.ipynb": "{}", "b/c.ipynb": "{}"})
    assert inventory.notebooks == 2
    assert {each.why for each in inventory.skipped} == {"a notebook: only counted"}


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ("generated/\n", ["app.py", "deep/app.py", "deep/generated.py"]),
        ("/app.py\n", ["deep/app.py", "deep/generated.py", "generated/x.py"]),
        ("app.py\n", ["deep/generated.py", "generated/x.py"]),
        ("*.py\n!deep/*.py\n", ["deep/app.py", "deep/generated.py"]),
        ("# app.py\n\n", ["app.py", "deep/app.py", "deep/generated.py", "generated/x.py"]),
        ("deep/**\n", ["app.py", "generated/x.py"]),
        ("[\n", ["app.py", "deep/app.py", "deep/generated.py", "generated/x.py"]),
    ],
)
def test_gitignore_is_read_as_git_reads_it(tmp_path: Path, ignore: str, left: list[str]) -> None:
    """Anchored, with stars, negated; comments and broken patterns ignore nothing."""
    write_project(tmp_path, {".gitignore": ignore, "app.py": "", "deep/app.py": "", "deep/generated.py": "", "generated/x.py": ""})
    assert read(tmp_path) == left


def test_the_nearest_gitignore_decides(tmp_path: Path) -> None:
    """It counts from its own folder."""
    files = {
        ".gitignore": "made.py\n",
        "made.py": "",
        "deep/.gitignore": "!made.py\n/own.py\n",
        "deep/made.py": "",
        "deep/own.py": "",
        "own.py": "",
    }
    write_project(tmp_path, files)
    assert sorted(read(tmp_path)) == ["deep/made.py", "own.py"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    """What lies in the project is read there, once; what lies outside is not the project's."""
    write_project(tmp_path / "outside", {"secret.py": "", "more/x.py": ""})
    root = write_project(tmp_path / "project", {"app.py": "", "pkg/a.py": ""})
    (root / "again").symlink_to(root, target_is_directory=True)
    (root / "copy.py").symlink_to(root / "app.py")
    (root / "pkg/loop").symlink_to("..", target_is_directory=True)
    (root / "away").symlink_to(tmp_path / "outside", target_is_directory=True)
    (root / "secret.py").symlink_to(tmp_path / "outside/secret.py")
    (root / "gone.py").symlink_to("nowhere.py")
    (root / "itself.py").symlink_to("itself.py")
    found = find_files([root])
    assert [file.shown for file in found.files] == ["app.py", "pkg/a.py"]
    assert {each.file: each.why for each in found.skipped} == {
        "away": "a link out of the scanned folder",
        "secret.py": "a link out of the scanned folder",
        "gone.py": "a link to nothing",
        "itself.py": "a link that cannot be followed",
    }


def test_a_linked_root_is_what_was_asked_for(tmp_path: Path) -> None:
    """Naming a link is meant."""
    write_project(tmp_path / "real", {"app.py": ""})
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    assert read(tmp_path / "link") == ["app.py"]


def test_a_pipe_called_like_source_is_not_opened(tmp_path: Path) -> None:
    """Opening it would wait for ever."""
    os.mkfifo(tmp_path / "pipe.py")
    assert find_files([tmp_path]).skipped == [Skipped(file="pipe.py", why="not a regular file")]


def test_a_folder_that_cannot_be_listed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is read."""
    write_project(tmp_path, {"app.py": "", "locked/x.py": ""})
    listing = os.scandir

    def guarded(path: Path) -> object:
        if path.name == "locked":
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr("conc_advisor.scanning.walk.os.scandir", guarded)
    found = find_files([tmp_path])
    assert [file.shown for file in found.files] == ["app.py"]
    assert found.skipped == [Skipped(file="locked", why="cannot be listed: Permission denied")]


def test_a_folder_that_cannot_be_listed_is_an_error_where_it_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing else to look at."""

    def forbidden(_: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("conc_advisor.scanning.walk.os.scandir", forbidden)
    with pytest.raises(TargetError, match=r"cannot read .*: Permission denied"):
        find_files([tmp_path])


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("new\nline.py", "new\\nline.py"),
        ("\x1b[31mred.py", "\\x1b[31mred.py"),
        ("\u202egnp.py", "\\u202egnp.py"),
        ("\udcff.py", "\\udcff.py"),
        ("größe.py", "größe.py"),
        ("[red].py", "[red].py"),
        ("\\x1b.py", "\\\\x1b.py"),
        ("\U000e0001\\\\\t\x07.py", "\\U000e0001\\\\\\\\\\t\\x07.py"),
    ],
)
def test_a_name_can_be_shown_whatever_it_holds(raw: str, shown: str) -> None:
    """Line breaks, escape codes, text that runs backwards, bytes that are no text; what can be printed stays."""
    assert printable(raw) == shown
    assert shown.isprintable()


@pytest.mark.parametrize(
    "raw", ["a\nb", "\x1b", "\\x1b", "\\\x1b", "\udcff", "\U000e0001", "plain/größe.py", "\\n", "\\", "\\\\", "\\u12", "\u2028"]
)
def test_no_two_names_are_shown_alike(raw: str) -> None:
    """What a program reads can be told from what is shown."""
    assert as_on_disk(printable(raw)) == raw


@pytest.mark.parametrize("shown", ["a\nb", "\x1b", "\\q", "\\U00ffffff", "\\xff\\", "C:\\Users"])
def test_what_was_never_escaped_does_no_harm(shown: str) -> None:
    """Names that others made up, or another system did."""
    assert as_on_disk(shown)


def test_hostile_names_reach_the_inventory_escaped(tmp_path: Path) -> None:
    """In places, in skipped files, in libraries."""
    files = {"a\x1b[2J\nb.py": "import requests, threading\nthreading.Thread()", "c\x1b.py": "x ="}
    (tmp_path / os.fsdecode(b"\xff.py")).write_text("import threading\nthreading.Thread()")
    inventory = scan_project(tmp_path, files)
    places = [place for model in inventory.models for place in model.first] + [place for use in inventory.libraries for place in use.first]
    names = [place.location.file for place in places]
    names += [each.file for each in inventory.skipped]
    assert sorted(set(names)) == ["\\udcff.py", "a\\x1b[2J\\nb.py", "c\\x1b.py"]


def test_a_file_can_be_named_itself(tmp_path: Path) -> None:
    """Whatever folder it lies in."""
    root = write_project(tmp_path, {"tests/test_app.py": "import threading\nthreading.Thread()"})
    inventory = scan([root / "tests/test_app.py"])
    assert inventory.read[Part.MAIN] == 1
    assert inventory.models[0].first[0].location.file == str(root / "tests/test_app.py")


def test_several_folders_keep_their_names(tmp_path: Path) -> None:
    """Otherwise two app.py could not be told apart."""
    write_project(tmp_path, {"a/app.py": "", "b/app.py": ""})
    found = find_files([tmp_path / "a", tmp_path / "b"])
    assert [file.shown for file in found.files] == [f"{tmp_path}/a/app.py", f"{tmp_path}/b/app.py"]


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """With its name, printable."""
    with pytest.raises(TargetError, match=r"there is no file or folder .*no\\nwhere"):
        scan([tmp_path / "no\nwhere"])


def test_an_empty_folder_has_nothing_to_say(tmp_path: Path) -> None:
    """That is an answer too."""
    inventory = scan([tmp_path])
    assert (inventory.files_read, inventory.models, inventory.libraries) == (0, (), ())
    assert inventory.main.because == "there is no code to read"


@pytest.mark.parametrize(
    ("below", "part"),
    [
        ("app.py", Part.MAIN),
        ("pkg/testing.py", Part.MAIN),
        ("pkg/testing/asserts.py", Part.MAIN),
        ("latest/app.py", Part.MAIN),
        ("contest.py", Part.MAIN),
        ("attest_x.py", Part.MAIN),
        ("pkg/scripts/run.py", Part.MAIN),
        ("documents/a.py", Part.MAIN),
        ("tests/data/x.py", Part.TESTS),
        ("pkg/tests/x.py", Part.TESTS),
        ("test_app.py", Part.TESTS),
        ("app_test.py", Part.TESTS),
        ("conftest.py", Part.TESTS),
        ("shop/tests.py", Part.TESTS),
        ("docs/conf.py", Part.AROUND),
        ("examples/a.py", Part.AROUND),
        ("benchmarks/a.py", Part.AROUND),
        ("setup.py", Part.AROUND),
        ("scripts/release.py", Part.AROUND),
    ],
)
def test_a_path_says_what_a_file_is_for(below: str, part: Part) -> None:
    """Whole names of folders and files count."""
    assert part_of(below, packaged=True) is part


def test_scripts_are_the_program_where_nothing_is_packaged() -> None:
    """Beside packaging metadata they are chores."""
    assert part_of("scripts/run.py", packaged=False) is Part.MAIN


def test_tests_are_main_where_there_is_nothing_else(tmp_path: Path) -> None:
    """Whoever scans a folder of tests asks about them."""
    inventory = scan_project(tmp_path, {"test_a.py": "import threading\nthreading.Thread()"})
    assert inventory.read[Part.MAIN] == 1


LONG = "x" * 300


def test_links_that_cannot_be_followed_are_skipped(tmp_path: Path) -> None:
    """In circles, to names longer than any, to nothing."""
    write_project(tmp_path, {"app.py": ""})
    for name, target in {"circle.py": "circle.py", "long.py": LONG, "gone.py": "nothing.py", "folder": LONG}.items():
        (tmp_path / name).symlink_to(target)
    inventory = scan([tmp_path])
    assert inventory.files_read == 1
    assert {each.file for each in inventory.skipped} == {"circle.py", "long.py", "gone.py"}


def test_a_link_that_may_not_be_looked_at_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of other people's processes in /proc."""
    write_project(tmp_path, {"app.py": ""})
    (tmp_path / "cwd").symlink_to("/")
    seen = os.stat

    def forbidden(path: Any, *args: Any, **named: Any) -> os.stat_result:  # noqa: ANN401  # as os.stat is called
        if str(path) == "/":
            raise PermissionError(13, "Permission denied", str(path))
        return seen(path, *args, **named)

    monkeypatch.setattr(os, "stat", forbidden)
    assert scan([tmp_path]).files_read == 1


def test_a_folder_that_may_not_be_entered_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps us out is said."""

    def forbidden(path: object, *_: object, **__: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "stat", forbidden)
    with pytest.raises(TargetError, match="Permission denied"):
        find_files([tmp_path / "closed" / "project"])


def test_a_name_longer_than_any_is_an_error(tmp_path: Path) -> None:
    """Not a crash."""
    with pytest.raises(TargetError, match="name too long"):
        scan([tmp_path / LONG])


@pytest.mark.parametrize("name", [".gitignore", "pyproject.toml", "setup.cfg", "setup.py", "PKG-INFO", "app.py", "a.ipynb"])
@pytest.mark.parametrize("kind", ["pipe", "endless"])
def test_only_regular_files_are_read(tmp_path: Path, name: str, kind: str) -> None:
    """A pipe without a writer and a device without an end keep nobody waiting."""
    write_project(tmp_path, {"module.py": ""})
    if kind == "pipe":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).symlink_to("/dev/zero")
    assert scan([tmp_path]).files_read == 1


def test_a_file_that_is_no_python_is_said_to_be_none(tmp_path: Path) -> None:
    """A script may have no ending."""
    write_project(tmp_path, {"notes.txt": "hello", "script": "import threading"})
    with pytest.raises(TargetError, match=r"notes\.txt is not Python source"):
        scan([tmp_path / "notes.txt"])
    assert scan([tmp_path / "script"]).files_read == 1


def test_folders_of_the_system_are_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have no end and no files."""
    write_project(tmp_path, {"proc/a.py": "", "app.py": ""})
    monkeypatch.setattr("conc_advisor.scanning.walk._NO_DISKS", (tmp_path / "proc",))
    assert read(tmp_path) == ["app.py"]
    assert find_files([tmp_path]).skipped == [Skipped(file="proc", why="a folder of the system")]


def test_a_whole_disk_comes_to_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many folders."""
    write_project(tmp_path, {f"{number}/app.py": "" for number in range(10)})
    monkeypatch.setattr("conc_advisor.scanning.walk.MAX_FOLDERS", 4)
    found = find_files([tmp_path])
    assert len(found.files) == 3
    assert "4 folders were enough" in found.skipped[-1].why


def test_ignored_files_are_counted(tmp_path: Path) -> None:
    """A folder is one."""
    write_project(tmp_path, {".gitignore": "a.py\nout/\n", "a.py": "", "out/x.py": "", "out/y.py": "", "app.py": ""})
    assert find_files([tmp_path]).ignored == 2


def test_what_was_not_read_is_told_by_reason(tmp_path: Path) -> None:
    """With how many; the reason of one file alone is left out."""
    files = {"old.py": 'print "x"', "broken.py": "def f(:", "worse.py": "x = = 1", "big.py": "#" * (1 << 20) + "\n", "app.py": ""}
    inventory = scan_project(tmp_path, files)
    said = unseen(inventory)
    assert said.startswith("Not read: not valid for Python 3.")
    assert all(each in said for each in ("(2)", "Python 2 code (1)", "larger than 1 MB (1)"))
    assert not is_partial(inventory)


def test_nothing_is_told_where_all_was_read(tmp_path: Path) -> None:
    """What git ignores is no news beside code."""
    inventory = scan_project(tmp_path, {"app.py": "", ".gitignore": "x.py", "x.py": ""})
    assert unseen(inventory) == ""
    assert not is_partial(inventory)


def test_where_nothing_was_read_everything_is_told(tmp_path: Path) -> None:
    """Also what is ignored."""
    assert unseen(scan_project(tmp_path, {".gitignore": "x.py", "x.py": ""})) == "Not read: ignored by git (1)."


def test_files_beyond_the_limit_are_counted_and_what_is_not_there_is_a_guess(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be a notebook in the rest."""
    for module in ("walk", "coverage"):
        monkeypatch.setattr(f"conc_advisor.scanning.{module}.MAX_FILES", 2)
    inventory = scan_project(tmp_path, {f"{number}.py": "x = 1" for number in range(5)})
    assert unseen(inventory).startswith("2 of 5 files were read")
    found = {each.factor: each.confidence for each in evidence_of(inventory)}
    assert found[Factor.NOTEBOOK] is Confidence.LOW
    assert found[Factor.EXISTING_LOOP] is Confidence.LOW


class TestIgnoredFromAbove:
    """Ignore files above the folder that is asked for count, up to the repository's root."""

    def repository(self, root: Path, ignore: str, **files: str) -> Path:
        """Return a repository with an ignore file, and source in `project/pkg`."""
        usual = {".git/HEAD": "", ".gitignore": ignore, "project/pkg/app.py": "", "project/pkg/made.py": "", "project/pkg/out/x.py": ""}
        return write_project(root, usual | files)

    @pytest.mark.parametrize(
        ("ignore", "left"),
        [
            ("made.py\n", ["app.py", "out/x.py"]),
            ("out/\n", ["app.py", "made.py"]),
            ("project/pkg/made.py\n", ["app.py", "out/x.py"]),
            ("/project/*/out\n", ["app.py", "made.py"]),
            ("/made.py\n", ["app.py", "made.py", "out/x.py"]),
            ("pkg/app.py\n", ["app.py", "made.py", "out/x.py"]),
            ("*.py\n!app.py\n", ["app.py"]),
        ],
    )
    def test_they_count_from_their_own_folder(self, tmp_path: Path, ignore: str, left: list[str]) -> None:
        """As git has it."""
        assert read(self.repository(tmp_path, ignore) / "project/pkg") == left

    def test_the_nearer_one_decides(self, tmp_path: Path) -> None:
        """Also against one further up."""
        root = self.repository(tmp_path, "*.py\n", **{"project/.gitignore": "!made.py\n", "project/pkg/.gitignore": "!out/x.py\n"})
        assert read(root / "project/pkg") == ["made.py", "out/x.py"]

    @pytest.mark.parametrize("ignore", ["pkg/\n", "/project\n", "project/pkg\n"])
    def test_what_is_ignored_itself_is_read_when_it_is_asked_for(self, tmp_path: Path, ignore: str) -> None:
        """Whoever names it wants to see it."""
        assert read(self.repository(tmp_path, ignore) / "project/pkg") == ["app.py", "made.py", "out/x.py"]

    def test_the_ignore_file_of_a_clone_counts(self, tmp_path: Path) -> None:
        """It is in no commit."""
        root = self.repository(tmp_path, "", **{".git/info/exclude": "out/\n"})
        assert read(root / "project/pkg") == ["app.py", "made.py"]
        assert read(root) == ["project/pkg/app.py", "project/pkg/made.py"]

    def test_what_lies_above_the_repository_does_not_count(self, tmp_path: Path) -> None:
        """Nor anything where there is no repository."""
        root = self.repository(tmp_path / "inner", "", **{"../.gitignore": "*.py\n"})
        assert len(read(root / "project")) == 3
        (root / ".git/HEAD").unlink()
        (root / ".git").rmdir()
        (root / ".gitignore").write_text("*.py\n")
        assert len(read(root / "project")) == 3


def test_what_the_user_excludes_is_left_out_and_counted(tmp_path: Path) -> None:
    """Folders and files below those that are asked for, not these themselves."""
    write_project(tmp_path, {"old/a.py": "", "old/b.py": "", "new/a.py": "", "c.py": ""})
    found = find_files([tmp_path], lambda path: path.name in {"old", "c.py"})
    assert [file.shown for file in found.files] == ["new/a.py"]
    assert (found.excluded, found.ignored) == (2, 0)
    assert len(find_files([tmp_path / "old"], lambda path: path.name == "old").files) == 2


def test_a_file_that_is_found_twice_is_read_once(tmp_path: Path) -> None:
    """Under its first name."""
    write_project(tmp_path, {"pkg/a.py": "", "pkg/b.py": "", "pkg/n.ipynb": ""})
    found = find_files([tmp_path / "pkg/a.py", tmp_path, tmp_path / "pkg"])
    assert [file.path.name for file in found.files] == ["a.py", "b.py"]
    assert found.files[0].shown == str(tmp_path / "pkg/a.py")
