"""What is taken from ruff: its rules about concurrency, and what they mean here.

Left out are ASYNC109 (a `timeout` parameter is an interface, no fault: 93 of 138 findings on well-written code), ASYNC115 and ASYNC116
(style: what they report behaves as it should) and ASYNC401 (about tests of exception groups).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from conc_advisor.findings import Confidence, Severity


class Where(Enum):
    """Where a finding of ruff's is taken."""

    ANYWHERE = auto()
    COROUTINE = auto()
    """In the body of an async function: elsewhere it has nothing to do with cancellation."""
    ASYNC_WITH = auto()
    """In an `async with`, whose end may have to await: a plain `with` of a generator that nobody closes is left by its finalizer."""
    BESIDE_OURS = auto()
    """Only as a second voice for a finding of ours: our rule sees why others of these are no bugs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuffRule:
    """A rule of ruff's: the pitfall it is about, how bad and how sure it is here, and what to do."""

    code: str
    name: str
    pitfall: str
    severity: Severity
    confidence: Confidence
    advice: str
    where: Where = Where.ANYWHERE

    @property
    def url(self) -> str:
        """Ruff's page about it."""
        return f"https://docs.astral.sh/ruff/rules/{self.name}"


_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR
_LOW, _MEDIUM, _HIGH = Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH
_OFFLOAD: Final = "Hand it to a thread with `await asyncio.to_thread(…)`, or use a library that awaits."


def _rule(  # noqa: PLR0913, PLR0917  # a row of the table
    code: str, name: str, pitfall: str, severity: Severity, confidence: Confidence, advice: str, where: Where = Where.ANYWHERE
) -> RuffRule:
    return RuffRule(code=code, name=name, pitfall=pitfall, severity=severity, confidence=confidence, advice=advice, where=where)


RULES: Final[tuple[RuffRule, ...]] = (
    _rule(
        *("ASYNC100", "cancel-scope-no-checkpoint", "P04", _WARNING, _MEDIUM),
        "Await something inside of the block: a deadline can only take effect where the code awaits.",
    ),
    _rule("ASYNC105", "trio-sync-call", "P02", _ERROR, _HIGH, "Put `await` before the call: without it nothing is done."),
    _rule(
        *("ASYNC110", "async-busy-wait", "P26", _WARNING, _MEDIUM),
        "Wait for an `Event`, and set it where the condition becomes true.",
        # `while True: await asyncio.sleep(1)` waits for no condition.
        Where.BESIDE_OURS,
    ),
    _rule(
        *("ASYNC119", "yield-in-context-manager-in-async-generator", "P23", _WARNING, _MEDIUM),
        "Make it an `@asynccontextmanager`, or use it under `contextlib.aclosing`, so that the block is left when the consumer stops.",
        Where.ASYNC_WITH,
    ),
    _rule("ASYNC210", "blocking-http-call-in-async-function", "P01", _ERROR, _HIGH, f"{_OFFLOAD}  The whole event loop waits for it."),
    _rule(
        *("ASYNC212", "blocking-http-call-httpx-in-async-function", "P01", _ERROR, _HIGH),
        "Use `httpx.AsyncClient` and await the call: the whole event loop waits for this one.",
    ),
    _rule(
        *("ASYNC220", "create-subprocess-in-async-function", "P01", _WARNING, _HIGH),
        "Use `asyncio.create_subprocess_exec`, or `create_subprocess_shell`.",
    ),
    _rule(
        *("ASYNC221", "run-process-in-async-function", "P01", _ERROR, _HIGH),
        "Use `asyncio.create_subprocess_exec` and await its end: the whole event loop waits for this process.",
    ),
    _rule(
        *("ASYNC222", "wait-for-process-in-async-function", "P01", _ERROR, _HIGH),
        "Start the process with `asyncio.create_subprocess_exec` and `await process.wait()`.",
    ),
    _rule("ASYNC230", "blocking-open-call-in-async-function", "P01", _WARNING, _MEDIUM, _OFFLOAD),
    _rule("ASYNC240", "blocking-path-method-in-async-function", "P01", _INFO, _MEDIUM, _OFFLOAD),
    _rule(
        *("ASYNC250", "blocking-input-in-async-function", "P01", _ERROR, _HIGH),
        "Read in a thread: `await asyncio.to_thread(input)`.  The event loop stands still until somebody types.",
    ),
    _rule("ASYNC251", "blocking-sleep-in-async-function", "P01", _ERROR, _HIGH, "Use `await asyncio.sleep(…)`."),
    _rule(
        *("B012", "jump-statement-in-finally", "P03", _WARNING, _HIGH),
        "Take the jump out of `finally`: there it swallows cancellation and every other exception that is on its way.",
        Where.COROUTINE,
    ),
    _rule(
        *("B023", "function-uses-loop-variable", "P05", _INFO, _LOW),
        "Hand the value over as an argument: a function that runs later sees the variable's last value.",
    ),
    _rule(
        *("B039", "mutable-contextvar-default", "P27", _WARNING, _HIGH),
        "Leave the default out, or use None: all contexts share this one object.",
    ),
    _rule(
        *("BLE001", "blind-except", "P03", _WARNING, _MEDIUM),
        "Catch `Exception`, or raise again what is not meant: this swallows cancellation.",
        Where.BESIDE_OURS,
    ),
    _rule(
        *("E722", "bare-except", "P03", _WARNING, _MEDIUM),
        "Write `except Exception:`: a bare `except` swallows cancellation.",
        Where.BESIDE_OURS,
    ),
    _rule(
        "PLE1142", "await-outside-async", "P02", _ERROR, _HIGH, "Make the function `async def`, or run the coroutine with `asyncio.run`."
    ),
    _rule(
        *("PLW1509", "subprocess-popen-preexec-fn", "P22", _WARNING, _MEDIUM),
        "Use `start_new_session`, `process_group`, `umask` or `user`: code between fork and exec can deadlock where there are threads.",
    ),
    _rule(
        *("RUF006", "asyncio-dangling-task", "P07", _WARNING, _HIGH),
        "Keep the task, in a set until it is done for example: the event loop itself holds it only weakly.",
        # A local name holds it, too, as long as its function is suspended.
        Where.BESIDE_OURS,
    ),
    _rule(
        *("RUF029", "unused-async", "P13", _INFO, _LOW),
        "Make it a plain function, unless an interface asks for a coroutine.",
        Where.BESIDE_OURS,
    ),
    _rule(
        *("S113", "request-without-timeout", "P04", _WARNING, _HIGH),
        "Give a `timeout`: without one the call may wait for ever.",
    ),
)
BY_CODE: Final[Mapping[str, RuffRule]] = {rule.code: rule for rule in RULES}


IN_TESTS: Final = frozenset({"ASYNC105", "B012", "B039", "PLE1142"})
"""Those that are told of test code, too: a test blocks, polls and drops on purpose, but it does not mean to test nothing."""


def wanted(codes: Iterable[str]) -> tuple[str, ...]:
    """Return those of some codes that ruff is asked for, in a stable order."""
    return tuple(sorted(BY_CODE.keys() & set(codes)))
