"""The types of the JSON of `review`, `conc-advisor.review/1`.

The JSON Schema that we ship is made from them.  The format only grows: keys are added, never taken away, and never change their meaning.
"""

from typing import Annotated, Final

import msgspec

from conc_advisor.reports.document.fields import Id, about

SCHEMA_ID: Final = "conc-advisor.review/1"

Count = Annotated[int, msgspec.Meta(ge=0)]
Point = Annotated[int, msgspec.Meta(ge=1)]
"""A line or a column, from 1."""


class Place(msgspec.Struct, kw_only=True):
    """A place in code. Lines and columns begin at 1; null where they are not known."""

    file: Annotated[str, about("Name of the file: relative to the working folder, or absolute.")]
    line: Annotated[Point | None, about("First line.")]
    column: Annotated[Point | None, about("First character.")]
    end_line: Annotated[Point | None, about("Last line.")]
    end_column: Annotated[Point | None, about("The character after the last.")]
    function: Annotated[str | None, about("Function around it; null outside of any.")]


class Step(msgspec.Struct, kw_only=True):
    """One step of the way that leads to a finding."""

    text: Annotated[str, about("What happens there.")]
    location: Annotated[Place, about("Where.")]


class Edit(msgspec.Struct, kw_only=True):
    """Text that takes the place of what stands between two points of the finding's file."""

    line: Annotated[Point, about("First line, from 1.")]
    column: Annotated[Point, about("First character, from 1.")]
    end_line: Annotated[Point, about("Last line.")]
    end_column: Annotated[Point, about("The character after the last; the same point as the first for text that is put in.")]
    text: Annotated[str, about("The new text.")]


class Fix(msgspec.Struct, kw_only=True):
    """A rewrite that mends a finding."""

    title: Annotated[str, about("What it does.")]
    safe: Annotated[bool, about("True where it changes nothing else that a program could see.")]
    edits: Annotated[list[Edit], about("All of them belong together.")]


class Finding(msgspec.Struct, kw_only=True):
    """One statement about the code."""

    code: Annotated[Id, about("Rule, such as `CA101`, or that of another tool, such as `B012`.")]
    name: Annotated[Id | None, about("The rule's name; null for rules of other tools.")]
    group: Annotated[Id | None, about("Seed of trouble, such as `blocking`; null for rules of other tools.")]
    pitfall: Annotated[str | None, about("Number of the pitfall, such as `P01`; null where there is none.")]
    severity: Annotated[Id, about("`info`, `warning` or `error`.")]
    confidence: Annotated[Id, about("`low`, `medium` or `high`.")]
    message: Annotated[str, about("What is wrong, in English.")]
    advice: Annotated[str, about("What to do about it, in English.")]
    file: Annotated[str | None, about("Name of the file; null, as all of the place, where the finding is about no place in the code.")]
    line: Annotated[Point | None, about("First line, from 1; null where it is not known.")]
    column: Annotated[Point | None, about("First character, from 1; null where it is not known.")]
    end_line: Annotated[Point | None, about("Last line; null where it is not known.")]
    end_column: Annotated[Point | None, about("The character after the last; null where it is not known.")]
    function: Annotated[str | None, about("Function around it; null outside of any.")]
    steps: Annotated[list[Step], about("The way that leads to it.")]
    also: Annotated[list[str], about("Rules of other tools that say the same here.")]
    template: Annotated[Id | None, about("What `conc-advisor scaffold` takes for code that mends it; null where there is none.")]
    fix: Annotated[Fix | None, about("A rewrite; null where there is none.")]
    fingerprint: Annotated[Id, about("16 hexadecimal digits that stay when lines above come or go.")]


class Silenced(msgspec.Struct, kw_only=True):
    """A finding that the user has silenced."""

    how: Annotated[Id, about("`noqa`, `per-file-ignores` or `baseline`.")]
    finding: Annotated[Finding, about("What is not shown.")]


class Skipped(msgspec.Struct, kw_only=True):
    """A file or folder that was not read."""

    file: Annotated[str, about("Which.")]
    why: Annotated[str, about("Why not, in English.")]


class Sight(msgspec.Struct, kw_only=True):
    """One thing that was seen."""

    what: Annotated[str, about("Its full name, such as `threading.Thread`.")]
    file: Annotated[str, about("Name of the file.")]
    line: Annotated[Point | None, about("Line in the file, from 1; null where it is not known.")]


class Model(msgspec.Struct, kw_only=True):
    """A concurrency model in one part of the project."""

    kind: Annotated[Id, about("Such as `asyncio`, `threads`, `processes`.")]
    part: Annotated[Id, about("`main`, `tests`, or `docs, examples and tools`.")]
    places: Annotated[Count, about("How often it is used.")]
    files: Annotated[Count, about("In how many files.")]
    first: Annotated[list[Sight], about("The first few places.")]


class MainModel(msgspec.Struct, kw_only=True):
    """The model that prevails in the main code."""

    kind: Annotated[Id, about("Which; `sequential` where no other was found.")]
    confidence: Annotated[Id, about("How sure that is.")]
    because: Annotated[str, about("Why, in English.")]


class Library(msgspec.Struct, kw_only=True):
    """A library that one part of the project imports."""

    name: Annotated[str, about("Its name on PyPI, or the module of the standard library.")]
    part: Annotated[Id, about("As for models.")]
    api: Annotated[Id, about("`sync`: blocking calls only, `async`, or `both`.")]
    role: Annotated[Id, about("What its calls do: `io`, `cpu` and so on.")]
    async_twins: Annotated[list[str], about("Libraries that do the same with await.")]
    files: Annotated[Count, about("In how many files.")]
    first: Annotated[list[Sight], about("The first few imports.")]


class Severities(msgspec.Struct, kw_only=True):
    """Findings by severity."""

    error: Annotated[Count, about("Errors.")]
    warning: Annotated[Count, about("Warnings.")]
    info: Annotated[Count, about("Information.")]


class Counts(msgspec.Struct, kw_only=True):
    """How many findings there are."""

    findings: Annotated[Count, about("All that are not silenced.")]
    severities: Annotated[Severities, about("The same by severity.")]
    fixable: Annotated[Count, about("Of them, with a safe fix.")]
    fixable_unsafely: Annotated[Count, about("Of them, with a fix that is not safe.")]
    silenced: Annotated[Count, about("Findings that are silenced.")]
    skipped: Annotated[Count, about("Files and folders that were not read.")]


class Review(msgspec.Struct, kw_only=True):
    """What `conc-advisor review --format json` writes."""

    schema: Annotated[str, about("Name and version of this format.")] = SCHEMA_ID
    tool_version: Annotated[str, about("Version of conc-advisor.")]
    python: Annotated[str | None, about("Lowest version that the code must run on, such as `3.9`; null where nothing says it.")]
    paths: Annotated[list[str], about("What was asked to be reviewed.")]
    files: Annotated[Count, about("Files that were read.")]
    lines: Annotated[Count, about("Their lines.")]
    cached: Annotated[Count, about("Of the files, those that needed no new look.")]
    counts: Annotated[Counts, about("How many findings there are.")]
    findings: Annotated[list[Finding], about("By file, line, column and code.")]
    silenced: Annotated[list[Silenced], about("Findings that are not reported.")]
    skipped: Annotated[list[Skipped], about("What could not be read.")]
    notes: Annotated[list[str], about("What else is to be known, in English.")]
    main_model: Annotated[MainModel | None, about("Null where it was not looked for.")]
    models: Annotated[list[Model], about("Every model that is used.")]
    libraries: Annotated[list[Library], about("Libraries that we know, of those that the code imports.")]
