"""Findings in what has changed, by the word of the real git."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from review_outcome_builder import finding, location, step

from conc_advisor.errors import TargetError, UsageError
from conc_advisor.findings import Finding
from conc_advisor.review.programs import Answer, run
from conc_advisor.review.silence.changed import SECONDS, Changed, changed, changed_in_all, work_trees

ODD = 'ü "\t\n.py'


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, with a configuration that changes what it prints, and return that."""
    settings = ("user.name=a", "user.email=a@b", "init.defaultBranch=main", "protocol.file.allow=always", "commit.gpgsign=false")
    command = ["git", *(word for each in settings for word in ("-c", each)), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def numbered(*changes: tuple[int, str], lines: int = 20) -> str:
    """Return a file of numbered lines, some of which are others."""
    new = dict(changes)
    return "".join(f"{new.get(number, f'line_{number}')}\n" for number in range(1, lines + 1))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a work tree whose branch `main` has gone on since, with changes that are committed, staged, neither, and unknown to git."""
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    for key in ("diff.noprefix", "diff.mnemonicPrefix", "diff.relative"):
        git(root, "config", key, "true")
    git(root, "config", "color.ui", "always")
    git(root, "config", "diff.renames", "false")
    git(root, "config", "diff.external", "false")
    for name in ("pkg", "b"):
        (root / name).mkdir()
    for name in ("pkg/a.py", "b/b.py", "old.py", "gone.py", "same.py", ODD, "later.py"):
        (root / name).write_text(numbered(), "utf-8")
    (root / ".gitignore").write_text("ignored.py\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    git(root, "branch", "start")
    (root / "later.py").write_text(numbered((1, "on main")))
    git(root, "commit", "-qam", "main goes on")
    git(root, "checkout", "-q", "-b", "topic", "start")
    (root / "pkg" / "a.py").write_text(numbered((3, "committed")))
    git(root, "commit", "-qam", "two")
    (root / "pkg" / "a.py").write_text(numbered((3, "committed"), (7, "neither")))
    (root / ODD).write_text(numbered((9, "staged")), "utf-8")
    (root / "b" / "b.py").write_text(numbered((4, "neither")))
    git(root, "mv", "old.py", "new.py")
    (root / "new.py").write_text(numbered((5, "renamed")))
    git(root, "rm", "-q", "gone.py")
    git(root, "add", ".")
    (root / "untracked.py").write_text("x\n")
    (root / "ignored.py").write_text("x\n")
    return root


def names(root: Path, found: Changed) -> dict[str, object]:
    """Return what has changed by the names below the root."""
    return {path.relative_to(root).as_posix(): spans for path, spans in found.files.items()}


def test_uncommitted_changes_count_without_a_base(repository: Path) -> None:
    """Staged or not, under odd names, under new names; a file that git does not know counts whole."""
    assert names(repository, changed(repository)) == {
        "pkg/a.py": ((7, 7),),
        "b/b.py": ((4, 4),),
        ODD: ((9, 9),),
        "new.py": ((5, 5),),
        "untracked.py": None,
    }


@pytest.mark.parametrize("base", ["main", "start", "HEAD~1"])
def test_with_a_base_the_commits_since_then_count_too(repository: Path, base: str) -> None:
    """What the base itself has got since is none of ours."""
    found = names(repository, changed(repository, base))
    assert found["pkg/a.py"] == ((3, 3), (7, 7))
    assert "later.py" not in found


@pytest.mark.parametrize("place", ["pkg", "pkg/a.py"])
def test_any_place_in_the_work_tree_will_do(repository: Path, place: str) -> None:
    """A folder or a file."""
    assert changed(repository / place) == changed(repository)


@pytest.mark.parametrize("base", ["nothing", "--help", "-x", "--output=x.txt", "HEAD:same.py", "", "a..b", "x\0y", "ü"])
def test_a_base_that_is_no_commit_is_an_error(repository: Path, base: str) -> None:
    """Whatever it looks like, git takes it for a name."""
    with pytest.raises(UsageError):
        changed(repository, base)
    assert not (repository / "x.txt").exists()


def test_a_base_without_a_common_commit_is_an_error(repository: Path) -> None:
    """As in a clone that has only the last commit."""
    tree = git(repository, "rev-parse", "HEAD^{tree}").strip()
    lonely = git(repository, "commit-tree", "-m", "lonely", tree).strip()
    with pytest.raises(TargetError, match="no commit in common") as caught:
        changed(repository, lonely)
    assert "fetch" in caught.value.hint


def test_what_git_is_told_not_to_compare_is_compared(tmp_path: Path) -> None:
    """Source stays text, whatever .gitattributes says."""
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitattributes").write_text("*.py -diff\nb.py binary\n")
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(numbered())
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(numbered((3, "new")))
    assert names(tmp_path, changed(tmp_path)) == {"a.py": ((3, 3),), "b.py": ((3, 3),)}


def test_repositories_inside_are_apart(tmp_path: Path) -> None:
    """Submodules and others, if anything is there; they count as asked when somebody asks in them."""
    outer, inner = tmp_path / "outer", tmp_path / "inner"
    for folder in (outer, inner, outer / "nested"):
        folder.mkdir()
        git(folder, "init", "-q")
        (folder / "a.py").write_text("x\n")
        git(folder, "add", "a.py")
        git(folder, "commit", "-qm", "one")
    assert changed(inner).apart == ()
    for name in ("there", "not_there"):
        git(outer, "submodule", "add", "-q", str(inner), name)
    git(outer, "commit", "-qm", "two")
    git(outer, "submodule", "deinit", "-f", "not_there")
    found = changed(outer)
    assert set(found.apart) == {outer / "there", outer / "nested"}
    assert not [path for path in found.files if path.is_relative_to(outer / "nested")]
    (outer / "nested" / "a.py").write_text("y\n")
    both = changed_in_all([outer, outer / "nested"])
    assert both.apart == (outer / "there",)
    assert both.files[outer / "nested" / "a.py"] == ((1, 1),)


def test_a_path_is_in_the_work_tree_that_is_nearest(tmp_path: Path) -> None:
    """One that lies in none is asked about where the caller says."""
    for name in ("one/.git", "one/inner/.git", "two"):
        (tmp_path / name).mkdir(parents=True)
    paths = [tmp_path / name for name in ("one/a.py", "one", "one/inner/x/y.py", "two/z.py")]
    assert work_trees(paths, tmp_path) == (tmp_path / "one", tmp_path / "one/inner", tmp_path)


def test_before_the_first_commit_all_is_new(tmp_path: Path) -> None:
    """What is staged and what is not."""
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("x\ny\n")
    git(tmp_path, "add", ".")
    (tmp_path / "b.py").write_text("x\n")
    assert names(tmp_path, changed(tmp_path)) == {"a.py": ((1, 2),), "b.py": None}


def test_outside_of_a_work_tree_is_an_error(tmp_path: Path) -> None:
    """It says what git says."""
    with pytest.raises(TargetError, match="not a git repository") as caught:
        changed(tmp_path)
    assert "--changed" in caught.value.hint


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(), "git is not there"),
        (PermissionError(13, "Permission denied"), "git cannot be started: Permission denied"),
        (subprocess.TimeoutExpired("git", 60), "was not done in 60 seconds"),
    ],
)
def test_a_git_that_does_not_answer_is_an_error(tmp_path: Path, error: Exception, message: str) -> None:
    """Of ours, with a hint."""

    def broken(*_words: object, **_named: object) -> Answer:
        raise error

    with pytest.raises(TargetError, match=message):
        changed(tmp_path, program=broken)


def test_git_is_asked_without_a_shell_and_in_time(repository: Path) -> None:
    """No program of the repository's own is started for it."""
    seen: list[tuple[Sequence[str | Path], float]] = []

    def watched(command: Sequence[str | Path], *, seconds: float, folder: Path | None = None, **_other: object) -> Answer:
        seen.append((command, seconds))
        return run(command, seconds=seconds, folder=folder)

    changed(repository, "main", program=watched)
    assert {command[0] for command, _ in seen} == {"git"}
    assert all("core.fsmonitor=false" in command and seconds == SECONDS for command, seconds in seen)
    assert [command for command, _ in seen if "diff" in command and not {"--no-ext-diff", "--no-textconv"} <= set(command)] == []


FOLDER = Path("/project")
CHANGED = Changed(files={FOLDER / "a.py": ((5, 6), (9, 9)), FOLDER / "new.py": None})


def at(line: int, end_line: int = 0, file: str = "a.py") -> Finding:
    """Return a finding that spans some lines."""
    return finding(place=location(file, line, 1, end_line=end_line or line))


@pytest.mark.parametrize(
    "found",
    [
        at(5),
        at(6),
        at(9),
        at(1, 5),
        at(1, 20),
        at(6, 7),
        at(1, file="new.py"),
        finding(place=location("same.py", 1), steps=(step(place=location("a.py", 9)),)),
        Finding(rule="CA101", severity=at(1).severity, confidence=at(1).confidence, message="m", advice="a"),
    ],
)
def test_a_finding_that_a_changed_line_is_part_of_is_shown(found: Finding) -> None:
    """Or one of the steps that lead to it."""
    assert CHANGED.apply([found], FOLDER.joinpath) == (found,)


@pytest.mark.parametrize(
    "found",
    [
        at(4),
        at(7),
        at(7, 8),
        at(10, 20),
        at(1, 4),
        at(5, file="same.py"),
        at(5, file="pkg/a.py"),
        finding(place=location("a.py", 1), steps=(step(place=location("a.py", 2)), step(place=location("same.py", 9)))),
    ],
)
def test_other_findings_are_not(found: Finding) -> None:
    """Other lines, other files, files of the same name elsewhere."""
    assert CHANGED.apply([found], FOLDER.joinpath) == ()
