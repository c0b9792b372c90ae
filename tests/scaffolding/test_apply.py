"""All of a plan is written, or nothing."""

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from failing_disk import FailingDisk
from template_builder import SRC_PROJECT, adder, planned, tree, user_project

from conc_advisor.errors import ProjectError, RefusedError
from conc_advisor.scaffolding.apply import apply
from conc_advisor.scaffolding.disk import Disk
from conc_advisor.scaffolding.generate import Role, Wishes
from conc_advisor.scaffolding.plan import FileAction, Plan, Verb
from conc_advisor.scaffolding.project import Project

NEW = Wishes(folder=PurePosixPath("src/my_pkg/deep/er"))
"""A place for which two folders have to be made."""


def mixed_plan(root: Path, project: Project) -> Plan:
    """Return a plan that makes folders and files and overwrites one."""
    (project.root / "tests/test_adder.py").write_text("# mine\n")
    return planned(adder(root / "templates"), project, NEW).all_decided(Verb.OVERWRITE)


CALLS = 25
"""More than `mixed_plan` takes; a test below holds that no call was left out."""


STAGING = 12
"""Calls before the first file gets its name: for each of four files create, write and sync, and two folders."""


def test_everything_is_written(tmp_path: Path) -> None:
    """Folders, files and an `__init__.py` for each folder that is new in the package; nothing else."""
    project = user_project(tmp_path / "p")
    before = set(tree(project.root))
    apply(planned(adder(tmp_path / "templates"), project, NEW), project.root)
    deep = PurePosixPath("src/my_pkg/deep")
    assert set(tree(project.root)) - before == {
        deep,
        deep / "__init__.py",
        deep / "er",
        deep / "er/__init__.py",
        deep / "er/adder.py",
        PurePosixPath("tests/test_adder.py"),
    }


def test_a_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    """Those that the user's umask leaves; nothing is executable."""
    project = user_project(tmp_path / "p")
    old = os.umask(0o027)
    try:
        apply(planned(adder(tmp_path / "templates"), project), project.root)
    finally:
        os.umask(old)
    assert (project.root / "src/my_pkg/adder.py").stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_overwritten_keeps_its_permissions(tmp_path: Path) -> None:
    """Whatever the umask."""
    project = user_project(tmp_path / "p")
    plan = mixed_plan(tmp_path, project)
    (project.root / "tests/test_adder.py").chmod(0o604)
    apply(plan, project.root)
    assert (project.root / "tests/test_adder.py").stat().st_mode & 0o777 == 0o604
    assert "add_up" in (project.root / "tests/test_adder.py").read_text()


def test_nothing_to_write_touches_nothing(tmp_path: Path) -> None:
    """Not even the disk is asked."""
    project = user_project(tmp_path / "p")
    template = adder(tmp_path / "templates")
    apply(planned(template, project), project.root)
    disk = FailingDisk(at=1)
    apply(planned(template, project), project.root, disk)
    assert disk.calls == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("at", range(1, CALLS))
def test_a_failure_at_any_call_leaves_all_as_it_was(tmp_path: Path, at: int, number: int) -> None:
    """Half-written files, new folders and the file that was overwritten included."""
    project = user_project(tmp_path / "p")
    plan = mixed_plan(tmp_path, project)
    before = tree(project.root)
    disk = FailingDisk(at=at, number=number)
    try:
        apply(plan, project.root, disk)
    except ProjectError as error:
        assert "nothing was written" in error.message  # noqa: PT017  # the other way out is tested below
        assert tree(project.root) == before
    else:
        assert disk.calls < at


def test_the_test_above_reaches_every_call(tmp_path: Path) -> None:
    """Without a failure there are fewer calls than it tries."""
    project = user_project(tmp_path / "p")
    disk = FailingDisk()
    apply(mixed_plan(tmp_path, project), project.root, disk)
    assert CALLS - 5 < disk.calls < CALLS


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("at", range(1, CALLS))
def test_an_interruption_at_any_call_is_all_or_nothing(tmp_path: Path, at: int, *, late: bool) -> None:
    """And who is told that nothing was written is told the truth."""
    project = user_project(tmp_path / "p")
    plan = mixed_plan(tmp_path, project)
    before = tree(project.root)
    disk = FailingDisk(at=at, event=lambda: os.kill(os.getpid(), signal.SIGINT), late=late)
    try:
        apply(plan, project.root, disk)
    except KeyboardInterrupt:
        assert tree(project.root) == before
    else:
        # An early one is heeded; a late one would have to undo what is all but done.
        assert at > STAGING
        after = tree(project.root)
        assert all(after[action.path] == action.content for action in plan.writes)
        assert not [path for path in after if path.name.startswith(".")]


@pytest.mark.parametrize("at", range(1, CALLS, 2))
def test_killed_outright_no_target_is_half_written(tmp_path: Path, at: int) -> None:
    """Each file has its old content or its new one, and a second run completes it."""
    project = user_project(tmp_path / "p")
    plan = mixed_plan(tmp_path, project)
    child = os.fork()
    if not child:
        apply(plan, project.root, FailingDisk(at=at, event=lambda: os.kill(os.getpid(), signal.SIGKILL)))
        os._exit(0)
    os.waitpid(child, 0)
    for action in plan.writes:
        path = project.root / action.path
        assert not path.exists() or path.read_bytes() in {action.before, action.content}
    again = planned(adder(tmp_path / "again"), user_project(tmp_path / "p", {}), NEW).all_decided(Verb.OVERWRITE)
    apply(again, project.root)
    assert all((project.root / action.path).read_bytes() == action.content for action in plan.actions)


def test_a_limit_on_file_size_leaves_nothing(tmp_path: Path) -> None:
    """As `ulimit -f` sets it: the real system call fails in the middle of a file."""
    project = user_project(tmp_path / "p")
    plan = planned(adder(tmp_path / "templates"), project)
    before = tree(project.root)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(ProjectError, match="nothing was written") as error:
            apply(plan, project.root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "ulimit" in error.value.hint
    assert tree(project.root) == before


@pytest.mark.real
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """A real one, of a few pages, in a namespace of its own."""
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from failing_disk import FailingDisk
from template_builder import adder, planned, tree, user_project
from conc_advisor.errors import ProjectError
from conc_advisor.scaffolding.apply import apply
root = Path("{tmp_path}/small")
project = user_project(root)
(root / "filler").write_bytes(b"x" * 8192)
plan = planned(adder(Path("{tmp_path}/templates"), files={{"adder.py": "x = 1\\n" * 6000}}), project)
before = tree(root)
try:
    apply(plan, root)
except ProjectError as error:
    print(error.message, "|", error.hint, "|", tree(root) == before)
"""
    (tmp_path / "small").mkdir()
    mount = f"mount -t tmpfs -o size=32k none {tmp_path}/small && exec {sys.executable} -c '{program.replace(chr(39), chr(34))}'"
    answer = subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True, text=True, check=False)
    if "unshare" in answer.stderr or "mount:" in answer.stderr:
        pytest.skip(f"no file system of one's own here: {answer.stderr.strip()}")
    assert "No space left on device" in answer.stdout, answer.stderr
    assert answer.stdout.strip().endswith("make room on the disk | True")


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    project = user_project(tmp_path / "p")
    plan = planned(adder(tmp_path / "templates"), project)
    before = tree(project.root)
    with pytest.raises(ProjectError, match=r"cannot write src/my_pkg/adder\.py: Permission denied; nothing") as error:
        apply(plan, project.root, FailingDisk(at=1, number=errno.EACCES))
    assert "permissions" in error.value.hint
    assert tree(project.root) == before


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_file_system_without_links_will_do(tmp_path: Path, number: int) -> None:
    """Every link fails there; files get their names another way."""

    class Linkless(Disk):
        def link(self, name: str, new: str, folder: int) -> None:
            raise OSError(number, f"{name} {new} {folder}")

    project = user_project(tmp_path / "p")
    plan = mixed_plan(tmp_path, project)
    apply(plan, project.root, Linkless())
    after = tree(project.root)
    assert all(after[action.path] == action.content for action in plan.writes)
    assert not [path for path in after if path.name.startswith(".")]


def test_a_file_that_appears_in_the_meantime_is_not_overwritten(tmp_path: Path) -> None:
    """Nor is anything else written then."""
    project = user_project(tmp_path / "p")
    plan = planned(adder(tmp_path / "templates"), project)
    (project.root / "tests/test_adder.py").write_text("somebody else's")
    before = tree(project.root)
    with pytest.raises(RefusedError, match="in the meantime"):
        apply(plan, project.root)
    assert tree(project.root) == before


def test_a_file_that_changes_in_the_meantime_is_not_overwritten(tmp_path: Path) -> None:
    """What was agreed to was about another content."""
    project = user_project(tmp_path / "p")
    plan = mixed_plan(tmp_path, project)
    (project.root / "tests/test_adder.py").write_text("# mine, and changed\n")
    before = tree(project.root)
    with pytest.raises(RefusedError, match="has changed"):
        apply(plan, project.root)
    assert tree(project.root) == before


def test_an_undecided_conflict_is_refused(tmp_path: Path) -> None:
    """The writer decides nothing."""
    project = user_project(tmp_path / "p", {**SRC_PROJECT, "tests/test_adder.py": "# mine\n"})
    before = tree(project.root)
    with pytest.raises(RefusedError, match="exists and differs"):
        apply(planned(adder(tmp_path / "templates"), project), project.root)
    assert tree(project.root) == before


def escaping(path: str) -> Plan:
    """Return a plan that creates one file."""
    return Plan(actions=(FileAction(path=PurePosixPath(path), role=Role.CODE, verb=Verb.CREATE, content=b"x"),))


@pytest.mark.parametrize(
    "path", ["../x.py", "/nowhere-of-conc-advisor/x.py", "src/../../x.py", "out/x.py", "out/deep/x.py", "to_file/x.py", "x\n.py"]
)
def test_nothing_is_written_outside(tmp_path: Path, path: str) -> None:
    """By whatever way the path leads there, links included."""
    project = user_project(tmp_path / "p")
    outside = tmp_path / "outside"
    outside.mkdir()
    (project.root / "out").symlink_to(outside)
    # Never a file of the machine: this test has to be harmless where what it tests is broken.
    (tmp_path / "file").write_text("as it was")
    (project.root / "to_file").symlink_to(tmp_path / "file")
    with pytest.raises((RefusedError, ProjectError)):
        apply(escaping(path), project.root)
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "x.py").exists()
    assert (tmp_path / "file").read_text() == "as it was"
    assert not Path("/nowhere-of-conc-advisor").exists()


def test_a_folder_that_becomes_a_link_after_the_look_is_not_followed(tmp_path: Path) -> None:
    """The walk itself follows no link."""
    project = user_project(tmp_path / "p")
    outside = tmp_path / "outside"
    (outside / "my_pkg").mkdir(parents=True)
    plan = planned(adder(tmp_path / "templates"), project)
    moved = project.root / "moved"

    class Swapping(FailingDisk):
        def create(self, name: str, folder: int) -> int:
            if not moved.exists():
                (project.root / "tests").rename(moved)
                (project.root / "tests").symlink_to(outside)
            return super().create(name, folder)

    with pytest.raises((RefusedError, ProjectError)):
        apply(plan, project.root, Swapping())
    assert list(outside.rglob("*.py")) == []
    assert not (project.root / "src/my_pkg/adder.py").exists()


def test_a_new_folder_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    """Between making it and going into it."""
    project = user_project(tmp_path / "p")
    outside = tmp_path / "outside"
    outside.mkdir()

    class Swapping(Disk):
        def make_folder(self, name: str, folder: int) -> None:
            os.symlink(outside, name, dir_fd=folder)

    with pytest.raises((RefusedError, ProjectError)):
        apply(escaping("new/x.py"), project.root, Swapping())
    assert list(outside.iterdir()) == []


def test_a_folder_that_becomes_a_link_between_two_files_is_refused(tmp_path: Path) -> None:
    """And the first is taken back."""
    project = user_project(tmp_path / "p")
    outside = tmp_path / "outside"
    outside.mkdir()
    plan = planned(adder(tmp_path / "templates"), project)

    def swap() -> None:
        (project.root / "tests").rename(project.root / "moved")
        (project.root / "tests").symlink_to(outside)

    with pytest.raises((RefusedError, ProjectError)):
        apply(plan, project.root, FailingDisk(at=2, event=swap))
    assert list(outside.iterdir()) == []
    assert not (project.root / "src/my_pkg/adder.py").exists()


def test_a_link_within_the_project_is_a_folder_like_any_other(tmp_path: Path) -> None:
    """What it leads to is the project's own."""
    project = user_project(tmp_path / "p")
    (project.root / "linked").symlink_to("src/my_pkg")
    apply(escaping("linked/x.py"), project.root)
    assert (project.root / "src/my_pkg/x.py").read_bytes() == b"x"


@pytest.mark.parametrize("target", ["src/my_pkg/real.py", "../outside.py", "nowhere"])
def test_a_file_that_is_a_link_is_never_written_through(tmp_path: Path, target: str) -> None:
    """Wherever it leads."""
    project = user_project(tmp_path / "p", {**SRC_PROJECT, "src/my_pkg/real.py": "real"})
    (tmp_path / "outside.py").write_text("as it was")
    (project.root / "x.py").symlink_to(target)
    with pytest.raises(RefusedError, match="is a link"):
        apply(escaping("x.py"), project.root)
    assert (tmp_path / "outside.py").read_text() == "as it was"
    assert (project.root / "src/my_pkg/real.py").read_text() == "real"
