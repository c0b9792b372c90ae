"""Tells which plain functions are meant for other threads than the loop's by what is written there, where no call of them shows it."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.symbols.scopes import Scope

_NAMES: Final = re.compile(
    r"(?:^|_)(?:threadsafe|thread_safe)$|_from_(?:\w+_)?(?:thread|executor)s?$|(?:^|_)thread_(?:main|func|loop|target|worker|run|entry)$"
)
"""Names of functions that say that other threads call them."""
_DOCS: Final = re.compile(
    r"\b(?:from|in|by|on) (?:(?:a|an|any|the) )?(?:another|any other|other|separate|its own|their own|different|background|worker"
    r"|executor|library|driver|monitor(?:ing)?|reader|receiver|polling|user|audio|capture)(?: [\w'.-]+){0,2}? threads?\b(?!-)",
    re.IGNORECASE,
)
_DOCS_OF_OTHERS: Final = re.compile(
    r"loop|main thread|same thread|\bnot |never|n't|only|must|should|asyncio|\bif |"
    r"\b(?:run\b|start|spawn|launch|creat|submit|schedul|offload|dispatch|defer|begin|wait|do\b|mak|execut(?:e|ing)\b)",
    re.IGNORECASE,
)
"""Words of sentences that speak of something else than where the function itself runs."""
_THREADSAFE: Final = frozenset({"run_coroutine_threadsafe", "call_soon_threadsafe"})
_LOG: Final = "logging.Handler"
_LOGGING: Final = frozenset({"debug", "info", "error"})


def said_to_run_in_threads(context: FileContext, scope: Scope) -> str:
    """Return why a function is meant for other threads, as a clause: by its name, its docstring, or what it overrides; "" for no reason."""
    if _NAMES.search(scope.name):
        return f"`{scope.name}()` is meant for other threads, as its name says"
    if _is_documented(scope):
        return f"`{scope.name}()` runs in another thread, as its docstring says"
    owner = scope.enclosing_class
    if owner is not None and scope.name in {"emit", "handle"} and _LOG in context.project.mro(context.full_name(owner)):
        return f"`{scope.name}()` runs in whichever thread writes to the log"
    return ""


def _is_documented(scope: Scope) -> bool:
    node = scope.node
    text = ast.get_docstring(node, clean=False) if isinstance(node, ast.FunctionDef) else None
    if not text or "thread" not in text:
        return False
    sentences = re.split(r"[.\n]\s*\n|\. ", text)
    return any(_DOCS.search(flat) and not _DOCS_OF_OTHERS.search(flat) for each in sentences for flat in [" ".join(each.split())])


def is_logger(scope: Scope) -> bool:
    """Tell whether a method belongs to something that others log with, from whatever thread they are in."""
    owner = scope.enclosing_class
    return owner is not None and owner.bindings.keys() >= _LOGGING


def hands_to_loop(scope: Scope) -> list[ast.Call]:
    """Return the calls of a function that hand something to a loop in a way that is right in every thread."""
    return [call for call in scope.of(ast.Call) if last_name(call) in _THREADSAFE]


def besides(context: FileContext, call: ast.Call, others: list[ast.Call]) -> ast.Call | None:
    """Return one of other calls that runs on the same way through the function as a call does; None where they exclude each other."""
    return next((each for each in others if not _exclude(context, call, each)), None)


def _exclude(context: FileContext, call: ast.Call, other: ast.Call) -> bool:
    """Tell whether two calls stand in branches of which only one is run, or one in the other's handler."""
    mine, theirs = dict(_branches(context, call)), dict(_branches(context, other))
    for each, block in mine.items():
        if each in theirs and theirs[each] != block:
            return True
        if each not in theirs and isinstance(each, ast.If) and _ends(each, block):
            # `if …: …; return` leaves what follows to the other case.
            return True
    return any(each not in mine and isinstance(each, ast.If) and _ends(each, block) for each, block in theirs.items())


def _branches(context: FileContext, node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    child: ast.AST = node
    for each in context.ancestors(node):
        if isinstance(each, (ast.If, ast.Try, ast.TryStar)):
            yield (
                each,
                next((name for name, value in ast.iter_fields(each) if value is child or (isinstance(value, list) and child in value)), ""),
            )
        child = each


def _ends(node: ast.If, block: str) -> bool:
    body = node.body if block == "body" else node.orelse
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))


def awaited_attributes(context: FileContext) -> frozenset[str]:
    """Return the last words of the objects of a file whose methods are awaited, or that are walked through by `async for`."""
    found: set[str] = set()
    for scope in context.coroutines():
        for node in scope.of(ast.Await):
            call = node.value
            while isinstance(call, ast.Call) and last_name(call) in {"wait_for", "shield"} and call.args:
                call = call.args[0]
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                found.add(last_name(call.func.value))
            elif isinstance(call, (ast.Attribute, ast.Name)):
                found.add(last_name(call))
        found.update(last_name(each.iter) for each in scope.of(ast.AsyncFor) if isinstance(each.iter, (ast.Attribute, ast.Name)))
    return frozenset(found - {"", "self", "cls", "asyncio", "loop", "client", "session"})
