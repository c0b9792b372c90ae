"""Finds daemon threads that work off a queue or write to a database, and that nobody lets finish when the program ends."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.observations.lifetimes.makings import Making
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

_TAKING: Final = frozenset({"get", "get_nowait", "popleft", "pop"})
_DELIVERING: Final = re.compile(
    r"(?:^|_)(?:write|writer|writelines|save|flush|send|sendall|post|put|upload|insert|commit|emit|publish|export|store|persist|deliver|"
    r"report|log|record|dump|append|archive|execute|executemany|bulk|index|sink|ship|transmit|process_batch)(?:_|$)"
)
_FLUSHING: Final = re.compile(
    r"^_*(?:flush|persist|upload|export|save|report|checkpoint|send_(?:batch|all|pending|events|metrics|stats))(?:_|$)"
)
_COMMITS: Final = frozenset(
    {
        *("commit", "upload_file", "upload_blob", "put_object", "upload_from_filename", "send_mail", "upload_fileobj"),
        *("executemany", "bulk_create", "bulk_write", "insert_one", "insert_many", "to_sql"),
    }
)
_QUIET: Final = frozenset({"put", "put_nowait", "append", "log", "record", "report"})
"""Names that say of a call in the loop of a thread only that it goes on in memory."""


def work_left(context: FileContext, making: Making, work: Scope) -> Iterator[Remark]:
    """Yield the making of a daemon thread whose work is lost where the program ends first: what waits in its queue, what it commits."""
    if _waits_at_exit(context):
        return
    take = _take(work)
    if take is not None:
        delivers = _delivers(work, take)
        if delivers is not None and not _is_joined(context, take):
            queue = context.text(take.func.value) if isinstance(take.func, ast.Attribute) else "the queue"
            yield Remark(
                node=making.call,
                message=f"`{work.name}` works off `{queue}` in a daemon thread that nothing joins: "
                f"what still waits in it when the program ends never gets to `{context.text(delivers.func)}()`",
                advice="let the method that closes it put an item that means the end and join the thread, and call that by `atexit` too",
                steps=(context.step(delivers, "this does not happen for the rest"),),
            )
        return
    flush = _flushes(work)
    if flush is not None:
        yield Remark(
            node=making.call,
            message=f"`{work.name}` calls `{context.text(flush.func)}()` now and then in a daemon thread that nothing joins: "
            "what has gathered since is lost when the program ends",
            advice=f"call `{context.text(flush.func)}()` once more at the end, in the method that closes it and by `atexit`",
        )
        return
    commit = next((call for call in work.of(ast.Call) if last_name(call) in _COMMITS and isinstance(call.func, ast.Attribute)), None)
    if commit is not None:
        yield Remark(
            node=making.call,
            message=f"`{work.name}` calls `{context.text(commit.func)}()` in a daemon thread that nothing joins (line {commit.lineno}): "
            "what is under way when the program ends is lost",
            advice="make it no daemon, tell it to stop by an event and join it before the program ends",
        )


def _take(work: Scope) -> ast.Call | None:
    """Return the call by which the loop of a function takes the next piece of work."""
    for call in work.of(ast.Call):
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr not in _TAKING or not work.of(ast.While):
            continue
        first = argument(call, "block", 0)
        if function.attr.startswith("get") and (first is None or (isinstance(first, ast.Constant) and isinstance(first.value, bool))):
            return call
        if function.attr == "popleft" or (function.attr == "pop" and isinstance(first, ast.Constant) and first.value == 0):
            return call
    return None


def _flushes(work: Scope) -> ast.Call | None:
    """Return the call by which a loop that sleeps brings away what has gathered."""
    calls = work.of(ast.Call) if work.of(ast.While) else []
    if not any(last_name(call) in {"sleep", "wait"} for call in calls):
        return None
    return next((call for call in calls if _FLUSHING.search(last_name(call).lower()) and not call.args), None)


def _delivers(work: Scope, take: ast.Call) -> ast.Call | None:
    """Return the call after the take that brings a piece of work out of the program, by its name."""
    for call in work.of(ast.Call):
        name = last_name(call)
        if call is take or call.lineno < take.lineno or name in _QUIET or not _DELIVERING.search(name.lower()):
            continue
        if isinstance(call.func, ast.Attribute) and last_name(call.func.value) in {"logger", "log", "logging", "_logger", "LOGGER", "LOG"}:
            continue
        return call
    return None


def _waits_at_exit(context: FileContext) -> bool:
    """Tell whether a file registers something for the end of the program."""
    return any(
        (isinstance(call.func, ast.Attribute) and call.func.attr == "register" and last_name(call.func.value) == "atexit")
        or last_name(call) in {"finalize", "_register_atexit"}
        for _, call in context.calls()
    )


def _is_joined(context: FileContext, take: ast.Call) -> bool:
    """Tell whether somebody waits until the queue is empty."""
    name = last_name(take.func.value) if isinstance(take.func, ast.Attribute) else ""
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr in {"join", "empty", "qsize"} and last_name(call.func.value) == name
        for _, call in context.calls()
    )
