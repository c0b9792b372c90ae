"""Tells whether the number of things that are done at the same time has a limit: by what is gone through, or by what they enter."""

import ast
import re
from collections import deque
from collections.abc import Iterable
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.project.summaries import FunctionSummary
from conc_advisor.review.symbols.scopes import Scope, ScopeKind

_LIMITING: Final = re.compile(
    r"sem(?:aphore)?s?$|sem_|semaphore|limit|throttl|bulkhead|(?:^|_)rate(?:_|$)|_lock$|^lock$|mutex|slots?$|permit|token_bucket|capacity|concurren",
    re.IGNORECASE,
)
_GIVEN: Final = re.compile(
    r"sem(?:aphore)?s?$|sem_|semaphore|limiter|throttl|bulkhead|rate_?limit|_lock$|^lock$|mutex|slots$|permit|token_bucket", re.IGNORECASE
)
"""Stricter, for what is handed over: `limit` may be a number there."""
_PIECES: Final = re.compile(
    r"batch|chunk|window|page$|worker|consumer|shard|_range|slice|group|partition|replica|node|peer|server|backend|device|host|plugin|handler|hook|listener|callback|subscriber|database|check|region|provider|mount|middleware|queue|reader|writer|sink|source|stream|socket",
    re.IGNORECASE,
)
"""Names of what somebody has cut to size already, or of what there is a handful of."""
_MANY: Final = re.compile(
    r"(?:batch|chunk|page|host|device|server|group|region|partition|shard|slice|window|database|source)e?s$", re.IGNORECASE
)
"""Names of several pieces, of which there may be a handful or any number."""
_NUMBERS: Final = re.compile(
    r"(?:^|_)(?:pages|total|total_(?:pages|count|items)|page_count|last_page|num_(?:pages|items|rows|records))$", re.IGNORECASE
)
_MOST_STEPS: Final = 4
_REMOTE: Final = (
    *(
        "aiohttp.ClientSession()",
        "httpx.AsyncClient()",
        "httpx.",
        "requests.",
        "asyncpg.",
        "redis.asyncio",
        "aioredis.",
        "motor.",
        "openai.AsyncOpenAI()",
    ),
    *(
        "anthropic.AsyncAnthropic()",
        "websockets.connect",
        "asyncio.open_connection",
        "aiobotocore.",
        "aioboto3.",
        "asyncio.create_subprocess",
        "grpc.aio",
    ),
    *(
        "litellm.",
        "langchain",
        "playwright.",
        "sqlalchemy.ext.asyncio",
        "neo4j.AsyncDriver",
        "ccxt.",
        "pyppeteer.",
        "aiomysql.",
        "aiosqlite.",
        "discord.",
        "telegram.",
    ),
)
_REMOTE_WORDS: Final = frozenset(
    {"session", "client", "http", "llm", "llm_client", "api", "driver", "conn", "connection", "browser", "ws", "page_client"}
)
_REMOTE_VERBS: Final = frozenset(
    {
        *(
            "fetch",
            "download",
            "upload",
            "scrape",
            "crawl",
            "request",
            "http_get",
            "get_json",
            "post",
            "generate_response",
            "ainvoke",
            "acompletion",
        ),
        *(
            "agenerate",
            "execute_query",
            "send_request",
            "call_api",
            "fetch_json",
            "get_page",
            "embed",
            "aembed",
            "run_in_executor",
            "to_thread",
        ),
    }
)


def is_limiting(name: str) -> bool:
    """Tell whether a name is one that people give to what lets only so many in: `sem`, `limiter`, `rate_limit`."""
    return _LIMITING.search(name) is not None


def limits_itself(context: FileContext, scope: Scope, function: ast.expr, given: Iterable[ast.expr] = ()) -> bool:
    """Tell whether a function lets only so many of its calls in at a time, or one that it calls, or what it is given does."""
    for each in (each for node in given for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute))):
        if _GIVEN.search(last_name(each)) or "emaphore" in context.path(each, scope):
            return True
    if is_limiting(last_name(function)):
        return True
    path = context.path(function, scope)
    start = context.project.function(path) if path else None
    return start is not None and any(_enters_limit(each, context) for each in _reached(context, start))


def _enters_limit(function: FunctionSummary, context: FileContext) -> bool:
    entered = [(each, context.project.canonical(each)) for each in function.entered]
    local = context.scope_named(function.name)
    if local is not None and _is_of_each_call(local):
        return False
    if any(is_limiting(raw.rpartition(".")[2].rstrip("()[]")) or "Semaphore" in path or "Limiter" in path for raw, path in entered):
        return True
    if any(is_limiting(each.rpartition(".")[2]) for each in function.decorators):
        return True
    if local is not None:
        # A semaphore whose type nothing tells shows by its name only.
        items = [item.context_expr for each in local.of(ast.AsyncWith) for item in each.items]
        if any(is_limiting(last_name(each) or last_name(getattr(each, "value", None))) for each in items):
            return True
    return any(
        site.target.endswith(".acquire") and (is_limiting(site.target) or "emaphore" in context.project.canonical(site.target))
        for site in function.calls
    )


def _is_of_each_call(place: Scope) -> bool:
    """Tell whether the only limits that a function enters are semaphores that it has made itself: each call has another one then."""
    entered = [
        last_name(item.context_expr) for each in place.of(ast.AsyncWith) for item in each.items if is_limiting(last_name(item.context_expr))
    ]
    made = {
        name
        for name, bindings in place.bindings.items()
        if any(isinstance(each.value, ast.Call) and last_name(each.value) in {"Semaphore", "BoundedSemaphore"} for each in bindings)
    }
    return bool(entered) and made.issuperset(entered)


def reaches_remote(context: FileContext, scope: Scope, function: ast.expr) -> bool:
    """Tell whether a function, or one that it calls, speaks to another machine or program, as far as its source shows."""
    path = context.path(function, scope)
    if path.startswith(_REMOTE):
        return True
    start = context.project.function(path) if path else None
    if start is None:
        return last_name(function) in _REMOTE_VERBS or last_name(getattr(function, "value", None)) in _REMOTE_WORDS
    for each in _reached(context, start):
        if not _REMOTE_WORDS.isdisjoint(each.parameters):
            return True
        for site, called in context.project.reach.calls(each):
            if (
                called.startswith(_REMOTE)
                or called.rpartition(".")[2] in _REMOTE_VERBS
                or _REMOTE_WORDS & set(site.target.split(".")[-2:-1])
            ):
                return True
    return False


def _reached(context: FileContext, start: FunctionSummary) -> list[FunctionSummary]:
    """Return a function and those that it calls, async ones included, a few steps deep."""
    project = context.project
    found, seen = [], {start.name}
    waiting = deque([(start, 0)])
    while waiting:
        function, depth = waiting.popleft()
        found.append(function)
        if depth < _MOST_STEPS:
            for _, path in project.reach.calls(function):
                called = project.function(path) if path else None
                if called is not None and called.name not in seen:
                    seen.add(called.name)
                    waiting.append((called, depth + 1))
    return found


def is_bounded(context: FileContext, scope: Scope, iterated: ast.expr) -> bool:
    """Tell whether what is gone through has a size that the code sets, or names that say so."""
    match iterated:
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.Constant():
            return True
        case ast.Subscript():
            return _has_end(iterated.slice) or is_bounded(context, scope, iterated.value)
        case ast.Call() if last_name(iterated) in _WRAPPING:
            inner = iterated.func.value if isinstance(iterated.func, ast.Attribute) else None
            return any(is_bounded(context, scope, each) for each in ([inner] if inner is not None else iterated.args))
        case ast.Call() if last_name(iterated) == "range":
            return len(iterated.args) < _WITH_STEP and not any(_counts_input(context, scope, each) for each in iterated.args)
    name = last_name(iterated)
    if _PIECES.search(name) or name.isupper() or name == "islice":
        return True
    return isinstance(iterated, ast.Name) and _is_literal(scope, iterated)


def _counts_input(context: FileContext, scope: Scope, end: ast.expr) -> bool:
    """Tell whether the end of a range is the length of what there is to do, or the number of its pages."""
    for each in ast.walk(end):
        if isinstance(each, ast.Call) and last_name(each) == "len" and each.args and not is_bounded(context, scope, each.args[0]):
            return True
        if isinstance(each, (ast.Name, ast.Attribute)) and _NUMBERS.search(last_name(each)):
            return True
    return False


def may_be_many(scope: Scope, iterated: ast.expr) -> bool:
    """Tell whether what is gone through is, by its name, a list of pieces or machines whose number nothing tells."""
    name = last_name(iterated) if isinstance(iterated, (ast.Name, ast.Attribute)) else ""
    if name.isupper() or _MANY.search(name) is None:
        return False
    return not (isinstance(iterated, ast.Name) and _is_literal(scope, iterated))


def _has_end(place: ast.expr) -> bool:
    return isinstance(place, ast.Slice) and place.upper is not None


def _is_literal(scope: Scope, name: ast.Name) -> bool:
    """Tell whether all that a name is given, here or in the module, is written out."""
    binder = scope.binder(name.id)
    if binder is None or binder.kind is not ScopeKind.MODULE:
        binder = scope
    values = [each.value for each in binder.bindings.get(name.id, ()) if isinstance(each.value, ast.expr) and each.value is not name]
    return bool(values) and all(isinstance(each, (ast.List, ast.Tuple, ast.Set, ast.Dict)) and _is_filled(each) for each in values)


def _is_filled(node: ast.expr) -> bool:
    return bool(getattr(node, "elts", None) or getattr(node, "keys", None))


_WRAPPING: Final = frozenset(
    {"enumerate", "zip", "sorted", "reversed", "list", "set", "tuple", "dict", "items", "values", "keys", "filter"}
)
_WITH_STEP: Final = 3
"""A `range` with a step goes through data; others count workers."""
