"""What a coroutine writes instead of a call that blocks, in the words of the library whose event loop runs it."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext
from conc_advisor.review.knowledge.blocking import Blocking, BlockingKind
from conc_advisor.review.symbols.scopes import Scope

_ASYNCIO: Final = "asyncio"
_OTHERS: Final = ("trio", "anyio")
_THREAD: Final = "await asyncio.to_thread(…)"
_PLAIN: Final = "a plain `def`"
_SPELLINGS: Final = {
    BlockingKind.SLEEP: "await {0}.sleep(…)",
    BlockingKind.SUBPROCESS: "await {0}.run_process(…)",
    BlockingKind.FILE: "{0}.open_file or {0}.Path, or await {0}.to_thread.run_sync(…)",
}


def loop_library(context: FileContext) -> str:
    """Return the library whose functions a file's coroutines may call: `asyncio` unless the file imports only another one."""
    packages = context.packages
    return next((each for each in _OTHERS if each in packages), _ASYNCIO) if _ASYNCIO not in packages else _ASYNCIO


def instead_of(context: FileContext, scope: Scope, blocking: Blocking) -> str:
    """Return what to use instead of a call that blocks, as a clause."""
    library = loop_library(context)
    if library == _ASYNCIO:
        # What awaits cannot be a plain function.
        awaits = any(scope.of(kind) for kind in (ast.Await, ast.AsyncFor, ast.AsyncWith))
        return f"{blocking.instead.partition(_PLAIN)[0]}{_THREAD}" if awaits and _PLAIN in blocking.instead else blocking.instead
    spelling = _SPELLINGS.get(blocking.kind)
    if spelling is not None:
        return spelling.format(library)
    thread = f"await {library}.to_thread.run_sync(…)"
    # Of the clients, only the one of httpx runs on every loop.
    return f"httpx.AsyncClient, or {thread}" if blocking.instead.startswith("httpx.AsyncClient") else thread


def in_thread(context: FileContext, name: str) -> str:
    """Return the code that runs a function, by its name, in a thread and waits for it."""
    library = loop_library(context)
    if library != _ASYNCIO:
        return f"await {library}.to_thread.run_sync({name}, …)"
    if context.python >= 9:  # noqa: PLR2004  # asyncio.to_thread came with 3.9
        return f"await asyncio.to_thread({name}, …)"
    return f"await loop.run_in_executor(None, {name}, …)"
