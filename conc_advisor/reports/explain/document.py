"""The types of the JSON of `explain`, `conc-advisor.explain/1`.

The JSON Schema that we ship is made from them.  The format only grows: keys are added, never taken away, and never change their meaning.
"""

from typing import Annotated, Final

import msgspec

from conc_advisor.reports.document.fields import Id, Share, about

SCHEMA_ID: Final = "conc-advisor.explain/1"


class Topic(msgspec.Struct, kw_only=True):
    """A page of the guide, of a template or of a rule, as lists show it."""

    name: Annotated[Id, about("What `conc-advisor explain` takes.")]
    kind: Annotated[Id, about("`model`, `concept`, `verdict`, `pitfall`, `template` or `rule`.")]
    title: Annotated[str, about("Its title, in English.")]
    summary: Annotated[str, about("One sentence.")]


class Page(msgspec.Struct, kw_only=True):
    """A page of the guide."""

    topic: Annotated[Topic, about("Which page.")]
    markdown: Annotated[str, about("The text; links to other pages are given as commands.")]
    see_also: Annotated[list[Id], about("Topics that the page ends with.")]


class Claim(msgspec.Struct, kw_only=True):
    """Something said of a library, and where it is known from."""

    name: Annotated[Id, about("What it is about: `api`, `async_twin`, `gil`, `thread_safety`, `fork`, `own_threads` or `free_threaded`.")]
    value: Annotated[list[str], about("What is said: one word, any number of async twins, a sentence on the threads of its own.")]
    source: Annotated[str | None, about("Where that is known from; null where nothing is claimed, or nothing was noted.")]
    verified: Annotated[bool, about("True where it was measured, or read in what the library's makers publish.")]


class Measured(msgspec.Struct, kw_only=True):
    """One call of the library that was measured with two threads."""

    call: Annotated[str, about("Which call.")]
    verdict: Annotated[Id, about("What it does with the GIL.")]
    held: Annotated[Share, about("Share of the call during which the GIL was held.")]
    freeze: Annotated[Share, about("Longest stand-still of another Python thread, as a share of the call.")]
    speedup: Annotated[list[float] | None, about("Of two threads against one, lowest and highest run; null where not measured.")]


class Library(msgspec.Struct, kw_only=True):
    """What the catalogue knows of a library."""

    name: Annotated[str, about("Its name on PyPI, or the module of the standard library.")]
    imports: Annotated[list[str], about("Modules that mean it.")]
    category: Annotated[Id, about("Such as `http`, `db`, `stdlib`.")]
    role: Annotated[Id, about("What its calls do: `io`, `cpu`, `framework` and so on.")]
    version: Annotated[str | None, about("The version that was looked at; null for the standard library and where it was not noted.")]
    claims: Annotated[list[Claim], about("What is said of it.")]
    measured: Annotated[list[Measured], about("Calls that were measured.")]
    advice: Annotated[str, about("One sentence or two, in English.")]
    note: Annotated[str | None, about("What else is to be known.")]
    see_also: Annotated[list[Id], about("Topics that go with it.")]


class Explanation(msgspec.Struct, kw_only=True):
    """What `conc-advisor explain --format json` writes."""

    schema: Annotated[str, about("Name and version of this format.")] = SCHEMA_ID
    tool_version: Annotated[str, about("Version of conc-advisor.")]
    topics: Annotated[list[Topic], about("Every topic, when none was asked for; else empty.")]
    page: Annotated[Page | None, about("The page that was asked for; null where there is none of that name.")]
    library: Annotated[Library | None, about("The library that was asked for; null where there is none of that name.")]
