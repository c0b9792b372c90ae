"""The types of the JSON of `scaffold --list` and `--show`, `conc-advisor.templates/1`.

The JSON Schema that we ship is made from them.  The format only grows: keys are added, never taken away, and never change their meaning.
"""

from typing import Annotated, Final

import msgspec

from conc_advisor.reports.document.fields import Id, about

SCHEMA_ID: Final = "conc-advisor.templates/1"


class File(msgspec.Struct, kw_only=True):
    """A file of a template."""

    name: Annotated[Id, about("Its name.")]
    role: Annotated[Id, about("`code` or `test`.")]
    text: Annotated[str | None, about("What is in it; null in a list.")]


class Template(msgspec.Struct, kw_only=True):
    """A template, as its manifest describes it."""

    name: Annotated[Id, about("What `conc-advisor scaffold` takes.")]
    kind: Annotated[Id, about("`asyncio`, `threads`, `processes`, `mixed` or `proof`.")]
    models: Annotated[list[Id], about("The concurrency models that it serves, as `choose` calls them.")]
    summary: Annotated[str, about("One sentence.")]
    use: Annotated[str, about("When to take it.")]
    avoid: Annotated[str, about("When not to, and what instead.")]
    python: Annotated[Id, about("The lowest version of Python that it runs on.")]
    packages: Annotated[list[str], about("Requirements of its code.")]
    test_packages: Annotated[list[str], about("Further requirements of its tests.")]
    names: Annotated[dict[str, str], about("What may be renamed, and what each is.")]
    related: Annotated[list[Id], about("Templates near it.")]
    files: Annotated[list[File], about("Code first, then tests.")]


class TemplateList(msgspec.Struct, kw_only=True):
    """What `conc-advisor scaffold --list --format json` and `--show --format json` write."""

    schema: Annotated[str, about("Name and version of this format.")] = SCHEMA_ID
    tool_version: Annotated[str, about("Version of conc-advisor.")]
    templates: Annotated[list[Template], about("All of them, or the one that was asked for.")]
