"""The JSON of `explain`.

`explain-1.schema.json` beside this module describes it; it is made from the types in `document` by

    python -c "from conc_advisor.reports.explain import json; print(json.schema_text(), end='')"
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from conc_advisor import __version__
from conc_advisor.catalogue.library import Library
from conc_advisor.guide.guide import Page, Topic
from conc_advisor.guide.links import see_also, with_commands
from conc_advisor.reports.explain import document
from conc_advisor.reports.explain.library_page import related
from conc_advisor.reports.sanitise import json_ascii

SCHEMA_FILE: Final = "explain-1.schema.json"


def render(topics: Sequence[Topic], page: Page | None, library: Library | None) -> str:
    """Return the document, indented, in plain ASCII."""
    explanation = document.Explanation(
        tool_version=__version__,
        topics=[_topic(topic) for topic in topics],
        page=None if page is None else _page(page),
        library=None if library is None else _library(library),
    )
    encoded = msgspec.json.format(msgspec.json.encode(explanation), indent=1)
    return json_ascii(encoded.decode("utf-8")) + "\n"


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) of the document as text."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{document.SCHEMA_ID.replace('/', ':')}",
        "title": document.SCHEMA_ID,
        "description": "What `conc-advisor explain --format json` writes. Keys may be added.",
        **msgspec.json.schema(document.Explanation),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=1).decode("utf-8") + "\n"


def _topic(topic: Topic) -> document.Topic:
    return document.Topic(name=topic.name, kind=topic.kind.value, title=topic.title, summary=topic.summary)


def _page(page: Page) -> document.Page:
    return document.Page(topic=_topic(page.topic), markdown=with_commands(page.text), see_also=list(see_also(page.text)))


def _library(library: Library) -> document.Library:
    return document.Library(
        name=library.name,
        imports=list(library.imports),
        category=library.category,
        role=library.role.value,
        version=library.version or None,
        claims=[
            document.Claim(name=name, value=value, source=library.sources.get(name), verified=library.verified(name))
            for name, value in _claims(library)
        ],
        measured=[
            document.Measured(
                call=row.call,
                verdict=row.verdict.value,
                held=row.held,
                freeze=row.freeze,
                speedup=None if row.speedup is None else list(row.speedup),
            )
            for row in library.gil_rows
        ],
        advice=library.advice,
        note=library.note or None,
        see_also=[topic for topic, _ in related(library)],
    )


def _claims(library: Library) -> Iterator[tuple[str, list[str]]]:
    yield "api", [library.api.value]
    yield "async_twin", list(library.async_twin)
    yield "gil", [library.gil.value]
    yield "thread_safety", [library.thread_safety.value]
    yield "fork", [library.fork.value]
    yield "own_threads", [library.own_threads] if library.own_threads else []
    yield "free_threaded", [library.free_threaded.value]
