"""Topics are found by their names, by other names, and nearly."""

import pytest

from conc_advisor.guide.guide import TopicKind, canonical, near, page, topics


def test_topics_come_by_kind_and_name() -> None:
    """As lists show them."""
    found = [(topic.kind, topic.name) for topic in topics()]
    order = list(TopicKind)
    assert found == sorted(found, key=lambda each: (order.index(each[0]), each[1]))


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("asyncio", "asyncio"),
        ("Asyncio", "asyncio"),
        ("asyncio+threads", "asyncio-threads"),
        ("asyncio+processes", "asyncio-processes"),
        ("free-threaded threads", "free-threading"),
        ("Free-threaded  Threads", "free-threading"),
        ("vectorise/native", "vectorise"),
        ("bounded_fan_out", "bounded-fan-out"),
        ("TaskGroup", "taskgroup-vs-gather"),
        ("timeouts", "deadlines"),
        ("multiprocessing", "processes"),
        ("gil-bound", "gil-bound"),
    ],
)
def test_a_topic_is_found_by_what_people_call_it(name: str, topic: str) -> None:
    """The names of the models in `choose`, the verdicts of `profile`, other words for the same, in any spelling."""
    found = page(name)
    assert found is not None
    assert found.topic.name == topic


@pytest.mark.parametrize("name", ["", " ", "requests", "../guide", "models/asyncio", "asyncio.md", "a\0b", "x" * 300, "--help", "P01"])
def test_what_is_no_topic_is_none(name: str) -> None:
    """Nothing outside of the pages is ever read."""
    assert page(name) is None


def test_aliases_lead_to_their_topic() -> None:
    """And unknown names stay what they are."""
    assert canonical("no GIL") == "free-threading"
    assert canonical("Something Else") == "something-else"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("asyncoi", "asyncio"),
        ("deadlnes", "deadlines"),
        ("timeuot", "deadlines"),
        ("fork", "start-methods"),
        ("convoy effect", "gil-convoy"),
    ],
)
def test_near_names_are_found(name: str, expected: str) -> None:
    """By spelling, by alias, or by a word that they share."""
    assert expected in near(name)


@pytest.mark.parametrize("name", ["", "zzzzzz", "qwertyuiop", "1234"])
def test_nothing_is_near_to_what_means_nothing(name: str) -> None:
    """A wrong guess helps less than none."""
    assert near(name) == ()
