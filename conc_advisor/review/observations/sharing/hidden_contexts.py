"""Tells of work that a function hands to a thread whether it belongs to that function's own call, and why it may read context variables."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext, argument, last_name
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.symbols.scopes import BindingKind, Scope, ScopeKind

_KEEPING: Final = frozenset(
    {
        *(
            "opentelemetry",
            "ddtrace",
            "structlog",
            "sentry_sdk",
            "langfuse",
            "langsmith",
            "logfire",
            "newrelic",
            "elasticapm",
        ),
        *(
            "dspy",
            "haystack",
            "langchain",
            "langchain_core",
            "langgraph",
            "llama_index",
            "mlflow",
            "openinference",
            "agents",
            "starlette_context",
        ),
        *("asgi_correlation_id", "werkzeug", "flask", "starlette", "fastapi", "loguru", "weave", "phoenix", "traceloop"),
    }
)
"""Libraries that keep spans, settings or what belongs to a request in context variables, by the first word of their paths."""
_OTHER_CONTEXTS: Final = ("contextlib", "contextvars", "typing", "ssl", "multiprocessing", "zmq", "click", "decimal", "concurrent")
_WAITING: Final = frozenset({"join", "result", "as_completed", "wait", "gather", "wait_for"})
_CALLABLES: Final = frozenset({"func", "fn", "function", "callback", "handler", "target", "app", "callable", "task_func", "step", "tool"})
"""Names of attributes that hold a function which somebody else wrote."""


def belongs_to_call(context: FileContext, scope: Scope, call: ast.Call, function: FunctionSummary) -> bool:
    """Tell whether the function that starts work also waits for it, or gives its future or its results to its caller."""
    if context.is_awaited(call) or function.is_generator or "Future()" in function.returns:
        return True
    return any(last_name(each) in _WAITING and each is not call and not _has_timeout(each) for each in scope.of(ast.Call))


def _has_timeout(call: ast.Call) -> bool:
    return last_name(call) == "join" and bool(call.args or call.keywords)


def is_called_by_thread(scope: Scope, call: ast.Call) -> bool:
    """Tell whether a thread is started only to be joined at once, with nothing in between: a call in another thread."""
    starts = [each.lineno for each in scope.of(ast.Call) if last_name(each) == "start" and each.lineno >= call.lineno]
    joins = [each.lineno for each in scope.of(ast.Call) if last_name(each) == "join" and not (each.args or each.keywords)]
    return bool(starts) and starts[0] + 1 in joins


def reason_to_read(context: FileContext, work: Scope | None) -> str:
    """Return why work may read context variables, as a clause: it runs the caller's code, or a library's that keeps such; or ""."""
    if work is not None:
        name = _foreign(work)
        if name:
            return f"it runs `{name}`, which comes from the caller"
    own = context.project.modules.get(context.parsed.name)
    paths = tuple(own.names.values()) if own is not None else ()
    keeping = next((head for each in paths if (head := each.partition(".")[0]) in _KEEPING), "")
    if keeping:
        return f"`{keeping}`, which this file uses, keeps what belongs to a call in context variables"
    named = next((each for each in paths if "context" in each.lower() and "ssl" not in each and not each.startswith(_OTHER_CONTEXTS)), "")
    return f"`{named.rpartition('.')[2]}`, which this file uses, is named for a context" if named else ""


def _foreign(work: Scope) -> str:
    """Return the name of a function that work calls and was given: a parameter, its own or that of a function around it."""
    for call in work.of(ast.Call):
        function = call.func
        if isinstance(function, ast.Name) and is_parameter(work, function.id):
            return function.id
        if isinstance(function, ast.Attribute) and function.attr.lstrip("_") in _CALLABLES and isinstance(function.value, ast.Name):
            return f"{function.value.id}.{function.attr}"
    return ""


def is_parameter(scope: Scope, name: str) -> bool:
    """Tell whether a name is a parameter of a function, or of one around it."""
    binder = scope.binder(name)
    bindings = binder.bindings.get(name, []) if binder is not None and binder.kind is ScopeKind.FUNCTION else []
    return any(each.kind in {BindingKind.PARAMETER, BindingKind.ANNOTATED} and isinstance(each.node, ast.arg) for each in bindings)


def given_work(call: ast.Call, name: str) -> ast.expr | None:
    """Return the function that a call hands to a thread."""
    if name in {"Thread", "Timer"}:
        return argument(call, "target" if name == "Thread" else "function", 1)
    return argument(call, "func", 1) if name == "run_in_executor" else argument(call, "fn", 0)
