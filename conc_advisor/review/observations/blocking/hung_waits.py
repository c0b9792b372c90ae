"""Finds waits that nothing ends although somebody is there to: a `join` that counts on others, an end for one of many, a lost answer."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.waiting import is_endless
from conc_advisor.review.observations.lifetimes.fate import fate_of
from conc_advisor.review.observations.lifetimes.makings import Making, makings
from conc_advisor.review.observations.lifetimes.started import work_of
from conc_advisor.review.symbols.scopes import Scope
from conc_advisor.review.wording.remark import Remark

JOINABLE: Final = ("queue.Queue", "asyncio.Queue", "multiprocessing.Queue")
_ANSWERS: Final = re.compile(r"event|done|ready|finished|answer|reply|response|result")
_QUIET: Final = frozenset({"sleep", "put", "get", "wait"})
_BROAD: Final = frozenset({"Exception", "BaseException"})

# --- Queue.join and task_done -----------------------------------------------------------------------------------------------------


def uncounted(context: FileContext) -> Iterator[Remark]:
    """Yield the joins of queues that wait for items of which nobody says that they are done, or not where their work fails."""
    calls = [(scope, call) for scope, call in context.calls() if isinstance(call.func, ast.Attribute)]
    joins = [
        (scope, call)
        for scope, call in calls
        if last_name(call) == "join" and not call.args and not call.keywords and context.is_a(_owner(call), *JOINABLE, scope=scope)
    ]
    if not joins:
        return
    gets = [(scope, call) for scope, call in calls if last_name(call) in {"get", "get_nowait"}]
    counts = [(scope, call) for scope, call in calls if last_name(call) == "task_done"]
    for _, join in joins:
        name = last_name(_owner(join))
        takes = [(scope, call) for scope, call in gets if last_name(_owner(call)) == name]
        if takes and not counts and not _is_passed_on(context, name):
            yield Remark(
                node=join,
                message=f"`{context.text(join)}` waits until each item has been counted by `task_done()`, which nothing calls: "
                "it waits for ever",
                advice=f"call `{context.text(_owner(takes[0][1]))}.task_done()` in a `finally` after the work on each item",
                confidence=Confidence.MEDIUM,
                severity=Severity.WARNING,
                steps=(context.step(takes[0][1], "the items are taken here"),),
            )
        for scope, take in takes:
            count = next((call for place, call in counts if place is scope and last_name(_owner(call)) == name), None)
            if count is not None and _may_be_skipped(context, scope, take, count):
                sure = _ends_worker(context, scope, take, count)
                yield Remark(
                    node=count,
                    message=f"where the work on an item raises, this `task_done()` is skipped, and `{context.text(join)}` waits for ever",
                    advice="put the work into a `try` whose `except Exception` logs what went wrong, and `task_done()` into its `finally`: "
                    "a worker that ends leaves the items behind that nobody else takes",
                    confidence=Confidence.MEDIUM if sure else Confidence.LOW,
                    severity=Severity.WARNING if sure else Severity.INFO,
                    steps=(context.step(join, "this waits for it"),),
                )
                return


def _owner(call: ast.Call) -> ast.expr:
    return call.func.value if isinstance(call.func, ast.Attribute) else call.func


def _is_passed_on(context: FileContext, name: str) -> bool:
    """Tell whether a queue of this name is an argument of a call: others may count."""
    return any(
        last_name(given) == name and not isinstance(given, ast.Call)
        for _, call in context.calls()
        for argument in (*call.args, *(each.value for each in call.keywords))
        for given in ast.walk(argument)
    )


def _may_be_skipped(context: FileContext, scope: Scope, take: ast.Call, count: ast.Call) -> bool:
    """Tell whether an exception between the take of an item and its count ends the function."""
    loop = context.loop_around(take, comprehensions=False)
    if loop is None or context.loop_around(count, comprehensions=False) is not loop:
        return False
    child: ast.AST = count
    for each in context.ancestors(count):
        if isinstance(each, ast.Try) and (child in each.finalbody or _catches_all(each)):
            return False
        if isinstance(each, ast.ExceptHandler):
            return False
        if each is loop:
            break
        child = each
    work = [call for call in scope.of(ast.Call) if take.lineno < call.lineno < count.lineno]
    guarded = [each for each in scope.of(ast.Try) if take.lineno <= each.lineno < count.lineno and _catches_all(each)]
    return any(
        not any(each.lineno <= call.lineno <= (each.end_lineno or 0) for each in guarded)
        and last_name(call) not in {"print", "debug", "info"}
        for call in work
    )


def _ends_worker(context: FileContext, scope: Scope, take: ast.Call, count: ast.Call) -> bool:
    """Tell whether an endless worker awaits something, or calls a function of the project, between the take of an item and its count."""
    loop = context.loop_around(take, comprehensions=False)
    work = [call for call in scope.of(ast.Call) if take.lineno < call.lineno < count.lineno]
    return (
        isinstance(loop, ast.While)
        and is_endless(loop)
        and any((context.is_awaited(call) and last_name(call) not in _QUIET) or context.callee(call, scope) is not None for call in work)
    )


def _catches_all(block: ast.Try) -> bool:
    return any(each.type is None or last_name(each.type) in _BROAD for each in block.handlers)


# --- one end for many workers -----------------------------------------------------------------------------------------------------


def one_end_for_many(context: FileContext) -> Iterator[Remark]:
    """Yield the one item that means the end and that is put where several workers, started in a loop, wait for one each."""
    for making in makings(context, ("threading.Thread", "multiprocessing.Process")):
        work = work_of(context, making)
        if context.loop_around(making.call) is None or work is None or not _ends_at_none(work) or _puts(work):
            continue
        owner = making.scope.enclosing_class
        places = owner.children if owner is not None else [making.scope]
        ends = [call for place in places for call in _puts(place) if _is_end(call)]
        if len(ends) == 1 and context.loop_around(ends[0]) is None and _queue_of(work) == last_name(_owner(ends[0])):
            yield Remark(
                node=ends[0],
                message=f"one item means the end to one worker: the others that line {making.call.lineno} starts wait on for ever",
                advice=f"put it once for each worker, `for _ in workers: {context.text(ends[0])}`, "
                f"or let `{work.name}` put it back before it ends",
                confidence=Confidence.MEDIUM,
                severity=Severity.WARNING,
                steps=(context.step(making.call, "the workers are made here"),),
            )
            return


def _puts(scope: Scope) -> list[ast.Call]:
    return [call for call in scope.of(ast.Call) if last_name(call) in {"put", "put_nowait"} and call.args]


def _is_end(call: ast.Call) -> bool:
    value = call.args[0]
    return isinstance(value, ast.Constant) and value.value is None


def _ends_at_none(work: Scope) -> bool:
    """Tell whether a function takes from a queue until it gets None."""
    takes = any(last_name(call) == "get" for call in work.of(ast.Call))
    return takes and any(
        isinstance(each, ast.Compare)
        and isinstance(each.ops[0], (ast.Is, ast.Eq))
        and isinstance(each.comparators[0], ast.Constant)
        and each.comparators[0].value is None
        and isinstance(branch.body[-1], (ast.Return, ast.Break))
        for branch in work.of(ast.If)
        for each in ast.walk(branch.test)
    )


def _queue_of(work: Scope) -> str:
    return next((last_name(_owner(call)) for call in work.of(ast.Call) if last_name(call) == "get" and not call.args), "")


# --- processes --------------------------------------------------------------------------------------------------------------------


def joined_before_read(context: FileContext) -> Iterator[Remark]:
    """Yield the joins of processes that put into a queue which is read only after them: a full pipe keeps the process from ending."""
    for making in makings(context, ("multiprocessing.Process",)):
        scope = making.scope
        fate = fate_of(context, scope, making.call, frozenset({"join"}))
        ends = [end for end in fate.ends if isinstance(call := context.parent(end), ast.Call) and not call.args and not call.keywords]
        if not ends:
            continue
        for queue in _queues_given(context, making):
            takes = [call for call in scope.of(ast.Call) if last_name(call) in {"get", "get_nowait"} and last_name(_owner(call)) == queue]
            first = min((call.lineno for call in takes), default=0)
            if first > ends[0].lineno and _puts_into_parameter(context, making):
                yield Remark(
                    node=ends[0],
                    message=f"a process ends only when what it has put into `{queue}` has been taken out: "
                    f"this waits for ever once that is more than a pipe holds (line {first} takes it)",
                    advice=f"take the items out of `{queue}` first, and join after that",
                    confidence=Confidence.MEDIUM,
                    severity=Severity.WARNING,
                )
                return


def _queues_given(context: FileContext, making: Making) -> Iterator[str]:
    """Yield the names of the queues of multiprocessing that a process is given."""
    for keyword in making.call.keywords:
        if keyword.arg == "args" and isinstance(keyword.value, ast.Tuple):
            for each in keyword.value.elts:
                if isinstance(each, ast.Name) and context.path(each, making.scope) == "multiprocessing.Queue()":
                    yield each.id


def _puts_into_parameter(context: FileContext, making: Making) -> bool:
    work = work_of(context, making)
    return work is None or bool(_puts(work))


def unlimited_answers(context: FileContext) -> Iterator[Remark]:
    """Yield the waits of a function for the answer of another process, to which it has just given something, without a limit."""
    if not any(each.name.startswith("multiprocessing") for bindings in context.module.bindings.values() for each in bindings):
        return
    for scope in context.functions():
        given = [call for call in scope.of(ast.Call) if last_name(call) in {"put", "put_nowait", "send"}] if not scope.is_async else []
        for call in scope.of(ast.Call) if given else ():
            if last_name(call) not in {"wait", "get"} or call.args or call.keywords or context.loop_around(call) is not None:
                continue
            name = last_name(_owner(call))
            path = context.path(_owner(call), scope)
            if not _ANSWERS.search(name.lower()) or path.startswith(("threading.", "asyncio.", "queue.", "subprocess.", "concurrent.")):
                continue
            before = next((each for each in given if each.lineno < call.lineno and last_name(_owner(each)) != name), None)
            if before is not None:
                yield Remark(
                    node=call,
                    message=f"`{context.text(call)}` waits without a limit for another process to answer: "
                    "when that one dies, it waits for ever",
                    advice=f"give it a limit, `{context.text(call.func)}(timeout=10)`, and look then whether the process is alive",
                    steps=(context.step(before, "the other process is asked here"),),
                )
                break
