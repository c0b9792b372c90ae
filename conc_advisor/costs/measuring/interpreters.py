"""Sub-interpreters with a GIL of their own, from Python 3.14 on: what one, a pool, and handing work to a pool cost."""

from __future__ import annotations

import concurrent.futures
import importlib

from .light import in_bulk, resident_kb
from .rounds import missing, repeated, row, timed
from .work import nothing

_NAMES = (
    "interpreter_kb",
    "interpreter_seconds",
    "interpreter_pool_seconds",
    "interpreter_pool_call_seconds",
    "interpreter_pool_task_seconds",
)
_POOL_OF = 2
_SOME = 4
_CALLS = 100
_IN_BULK = 200


def measure() -> None:
    """Print the rows; each of them says why where there are none."""
    executor_type = getattr(concurrent.futures, "InterpreterPoolExecutor", None)
    if executor_type is None:
        for name in _NAMES:
            missing(name, "needs Python 3.14")
        return
    create = importlib.import_module("concurrent.interpreters").create

    def memory() -> list[float]:
        before = resident_kb()
        some = [create() for _ in range(_SOME)]
        grown = resident_kb() - before
        for interpreter in some:
            interpreter.close()
        return [grown / _SOME]

    def pool() -> None:
        with executor_type(_POOL_OF) as executor:
            for future in [executor.submit(nothing) for _ in range(_POOL_OF)]:
                future.result()

    # Memory comes first, while none has been given back.
    row(_NAMES[0], memory)
    row(_NAMES[1], lambda: repeated(timed(lambda: create().close())))
    row(_NAMES[2], lambda: repeated(timed(pool), rounds=5))
    with executor_type(_POOL_OF) as executor:
        row(_NAMES[3], lambda: repeated(timed(lambda: executor.submit(nothing).result(), _CALLS)))
        row(_NAMES[4], lambda: repeated(lambda: in_bulk(executor, _IN_BULK)))
