"""Tests of mapping over a cluster: bounds, errors, retries, and closing what was opened."""

from __future__ import annotations

import itertools
import math
import operator
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from distributed import Client, LocalCluster

from dask_cluster import ADDRESS, map_on_cluster, open_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator


class Server:
    """What the work below calls: one for all, because the cluster's threads are in this process."""

    calls = itertools.count()
    failures = 0
    release = threading.Event()


@pytest.fixture(autouse=True)
def new_server() -> None:
    """Forget the calls of the test before."""
    Server.calls = itertools.count()


def number_of_call(_: int) -> int:
    """Return how many calls there were before."""
    return next(Server.calls)


def fail_at_first(_: int) -> str:
    """Answer after so many failures."""
    if next(Server.calls) < Server.failures:
        message = "no answer"
        raise OSError(message)
    return "answer"


def wait_unless_zero(number: int) -> int:
    """Count the call, and wait."""
    next(Server.calls)
    if number:
        Server.release.wait(30)
    return number


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Return a connection to a cluster of threads, which starts at once."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv(ADDRESS, raising=False)
        with open_cluster(workers=2, processes=False) as opened:
            yield opened


@pytest.mark.parametrize("count", [0, 1, 100])
def test_each_item_has_its_outcome(client: Client, count: int) -> None:
    """Also none, and one."""
    outcomes = list(map_on_cluster(client, operator.neg, range(count), ahead=5))

    assert sorted((each.item, each.result()) for each in outcomes) == [
        (number, -number) for number in range(count)
    ]


def test_equal_items_are_separate_calls(client: Client) -> None:
    """Dask would otherwise take the second for the first."""
    outcomes = [each.result() for each in map_on_cluster(client, number_of_call, [7] * 10, ahead=3)]

    assert sorted(outcomes) == list(range(10))


@pytest.mark.parametrize("ahead", [1, 4])
def test_no_more_items_are_with_the_cluster_than_allowed(client: Client, ahead: int) -> None:
    """The source may be endless, so leaving early has to be possible."""
    read = itertools.count()
    source = (next(read) for _ in itertools.count())
    with closing(map_on_cluster(client, operator.neg, source, ahead=ahead)) as outcomes:
        for _ in range(20):
            next(outcomes)

    assert next(read) == 20 + ahead - 1


def test_what_was_handed_on_is_forgotten_by_the_cluster(client: Client) -> None:
    """Otherwise its memory would fill up."""
    for _ in map_on_cluster(client, operator.neg, range(50), ahead=5):
        assert len(client.futures) <= 5 + 1

    assert len(client.futures) == 0


def test_the_error_of_one_item_is_kept_and_the_others_go_on(client: Client) -> None:
    """It is raised by whoever asks for the value."""
    outcomes = {
        each.item: each
        for each in map_on_cluster(client, math.sqrt, [4, -1, 9], ahead=2, retries=0)
    }

    assert [outcomes[4].value, outcomes[9].value] == [2.0, 3.0]
    with pytest.raises(ValueError, match=r"."):
        outcomes[-1].result()


@pytest.mark.parametrize(("failures", "succeeds"), [(0, True), (2, True), (3, False)])
def test_an_item_is_tried_again(client: Client, failures: int, succeeds: bool) -> None:  # noqa: FBT001
    """Twice, and no more."""
    Server.failures = failures

    (outcome,) = map_on_cluster(client, fail_at_first, [1], ahead=1, retries=2)

    assert (outcome.error is None) == succeeds
    assert next(Server.calls) == min(failures, 2) + 1


def test_leaving_early_cancels_what_has_not_begun(client: Client) -> None:
    """Of twenty items that were handed over, two run; the others never begin."""
    with closing(map_on_cluster(client, wait_unless_zero, range(100), ahead=20)) as outcomes:
        assert next(outcomes).item == 0
    Server.release.set()

    assert next(Server.calls) <= 1 + 2 + 1


def test_a_cluster_that_was_there_before_is_left_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is in the environment; only the connection is closed."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=1, processes=False, dashboard_address=":0", protocol="tcp"
    ) as cluster:
        monkeypatch.setenv(ADDRESS, cluster.scheduler_address)
        for _ in range(2):
            with open_cluster() as opened:
                (outcome,) = map_on_cluster(opened, operator.neg, [1], ahead=1)
            assert outcome.result() == -1
            assert opened.status == "closed"


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the deadline, and not by starting a cluster that nobody asked for."""
    monkeypatch.setenv(ADDRESS, "tcp://127.0.0.1:1")
    with pytest.raises(OSError, match=r"127\.0\.0\.1:1"), open_cluster(deadline=0.5):
        pass
