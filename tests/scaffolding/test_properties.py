"""What holds for random projects and names; each seed is a test of its own, so that a failure can be had again."""

import ast
import keyword
import random
import string
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from failing_disk import FailingDisk
from template_builder import adder, planned, tree, user_project

from conc_advisor.errors import ConcAdvisorError, ProjectError
from conc_advisor.scaffolding.apply import apply
from conc_advisor.scaffolding.catalogue import Templates
from conc_advisor.scaffolding.copies import State, check_copies
from conc_advisor.scaffolding.generate import Wishes
from conc_advisor.scaffolding.names import read_names
from conc_advisor.scaffolding.plan import Verb
from conc_advisor.scaffolding.project import Project

SEEDS = range(80)
FOLDERS = ["src", "lib", "pkg", "src/pkg", "src/pkg/inner", "tests", "tests/unit", "docs", "a b", "größe", "x-y", ".hidden"]
NAMES = [
    *keyword.kwlist,
    *keyword.softkwlist,
    *("list", "print", "Total", "add_up", "first", "value", "self", "dataclass", "adder", "int"),
    *(
        "größe",
        "\N{CYRILLIC SMALL LETTER A}",
        "\N{LATIN SMALL LIGATURE FI}x",
        "a b",
        "2x",
        "x-y",
        "",
        " ",
        "a=b",
        "\x1b[2J",
        "x\ny",
        "__x",
        "_",
    ),
]


def some_project(pick: random.Random, root: Path) -> Project:
    """Return a project of random folders, files, settings and links, some of which lead out of it."""
    files: dict[str, str | bytes] = {"pyproject.toml": pick.choice(["", '[project]\nname = "pkg"\n', "[tool.uv]\n"])}
    for folder in pick.sample(FOLDERS, pick.randint(0, 6)):
        for name in pick.sample(["__init__.py", "adder.py", "test_adder.py", "other.py", "data.bin"], pick.randint(1, 3)):
            files[f"{folder}/{name}"] = pick.choice([b"", b"x = 1\n", b"x = 1\r\n", b"\xff\x00"])
    project = user_project(root, files)
    outside = root.parent / "outside"
    outside.mkdir(exist_ok=True)
    for name in pick.sample(["link", "tests", "src", "pkg"], pick.randint(0, 2)):
        path = root / name
        if not path.exists():
            path.symlink_to(pick.choice([str(outside), "../outside", "docs", name]))
    return user_project(project.root, {})


def some_wishes(pick: random.Random) -> Wishes:
    """Return a random folder and names, good and bad."""
    word = "".join(pick.choices(string.ascii_letters + "_", k=pick.randint(1, 9)))
    pairs = [
        f"{old}={pick.choice([pick.choice(NAMES), word, word, f'{word}x'])}" for old in pick.sample(["Total", "add_up"], pick.randint(0, 2))
    ]
    folders = [*[None] * 20, *FOLDERS, *FOLDERS[:7], "link", "link/x", "..", "../outside", "/etc", "src/../..", "src/pkg/new/deep", "\n"]
    folder = pick.choice(folders)
    return Wishes(
        folder=None if folder is None else PurePosixPath(folder),
        names=read_names(pairs, {"Total": "", "add_up": ""}),
        with_tests=pick.random() < 0.8,
    )


def attempted(seed: int, root: Path, write: Callable[[Project, Wishes], None]) -> Project:
    """Return a random project after an attempt at something; a refusal is fine."""
    pick = random.Random(seed)  # noqa: S311  # the same each time
    project = some_project(pick, root / "p")
    try:
        write(project, some_wishes(pick))
    except ConcAdvisorError as error:
        assert error.message  # noqa: PT017  # both ways out are fine
    return project


@pytest.mark.parametrize("seed", SEEDS)
def test_never_outside_of_the_project_and_never_over_what_is_there(tmp_path: Path, seed: int) -> None:
    """Whatever the project, the folder and the names are."""
    template = adder(tmp_path / "t")
    before: dict[PurePosixPath, bytes | None] = {}

    def write(project: Project, wishes: Wishes) -> None:
        before.update(tree(project.root))
        apply(planned(template, project, wishes).all_decided(Verb.SKIP), project.root)

    project = attempted(seed, tmp_path, write)
    assert set(tmp_path.iterdir()) == {tmp_path / name for name in ("p", "t", "outside")}
    assert list((tmp_path / "outside").iterdir()) == []
    assert before.items() <= tree(project.root).items()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_second_time_everything_is_identical_and_unchanged(tmp_path: Path, seed: int) -> None:
    """And what was written is Python, with the names that were wished for."""
    template = adder(tmp_path / "t")

    def write(project: Project, wishes: Wishes) -> None:
        apply(planned(template, project, wishes).all_decided(Verb.OVERWRITE), project.root)
        again = planned(template, user_project(project.root, {}), wishes)
        assert {action.verb for action in again.actions} == {Verb.IDENTICAL}
        for action in again.actions:
            ast.parse(action.content)
        code = again.actions[0].content.decode()
        assert all(f" {new}" in code for new in wishes.names.values())
        copies = [copy for copy in check_copies(project, Templates(by_name={"adder": template})) if copy.state is not State.UNKNOWN]
        assert {copy.state for copy in copies} <= {State.IDENTICAL}

    attempted(seed, tmp_path, write)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_or_nothing_when_writing_fails(tmp_path: Path, seed: int) -> None:
    """At a random call."""
    template = adder(tmp_path / "t")
    at = random.Random(-seed).randint(1, 20)  # noqa: S311  # the same each time

    def write(project: Project, wishes: Wishes) -> None:
        plan = planned(template, project, wishes).all_decided(Verb.OVERWRITE)
        before = tree(project.root)
        try:
            apply(plan, project.root, FailingDisk(at=at))
        except ProjectError:
            assert tree(project.root) == before
            raise
        assert all((project.root / action.path).read_bytes() == action.content for action in plan.writes)

    attempted(seed, tmp_path, write)


def test_the_seeds_are_worth_it(tmp_path: Path) -> None:
    """Many of them get through, and many are refused."""
    template = adder(tmp_path / "t")
    written: list[int] = []

    def write(project: Project, wishes: Wishes) -> None:
        apply(planned(template, project, wishes).all_decided(Verb.OVERWRITE), project.root)
        written.append(1)

    for seed in SEEDS:
        attempted(seed, tmp_path / str(seed), write)
    assert len(SEEDS) // 5 < len(written) < len(SEEDS) * 4 // 5


@pytest.mark.parametrize("name", [name for name in NAMES if name != "add_up"])
def test_bad_names_are_always_refused(tmp_path: Path, name: str) -> None:
    """Keywords, builtins, unicode, no identifiers, and what the file has already."""
    template = adder(tmp_path / "t")
    project = user_project(tmp_path / "p")
    with pytest.raises(ConcAdvisorError):
        planned(template, project, Wishes(names=read_names([f"add_up={name}"], template.names)))
