"""Finds functions of requests that are chosen or handed over first, and then called without a timeout."""

import ast
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.context import FileContext, argument, has_unseen_arguments, last_name
from conc_advisor.review.knowledge.endless import REQUESTS
from conc_advisor.review.observations.endings.deadlines import has_deadline, takes_timeout
from conc_advisor.review.symbols.scopes import BindingKind, Scope
from conc_advisor.review.wording.remark import Remark

_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})


def uses_requests(context: FileContext) -> bool:
    """Tell whether a file imports requests, or something from it."""
    return any(
        each.kind is BindingKind.IMPORTED and each.name.partition(".")[0] == "requests"
        for bindings in context.module.bindings.values()
        for each in bindings
    )


def of_parameter(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield the calls of a parameter to which this call gives a function of requests: `self.send(requests.get, url)`."""
    given = [
        each for each in call.args if isinstance(each, ast.Attribute) and each.attr in _VERBS and context.path(each, scope) in REQUESTS
    ]
    if not given:
        return
    work = context.scope_named(context.target(call, scope))
    if work is None or not isinstance(work.node, (ast.FunctionDef, ast.AsyncFunctionDef)) or takes_timeout(work):
        return
    names = [each.arg for each in (*work.node.args.posonlyargs, *work.node.args.args)]
    place = call.args.index(given[0]) + (work.enclosing_class is not None and names[:1] in (["self"], ["cls"]))
    for each in work.of(ast.Call) if place < len(names) else ():
        if isinstance(each.func, ast.Name) and each.func.id == names[place] and _is_endless(context, each):
            yield Remark(
                node=each,
                message=f"`{names[place]}` is called without a timeout; where it is `{context.text(given[0])}`, as on line {call.lineno},"
                f" `{work.name}` waits for ever for a server that stops answering",
                advice=f"pass `timeout=10` to `{names[place]}`",
                confidence=Confidence.MEDIUM,
                severity=Severity.WARNING,
            )


def of_variable(context: FileContext, scope: Scope, call: ast.Call) -> Iterator[Remark]:
    """Yield a call of a local name that holds a function of requests: `send = getattr(requests, verb)`."""
    if not isinstance(call.func, ast.Name) or scope.binder(call.func.id) is not scope or not _is_endless(context, call):
        return
    for binding in scope.bindings[call.func.id]:
        value = binding.value
        if binding.kind is not BindingKind.ASSIGNED or not isinstance(value, (ast.Subscript, ast.IfExp, ast.Attribute, ast.Call)):
            continue
        if isinstance(value, ast.Call):
            chosen = last_name(value) == "getattr" and value.args and f"{context.path(value.args[0], scope)}.get" in REQUESTS
        else:
            chosen = context.path(value, scope) in REQUESTS
        if chosen and not takes_timeout(scope):
            yield Remark(
                node=call,
                message=f"`{call.func.id}` is called without a timeout, and it is a function of requests: where the server stops answering,"
                f" {f'`{scope.name}`' if scope.is_function else 'the program'} waits for ever",
                advice=f"pass `timeout=10` to `{call.func.id}`",
                confidence=Confidence.HIGH,
                severity=Severity.WARNING,
            )
            return


def _is_endless(context: FileContext, call: ast.Call) -> bool:
    return argument(call, "timeout") is None and not has_unseen_arguments(call) and not has_deadline(context, call)
