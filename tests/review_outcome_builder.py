"""Builders of what a review says, for tests: each has defaults, so a test names only what it is about.

outcome(finding(severity=Severity.ERROR, place=location("app.py", 3)), lines=("import time", "", "time.sleep(1)"))
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from conc_advisor.catalogue.library import Api, ForkSafety, FreeThreaded, GilUse, Library, Role, ThreadSafety
from conc_advisor.findings import Confidence, Edit, Finding, Fix, Location, Severity, Step
from conc_advisor.reports.plain import Paper
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.review.outcome import Outcome, Silence, Silenced
from conc_advisor.review.rule import Rule
from conc_advisor.scanning.inventory import (
    Inventory,
    LibraryUse,
    MainModel,
    Metadata,
    ModelKind,
    ModelUse,
    Part,
    Place,
    Skipped,
)

FILE: Final = "app/api.py"
SOURCE: Final = (
    "import time",
    "",
    "",
    "async def handle(request):",
    "    time.sleep(1)",
    "    return request",
)
"""What `finding()` is about: its line 5."""
HOSTILE: Final = "\x1b[2J[bold]x[/bold]\u202e\n::error::no | `c` <script>**b** [i](http://evil.example) %0A @all $x$"
"""Escape codes, markup of rich, Markdown and HTML, a command of GitHub, and characters that turn text around."""


def check(context: object) -> Iterator[Finding]:
    """Yield nothing; the page of the rules made here is this module's docstring."""
    assert context
    yield from ()


def rule(code: str = "CA101", name: str = "blocking-call-in-coroutine", template: str | None = "async-offload") -> Rule:
    """Return a rule."""
    return Rule(
        code=code,
        name=name,
        pitfall="P01",
        topic="blocking-in-async",
        summary=f"Summary of {name}.",
        severity=Severity.ERROR,
        check=check,
        also=("ASYNC251",),
        template=template,
    )


RULES: Final = (
    rule(),
    rule("CA201", "coroutine-never-awaited", None),
    rule("CA401", "unbounded-fan-out", "async-fan-out"),
)


def location(file: str = FILE, line: int = 5, column: int = 5, *, function: str = "handle", **end: int) -> Location:
    """Return the place of a call; `end_line` and `end_column` are in the same line and after 13 characters unless given."""
    return Location(file=file, line=line, function=function, column=column, **{"end_line": line, "end_column": 18, **end})


def finding(
    message: str = "`time.sleep()` blocks the event loop",
    place: Location | None = None,
    severity: Severity = Severity.ERROR,
    code: str = "CA101",
    **parts: Any,  # noqa: ANN401  # whatever a finding has beside these
) -> Finding:
    """Return a finding at `location()`."""
    parts = {"confidence": Confidence.HIGH, "advice": "await `asyncio.sleep()`", **parts}
    return Finding(rule=code, severity=severity, message=message, location=location() if place is None else place, **parts)


def step(text: str = "handle() calls _wait()", place: Location | None = None) -> Step:
    """Return a step of a path."""
    return Step(text=text, location=place or location("app/wait.py", 9, 1, end_column=8, function="_wait"))


def fix(*, safe: bool = True) -> Fix:
    """Return a fix of `finding()`."""
    edits = (
        Edit(line=5, column=5, end_line=5, end_column=18, text="await asyncio.sleep(1)"),
        Edit(line=1, column=1, end_line=1, end_column=1, text="import asyncio\n"),
    )
    return Fix(title="Await asyncio.sleep()", safe=safe, edits=edits)


def library(name: str, api: Api = Api.SYNC, *twins: str) -> Library:
    """Return a library for HTTP."""
    return Library(
        name=name,
        imports=(name,),
        category="http",
        role=Role.IO,
        version="1",
        api=api,
        async_twin=twins,
        gil=GilUse.RELEASES_ON_WAIT,
        gil_rows=(),
        thread_safety=ThreadSafety.SAFE,
        fork=ForkSafety.RECREATE,
        own_threads=None,
        free_threaded=FreeThreaded.PURE,
        advice="",
        note="",
        sources={},
    )


def inventory(*libraries: Library, file: str = FILE) -> Inventory:
    """Return what a scan says of a project of asyncio with threads in its tests."""
    seen = Place(what="asyncio.run", location=location(file))
    return Inventory(
        read={Part.MAIN: 4, Part.TESTS: 2, Part.AROUND: 0},
        skipped=(),
        notebooks=0,
        models=(
            ModelUse(kind=ModelKind.ASYNCIO, part=Part.MAIN, places=9, files=3, first=(seen,)),
            ModelUse(kind=ModelKind.THREADS, part=Part.TESTS, places=1, files=1, first=(replace(seen, what="threading.Thread"),)),
        ),
        libraries=tuple(
            LibraryUse(library=each, part=Part.MAIN, files=1, first=(replace(seen, what=f"imports {each.name}"),)) for each in libraries
        ),
        unknown=(),
        traits=(),
        metadata=Metadata(lowest_python=9),
        main=MainModel(kind=ModelKind.ASYNCIO, confidence=Confidence.HIGH, because="asyncio in 3 files of 4"),
    )


def outcome(
    *findings: Finding,
    lines: Sequence[str] = SOURCE,
    **parts: Any,  # noqa: ANN401  # whatever an outcome has beside these
) -> Outcome:
    """Return a review of 4 files; all files that findings are in have these lines."""
    everything = (*findings, *(each.finding for each in parts.get("silenced", ())))
    sources = {each.location.file: tuple(lines) for each in everything if each.location}
    return Outcome(findings=findings, **{"files": 4, "lines": 120, "sources": sources, **parts})


def silenced(how: Silence = Silence.NOQA, said: Finding | None = None) -> Silenced:
    """Return a finding that is silenced."""
    return Silenced(finding=said or finding(), how=how)


def rich_outcome() -> Outcome:
    """Return a review in which everything occurs."""
    return outcome(
        finding(steps=(step(), step("_wait() calls time.sleep()")), also=("ruff ASYNC251",), fix=fix()),
        finding("`job()` is never awaited", location(line=6, end_column=19), Severity.WARNING, "CA201"),
        finding("`gather()` of everything", location(line=6), Severity.WARNING, "CA401", fix=fix(safe=False)),
        finding("Loop variable not bound", location(line=6, function=""), Severity.INFO, "B023", advice=""),
        silenced=(silenced(), silenced(Silence.BASELINE), silenced(Silence.PER_FILE)),
        skipped=(Skipped(file="old.py", why="invalid syntax (line 3)"), Skipped(file="data.ipynb", why="a notebook: only counted")),
        notes=("ruff was not found.",),
        cached=1,
        inventory=inventory(library("requests", Api.SYNC, "httpx"), library("aiohttp", Api.ASYNC)),
    )


def hostile_outcome() -> Outcome:
    """Return a review of a project whose every name is an attack."""
    place = location(HOSTILE, function=HOSTILE)
    parts = finding(HOSTILE, place, advice=HOSTILE, steps=(step(HOSTILE, place),), also=(HOSTILE,))
    seen = inventory(library(HOSTILE), file=HOSTILE)
    return outcome(
        parts,
        silenced=(silenced(said=parts),),
        lines=(HOSTILE.replace("\n", " "),) * 6,
        skipped=(Skipped(file=HOSTILE, why=HOSTILE),),
        notes=(HOSTILE,),
        inventory=replace(seen, main=replace(seen.main, because=HOSTILE)),
    )


def options(*, width: int = 100, color: bool = False, unicode: bool = True, verbose: bool = False, **parts: Any) -> ReviewOptions:  # noqa: ANN401
    """Return options with the rules made here."""
    paper = Paper(width=width, color=color, unicode=unicode, verbose=verbose)
    return ReviewOptions(**{"paper": paper, "rules": RULES, "paths": ("app",), **parts})
