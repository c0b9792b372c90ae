"""# CA207 daemon-thread-writes

A daemon thread writes files: the interpreter stops it in the middle of a write when the program ends.

## What it does

Finds threads and processes with `daemon=True` whose function writes a file, itself or through other functions of the same file: `open`
with a mode that writes, `write_text`, `json.dump` and their like.  Told of as information are daemons that nothing joins and that send
something over the network, commit to a database, flush what has gathered now and then, or work off a queue and bring each item out of the
program.

Functions of files that register something by `atexit`, queues that somebody joins, threads that somebody joins, that are handed on, and
functions that put a finished file into place (`os.replace`) are left alone; appending is told of as information.  How a file is opened in
another module is not seen, except for `pathlib`.

## Why is this bad

When the last thread that is no daemon ends, daemons are stopped wherever they are: no `finally`, no `with` and no flush runs.  What is left
is an empty or half-written file, and the next start reads it.  The busier the thread, the likelier a restart hits it.

## Example

```python
import json
import threading
import time


class Snapshots:
    def _run(self):
        while True:
            with open("state.json", "w") as file:
                json.dump(self.state, file)
            time.sleep(5)

    def start(self):
        threading.Thread(target=self._run, daemon=True).start()
```

## Use instead

```python
import json
import os
import threading


class Snapshots:
    def _run(self):
        while not self._stop.wait(5):
            with open("state.json.new", "w") as file:
                json.dump(self.state, file)
            os.replace("state.json.new", "state.json")

    def start(self):
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self):
        self._stop.set()
        self._thread.join()
```

## References

- [threading: daemon threads](https://docs.python.org/3/library/threading.html#thread-objects)

## Related

No other analyser looks for it.  CA203 tells of threads that are no daemons and that nobody waits for.
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity, Step
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.observations.lifetimes.drained import work_left
from conc_advisor.review.observations.lifetimes.fate import Fate, fate_of, fate_of_attribute
from conc_advisor.review.observations.lifetimes.makings import Making, makings
from conc_advisor.review.observations.lifetimes.started import work_of
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.wording.remark import findings_of

_JOINS: Final = frozenset({"join"})
_DEPTH: Final = 3
"""How many calls away from the thread's function a write still counts."""
_ATOMIC: Final = frozenset({"os.replace", "os.rename", "shutil.move", "pathlib.Path().replace", "pathlib.Path().rename", "os.link"})
_WRITES: Final = frozenset(
    {
        *("pathlib.Path().write_text", "pathlib.Path().write_bytes", "json.dump", "pickle.dump", "marshal.dump", "yaml.safe_dump"),
        *("numpy.save", "numpy.savez", "joblib.dump", "shutil.copyfile", "shutil.copy", "shutil.copy2", "torch.save"),
    }
)
_OPENS: Final = frozenset({"open", "gzip.open", "bz2.open", "lzma.open", "codecs.open", "pathlib.Path().open"})
_SENDING: Final = frozenset({"urlopen", "post", "put", "request", "sendmail", "send_message"})
_SENDS: Final = frozenset(
    {
        *("urllib.request.urlopen", "smtplib.SMTP().sendmail", "smtplib.SMTP().send_message"),
        *(
            f"{library}.{verb}"
            for library in ("requests", "requests.Session()", "httpx", "httpx.Client()")
            for verb in ("post", "put", "request")
        ),
    }
)
_DEVICES: Final = ("/dev/", "/proc/", "/sys/")


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the daemon threads of a file that write files."""
    for making in makings(context, ("threading.Thread", "multiprocessing.Process")):
        fate = fate_of(context, making.scope, making.call, _JOINS)
        kept = fate_of_attribute(context, fate.attributes[0].attr, _JOINS) if fate.attributes else Fate()
        if any(each.ended or each.handed_on for each in (fate, kept)) or not _is_daemon(context, making, fate, kept):
            continue
        work = work_of(context, making)
        found = _write(context, work, ()) if work is not None else None
        if found is not None and work is not None:
            yield _finding(context, making, work, found)
        elif work is not None and fate.is_left and (sent := _sent(context, work)) is not None:
            yield RULE.finding(
                context,
                making.call,
                f"`{work.name}` sends what it is given in a daemon thread that nothing joins (line {sent.lineno}): "
                "what is under way when the program ends is lost",
                advice="keep the threads that are at work, and join them, for a second or two, in a function that `atexit` calls",
                confidence=Confidence.LOW,
                severity=Severity.INFO,
            )
        elif work is not None:
            yield from findings_of(RULE, context, work_left(context, making, work))


def _finding(context: FileContext, making: Making, work: Scope, found: tuple[ast.Call, tuple[Step, ...]]) -> Finding:
    call, steps = found
    appends = _mode(call).startswith("a")
    return RULE.finding(
        context,
        making.call,
        f"`{work.name}` writes a file in a daemon thread (line {call.lineno}): "
        "when the program ends, it is stopped in the middle of the write",
        advice="make it no daemon, tell it to stop by an event and join it before the program ends; "
        "write to a new file and put it into place by `os.replace`",
        confidence=Confidence.MEDIUM,
        severity=Severity.INFO if appends else Severity.WARNING,
        steps=(*steps, context.step(call, f"{context.text(call.func)}() writes here")),
    )


def _sent(context: FileContext, work: Scope) -> ast.Call | None:
    """Return the call by which a function, which is no loop, sends something over the network; None for none."""
    if work.of(ast.While) or any(last_name(call) == "register" for _, call in context.calls()):
        return None
    return next((call for call in work.of(ast.Call) if last_name(call) in _SENDING and context.target(call, work) in _SENDS), None)


def _is_daemon(context: FileContext, making: Making, *fates: Fate) -> bool:
    given = argument(making.call, "daemon")
    if isinstance(given, ast.Constant):
        return bool(given.value)
    if given is not None:
        return False
    return any("daemon" in each.given or each.called("setDaemon") is not None for each in fates) or _is_of_daemons(context, making)


def _is_of_daemons(context: FileContext, making: Making) -> bool:
    """Tell whether a class of this file makes each of its threads a daemon."""
    init = context.scope_named(f"{making.path}.__init__")
    if init is None:
        return False
    if any(
        isinstance(each.value, ast.Constant) and each.value.value is True
        for target, each in init.assigned_attributes
        if target.attr == "daemon"
    ):
        return True
    return any(isinstance(given := argument(call, "daemon"), ast.Constant) and given.value is True for call in init.of(ast.Call))


def _write(context: FileContext, work: Scope, steps: tuple[Step, ...]) -> tuple[ast.Call, tuple[Step, ...]] | None:
    """Return the nearest write that a function leads to, with the calls on the way; None for none, and where files are put into place."""
    calls = [(call, context.target(call, work)) for call in work.of(ast.Call)]
    if any(path in _ATOMIC for _, path in calls):
        return None
    for call, path in calls:
        if path in _WRITES or (path in _OPENS and _writes(call)):
            return call, steps
    if len(steps) >= _DEPTH:
        return None
    for call, path in calls:
        inner = context.scope_named(path) if path else None
        if inner is not None and inner is not work and not inner.is_async and inner.kind is ScopeKind.FUNCTION:
            found = _write(context, inner, (*steps, context.step(call, f"{work.name}() calls {inner.name}()")))
            if found is not None:
                return found
    return None


def _writes(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Attribute) and first.attr == "devnull":
        return False
    if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value.startswith(_DEVICES):
        return False
    return any(letter in _mode(call) for letter in "wax+")


def _mode(call: ast.Call) -> str:
    place = 0 if isinstance(call.func, ast.Attribute) and last_name(call.func.value) not in {"gzip", "bz2", "lzma", "codecs", "io"} else 1
    mode = argument(call, "mode", place) if last_name(call) == "open" else None
    return mode.value if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else ""


RULE: Final = Rule(
    code="CA207",
    name="daemon-thread-writes",
    pitfall="P28",
    topic="daemon-threads",
    summary="A daemon thread writes files and may be stopped in the middle.",
    severity=Severity.WARNING,
    check=check,
    template="thread-periodic",
)
