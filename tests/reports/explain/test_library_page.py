"""A library's entry says what is known, how, and what nobody checked."""

from dataclasses import replace

import pytest

from conc_advisor.catalogue.catalogue import load_catalogue
from conc_advisor.catalogue.library import Api, ForkSafety, FreeThreaded, GilRow, GilUse, Library, Role, ThreadSafety
from conc_advisor.guide.guide import page
from conc_advisor.reports.explain.library_page import library_page, related

LIBRARIES = load_catalogue().libraries


def library(**changes: object) -> Library:
    """Return an entry."""
    usual = Library(
        name="sample",
        imports=("sample", "sample_extra"),
        category="http",
        role=Role.IO,
        version="1.2",
        api=Api.SYNC,
        async_twin=("asample",),
        gil=GilUse.RELEASES_ON_WAIT,
        gil_rows=(),
        thread_safety=ThreadSafety.PER_THREAD,
        fork=ForkSafety.RECREATE,
        own_threads=None,
        free_threaded=FreeThreaded.PURE,
        advice="Use it well.",
        note="",
        sources={"gil": "measured", "fork": "unverified: general knowledge", "api": "https://example.org/api"},
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_each_claim_stands_with_its_source() -> None:
    """And one that nobody checked is called so."""
    text = library_page(library())
    assert "- **GIL**: gives it up while it waits. Source: measured.\n" in text
    assert "- **Calls**: blocking calls only. Source: <https://example.org/api>.\n" in text
    assert "- **Fork**: has to be opened anew in a forked child. **Not verified**: general knowledge.\n" in text
    assert "- **Threads**: one object for each thread.\n" in text


def test_it_begins_like_every_page() -> None:
    """Name, advice, and where it was looked at."""
    text = library_page(library(note="Beware."))
    assert text.startswith("# sample\n\nUse it well.\n\nBeware.\n\n")
    assert "imported as `sample`, `sample_extra`, looked at in version 1.2.\n" in text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "use `asample` instead"),
        ({"async_twin": ()}, "no async twin is known"),
        ({"own_threads": "a pool of 4"}, "- **Threads of its own**: a pool of 4."),
    ],
)
def test_what_is_there_is_said(changes: dict[str, object], expected: str) -> None:
    """Twins and threads."""
    assert expected in library_page(library(**changes))


@pytest.mark.parametrize(("changes", "absent"), [({"api": Api.BOTH}, "In a coroutine"), ({}, "Threads of its own"), ({}, "Measured calls")])
def test_what_is_not_there_is_not_mentioned(changes: dict[str, object], absent: str) -> None:
    """An async library needs no twin."""
    assert absent not in library_page(library(**changes))


def test_measured_calls_are_a_table() -> None:
    """A bar in a name does not end its cell, and a range stays a range."""
    rows = (
        GilRow(call="a|b", verdict=GilUse.HOLDS, held=1.0, freeze=0.98, speedup=None),
        GilRow(call="c", verdict=GilUse.UNSTABLE, held=0.123, freeze=0.05, speedup=(0.74, 1.09)),
    )
    text = library_page(library(gil_rows=rows))
    assert "| a/b | holds it | 100% | 98% | not measured |\n" in text
    assert "| c | unstable | 12% | 5% | 0.74 to 1.09 |\n" in text


@pytest.mark.parametrize("entry", LIBRARIES, ids=lambda entry: entry.name)
def test_every_entry_of_the_catalogue_has_a_page(entry: Library) -> None:
    """Every word of the catalogue is known here, and every page leads on."""
    text = library_page(entry)
    assert text.startswith(f"# {entry.name}\n")
    assert text.count("**Not verified**") == sum(source.startswith("unverified") for source in shown_sources(entry))
    assert [topic for topic, _ in related(entry) if page(topic) is None] == []
    assert len({topic for topic, _ in related(entry)}) == 4


def shown_sources(entry: Library) -> list[str]:
    """Return the sources of the claims that the page makes."""
    hidden = {"own_threads"} if not entry.own_threads else set()
    if entry.api is not Api.SYNC:
        hidden.add("async_twin")
    return [source for claim, source in entry.sources.items() if claim not in hidden]
