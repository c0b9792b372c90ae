"""# CA401 unbounded-fan-out

As much work is started at the same time as there happens to be input: nothing limits it.

## What it does

Finds coroutines, tasks and threads that are started for each element of something whose size the code does not know, and futures that are
submitted for each line of a stream: `gather(*[fetch(url) for url in urls])`, `create_task` in an endless loop, `TaskGroup.create_task` or
`start_soon` for each element, a thread for each element, `pool.submit` for each line of a file, a pool with as many workers as there are
elements.  A semaphore that each call makes for itself is none, and is found by itself where it stands.  At severity info it tells of
threads and tasks for each connection or message, programs for each element, helpers that by their name do things in parallel and are
given no limit, and lists of machines.

Work that enters a semaphore or a limiter, or is given one, is left alone, as are sequences that are literals, slices, batches, or a
handful by their name (workers, nodes).  Where nothing shows that the work speaks to another machine, the severity is info: a thousand
tasks that only compute cost little.

## Why is this bad

With ten elements it works; with ten thousand it opens ten thousand connections at once.  The other side answers with errors or not at all,
the process runs out of file descriptors and memory, timeouts that begin before the request is sent expire while it waits for its turn, and
retries make it worse.

## Example

```python
import asyncio

import httpx


async def fetch(client, url):
    response = await client.get(url)
    return response.status_code


async def check(urls):
    async with httpx.AsyncClient(timeout=10) as client:
        return await asyncio.gather(*[fetch(client, url) for url in urls])
```

## Use instead

```python
import asyncio

import httpx


async def fetch(client, limit, url):
    async with limit:
        response = await client.get(url)
    return response.status_code


async def check(urls):
    limit = asyncio.Semaphore(20)
    async with httpx.AsyncClient(timeout=10) as client:
        return await asyncio.gather(*[fetch(client, limit, url) for url in urls])
```

## References

- [asyncio.Semaphore](https://docs.python.org/3/library/asyncio-sync.html#asyncio.Semaphore)
- [Executor.map: buffersize](https://docs.python.org/3/library/concurrent.futures.html#concurrent.futures.Executor.map)

## Related

none
"""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.observations.bounds import fan_outs
from conc_advisor.review.observations.bounds.bounds import is_bounded, limits_itself, may_be_many, reaches_remote
from conc_advisor.review.observations.bounds.rounds import in_batches, is_own, is_server, takes, waits_for_each, waits_in
from conc_advisor.review.observations.lifetimes.calls_of import loop_of
from conc_advisor.review.observations.lifetimes.task_starts import starts_task
from conc_advisor.review.observations.sharing.local_locks import local_limits
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import findings_of

_EXECUTORS: Final = ("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.Executor")
_POOLS: Final = frozenset({"ThreadPoolExecutor", "ThreadPool", "Pool", "ProcessPoolExecutor"})
_NAMES: Final = (
    frozenset(
        {"gather", "create_task", "ensure_future", "Task", "start_soon", "submit", "Thread", "map", "Process", "as_completed", "wait"}
        | {"Popen", "spawn", "TCPConnector", "Limits"}
    )
    | _POOLS
)
_GROUPS: Final = ("asyncio.TaskGroup", "anyio.create_task_group", "trio.open_nursery", "aiotools.TaskGroup")
_GATHERING: Final = frozenset(
    {"asyncio.gather", "asyncio.as_completed", "asyncio.wait", "tqdm.asyncio.tqdm.gather", "tqdm.asyncio.tqdm_asyncio.gather"}
)
_STREAMS: Final = ("open()", "csv.reader()", "csv.DictReader()", "itertools.count()", "kafka.KafkaConsumer()")
_ENDING: Final = (
    "close",
    "aclose",
    "disconnect",
    "shutdown",
    "stop",
    "cancel",
    "wait",
    "finish",
    "terminate",
    "kill",
    "release",
    "cleanup",
    "drain",
    "join",
)
"""Functions that end what is there already."""


def check(context: FileContext) -> Iterator[Finding]:
    """Yield the places of a file where work without a limit is started, and the limits that are none."""
    told = []
    for each in _started(context):
        told.append(each)
        yield each
    for remark in local_limits(context):
        function = context.function_of(remark.node)
        if function is not None and not any(_tells_of(each, function) for each in told):
            yield from findings_of(RULE, context, (remark,))


def _tells_of(found: Finding, function: Scope) -> bool:
    """Tell whether a finding says already that a function has no limit: where it is started, or where it starts others."""
    starts = found.location is not None and found.location.function == function.qualname
    return starts or f"{function.name}`" in found.message


def _started(context: FileContext) -> Iterator[Finding]:  # noqa: C901  # one case for each kind of call
    for scope, call in context.calls():
        name = last_name(call)
        if name not in _NAMES:
            if fan_outs.HELPERS.search(name):
                yield from findings_of(RULE, context, fan_outs.of_helper(context, scope, call))
            continue
        if name in {"gather", "as_completed", "wait"}:
            yield from _gathered(context, scope, call, name)
        elif name in _POOLS:
            yield from _pool(context, scope, call)
        elif name in {"submit", "map"}:
            yield from _submitted(context, scope, call, name)
        elif name in {"Thread", "Process"}:
            yield from _threads(context, scope, call)
        elif name == "Popen":
            yield from findings_of(RULE, context, fan_outs.of_programs(context, scope, call))
        elif name == "spawn":
            yield from findings_of(RULE, context, fan_outs.of_greenlets(context, scope, call))
        elif name in {"TCPConnector", "Limits"}:
            yield from findings_of(RULE, context, fan_outs.of_connector(context, scope, call))
        elif call.args and (starts_task(context, scope, call) or _starts_in_group(context, scope, call)):
            yield from _tasks(context, scope, call)


# --- coroutines -------------------------------------------------------------------------------------------------------------------


def _gathered(context: FileContext, scope: Scope, call: ast.Call, name: str) -> Iterator[Finding]:
    starred = [each.value for each in call.args if isinstance(each, ast.Starred)] if name == "gather" else call.args[:1]
    if not starred or context.target(call, scope) not in _GATHERING:
        return
    for each in starred:
        made = _made_of(context, scope, each)
        if made is None:
            continue
        iterated, element = made
        if isinstance(element, ast.Call) and not starts_task(context, scope, element):
            yield from _judged(context, scope, call, iterated, element)


def _made_of(  # noqa: PLR0911  # one case for each shape
    context: FileContext, scope: Scope, node: ast.expr
) -> tuple[ast.expr, ast.expr] | None:
    """Return what a sequence of coroutines goes through, and the call that makes one of them; None where it is not made here."""
    match node:
        case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
            return (node.generators[-1].iter, node.elt) if not _all_bounded(context, scope, node) else None
        case ast.Call() if last_name(node) == "map" and len(node.args) > 1:
            return node.args[1], ast.copy_location(ast.Call(func=node.args[0], args=[], keywords=[]), node)
        case ast.Call() if (place := context.scope_named(context.target(node, scope))) is not None:
            given = [each.value for each in place.of(ast.Return)]
            made = given[0] if len(given) == 1 else None
            return _made_of(context, place, made) if isinstance(made, (ast.ListComp, ast.Name)) else None
        case ast.Call() if last_name(node) in {"list", "tuple"} and node.args:
            return _made_of(context, scope, node.args[0])
        case ast.Call() if last_name(node) == "values" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            return _collected(context, scope, node.func.value.id)
        case ast.DictComp():
            return node.generators[-1].iter, node.value
        case ast.Name() if scope.binder(node.id) is scope:
            return _collected(context, scope, node.id)
        case _:
            return None


def _collected(context: FileContext, scope: Scope, name: str) -> tuple[ast.expr, ast.expr] | None:
    for binding in reversed(scope.bindings.get(name, [])):
        made = binding.value if binding.kind is BindingKind.ASSIGNED else None
        comprehension = isinstance(made, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp))
        if isinstance(made, ast.expr) and (comprehension or (isinstance(made, ast.Call) and last_name(made) not in {"list", "set"})):
            return _made_of(context, scope, made)
    for filled in scope.of(ast.Call):
        if isinstance(filled.func, ast.Attribute) and last_name(filled.func.value) == name and filled.args:
            loop = loop_of(context, filled)
            if filled.func.attr in {"append", "add"} and isinstance(loop, (ast.For, ast.AsyncFor)):
                return loop.iter, filled.args[0]
            if filled.func.attr in {"extend", "update"} and isinstance(filled.args[0], (ast.ListComp, ast.GeneratorExp)):
                return _made_of(context, scope, filled.args[0])
    return _added(context, scope, name)


def _added(context: FileContext, scope: Scope, name: str) -> tuple[ast.expr, ast.expr] | None:
    """Return the same for a list that grows by `+=`."""
    for added in scope.of(ast.AugAssign):
        if last_name(added.target) == name:
            loop = context.loop_around(added)
            if isinstance(added.value, ast.ListComp):
                return _made_of(context, scope, added.value)
            if isinstance(added.value, ast.List) and len(added.value.elts) == 1 and isinstance(loop, (ast.For, ast.AsyncFor)):
                return loop.iter, added.value.elts[0]
    return None


def _all_bounded(context: FileContext, scope: Scope, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> bool:
    return all(is_bounded(context, scope, each.iter) and not may_be_many(scope, each.iter) for each in node.generators)


def _judged(context: FileContext, scope: Scope, place: ast.AST, iterated: ast.expr, element: ast.Call) -> Iterator[Finding]:
    few = is_bounded(context, scope, iterated)
    if (few and not may_be_many(scope, iterated)) or limits_itself(
        context, scope, element.func, (*element.args, *(each.value for each in element.keywords))
    ):
        return
    if in_batches(context, scope, place) or last_name(element.func).strip("_").startswith(_ENDING):
        return
    remote = reaches_remote(context, scope, element.func) and not is_own(iterated)
    if few and not remote:
        return
    remote = remote and not few
    yield RULE.finding(
        context,
        place,
        f"`{context.text(element.func)}` is started at once for every element of `{context.text(iterated)}`, however many there are",
        advice=_advice(context, scope, element),
        confidence=Confidence.MEDIUM if remote else Confidence.LOW,
        severity=None if remote else Severity.INFO,
    )


def _advice(context: FileContext, scope: Scope, element: ast.Call) -> str:
    work = context.text(element.func)
    if scope.is_async:
        limit = "make one `limit = asyncio.Semaphore(20)` for all"
        return f"{limit} and enter it in `{work}`, `async with limit:`; or start 20 workers on one bounded queue"
    return "limit how many are under way: a semaphore that the work enters, or a fixed number of workers that share a bounded queue"


# --- tasks, one after the other -----------------------------------------------------------------------------------------------------


def _starts_in_group(context: FileContext, scope: Scope, call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in {"create_task", "start_soon"}:
        return False
    path = context.path(call.func.value, scope)
    return path.removesuffix("()") in _GROUPS or last_name(call.func.value) in {"tg", "task_group", "nursery"}


def _tasks(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    loop = _loop_around(context, call)
    if loop is None:
        yield from findings_of(RULE, context, fan_outs.for_each_call(context, scope, call, call.args[0], "task"))
    if loop is None or waits_in(loop):
        return
    element = (
        call.args[0]
        if isinstance(call.args[0], ast.Call)
        else ast.copy_location(ast.Call(func=call.args[0], args=call.args[1:], keywords=[]), call)
    )
    if isinstance(element.func, ast.Lambda):
        return
    if isinstance(loop, (ast.While, ast.AsyncFor)):
        if is_server(loop) or limits_itself(context, scope, element.func, (*element.args, *(each.value for each in element.keywords))):
            return
        if isinstance(loop, ast.While) and not takes(loop):
            return
        remote = isinstance(loop, ast.AsyncFor) or reaches_remote(context, scope, element.func)
        yield RULE.finding(
            context,
            call,
            f"each round of this loop starts another `{context.text(element.func)}` and waits for none: their number has no limit",
            advice="call `await limit.acquire()` of a semaphore before and `release()` when the task is done, or let some workers do it",
            confidence=Confidence.MEDIUM if remote else Confidence.LOW,
            severity=None if remote else Severity.INFO,
        )
        return
    iterated = loop.iter if isinstance(loop, ast.For) else loop.generators[-1].iter
    yield from _judged(context, scope, call, iterated, element)


def _loop_around(
    context: FileContext, call: ast.Call
) -> ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.SetComp | ast.GeneratorExp | None:
    loop = loop_of(context, call)
    return loop if isinstance(loop, (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.GeneratorExp)) else None


# --- threads ----------------------------------------------------------------------------------------------------------------------


def _pool(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    """Yield a pool that has a worker for every element of what there is to do."""
    size = next((given for name in ("max_workers", "processes") if (given := argument(call, name, 0)) is not None), None)
    counted = fan_outs.of_pool_size(context, scope, size) if size is not None else None
    if counted is None:
        return
    if context.target(call, scope) in (*_EXECUTORS, "multiprocessing.Pool", "multiprocessing.pool.ThreadPool"):
        yield RULE.finding(
            context,
            call,
            f"this pool starts a worker for every element of `{context.text(counted.args[0])}`, however many there are",
            advice=f"write `min(20, {context.text(counted)})`, with the number that the other side and this machine can take",
            confidence=Confidence.MEDIUM,
        )


def _submitted(context: FileContext, scope: Scope, call: ast.Call, name: str) -> Iterator[Finding]:
    """Yield what puts a future for each element of a stream into the endless queue of an executor."""
    if not isinstance(call.func, ast.Attribute) or not call.args:
        return
    if name == "map":
        streams = [each for each in call.args[1:] if _is_stream(context, scope, each)]
        if not streams or argument(call, "buffersize") is not None:
            return
        iterated = streams[0]
    else:
        loop = _loop_around(context, call)
        if context.is_a(call.func.value, *_EXECUTORS, scope=scope):
            yield from findings_of(RULE, context, fan_outs.of_endless_submits(context, scope, call))
        if loop is None or isinstance(loop, (ast.AsyncFor, ast.While)) or (isinstance(loop, ast.For) and waits_in(loop)):
            return
        iterated = loop.iter if isinstance(loop, ast.For) else loop.generators[-1].iter
        if not _is_stream(context, scope, iterated):
            return
    if not context.is_a(call.func.value, *_EXECUTORS, scope=scope):
        return
    yield RULE.finding(
        context,
        call,
        f"all of `{context.text(iterated)}` is read and queued before the first results are taken: the executor's queue has no limit",
        advice="keep a window: submit at most a few dozen, and `wait(pending, return_when=FIRST_COMPLETED)` before each further one"
        + (", or use `pool.map(…, buffersize=64)`" if context.python >= 14 else ""),  # noqa: PLR2004  # it came with 3.14
        confidence=Confidence.MEDIUM,
    )


def _is_stream(context: FileContext, scope: Scope, iterated: ast.expr) -> bool:
    if isinstance(iterated, ast.Call) and last_name(iterated) in {"enumerate", "zip", "iter", "tqdm", "filter"} and iterated.args:
        return any(_is_stream(context, scope, each) for each in iterated.args)
    if isinstance(iterated, ast.GeneratorExp):
        return _is_stream(context, scope, iterated.generators[0].iter)
    if isinstance(iterated, ast.Call):
        function = context.callee(iterated, scope)
        if function is not None and function.is_generator and not function.is_async:
            return True
    return context.path(iterated, scope) in _STREAMS


def _threads(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Finding]:
    loop = _loop_around(context, call)
    if context.target(call, scope) not in {"threading.Thread", "multiprocessing.Process"}:
        return
    if not isinstance(loop, (ast.For, ast.ListComp)):
        what = last_name(call).lower()
        yield from findings_of(RULE, context, fan_outs.of_connection(context, scope, call))
        yield from findings_of(RULE, context, fan_outs.for_each_call(context, scope, call, argument(call, "target", 1), what))
        return
    if waits_for_each(loop):
        return
    iterated = loop.iter if isinstance(loop, ast.For) else loop.generators[-1].iter
    work = argument(call, "target", 1)
    if work is None or is_bounded(context, scope, iterated) or limits_itself(context, scope, work):
        return
    remote = reaches_remote(context, scope, work)
    yield RULE.finding(
        context,
        call,
        f"a {last_name(call).lower()} is started for every element of `{context.text(iterated)}`, however many there are",
        advice=f"give them to a pool: `with ThreadPoolExecutor(max_workers=20) as pool: pool.map({context.text(work)}, …)`",
        confidence=Confidence.MEDIUM if remote else Confidence.LOW,
        severity=None if remote else Severity.INFO,
    )


RULE: Final = Rule(
    code="CA401",
    name="unbounded-fan-out",
    pitfall="P11",
    topic="unbounded-fan-out",
    summary="Work is started for every element at once, without a limit.",
    severity=Severity.WARNING,
    check=check,
    template="async-fan-out",
)
