"""Finds work without a limit that is started in other ways than by `gather` and tasks in a loop."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.review.context import FileContext, argument, has_unseen_arguments, last_name
from conc_advisor.review.observations.bounds.bounds import is_bounded, limits_itself
from conc_advisor.review.observations.bounds.rounds import takes, waits_in
from conc_advisor.review.observations.lifetimes.calls_of import loop_of
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import Remark

HELPERS: Final = re.compile(
    r"(?:in_parallel|parallel_map|map_parallel|run_parallel|parallel_run|_parallel|run_concurrently|execute_concurrently|in_threads|gather_all|"
    r"run_all_async|async_map|amap|map_concurrently|run_in_threads)$"
)
"""What people call a function of their own that does many things at once."""
_LIMITS: Final = re.compile(r"max|limit|worker|concurren|jobs|process|thread|size|batch|sem|pool|parallel", re.IGNORECASE)
_CALLED: Final = re.compile(
    r"_?(?:(?:async_)?(?:on|handle|process|receive)_(?:message|msg|event|data|packet|update|line|record|frame|raw_message|text)s?"
    r"|(?:message|event)_(?:handler|callback)|datagram_received|data_received)$"
)
"""What people call a function that is called for each message."""
_STREAMS: Final = frozenset({"consumer", "listener", "messages", "stream", "subscription", "pubsub", "listen", "updates", "events"})


def of_helper(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield a call of a function that does many things at once, by its name, that is given one for each element and no limit."""
    if has_unseen_arguments(call) or any(_LIMITS.search(each.arg or "") for each in call.keywords):
        return
    given = [*call.args, *(each.value for each in call.keywords)]
    if any(isinstance(each, ast.Constant) and isinstance(each.value, int) for each in given) or any(
        _LIMITS.search(last_name(each)) for each in given
    ):
        return
    for each in given:
        if isinstance(each, ast.Name) and scope.binder(each.id) is scope:
            made = [binding.value for binding in scope.bindings[each.id] if binding.kind is BindingKind.ASSIGNED]
            each = made[-1] if made and isinstance(made[-1], ast.expr) else each  # noqa: PLW2901  # the name stands for it
        if not isinstance(each, (ast.ListComp, ast.GeneratorExp)):
            continue
        through = each.generators[-1].iter
        # Pieces are small, but of those there may be any number.
        if "chunk" in last_name(through) or not is_bounded(context, scope, through):
            iterated = context.text(through)
            yield Remark(
                node=call,
                message=f"`{last_name(call)}` is given work for every element of `{iterated}`, however many there are, and no limit",
                advice="pass how many may be under way at the same time, or hand it batches",
            )
            return


def of_pool_size(context: FileContext, scope: Scope, size: ast.expr, depth: int = 0) -> ast.Call | None:
    """Return the `len(…)` of what there is to do by which a pool gets its size; None where something else limits that."""
    match size:
        case ast.Call() if last_name(size) == "len" and size.args:
            return None if is_bounded(context, scope, size.args[0]) else size
        case ast.Call() if last_name(size) in {"max", "int"}:
            parts: list[ast.expr] = list(size.args)
        case ast.BoolOp():
            parts = size.values
        case ast.IfExp():
            parts = [size.body, size.orelse]
        case ast.BinOp():
            parts = [size.left, size.right] if not isinstance(size.op, (ast.FloorDiv, ast.Div, ast.Mod)) else []
        case ast.Name() if scope.binder(size.id) is scope and depth == 0:
            bindings = scope.bindings[size.id]
            parts = [bindings[0].value] if len(bindings) == 1 and isinstance(bindings[0].value, ast.expr) else []
            if bindings[0].kind is not BindingKind.ASSIGNED:
                return None
        case _:
            return None
    found = (of_pool_size(context, scope, each, depth + 1) for each in parts)
    return next((each for each in found if each is not None), None)


def for_each_call(context: FileContext, scope: Scope, call: ast.Call, work: ast.expr | None, what: str) -> Iterator[Remark]:
    """Yield a thread or task that a function starts which is called for each message."""
    if not _CALLED.match(scope.name) or context.loop_around(call) is not None or work is None:
        return
    given = [*call.args, *(each.value for each in call.keywords)]
    function = work.func if isinstance(work, ast.Call) else work
    if limits_itself(context, scope, function, given) or waits_in(scope.node):
        return
    yield Remark(
        node=call,
        message=f"each call of `{scope.name}` starts another {what}: nothing limits how many there are when messages come fast",
        advice="put the messages into a bounded queue that a few workers empty",
    )


def of_connection(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the thread that a server starts for each connection."""
    loop = loop_of(context, call)
    if not isinstance(loop, ast.While) or waits_in(loop):
        return
    if any(isinstance(each, ast.Call) and last_name(each) == "accept" for each in ast.walk(loop)):
        yield Remark(
            node=call,
            message=f"each connection that `{scope.name or 'the program'}` takes gets a thread of its own: nothing limits their number",
            advice="hand the connections to a `ThreadPoolExecutor`, or acquire a semaphore before `accept()`",
        )


def of_endless_submits(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield what an endless loop submits to an executor without waiting for any of it."""
    loop = loop_of(context, call)
    if isinstance(loop, ast.While):
        endless = takes(loop)
    elif isinstance(loop, (ast.For, ast.AsyncFor)):
        endless = last_name(loop.iter) in _STREAMS
    else:
        return
    if endless and not waits_in(loop) and not limits_itself(context, scope, call.args[0], call.args[1:]):
        yield Remark(
            node=call,
            message=f"each round submits another `{context.text(call.args[0])}` and waits for none: the executor's queue has no limit",
            advice="acquire a semaphore before each `submit` and release it in a done callback",
            confidence=Confidence.MEDIUM,
        )


def of_programs(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the program that is started for each element, before any of them has ended."""
    parent = context.parent(call)
    together = isinstance(parent, (ast.ListComp, ast.DictComp)) or (isinstance(parent, ast.Call) and last_name(parent) == "append")
    loop = loop_of(context, call) if together else None
    if not isinstance(loop, (ast.For, ast.ListComp, ast.DictComp)) or (isinstance(loop, ast.For) and waits_in(loop)):
        return
    iterated = loop.iter if isinstance(loop, ast.For) else loop.generators[-1].iter
    if not is_bounded(context, scope, iterated) and context.target(call, scope) == "subprocess.Popen":
        yield Remark(
            node=call,
            message=f"a program is started for every element of `{context.text(iterated)}` at the same time, however many there are",
            advice="call `subprocess.run` from a `ThreadPoolExecutor` of fixed size: each of its threads waits for one program",
        )


def of_greenlets(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the greenlet that is started for each element."""
    loop = loop_of(context, call)
    if (
        not isinstance(loop, (ast.For, ast.ListComp))
        or not call.args
        or context.target(call, scope) not in {"gevent.spawn", "eventlet.spawn"}
    ):
        return
    iterated = loop.iter if isinstance(loop, ast.For) else loop.generators[-1].iter
    if not is_bounded(context, scope, iterated) and not limits_itself(context, scope, call.args[0], call.args[1:]):
        yield Remark(
            node=call,
            message=f"a greenlet is started for every element of `{context.text(iterated)}`, however many there are",
            advice=f"use a pool: `gevent.pool.Pool(20).map({context.text(call.args[0])}, {context.text(iterated)})`",
        )


def of_connector(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield where the limit on the connections of a client is switched off."""
    option = "limit" if last_name(call) == "TCPConnector" else "max_connections"
    given = argument(call, option)
    if isinstance(given, ast.Constant) and not given.value and context.target(call, scope) in {"aiohttp.TCPConnector", "httpx.Limits"}:
        yield Remark(
            node=call,
            message=f"`{option}={context.text(given)}` takes away the limit of 100 connections: the client opens one for each request",
            advice=f"write `{option}=100`, or limit the requests elsewhere",
        )
