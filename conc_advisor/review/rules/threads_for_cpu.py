"""# CA704 threads-for-cpu

Several threads run a function that only computes in Python: the GIL lets one of them run at a time.

## What it does

Finds functions of the same file that are handed to a thread pool or to several threads, loop with arithmetic, and call nothing but
builtins, `math` and the like.  A function that calls anything else, which may wait or leave the GIL, is left alone.

As information it tells of pools with a thread for each processor, where nothing says that the work waits, and of `map` that a coroutine
has worked off by `list` in a thread.

## Why is this bad

The work takes as long as in one thread, and often longer: the threads wait for the GIL and hand it to each other every five
milliseconds.  A thread that serves requests beside them answers late.  On a free-threaded build of Python the threads do run at once.

## Example

```python
from concurrent.futures import ThreadPoolExecutor


def count(limit):
    total = 0
    for number in range(limit):
        total += number * number % 7
    return total


def main(limits):
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(count, limits))
```

## Use instead

```python
from concurrent.futures import ProcessPoolExecutor


def count(limit):
    total = 0
    for number in range(limit):
        total += number * number % 7
    return total


def main(limits):
    with ProcessPoolExecutor() as pool:
        return list(pool.map(count, limits, chunksize=1))
```

## References

- [Glossary: global interpreter lock](https://docs.python.org/3/glossary.html#term-global-interpreter-lock)
- [ProcessPoolExecutor](https://docs.python.org/3/library/concurrent.futures.html#processpoolexecutor)

## Related

none
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.blocking import BlockingKind, blocking
from conc_advisor.review.observations.blocking.working import is_pure_computing
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope

_POOLS: Final = ("concurrent.futures.ThreadPoolExecutor", "multiprocessing.pool.ThreadPool")
_PROCESSORS: Final = re.compile(r"cpu_count|num_proc|n_proc|nproc|num_cpu|n_cpu|ncpu|n_jobs|cores|process")
_WORKING: Final = re.compile(
    r"(?:^|_)(?:compute|calculate|calc|process|transform|parse|encode|decode|compress|render|tokenize|simulate|solve|train|evaluate|score"
    r"|convert|resize|extract|analyse|analyze|optimize|optimise|hash|embed|featurize|preprocess|crunch|align|predict|fit)(?:_|$)"
)
"""Words of the names of functions that compute, as likely as not."""
_CONSUMING: Final = frozenset({"list", "tuple", "set", "dict", "sum", "sorted", "max", "min"})
_METHODS: Final = frozenset({"map", "submit", "imap", "imap_unordered", "starmap", "apply_async", "map_async"})


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the hand-overs of pure computing to several threads."""
    for scope, call in context.calls():
        given = _given(context, scope, call)
        if given is None:
            continue
        work = context.scope_named(context.path(context.work(given, scope), scope))
        if work is not None and is_pure_computing(context, work):
            yield RULE.finding(
                context,
                call,
                f"`{work.name}` only computes in Python: with the GIL its threads run one at a time",
                advice="use a `ProcessPoolExecutor`, or NumPy or native code for the loop",
                confidence=Confidence.MEDIUM,
            )
        elif _is_sized_by_processors(context, scope, call) and _seems_to_compute(context, scope, given):
            yield RULE.finding(
                context,
                call,
                f"the pool has a thread for each processor, but with the GIL Python code of `{context.text(given)}` runs in one at a time",
                advice="use a `ProcessPoolExecutor` where the work computes in Python",
                confidence=Confidence.LOW,
                severity=Severity.INFO,
            )
    yield from _builtins(context)


def _builtins(context: FileContext) -> Iterator[Finding]:
    """Yield the maps of Python functions that a coroutine has worked off by a builtin in a thread."""
    for scope in context.coroutines():
        for call in scope.of(ast.Call):
            place = {"run_in_executor": 1, "to_thread": 0}.get(last_name(call))
            if place is None or len(call.args) <= place + 1:
                continue
            work, first = call.args[place], call.args[place + 1]
            if place and not (isinstance(call.args[0], ast.Constant) and call.args[0].value is None):
                continue
            if context.path(work, scope) not in _CONSUMING:
                continue
            source = _value(scope, first)
            if isinstance(source, ast.Call) and last_name(source) == "map" and source.args:
                yield RULE.finding(
                    context,
                    call,
                    f"a thread works off `{context.text(source)}`: with the GIL what computes in Python holds up the loop all the same",
                    advice="use a `ProcessPoolExecutor` where it computes for long",
                    confidence=Confidence.LOW,
                    severity=Severity.INFO,
                )


def _value(scope: Scope, node: ast.expr) -> ast.expr:
    values = [each.value for each in scope.bindings.get(node.id, ())] if isinstance(node, ast.Name) else []
    return values[0] if len(values) == 1 and isinstance(values[0], ast.expr) else node


def _is_sized_by_processors(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a pool was made with as many threads as there are processors."""
    pool = call.func.value if isinstance(call.func, ast.Attribute) else None
    for binding in scope.bindings.get(pool.id, ()) if isinstance(pool, ast.Name) else ():
        if isinstance(binding.value, ast.Call):
            size = argument(binding.value, "max_workers", 0) or argument(binding.value, "processes", 0)
            if size is not None and _PROCESSORS.search(context.text(size)):
                return True
    return False


def _seems_to_compute(context: FileContext, scope: Scope, given: ast.expr) -> bool:
    """Tell whether nothing says that a function waits for anything, and its name, where it is all that is known, is that of work."""
    work = context.work(given, scope)
    function = context.project.functions.get(context.path(work, scope))
    if function is None:
        return bool(_WORKING.search(last_name(work)))
    reach = context.project.reach
    return reach.way(function, _waits, "any wait") is None and (function.loops or bool(_WORKING.search(last_name(work))))


def _waits(path: str, _site: CallSite, _function: FunctionSummary) -> bool:
    found = blocking(path)
    return found is not None and found.kind is not BlockingKind.COMPUTING


def _given(context: FileContext, scope: Scope, call: ast.Call) -> ast.expr | None:
    """Return the function that a call hands to several threads."""
    name = context.word(call)
    if name in _METHODS and isinstance(call.func, ast.Attribute):
        if call.args and context.is_a(call.func.value, *_POOLS, scope=scope) and not _is_single(scope, call.func.value):
            return call.args[0]
    elif name == "Thread" and context.loop_around(call) is not None and context.target(call, scope) == "threading.Thread":
        return argument(call, "target", 1)
    return None


def _is_single(scope: Scope, pool: ast.expr) -> bool:
    """Tell whether a pool has one worker: it is there to have the work elsewhere, not to have it faster."""
    if not isinstance(pool, ast.Name):
        return False
    for binding in scope.bindings.get(pool.id, ()):
        if isinstance(binding.value, ast.Call):
            size = argument(binding.value, "max_workers", 0)
            if isinstance(size, ast.Constant) and size.value == 1:
                return True
    return False


RULE: Final = Rule(
    code="CA704",
    name="threads-for-cpu",
    pitfall="P16",
    topic="threads-for-cpu",
    summary="Several threads run a function that only computes in Python.",
    severity=Severity.WARNING,
    check=check,
    template="process-fan-out",
)
