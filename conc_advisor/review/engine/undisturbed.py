"""Lets work on many syntax trees go on undisturbed: by Python's collector of garbage, and by its limit to how deep calls nest."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_COLLECT_BYTES: Final = 4_000_000
"""How much source is worked on between two looks for garbage: what is done with is taken apart, so little is left for it."""
_DEPTH: Final = 4_000
"""How deep calls may nest meanwhile: Python 3.11's parser goes by it, and takes sums of 2,900 parts with the usual 1,000.

Calls from Python to Python take no C stack; where C is between them it is under 1 kB each, and a main thread's stack has 8 MB.
"""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Do without the collector, which looks at trees again and again that are all alive: with it parsing takes four times as long."""
    enabled, depth = gc.isenabled(), sys.getrecursionlimit()
    gc.disable()
    sys.setrecursionlimit(max(_DEPTH, depth))
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
        gc.unfreeze()
        if enabled:
            gc.enable()


class Garbage:
    """Looks for garbage now and then all the same."""

    def __init__(self) -> None:
        self._waiting = 0

    def keep(self) -> None:
        """Never look at what is alive by now: call it when something large has been made that is to stay."""
        gc.freeze()

    def worked(self, size: int) -> None:
        """Look for garbage after so many bytes of source, and never again at what is alive by then: call it between two files."""
        self._waiting += size
        if self._waiting >= _COLLECT_BYTES:
            self._waiting = 0
            gc.collect()
            gc.freeze()
