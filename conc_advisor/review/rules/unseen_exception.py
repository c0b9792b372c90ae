"""# CA303 unseen-exception

Work runs elsewhere, and where it fails, nothing in the program ever looks at its exception.

## What it does

Finds results of concurrent work that are thrown away together with the exceptions in them: futures of `submit`, `apply_async` and
`run_coroutine_threadsafe` that nobody keeps, `Executor.map` that nobody iterates over, `gather(…, return_exceptions=True)` whose result
is dropped; futures that are waited for, or given a callback, by what never looks at their exception; and a `gather` that is given one list.
It also finds a `gather` whose first failure is handled while its other coroutines run on unwatched, and, at severity info,
tasks that are cancelled without anything that waits for their end, futures and endless tasks in attributes that nobody asks, and sets of
tasks that are done which nobody reads, and processes that are waited for without a look at their exit code.

Work that handles its own exceptions is left alone where its source can be read, as are calls that clean up: there the exception of one
must not keep the others from ending.  A task that a `set` keeps until it is done is left alone, too: asyncio writes its exception to the
log.

## Why is this bad

The program goes on as if the work had been done.  An exception in a future is kept there until somebody asks: no log, no traceback, no
exit code.  Under load, when things fail for the first time, data is missing and nothing says why.

## Example

```python
from concurrent.futures import ThreadPoolExecutor


def index(path):
    print(len(open(path).read()))


def index_all(paths):
    with ThreadPoolExecutor(max_workers=4) as pool:
        for path in paths:
            pool.submit(index, path)
```

## Use instead

```python
from concurrent.futures import ThreadPoolExecutor, as_completed


def index(path):
    with open(path) as file:
        print(len(file.read()))


def index_all(paths):
    with ThreadPoolExecutor(max_workers=4) as pool:
        futures = [pool.submit(index, path) for path in paths]
        for future in as_completed(futures):
            future.result()
```

## References

- [Future.result](https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Future.result)
- [asyncio.gather: what happens to the others](https://docs.python.org/3/library/asyncio-task.html#asyncio.gather)

## Related

pyright `reportUnusedCallResult`
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, handler_words, last_name
from conc_advisor.review.observations.endings import unread_futures
from conc_advisor.review.observations.endings.endings import cleans_up, goes_on
from conc_advisor.review.observations.endings.futures import handles_itself, is_asked, is_lost, kept_in
from conc_advisor.review.observations.lifetimes.fate import loads_of
from conc_advisor.review.observations.lifetimes.lost_tasks import is_value_dropped
from conc_advisor.review.observations.lifetimes.task_starts import TASK_STARTS, starts_task
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.wording.quoting import quoted
from conc_advisor.review.wording.remark import findings_of

_EXECUTORS: Final = (
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.InterpreterPoolExecutor",
    "concurrent.futures.Executor",
)
_POOLS: Final = ("multiprocessing.Pool", "multiprocessing.pool.ThreadPool")
_NAMES: Final = frozenset(
    {
        *("submit", "map", "apply_async", "map_async", "starmap_async", "imap", "imap_unordered", "gather", "run_coroutine_threadsafe"),
        *("wait", "cancel", "add_done_callback", "run_in_executor", "result", "Process"),
    }
    | TASK_STARTS
)
_ASKING_FOR_EXCEPTIONS: Final = frozenset({"isinstance", "issubclass", "type", "Exception", "BaseException", "hasattr"})
_TAKING: Final = frozenset({"remove", "discard", "pop"})


def check(context: FileContext) -> Iterator[Finding]:  # noqa: C901  # one case for each kind of call
    """Yield the places of a file where exceptions of concurrent work are lost."""
    for scope, call in context.calls():
        name = last_name(call)
        if name not in _NAMES:
            continue
        if name in {"gather", "wait"}:
            if scope.is_async and context.is_awaited(call):
                yield from (_gathered if name == "gather" else _waited)(context, scope, call)
        elif name == "result":
            yield from findings_of(RULE, context, unread_futures.of_silenced_result(context, scope, call))
        elif name == "Process":
            yield from findings_of(RULE, context, unread_futures.of_process(context, scope, call))
        elif name in TASK_STARTS:
            yield from findings_of(RULE, context, unread_futures.of_task_attribute(context, scope, call))
        elif name == "cancel":
            yield from _cancelled(context, scope, call)
        elif name == "add_done_callback":
            yield from _only_forgotten(context, scope, call)
        elif is_lost(context, scope, call) or is_value_dropped(context, call):
            yield from _dropped(context, scope, call, name)
        elif name in {"submit", "apply_async"}:
            yield from _never_asked(context, scope, call, name)


# --- futures that nobody keeps ------------------------------------------------------------------------------------------------------


def _dropped(  # noqa: C901  # one case for each kind of call
    context: FileContext, scope: Scope, call: ast.Call, name: str
) -> Iterator[Finding]:
    if name == "run_coroutine_threadsafe":
        if (
            context.target(call, scope) == "asyncio.run_coroutine_threadsafe"
            and call.args
            and not handles_itself(context, scope, call.args[0])
        ):
            advice = "keep the future and call `result()`, or give it a done callback that logs `future.exception()`"
            yield _lost(context, call, f"nobody looks at the future of `{_work(context, call.args[0])}`", advice)
        return
    if not isinstance(call.func, ast.Attribute) or not call.args:
        return
    if name == "run_in_executor":
        if not context.is_awaited(call) and len(call.args) > 1 and not handles_itself(context, scope, context.work(call.args[1], scope)):
            yield _unawaited(context, call)
        return
    pool = call.func.value
    if argument(call, "error_callback", 4) is not None or handles_itself(context, scope, context.work(call.args[0], scope)):
        return
    work = _work(context, call.args[0])
    if name in {"submit", "map"} and context.is_a(pool, *_EXECUTORS, scope=scope):
        if name == "map":
            advice = f"iterate over it: `for _ in {quoted(context, call)}: pass`, or `list(…)`"
            yield _lost(context, call, f"nobody iterates over this `map`: the exceptions of `{work}` stay in it", advice)
        else:
            yield _lost(context, call, f"nobody looks at the future of `{work}`", _collect(context, call))
    elif name == "submit" and unread_futures.is_pool_by_name(context, scope, pool):
        yield _lost(context, call, f"nobody looks at the future of `{work}`", _collect(context, call), sure=False)
    elif name not in {"submit", "map"} and context.is_a(pool, *_POOLS, scope=scope):
        advice = "iterate over it" if name.startswith("imap") else "keep the result and call `get()`, or pass `error_callback=…`"
        yield _lost(context, call, f"nobody looks at the result of `{work}`", advice)


def _unawaited(context: FileContext, call: ast.Call) -> Finding:
    return RULE.finding(
        context,
        call,
        f"nobody awaits `{_work(context, call.args[1])}`: where it fails, only the garbage collector brings it to the log",
        advice=f"write `await {quoted(context, call)}`, or keep the future and give it a done callback that logs its exception",
        confidence=Confidence.MEDIUM,
        severity=Severity.INFO,
    )


def _never_asked(context: FileContext, scope: Scope, call: ast.Call, name: str) -> Iterator[Finding]:
    """Yield the futures that are kept in a local name or list of the function, which waits for them at most and asks none how it ended."""
    if not isinstance(call.func, ast.Attribute) or not call.args or scope.kind is not ScopeKind.FUNCTION:
        return
    wanted = _EXECUTORS if name == "submit" else _POOLS
    if argument(call, "error_callback", 4) is not None or not context.is_a(call.func.value, *wanted, scope=scope):
        return
    if handles_itself(context, scope, context.work(call.args[0], scope)):
        return
    kept = kept_in(context, scope, call)
    if not kept or is_asked(context, scope, kept):
        yield from _kept_otherwise(context, scope, call, asked="result()" if name == "submit" else "get()")
        return
    work, asked = _work(context, call.args[0]), "result()" if name == "submit" else "get()"
    yield RULE.finding(
        context,
        call,
        f"`{scope.name}` asks none of the results of `{work}` in `{kept}` how it ended: where one fails, nothing ever says so",
        advice=f"call `{asked}` of each of `{kept}` when it is done",
        confidence=Confidence.MEDIUM,
    )


def _kept_otherwise(context: FileContext, scope: Scope, call: ast.Call, *, asked: str) -> Iterator[Finding]:
    """Yield a future that is in other places than a local name, none of which asks it: callbacks, loops over it, attributes."""
    work = _work(context, call.args[0])
    if unread_futures.only_called_back(context, scope, call):
        what = f"the callback of `{work}` does not look at its exception, and nobody else has the future"
        yield _lost(
            context, call, what, f"call `future.{asked}` in the callback, and log what it raises", sure=False, severity=Severity.WARNING
        )
    elif unread_futures.is_gone_through_unread(context, scope, call):
        what = f"`{scope.name}` waits for the futures of `{work}` and asks none how it ended"
        yield _lost(context, call, what, f"call `{asked}` of each when it is done", sure=False, severity=Severity.WARNING)
    elif kept := unread_futures.in_attribute(context, scope, call):
        what = f"nobody asks `{kept}`, where the future of `{work}` goes, how it ended"
        yield _lost(context, call, what, f"call `{asked}`, or give it a done callback that logs its exception", sure=False)


def _lost(  # noqa: PLR0913  # the last two by name
    context: FileContext, call: ast.Call, what: str, advice: str, *, sure: bool = True, severity: Severity | None = Severity.INFO
) -> Finding:
    return RULE.finding(
        context,
        call,
        f"{what}: where it fails, nothing ever says so",
        advice=advice,
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        severity=None if sure else severity,
    )


def _collect(context: FileContext, call: ast.Call) -> str:
    if context.loop_around(call) is not None:
        return f"collect them, `futures.append({quoted(context, call)})`, and call `result()` of each"
    return f"keep it, `future = {quoted(context, call)}`, and call `result()`, or give it a done callback that logs `future.exception()`"


def _work(context: FileContext, node: ast.expr) -> str:
    return context.text(node.func if isinstance(node, ast.Call) and last_name(node) != "partial" else node)


# --- gather -----------------------------------------------------------------------------------------------------------------------


def _gathered(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    if context.target(call, scope) != "asyncio.gather":
        return
    remarks = list(unread_futures.of_one_argument(context, scope, call))
    if remarks:
        yield from findings_of(RULE, context, remarks)
        return
    given = argument(call, "return_exceptions")
    if given is not None:
        if isinstance(given, ast.Constant) and given.value is True:
            yield from _kept_as_results(context, scope, call)
        return
    has_siblings = bool(call.args[1:]) or any(isinstance(each, ast.Starred) for each in call.args)
    if not has_siblings or any(each.arg is None for each in call.keywords):
        return
    handler = goes_on(context, call)
    if handler is not None:
        yield RULE.finding(
            context,
            call,
            f"the first failure goes to `{handler_words(context, handler)}` while the others run on: "
            "nobody waits for them or sees how they end",
            advice="pass `return_exceptions=True` and look at each result"
            + (", or use an `asyncio.TaskGroup`, which cancels the others" if context.python >= 11 else ""),  # noqa: PLR2004  # it came with 3.11
            confidence=Confidence.MEDIUM,
        )


def _kept_as_results(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    if cleans_up(context, scope, call):
        return
    if is_lost(context, scope, call):
        yield from _results_dropped(context, scope, call)
    elif _is_unchecked(context, scope, call):
        yield RULE.finding(
            context,
            call,
            "`return_exceptions=True` puts exceptions among the results, and they are used as if there were none",
            advice="take them out first: `failed = [each for each in results if isinstance(each, BaseException)]`",
            confidence=Confidence.MEDIUM,
            severity=Severity.INFO,
        )


def _is_unchecked(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    """Tell whether a function goes through the results of a gather as if there were no exceptions among them."""
    awaited = context.parent(call)
    statement = context.parent(awaited) if isinstance(awaited, ast.Await) else None
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
        return False
    name = statement.targets[0].id
    loads = [load for _, load in loads_of(scope, name)]
    if not loads or scope.binder(name) is not scope or len(scope.bindings[name]) > 1:
        return False
    if any(isinstance(each, ast.Name) and each.id in _ASKING_FOR_EXCEPTIONS for each in ast.walk(scope.node)):
        return False
    return all(isinstance(context.parent(load), (ast.For, ast.comprehension)) or _is_counted(context, load) for load in loads)


def _is_counted(context: FileContext, load: ast.Name) -> bool:
    call = context.parent(load)
    return isinstance(call, ast.Call) and last_name(call) == "len"


def _results_dropped(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield a gather whose exceptions are dropped, unless what runs there handles its own."""
    coroutines = [each for each in _elements(call) if isinstance(each, ast.Call)]
    if coroutines and all(handles_itself(context, scope, each) for each in coroutines):
        return
    direct = len(coroutines) == len(call.args) and bool(coroutines)
    yield RULE.finding(
        context,
        call,
        "`return_exceptions=True` puts the exceptions into the result, and nobody looks at it: where one fails, nothing ever says so",
        advice="look at each result: `for result in await asyncio.gather(…): if isinstance(result, BaseException): …`",
        confidence=Confidence.HIGH if direct else Confidence.MEDIUM,
        severity=None if direct else Severity.INFO,
    )


def _elements(call: ast.Call) -> Iterator[ast.expr]:
    for each in call.args:
        if isinstance(each, ast.Starred):
            inside = each.value
            yield inside.elt if isinstance(inside, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) else each
        else:
            yield each


# --- tasks ------------------------------------------------------------------------------------------------------------------------


def _waited(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield an `asyncio.wait` whose tasks nobody asks for their result."""
    yield from findings_of(RULE, context, unread_futures.of_done(context, scope, call))
    if (
        context.target(call, scope) != "asyncio.wait"
        or not call.args
        or not is_lost(context, scope, call)
        or cleans_up(context, scope, call)
    ):
        return
    given = call.args[0]
    if isinstance(given, ast.Name):
        if any(isinstance(each.node, ast.arg) for each in scope.bindings.get(given.id, ())) or any(
            load.lineno > call.lineno for _, load in loads_of(scope, given.id)
        ):
            return
    elif not isinstance(given, (ast.ListComp, ast.SetComp)):
        return
    if any(each.arg != "return_when" or last_name(each.value) != "FIRST_EXCEPTION" for each in call.keywords):
        # With a timeout, or for the first that ends, it is the waiting that counts.
        return
    yield RULE.finding(
        context,
        call,
        "`asyncio.wait` raises nothing, and nobody asks its tasks how they ended: where one fails, the code goes on as if it had not",
        advice="use `asyncio.gather`, or call `result()` of each task in `done`",
        confidence=Confidence.MEDIUM,
        severity=Severity.INFO,
    )


def _cancelled(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield the cancelling of tasks that the function has started, where it does not wait for their end."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not scope.is_async or not isinstance(receiver, ast.Name) or context.path(receiver, scope) != "asyncio.Task()":
        return
    loop = context.loop_around(call)
    if not isinstance(loop, ast.For) or last_name(loop.target) != receiver.id or scope.binder(receiver.id) is not scope:
        return
    if any(each.lineno > call.lineno for each in scope.of(ast.Await)) or context.loop_around(loop) is not None:
        return
    if not any(starts_task(context, scope, each) for each in scope.of(ast.Call)):
        return
    yield RULE.finding(
        context,
        call,
        f"`{scope.name}` cancels its tasks and does not wait for their end: what they raise meanwhile, and what they still do, nobody sees",
        advice=f"write `await asyncio.gather(*{context.text(loop.iter)}, return_exceptions=True)` after it"
        if isinstance(loop.iter, (ast.Name, ast.Attribute))
        else "await what was cancelled after it, by `asyncio.gather` with `return_exceptions=True`",
        confidence=Confidence.MEDIUM,
        severity=Severity.INFO,
    )


def _only_forgotten(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield the done callbacks, written as lambdas, that take a task from where it is kept and do not ask it for its exception."""
    function = call.args[0] if call.args else None
    if last_name(_body_of(context, scope, function)) not in _TAKING or not isinstance(function, (ast.Lambda, ast.Attribute, ast.Name)):
        return
    if not context.is_dropped(call) or not isinstance(call.func, ast.Attribute):
        return
    tracked = context.text(call.func.value)
    if context.path(call.func.value, scope) not in {"asyncio.Task()", "asyncio.Future()", "concurrent.futures.Future()"} or _handled(
        context, scope, call.func.value
    ):
        return
    yield RULE.finding(
        context,
        call,
        f"all that is done with `{tracked}` when it has ended is to forget it: its exception shows when the garbage collector comes by",
        advice=f"give it a callback that also logs `{tracked}.exception()` where it is not cancelled",
        confidence=Confidence.LOW,
        severity=Severity.INFO,
    )


def _body_of(context: FileContext, scope: Scope, function: ast.expr | None) -> ast.expr | None:
    """Return the one expression that a lambda, or a function of the file, evaluates; None for any other."""
    if isinstance(function, ast.Lambda):
        return function.body if isinstance(function.body, ast.Call) else None
    path = context.path(function, scope) if function is not None else ""
    place = context.scope_named(path) if path else None
    body = getattr(place.node, "body", []) if place is not None else []
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Call) else None


def _handled(context: FileContext, scope: Scope, task: ast.expr) -> bool:
    """Tell whether what a task runs handles its own exceptions, or whether the function awaits the task itself."""
    name = last_name(task)
    for binding in scope.bindings.get(name, ()):
        start = binding.value
        if isinstance(start, ast.Call) and start.args and handles_itself(context, scope, start.args[0]):
            return True
    return any(isinstance(context.parent(load), ast.Await) for _, load in loads_of(scope, name))


RULE: Final = Rule(
    code="CA303",
    name="unseen-exception",
    pitfall="P12",
    topic="unseen-exceptions",
    summary="The exception of concurrent work is never looked at.",
    severity=Severity.WARNING,
    check=check,
    also=("pyright reportUnusedCallResult",),
    template="thread-fan-out",
)
