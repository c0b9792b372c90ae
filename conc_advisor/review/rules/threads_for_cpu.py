"""# CA704 threads-for-cpu

Several threads run a function that only computes in Python: the GIL lets one of them run at a time.

## What it does

Finds functions of the same file that are handed to a thread pool or to several threads, loop with arithmetic, and call nothing but
builtins, `math` and the like.  A function that calls anything else, which may wait or leave the GIL, is left alone.

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
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.working import is_pure_computing

_POOLS: Final = ("concurrent.futures.ThreadPoolExecutor", "multiprocessing.pool.ThreadPool")
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
