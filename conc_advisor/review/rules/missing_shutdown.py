"""# CA203 missing-shutdown

A thread, a process or a pool is started, and nothing ever ends it or waits for it.

## What it does

Finds executors and pools that no `with` and no method ends (`shutdown()`, `close()`, `terminate()`), and threads and processes that are
started and neither joined nor kept where somebody could.  A class that has a method to close it, and a pool that this method forgets, is
reported at the method.

Also found is a wait with a timeout for work of an executor whose `with` then waits without one.

Also found is `thread.run()`, which starts no thread.

Told of as information are: threads, in an attribute or in a list, daemons too, that are told to stop and not waited for; timers,
schedulers, pools and managers that a closing method forgets; a pool that is ended only while it works; processes that are ended and not
waited for, or joined at the end without a limit.

What is returned or handed to another function is in its hands: it is not followed there.  Daemons that nothing tells to stop end with the
program and are left alone, as are threads that `main()` starts last.  A pool of the module is ended by the interpreter.

## Why is this bad

Nobody learns that the work failed, or that it is not done yet.  A thread that is no daemon keeps the process alive after its `main` has
ended, so that a deployment waits for its kill timeout; a `multiprocessing.Pool` that is only forgotten can hang the interpreter's end.
Under load each call leaves its threads or processes behind until memory or the limit of threads runs out.

## Example

```python
from concurrent.futures import ThreadPoolExecutor


def squares(values):
    pool = ThreadPoolExecutor(max_workers=4)
    return [future.result() for future in [pool.submit(pow, value, 2) for value in values]]
```

## Use instead

```python
from concurrent.futures import ThreadPoolExecutor


def squares(values):
    with ThreadPoolExecutor(max_workers=4) as pool:
        return [future.result() for future in [pool.submit(pow, value, 2) for value in values]]
```

## References

- [Executor.shutdown](https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Executor.shutdown)
- [multiprocessing.Pool: a warning about its end](https://docs.python.org/3/library/multiprocessing.html#multiprocessing.pool.Pool)

## Related

pylint `R1732`
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Location, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.lifetimes import EXECUTORS, POOL_ENDS, POOLS, THREAD_ENDS, THREADS
from conc_advisor.review.observations.lifetimes.fate import Fate, fate_of, fate_of_attribute
from conc_advisor.review.observations.lifetimes.forgotten import forgotten_pools, uncancelled_timers
from conc_advisor.review.observations.lifetimes.late_ends import ended_if_busy, outlasting_with, passed_by_exceptions, process_ends
from conc_advisor.review.observations.lifetimes.makings import Making, makings
from conc_advisor.review.observations.lifetimes.owners import closing_method, owner_of
from conc_advisor.review.observations.lifetimes.run_for_start import run_for_start
from conc_advisor.review.observations.lifetimes.started import is_made_a_daemon, stays_alive, tells_its_end, threads_of, waits_after
from conc_advisor.review.observations.lifetimes.unjoined import unjoined_classes, unjoined_daemons, unjoined_in_container
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import ScopeKind
from conc_advisor.review.wording.quoting import quoted
from conc_advisor.review.wording.remark import findings_of

_MANAGER: Final = "multiprocessing.Manager"
_WAITS: Final = frozenset({"as_completed", "wait", "result", "gather"})


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the pools, threads and processes of a file that are started and left."""
    told: set[Location | None] = set()
    for each in _all(context):
        # Threads that are made in several branches are often started in one place.
        if each.location not in told:
            told.add(each.location)
            yield each


def _all(context: FileContext) -> Iterator[Finding]:
    for making in makings(context, (*EXECUTORS, *POOLS, *THREADS, _MANAGER)):
        if making.kind in EXECUTORS:
            yield from findings_of(RULE, context, outlasting_with(context, making))
        if making.scope.kind in {ScopeKind.MODULE, ScopeKind.CLASS} or context.in_main_guard(making.call):
            continue
        yield from _thread(context, making) if making.kind in THREADS else _pool(context, making)
    yield from findings_of(RULE, context, run_for_start(context))
    yield from findings_of(RULE, context, unjoined_classes(context))
    yield from findings_of(RULE, context, forgotten_pools(context))
    yield from findings_of(RULE, context, process_ends(context))
    yield from findings_of(RULE, context, uncancelled_timers(context))


# --- pools ------------------------------------------------------------------------------------------------------------------------


def _pool(context: FileContext, making: Making) -> Iterator[Finding]:
    fate = fate_of(context, making.scope, making.call, POOL_ENDS)
    kind = making.path.rpartition(".")[2]
    if fate.is_left and (fate.calls or fate.names or not context.is_dropped(making.call)):
        name = fate.names[0] if fate.names else ""
        yield RULE.finding(
            context,
            making.call,
            f"nothing shuts down {f'the pool `{name}`' if name else f'this `{kind}`'}: "
            f"{_left_behind(making.kind, waited=_waits_for_work(making))}",
            advice=f"write `with {quoted(context, making.call)} as {name or 'pool'}:` around its use",
            confidence=Confidence.HIGH,
            severity=Severity.INFO if making.kind == _MANAGER else None,
        )
    elif len(fate.attributes) == 1 and not (fate.ended or fate.handed_on):
        yield from _kept_pool(context, making, fate.attributes[0])
    elif fate.ends and fate.names and not (fate.attributes or fate.let_go) and all(_is_skipped(context, each) for each in fate.ends):
        yield RULE.finding(
            context,
            making.call,
            f"an exception passes by line {fate.ends[0].lineno}, which ends the pool `{fate.names[0]}`, and the function goes on: "
            f"{_left_behind(making.kind)}",
            advice=f"write `with {quoted(context, making.call)} as {fate.names[0]}:` around its use, or end it in a `finally`",
            confidence=Confidence.MEDIUM,
        )
    elif fate.ends and fate.names and not (fate.attributes or fate.let_go):
        yield from findings_of(RULE, context, passed_by_exceptions(context, making, fate))


def _is_skipped(context: FileContext, end: ast.Attribute) -> bool:
    """Tell whether a call stands in a `try` whose handlers take an exception from the lines before it and go on."""
    child: ast.AST = end
    for each in context.ancestors(end):
        if isinstance(each, ast.Try) and child in each.body:
            swallows = any(not any(isinstance(node, (ast.Raise, ast.Return)) for node in ast.walk(handler)) for handler in each.handlers)
            return swallows and not each.finalbody and child is not each.body[0]
        if isinstance(each, (ast.With, ast.AsyncWith, ast.Try)):
            return False
        child = each
    return False


def _waits_for_work(making: Making) -> bool:
    """Tell whether the function that makes a pool waits for what the pool does."""
    return any(last_name(call) in _WAITS for call in making.scope.of(ast.Call))


def _left_behind(kind: str, *, waited: bool = False) -> str:
    if kind == "multiprocessing.Pool":
        return "its processes live on until the garbage collector comes by, and the program's end can hang on them"
    if kind in EXECUTORS:
        workers = "its workers live on until the garbage collector comes by"
        return workers if waited else f"{workers}, and nothing waits for work that is not done"
    if kind == _MANAGER:
        return "its process lives on until the garbage collector comes by"
    return "its threads live on until the garbage collector comes by, and the program's end can hang on them"


def _kept_pool(context: FileContext, making: Making, kept: ast.Attribute) -> Iterator[Finding]:
    owner = owner_of(context, making.scope, kept)
    if owner is None:
        return
    fate = fate_of_attribute(context, kept.attr, POOL_ENDS)
    if fate.ended or fate.handed_on:
        yield from findings_of(RULE, context, ended_if_busy(context, owner, kept, fate))
        return
    end = "terminate()" if making.kind in POOLS else "shutdown()"
    closing = closing_method(owner)
    if closing is not None:
        yield RULE.finding(
            context,
            closing.node,
            f"`{owner.name}.{closing.name}` does not shut down the pool in `self.{kept.attr}`: {_left_behind(making.kind)}",
            advice=f"call `self.{kept.attr}.{end}` in it",
            confidence=Confidence.MEDIUM,
            severity=Severity.INFO if making.kind == _MANAGER else None,
            steps=(context.step(making.call, f"self.{kept.attr} is made here"),),
        )
    else:
        yield RULE.finding(
            context,
            making.call,
            f"no method of `{owner.name}` shuts down the pool in `self.{kept.attr}`: {_left_behind(making.kind)}",
            advice=f"give `{owner.name}` a `close()` that calls `self.{kept.attr}.{end}`, and call it",
            confidence=Confidence.LOW,
            severity=Severity.INFO,
        )


# --- threads and processes --------------------------------------------------------------------------------------------------------


def _thread(context: FileContext, making: Making) -> Iterator[Finding]:
    if is_made_a_daemon(making):
        yield from findings_of(RULE, context, unjoined_daemons(context, making))
        return
    if not stays_alive(context, making):
        return
    fate = fate_of(context, making.scope, making.call, THREAD_ENDS)
    if "daemon" in fate.given or fate.called("setDaemon") is not None:
        return
    word = "process" if making.kind.endswith("Process") else "thread"
    start = fate.called("start")
    if fate.is_left and start is not None:
        name = fate.names[-1] if fate.names else ""
        sure = making.scope.name != "main" and not waits_after(making.scope, start) and not tells_its_end(context, making)
        yield RULE.finding(
            context,
            start,
            f"nothing joins {f'the {word} `{name}`' if name else f'this {word}'}: nobody learns when it is done or that it failed, "
            "and the program cannot end before it",
            advice=_how_to_join(context, making, name or word, word),
            confidence=Confidence.MEDIUM if sure else Confidence.LOW,
            severity=Severity.WARNING if sure else Severity.INFO,
        )
    elif len(fate.attributes) == 1 and not (fate.ended or fate.handed_on):
        yield from _kept_thread(context, making, fate, word)
    elif not (fate.ended or fate.attributes or fate.passed):
        yield from findings_of(RULE, context, unjoined_in_container(context, making, fate))


def _how_to_join(context: FileContext, making: Making, name: str, word: str) -> str:
    keep = f"keep it and call `{name}.join()` where `{making.scope.name}` or its owner ends"
    if word == "process":
        return keep
    target = next((each.value for each in making.call.keywords if each.arg == "target"), None)
    if isinstance(target, ast.Call):
        # What it gives may be no function at all: another rule tells of that.
        return keep
    work = f"{context.text(target)}, …" if target is not None else "…"
    return f"{keep}, or give the work to a pool that is shut down: `pool.submit({work})`"


def _kept_thread(context: FileContext, making: Making, here: Fate, word: str) -> Iterator[Finding]:
    kept = here.attributes[0]
    owner = owner_of(context, making.scope, kept)
    closing = closing_method(owner) if owner is not None else None
    if owner is None or closing is None or any(closing.of(ast.Await)) or waits_after(closing, None, others=threads_of(owner)):
        return
    fate = fate_of_attribute(context, kept.attr, THREAD_ENDS)
    daemon = "daemon" in fate.given or fate.called("setDaemon") is not None
    started = fate.called("start") is not None or here.called("start") is not None
    if started and not (fate.ended or fate.handed_on or daemon or tells_its_end(context, making)):
        yield RULE.finding(
            context,
            closing.node,
            f"`{owner.name}.{closing.name}` does not wait for the {word} in `self.{kept.attr}`: "
            f"it may still work when `{closing.name}` returns",
            advice=f"tell it to stop and call `self.{kept.attr}.join()` in it",
            confidence=Confidence.MEDIUM,
            steps=(context.step(making.call, f"self.{kept.attr} is made here"),),
        )


RULE: Final = Rule(
    code="CA203",
    name="missing-shutdown",
    pitfall="P21",
    topic="missing-shutdown",
    summary="A thread, process or pool is started and nothing ends it or waits for it.",
    severity=Severity.WARNING,
    check=check,
    also=("pylint R1732",),
    template="thread-fan-out",
)
