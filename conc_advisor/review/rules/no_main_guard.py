"""# CA603 no-main-guard

A module starts processes when it is imported, and each of them imports the module again.

## What it does

Finds process pools, processes and managers that a module starts at its top level, or through a function that it calls there, outside of
`if __name__ == "__main__":`.

Threads, modules named `__main__`, and files that choose the `fork` start method are left alone.  A `ProcessPoolExecutor` that is only made
there is too: it starts its processes when it gets work.

## Why is this bad

With the start methods `spawn` (macOS, Windows) and `forkserver` (Linux from Python 3.14) a new process imports the main module to find
its function.  Without the guard that starts processes again.  Python stops it with a `RuntimeError`, "An attempt has been made to start a
new process before the current process has finished its bootstrapping phase", and a pool then waits for workers that die one after another.
Whoever imports the module, as tests and tools do, starts the processes too.

## Example

```python
from multiprocessing import Pool


def work(x):
    return x * x


with Pool(4) as pool:
    print(pool.map(work, range(100)))
```

## Use instead

```python
from multiprocessing import Pool


def work(x):
    return x * x


def main():
    with Pool(4) as pool:
        print(pool.map(work, range(100)))


if __name__ == "__main__":
    main()
```

## References

- [multiprocessing: safe importing of the main module](https://docs.python.org/3/library/multiprocessing.html#the-spawn-and-forkserver-start-methods)

## Related

No other analyser looks for it.  CA602 tells of the start method `fork` beside threads.
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.knowledge.lifetimes import PROCESS_POOLS
from conc_advisor.review.project.summaries import CallSite, FunctionSummary
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_EXECUTOR: Final = "concurrent.futures.ProcessPoolExecutor"
_STARTING: Final = frozenset(
    {
        *(f"{_EXECUTOR}().{name}" for name in ("submit", "map")),
        *("multiprocessing.Pool", "multiprocessing.Manager", "multiprocessing.Process().start"),
    }
)
_RUNNING: Final = frozenset({"asyncio.run", "anyio.run", "trio.run"})
_FORKSERVER: Final = 14
"""The minor version of Python from which `fork` is no default on any system."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the places of a file where importing it starts processes."""
    name = context.parsed.name
    if name == "__main__" or name.endswith(".__main__") or context.parsed.path.name == "__main__.py":
        return
    places = [scope for scope in context.scopes() if scope.kind in {ScopeKind.MODULE, ScopeKind.CLASS}]
    calls = [(scope, call) for scope in places for call in scope.of(ast.Call) if not context.in_main_guard(call)]
    if not calls:
        return
    told = False
    for scope, call, started in _started(context, calls):
        if not told and _forks(context):
            return
        told = True
        yield _finding(context, scope, call, started)


def _started(context: FileContext, calls: list[tuple[Scope, ast.Call]]) -> Iterator[tuple[Scope, ast.Call, str]]:
    for scope, call in calls:
        last = last_name(call)
        if last in {"Pool", "Manager", "start", "submit", "map", "ProcessPoolExecutor", "Process"}:
            path = context.target(call, scope)
            if path in _STARTING or (path == _EXECUTOR and _is_entered(context, call)):
                yield scope, call, path
        elif context.is_dropped(call) or _is_assigned(context, call):
            function = context.scope_named(_called(context, scope, call))
            summary = context.summary(function) if function is not None else None
            if summary is not None and _leads_to_processes(context, summary):
                yield scope, call, summary.name


def _called(context: FileContext, scope: Scope, call: ast.Call) -> str:
    """Return the path of the function that a call runs: of the coroutine's, where it runs one."""
    path = context.target(call, scope)
    if path in _RUNNING and call.args:
        inner = call.args[0]
        return context.target(inner, scope) if isinstance(inner, ast.Call) else context.path(inner, scope)
    return path


def _leads_to_processes(context: FileContext, function: FunctionSummary) -> bool:
    return context.project.reach.way(function, _starts, "starts processes", most=3) is not None


def _starts(path: str, _site: CallSite, _function: FunctionSummary) -> bool:
    return path in _STARTING


def _is_entered(context: FileContext, call: ast.Call) -> bool:
    """Tell whether an executor is put to use at once: entered by `with`."""
    return isinstance(context.parent(call), ast.withitem)


def _is_assigned(context: FileContext, call: ast.Call) -> bool:
    return isinstance(context.parent(call), (ast.Assign, ast.AnnAssign))


def _forks(context: FileContext) -> bool:
    """Tell whether a file chooses `fork`, or is ready to be imported by its children in another way."""
    for _, call in context.calls():
        if last_name(call) in {"get_context", "set_start_method"}:
            method = argument(call, "method", 0)
            if isinstance(method, ast.Constant) and method.value == "fork":
                return True
    return False


def _finding(context: FileContext, scope: Scope, call: ast.Call, started: str) -> Finding:
    always = context.python >= _FORKSERVER
    what = (
        f"`{last_name(call)}` starts processes"
        if started not in {*PROCESS_POOLS}
        else f"this `{started.rpartition('.')[2]}` starts processes"
    )
    where = "" if always else ", on macOS, Windows and from Python 3.14 on Linux"
    return RULE.finding(
        context,
        call,
        f"{what} whenever the module is imported, and each of them imports it again: by default{where} they fail to start",
        advice='put it into a function and call that below `if __name__ == "__main__":`',
        confidence=Confidence.HIGH if scope.kind is ScopeKind.MODULE and started in _STARTING else Confidence.MEDIUM,
        severity=Severity.ERROR if always else Severity.WARNING,
    )


RULE: Final = Rule(
    code="CA603",
    name="no-main-guard",
    pitfall="P21",
    topic="missing-shutdown",
    summary="Importing a module starts processes that import it again.",
    severity=Severity.ERROR,
    check=check,
    template="process-fan-out",
)
