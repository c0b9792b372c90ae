"""Guesses what a call most likely is by the names alone: those of its object and of the method, and those before them."""

import ast
import re
from dataclasses import dataclass
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.review.context import argument, last_name
from conc_advisor.review.knowledge.blocking import Blocking, BlockingKind
from conc_advisor.review.knowledge.guesses import CHAINS, FETCHING, GUESSES, HTTP_MODULE, MODEL_APIS, ORM_CALLS

HTTP: Final = Blocking(path="a blocking HTTP client", kind=BlockingKind.NETWORK, instead="httpx.AsyncClient, or await asyncio.to_thread(…)")
_MODEL: Final = Blocking(path="a blocking model client", kind=BlockingKind.NETWORK, instead="the async client of the same package")
_ORM: Final = Blocking(
    path="Django's ORM", kind=BlockingKind.DATABASE, instead="the method with an `a` before its name (`aget`), or sync_to_async(…)"
)
CLIENT: Final = Blocking(path="a blocking client", kind=BlockingKind.NETWORK, instead="an async client, or await asyncio.to_thread(…)")
_EVENT: Final = Blocking(
    path="threading.Event().wait", kind=BlockingKind.PRIMITIVE, instead="asyncio.Event, and asyncio.wait_for for the timeout"
)
_EVENTS: Final = re.compile(r"(?:^|_)(?:event|stop|stopped|ready|done|finished|shutdown)$")
_NEXT: Final = Blocking(
    path="next", kind=BlockingKind.NETWORK, instead="await asyncio.to_thread(next, generator, None): the generator's body runs here"
)
_GENERATORS: Final = re.compile(r"(?:^|_)(?:stream|stream_generator|generator|gen|frames|chunks|packets)$")
_FETCH: Final = Blocking(path="a blocking download", kind=BlockingKind.NETWORK, instead="an async client, or await asyncio.to_thread(…)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessed:
    """What a call most likely is, and how sure that is."""

    blocking: Blocking
    confidence: Confidence = Confidence.MEDIUM


def guess_by_name(call: ast.Call, path: str) -> Guessed | None:
    """Return what a call most likely is, by its words and those of its canonical path; None where they say nothing."""
    function = call.func
    if isinstance(function, ast.Name) and function.id == "next" and path == "next":
        kept = call.args[0] if len(call.args) == 1 else None
        named = isinstance(kept, ast.Attribute) and _GENERATORS.search(kept.attr)
        return Guessed(blocking=_NEXT, confidence=Confidence.LOW) if named else None
    if isinstance(function, ast.Name):
        # A function of another module: what is imported has a path.
        return Guessed(blocking=_FETCH, confidence=Confidence.LOW) if "." in path and FETCHING.search(path.rpartition(".")[2]) else None
    if not isinstance(function, ast.Attribute):
        return None
    return _in_table(call, function) or _by_chain(function, path) or _by_method(call, function)


def _in_table(call: ast.Call, function: ast.Attribute) -> Guessed | None:
    if function.attr not in GUESSES or (function.attr == "shutdown" and _is_false(argument(call, "wait", 0))):
        return None
    owner = last_name(function.value)
    found = next((each for each in GUESSES[function.attr] if each.owner.search(owner)), None)
    return Guessed(blocking=found.blocking, confidence=found.confidence) if found is not None else None


def _by_chain(function: ast.Attribute, path: str) -> Guessed | None:
    """Return what the names before a method say: `client.chat.completions.create`, `Model.objects.filter(…).count`."""
    if function.attr in {"create", "generate"} and MODEL_APIS.search(f".{_dotted(function)}"):
        return Guessed(blocking=_MODEL)
    if CHAINS.search(f".{_words_of(function)}"):
        return Guessed(blocking=CLIENT)
    if function.attr in ORM_CALLS and _is_manager(function.value):
        return Guessed(blocking=_ORM)
    return Guessed(blocking=HTTP) if path and HTTP_MODULE.search(path) else None


def _by_method(call: ast.Call, function: ast.Attribute) -> Guessed | None:
    method, owner = function.attr, last_name(function.value)
    if FETCHING.search(method) and not method.startswith("crawl") and owner not in {"self", "cls"}:
        return Guessed(blocking=_FETCH, confidence=Confidence.LOW)
    # An event of asyncio takes no timeout.
    return Guessed(blocking=_EVENT) if method == "wait" and (call.args or call.keywords) and _EVENTS.search(owner) else None


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _words_of(node: ast.expr) -> str:
    """Return the names of a chain of attributes and calls: `db.table().select().execute` for `db.table("x").select("*").execute`."""
    words: list[str] = []
    called = ""
    while isinstance(node, (ast.Attribute, ast.Call)):
        if isinstance(node, ast.Attribute):
            words.append(f"{node.attr}{called}")
        called = "()" if isinstance(node, ast.Call) else ""
        node = node.value if isinstance(node, ast.Attribute) else node.func
    if isinstance(node, ast.Name):
        words.append(node.id)
    return ".".join(reversed(words))


def _dotted(node: ast.expr) -> str:
    """Return the names of a chain of attributes; what lies before a call or a subscript is left out."""
    words: list[str] = []
    while isinstance(node, ast.Attribute):
        words.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        words.append(node.id)
    return ".".join(reversed(words))


def _is_manager(node: ast.expr) -> bool:
    """Tell whether a chain begins with `Model.objects`."""
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        if isinstance(node, ast.Attribute) and node.attr == "objects":
            return last_name(node.value)[:1].isupper()
        node = node.func if isinstance(node, ast.Call) else node.value
    return False
