"""Trees are kept between the halves of a review as far as they fit; the others are gone when they have been looked at."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
from project_builder import write_project
from review_engine_builder import only_boom, settings_for

from conc_advisor.review.engine import shard
from conc_advisor.review.engine.listing import Listing, list_files
from conc_advisor.review.engine.orders import Reading, Reviewed, Unread
from conc_advisor.review.engine.reading import opened
from conc_advisor.review.engine.shard import Shard
from conc_advisor.review.engine.undisturbed import undisturbed


@pytest.fixture
def listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Listing:
    """Return six files of ten lines."""
    only_boom(monkeypatch)
    return list_files(settings_for(write_project(tmp_path, {f"{name}.py": "def f(): boom()\n" * 10 for name in "abcdef"})))


def halves(worker: Shard, listing: Listing) -> list[Reviewed | Unread]:
    """Return what comes of both halves."""
    read = [each for each in worker.read(listing.orders) if isinstance(each, Reading)]
    todo = [(listing.orders[each.number], each.digest) for each in read]
    return list(worker.review(todo, [each.summary for each in read]))


@pytest.mark.parametrize(("keep", "again"), [(1000, 0), (60, 0), (59, 1), (25, 4), (9, 6), (0, 6)])
def test_what_does_not_fit_is_parsed_again(listing: Listing, monkeypatch: pytest.MonkeyPatch, keep: int, again: int) -> None:
    """With the same findings."""
    parsed: list[int] = []

    def counted(order: Any, task: Any) -> Any:  # noqa: ANN401  # handed on
        parsed.append(order.number)
        return opened(order, task)

    monkeypatch.setattr(shard, "opened", counted)
    found = halves(Shard(listing.task, keep=keep), listing)
    assert len(parsed) == again
    assert [len(each.findings) for each in found if isinstance(each, Reviewed)] == [10] * 6


def test_no_tree_outlives_its_file(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it was kept: garbage is looked for in between, and what is alive then is never looked at again."""
    monkeypatch.setattr("conc_advisor.review.engine.undisturbed._COLLECT_BYTES", 1)
    trees: list[weakref.ref[Any]] = []
    monkeypatch.setattr(shard, "_apply", lambda _rules, context, number: seen(trees, context.parsed.tree, number))
    with undisturbed():
        halves(Shard(listing.task, keep=1000), listing)
        halves(Shard(listing.task, keep=0), listing)
        gc.collect()
        alive = [tree() is not None for tree in trees]
    assert len(alive) == 12
    assert alive[6:] == [False] * 6


def seen(trees: list[weakref.ref[Any]], tree: object, number: int) -> Reviewed:
    """Remember a tree without keeping it."""
    trees.append(weakref.ref(tree))
    return Reviewed(number=number, findings=())


def test_a_bug_in_linking_costs_all_files_and_is_said(listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever process it happens in."""

    def fail(_: object) -> None:
        raise KeyError("a")

    monkeypatch.setattr(shard, "link", fail)
    assert halves(Shard(listing.task, keep=0), listing) == [
        Unread(number=number, why="a bug of ours in the symbol table: KeyError: 'a'", bug=True) for number in range(6)
    ]
