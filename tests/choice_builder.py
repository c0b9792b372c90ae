"""Builders of `Consultation` values for tests: each has defaults, so a test names only what it is about.

consultation(model=ConcurrencyModel.THREADS, confidence=Confidence.LOW, workload=Workload(fan_out=FanOut.FEW))
"""

from dataclasses import fields, replace
from enum import StrEnum
from typing import Any, Final, TypeVar, cast

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.recommendation import (
    Alternative,
    Change,
    Consultation,
    Contradiction,
    Control,
    ControlKind,
    Form,
    HandOver,
    OpenQuestion,
    Pitfall,
    Proof,
    Reason,
    Recommendation,
    Size,
    Standing,
)
from conc_advisor.findings import Confidence
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    Evidence,
    ExistingLoop,
    Factor,
    FanOut,
    Gil,
    IoKind,
    Origin,
    PythonVersion,
    Quantities,
    Value,
    Workload,
)

Model = ConcurrencyModel
HOSTILE: Final = "\x1b[2J[bold]x[/bold]\u202e\x9b31m\n# h\n| a | `c` <script>**b** ![i](http://evil.example) @all #1 $x$"
"""Escape codes, markup of rich, Markdown and HTML, line ends, and characters that turn text around."""

WORKLOAD: Final = Workload(
    bottleneck=Bottleneck.IO,
    io_kind=IoKind.HTTP,
    fan_out=FanOut.THOUSANDS,
    async_lib=AsyncLib.YES,
    python=PythonVersion(12),
    notebook=False,
)


def reason(row: str = "thousands-at-once", because: str = "", source: str = "", *factors: Factor) -> Reason:
    """Return a row that fired."""
    return Reason(
        row=row,
        because=because or "Thousands of requests wait at once, and each of them as a task costs 1.4 KB.",
        source=source or "measured: 1,000 requests in flight, aiohttp against threads",
        factors=factors or (Factor.FAN_OUT, Factor.ASYNC_LIB),
    )


def change(model: ConcurrencyModel, factor: Factor, value: Value) -> Change:
    """Return an answer and the model it leads to."""
    return Change(factor=factor, value=value, model=model)


def alternative(
    model: ConcurrencyModel, standing: Standing = Standing.POSSIBLE, because: str = "It works; asyncio fits better.", *changes: Change
) -> Alternative:
    """Return a model that was not chosen; one that is ruled out or avoided has the row that says so."""
    row = None if standing is Standing.POSSIBLE else reason(f"no-{model}", because, "read: the documentation of the library")
    return Alternative(model=model, standing=standing, because=because, reason=row, better_when=changes)


def size(name: str = "semaphore", value: int | None = 100, unit: str = "requests", **others: Any) -> Size:  # noqa: ANN401 - a builder
    """Return a size, estimated unless `measured=True`."""
    usual: dict[str, Any] = {
        "formula": "min(downstream limit, rate x latency)",
        "inputs": "200 a second (assumed), 0.5 s (task_duration 0.1-10s)",
        "measured": False,
        "source": "Little's law",
    }
    return Size(name=name, value=value, unit=unit, **usual | others)


def evidence(
    factor: Factor, value: Value, origin: Origin = Origin.YOU, detail: str = "", confidence: Confidence = Confidence.HIGH
) -> Evidence:
    """Return an answer with where it comes from."""
    return Evidence(factor=factor, value=value, origin=origin, confidence=confidence, detail=detail)


def recommendation(**parts: Any) -> Recommendation:  # noqa: ANN401 - a builder
    """Return a recommendation with a reason and nothing else, unless named."""
    usual: dict[str, Any] = {field.name: () for field in fields(Recommendation)} | {
        "workload": WORKLOAD,
        "quantities": Quantities(),
        "model": Model.ASYNCIO,
        "confidence": Confidence.HIGH,
        "why": (reason(),),
    }
    return Recommendation(**usual | parts)


def consultation(**parts: Any) -> Consultation:  # noqa: ANN401 - a builder
    """Return a consultation; a part that is not a `Consultation`'s own belongs to its recommendation."""
    own = {field.name for field in fields(Consultation)}
    said = recommendation(**{name: part for name, part in parts.items() if name not in own})
    usual: dict[str, Any] = {
        "recommendation": said,
        "evidence": {factor: evidence(factor, value) for factor, value in said.workload.known().items()},
        "contradictions": (),
        "notes": (),
        "again": "conc-advisor choose --no-input " + " ".join(f"--set {factor}={value}" for factor, value in said.workload.known().items()),
        "next_commands": ("conc-advisor profile app.py",),
    }
    return Consultation(**usual | {name: part for name, part in parts.items() if name in own})


def contradiction() -> Contradiction:
    """Return an answer of the user's that a profile does not agree with."""
    return Contradiction(
        kept=evidence(Factor.BOTTLENECK, Bottleneck.IO),
        against=evidence(Factor.BOTTLENECK, Bottleneck.CPU, Origin.PROFILE, "92% of the time on CPU with the GIL", Confidence.MEDIUM),
    )


def rich_consultation() -> Consultation:
    """Return a consultation with something in every part, and in each list about as much as there usually is."""
    others = _alternatives()
    plain = consultation(
        quantities=Quantities(cores=8, item_seconds=0.25),
        why=(
            reason(),
            reason("async-client-for-all", "Every library that waits has an async client.", "catalogue: aiohttp", Factor.ASYNC_LIB),
        ),
        alternatives=others,
        runners_up=others[:2],
        open_questions=(
            OpenQuestion(
                factor=Factor.EXISTING_LOOP,
                changes=(change(Model.THREADS, Factor.EXISTING_LOOP, ExistingLoop.GUI),),
            ),
            OpenQuestion(
                factor=Factor.GIL,
                changes=(
                    change(Model.ASYNCIO_PROCESSES, Factor.GIL, Gil.HOLDS),
                    change(Model.ASYNCIO_PROCESSES, Factor.GIL, Gil.MIXED),
                    change(Model.ASYNCIO_THREADS, Factor.GIL, Gil.RELEASES),
                ),
            ),
        ),
        trade_offs=(
            "Every function on the way to a request becomes `async`.",
            "One blocking call stops all requests.",
            "Between two `await`s other tasks change shared state.",
            "Tracebacks are shorter than the way that led there.",
        ),
        controls=_controls(),
        sizes=_sizes(),
        pitfalls=(
            Pitfall(text="A blocking call in a coroutine stops the loop.", topic="blocking-call-in-coroutine"),
            Pitfall(text="A task that nobody keeps may be collected.", topic="task-not-stored"),
            Pitfall(text="A client for each request opens a connection for each request.", topic="client-per-request"),
            Pitfall(text="A queue without a bound grows until memory ends.", topic="unbounded-queue"),
        ),
        forms=_forms(),
        templates=("async-fan-out", "async-http-client"),
        proofs=(
            Proof(text="Measure requests a second and the loop's lag before and after.", command="conc-advisor profile app.py"),
            Proof(text="Watch the number of open tasks; it must go back to where it was.", command=""),
        ),
        hand_overs=(HandOver(engine="Celery", when="the requests must survive a restart."),),
        notes=("The saved answers are of 2026-11-20.",),
        contradictions=(contradiction(),),
    )
    note = "httpx.AsyncClient is slow from about 50 requests in flight on."
    return replace(plain, recommendation=replace(plain.recommendation, notes=(note,)))

    return ExistingLoop.GUI


def _alternatives() -> tuple[Alternative, ...]:
    return (
        alternative(
            Model.THREADS,
            Standing.AVOIDED,
            "Thousands of threads cost more memory and start slower than tasks.",
            change(Model.THREADS, Factor.ASYNC_LIB, AsyncLib.NO),
            change(Model.THREADS, Factor.ASYNC_LIB, AsyncLib.PARTIAL),
            change(Model.THREADS, Factor.FAN_OUT, FanOut.FEW),
        ),
        alternative(
            Model.ASYNCIO_THREADS,
            Standing.POSSIBLE,
            "It is for libraries without an async client; all of these have one.",
            change(Model.ASYNCIO_THREADS, Factor.ASYNC_LIB, AsyncLib.PARTIAL),
        ),
        alternative(Model.SEQUENTIAL, Standing.AVOIDED, "One request after the other takes as long as all of them together."),
        alternative(Model.PROCESSES, Standing.AVOIDED, "Nothing computes, so more interpreters only cost memory."),
        alternative(Model.ASYNCIO_PROCESSES, Standing.POSSIBLE, "It is for work that computes between its requests."),
        alternative(Model.VECTORISE, Standing.RULED_OUT, "Waiting cannot be vectorised."),
        alternative(Model.FREE_THREADED, Standing.RULED_OUT, "Python 3.12 has no free-threaded build."),
        alternative(Model.INTERPRETERS, Standing.RULED_OUT, "InterpreterPoolExecutor needs Python 3.14."),
        alternative(Model.DISTRIBUTED, Standing.POSSIBLE, "One machine is enough for this."),
    )


def _controls() -> tuple[Control, ...]:
    return (
        Control(kind=ControlKind.TESTS, text="Run the tests with asyncio's debug mode on."),
        Control(kind=ControlKind.TESTS, text="Test that no task is left when the program ends."),
        Control(kind=ControlKind.OBSERVABILITY, text="Export the loop's lag."),
        Control(kind=ControlKind.MIGRATION, text="Begin at the leaves: one client at a time."),
        Control(kind=ControlKind.ROLLBACK, text="Keep a switch that sets the semaphore to 1."),
    )


def _sizes() -> tuple[Size, ...]:
    return (
        size(),
        size("queue bound", 200, "items", formula="2 x semaphore", inputs="semaphore 100", measured=True, source=""),
        size("connection limit", None, "", formula="the semaphore", inputs="nobody said how many the other side takes"),
    )


def _forms() -> tuple[Form, ...]:
    return (
        Form(
            text="A TaskGroup with a timeout around it.",
            code="async with asyncio.timeout(30), TaskGroup() as group:\n    for url in urls:\n        group.create_task(fetch(url))\n",
            applies="Python 3.11 and newer",
        ),
        Form(text="Before 3.11: gather, and cancel the rest by hand.", code="await asyncio.gather(*tasks)", applies="Python 3.8 to 3.10"),
        Form(text="On Windows the loop has no add_signal_handler.", code="", applies="Windows"),
    )


def hostile_consultation() -> Consultation:
    """Return a consultation in which every text is hostile, also those that are our own today."""
    return _poisoned(rich_consultation())


Anything = TypeVar("Anything")


def _poisoned(value: Anything) -> Anything:
    """Return the value with every string in it hostile; enums and Python versions stay what they are."""
    changed: object = value
    if isinstance(value, str) and not isinstance(value, StrEnum):
        changed = HOSTILE
    elif isinstance(value, tuple):
        changed = tuple(map(_poisoned, value))
    elif isinstance(value, dict):
        changed = {key: _poisoned(item) for key, item in value.items()}
    elif isinstance(
        value, (Consultation, Recommendation, Reason, Alternative, Size, Control, Form, Pitfall, Proof, HandOver, Contradiction, Evidence)
    ):
        changed = replace(value, **{field.name: _poisoned(getattr(value, field.name)) for field in fields(value)})
    return cast("Anything", changed)
