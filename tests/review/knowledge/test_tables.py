"""The laws of the tables of what is known of other packages."""

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from conc_advisor.review import knowledge
from conc_advisor.review.knowledge import blocking as blocking_table
from conc_advisor.review.knowledge import lifetimes, locks
from conc_advisor.review.knowledge.blocking import REMOTE, STATUS, BlockingKind, blocking
from conc_advisor.review.knowledge.locks import is_lock_name
from conc_advisor.review.knowledge.names import NAMES, known_as
from conc_advisor.review.project.project import Project

SOURCES = sorted(Path(str(knowledge.__file__)).parent.glob("*.py"))
ROWS = [
    (kind, f"{owner}.{name}" if owner else name, instead) for kind, owner, names, instead in blocking_table._TABLE for name in names.split()
]


def not_canonical(paths: Iterable[str]) -> list[str]:
    """Return those of some paths that following names turns into others."""
    project = Project([])
    return sorted(path for path in paths if project.canonical(path) != path)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_literal_of_a_mapping_gives_a_key_two_values(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            values: defaultdict[str, set[str]] = defaultdict(set)
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant):
                    values[repr(key.value)].add(ast.dump(value))
            assert {key: len(each) for key, each in values.items() if len(each) > 1} == {}


def test_no_call_is_said_to_block_in_two_ways() -> None:
    told: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for kind, path, instead in ROWS:
        told[path].add((kind, instead))
    assert {path: each for path, each in told.items() if len(each) > 1} == {}


def test_a_name_that_is_known_is_known_as_itself() -> None:
    paths = [*NAMES, *(path for _, path, _ in ROWS)]
    assert [path for path in paths if known_as(known_as(path)) != known_as(path)] == []


def test_the_path_of_a_blocking_call_is_one_that_following_names_ends_at() -> None:
    paths = {path for _, path, _ in ROWS if not path.endswith("*")} | STATUS
    assert not_canonical(paths) == []
    assert [path for path in paths if blocking(path) is None] == []


def test_the_value_of_a_name_is_one_that_following_names_ends_at() -> None:
    assert not_canonical(value for value in NAMES.values() if value) == []


def test_a_class_of_the_tables_goes_by_its_known_name() -> None:
    of_lifetimes = (*lifetimes.EXECUTORS, *lifetimes.POOLS, *lifetimes.THREADS, *lifetimes.CLIENTS)
    assert not_canonical((*of_lifetimes, *locks.THREAD_LOCKS, *locks.ASYNC_LOCKS)) == []


def test_what_is_reentrant_or_a_mutex_is_a_lock_of_threads() -> None:
    assert {*locks.REENTRANT, *locks.MUTEXES} <= set(locks.THREAD_LOCKS)


def test_a_status_call_waits_for_the_disk() -> None:
    assert {found.kind for path in STATUS if (found := blocking(path)) is not None} == {BlockingKind.FILE}
    assert BlockingKind.FILE not in REMOTE


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("requests.get", BlockingKind.NETWORK),
        ("boto3.client().anything.at.all", BlockingKind.NETWORK),
        ("psycopg2.connect().cursor().execute", BlockingKind.DATABASE),
        ("time.sleep", BlockingKind.SLEEP),
        ("open", BlockingKind.FILE),
        ("requests.Request", None),
        ("boto3.client", None),
        ("open().close", None),
        ("", None),
        ("a", None),
    ],
)
def test_a_call_blocks_by_its_path_or_by_its_owner(path: str, kind: BlockingKind | None) -> None:
    found = blocking(path)
    assert (found.kind if found is not None else None) == kind


@pytest.mark.parametrize("name", ["lock", "_lock", "write_lock", "lock2", "mutex", "get_lock()", "_locks[x]", "DBLock", "cond", "sem"])
def test_a_name_that_people_give_to_locks_is_known(name: str) -> None:
    assert is_lock_name(name)


@pytest.mark.parametrize(
    "name", ["block", "clock", "_clock", "unlock", "blocked", "second", "seminar", "CodeBlock", "x", "", "guardian", "locksmith"]
)
def test_a_name_that_only_looks_like_one_is_not(name: str) -> None:
    assert not is_lock_name(name)
