"""Finds programs that clean up after Ctrl-C and not after SIGTERM, and workers that no signal can stop between two pieces of work."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.observations.blocking.waiting import is_endless
from conc_advisor.review.observations.bounds.rounds import takes
from conc_advisor.review.symbols.scopes import Scope, ScopeKind
from conc_advisor.review.wording.remark import Remark

_ENDS: Final = re.compile(
    r"stop|close|shutdown|shut_down|terminate|cleanup|clean_up|join|cancel|disconnect|flush|save|teardown|kill|end|quit"
)
_WORKERS: Final = re.compile(r"(?:Worker|Consumer|Daemon)$")
_WORKING: Final = frozenset({"run", "work", "consume", "loop", "main_loop", "run_forever", "start", "serve", "process"})
_SIGNALS: Final = frozenset({"signal", "add_signal_handler", "sigaction", "getsignal", "install_signal_handlers", "open_signal_receiver"})


def unhandled_signals(context: FileContext) -> Iterator[Remark]:
    """Yield the handlers of KeyboardInterrupt that no other signal leads to, and endless loops of workers; () where any is handled."""
    found = [*_of_interrupts(context), *_of_workers(context)]
    if found and not _handles_any(context):
        yield from found[:1]


def _handles_any(context: FileContext) -> bool:
    """Tell whether any function of the project registers a handler, or asks a library to."""
    return any(
        site.target.rpartition(".")[2] in _SIGNALS or "signal" in site.target.lower()
        for function in context.project.all_callers()
        for site in function.calls
    )


def _of_interrupts(context: FileContext) -> Iterator[Remark]:
    for scope in context.scopes():
        for each in scope.of(ast.Try):
            handler = next((one for one in each.handlers if _takes_interrupts(one)), None)
            if handler is None or not _lasts(each) or not (context.in_main_guard(each) or _is_main(scope)):
                continue
            done = next((node for part in (*handler.body, *each.finalbody) for node in _cleaning(part)), None)
            if done is not None:
                yield Remark(
                    node=each,
                    message=f"what follows Ctrl-C, `{context.text(done)}`, does not happen on SIGTERM, "
                    "by which Docker, Kubernetes and systemd end a program",
                    advice="let SIGTERM raise, too, before this: `signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))`, "
                    "and catch `(KeyboardInterrupt, SystemExit)`",
                    steps=(context.step(done, "the program is cleaned up here"),),
                )


def _takes_interrupts(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(last_name(each) == "KeyboardInterrupt" for each in kinds)


def _lasts(block: ast.Try) -> bool:
    """Tell whether a block runs until something ends it: it has an endless loop, or runs an event loop or a server."""
    return any(
        (isinstance(each, ast.While) and is_endless(each))
        or (isinstance(each, ast.Call) and last_name(each) in {"run_forever", "serve_forever", "start_consuming", "infinity_polling"})
        for statement in block.body
        for each in ast.walk(statement)
    )


def _is_main(scope: Scope) -> bool:
    return scope.kind is ScopeKind.FUNCTION and scope.enclosing_class is None and scope.name in {"main", "run", "cli", "serve", "start"}


def _cleaning(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield what a statement does to end something: a call that says so, or a flag that it sets to false."""
    for each in ast.walk(statement):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and _ENDS.search(each.func.attr.lower()):
            if not isinstance(each.func.value, ast.Constant) and last_name(each.func.value) not in {
                "sys",
                "os",
                "logger",
                "logging",
                "log",
            }:
                yield each
        elif isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, bool):
            yield each


def _of_workers(context: FileContext) -> Iterator[Remark]:
    """Yield the endless loops by which workers, which are no threads, take one piece of work after the other."""
    for scope in context.functions():
        owner = scope.enclosing_class
        if owner is None or scope.is_async or scope.name not in _WORKING or not _WORKERS.search(owner.name):
            continue
        full = context.full_name(owner)
        if len(context.project.mro(full)) > 1 and not context.project.mro(full)[-1].endswith("object"):
            continue
        for loop in scope.of(ast.While):
            if is_endless(loop) and _receives(loop) and not _can_end(loop) and not context.project.reach.running(context.full_name(scope)):
                yield Remark(
                    node=loop,
                    message=f"nothing in the project handles SIGTERM: it ends `{owner.name}.{scope.name}` in the middle of a piece of work",
                    advice="let a handler of SIGTERM set a flag, and look at it between two pieces of work: `while not self._stopping:`",
                )
                return


def _receives(loop: ast.While) -> bool:
    return takes(loop) or any(
        isinstance(each, ast.Call) and last_name(each).startswith(("receive", "recv", "fetch", "dequeue", "consume", "next_"))
        for each in ast.walk(loop)
    )


def _can_end(loop: ast.While) -> bool:
    """Tell whether a loop's own statements leave it."""
    return any(isinstance(each, (ast.Return, ast.Break)) for statement in loop.body for each in ast.walk(statement))
