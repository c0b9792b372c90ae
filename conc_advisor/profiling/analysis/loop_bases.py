"""Where an event loop that is not written in Python stands in a thread's stacks: everything below that path is a callback.

The loop's own frames cannot be seen (uvloop), but its thread's stack while it waits in its selector can, and so can the frame that
started it.
"""

from typing import Final

from conc_advisor.profiling.analysis.stack_index import StackIndex
from conc_advisor.profiling.analysis.waits import plain_name
from conc_advisor.profiling.recording import NO_STACK, Frame

_STARTERS: Final = ("/asyncio/runners.py", "/uvloop/__init__.py")


def refined_base(base: int, idle: int, index: StackIndex) -> int:
    """Return the path of the loop, given what it was taken for and a stack seen while it was idle.

    That is the frame which started the loop, where there is one to be seen.  Else the idle stack itself; but that may have been read
    during a callback just before, and is too long then, so the shorter one is taken of two on one path.
    """
    started = guessed_base(idle, index)
    if started != NO_STACK:
        return started
    return base if base != NO_STACK and index.is_under(idle, base) else idle


def guessed_base(stack: int, index: StackIndex) -> int:
    """Return the path to the frame that started the loop; `NO_STACK` if there is none to be seen."""
    while stack != NO_STACK and not _starts_loop(index.stacks.leaf(stack)):
        stack = index.stacks.parent(stack)
    return stack


def _starts_loop(frame: Frame) -> bool:
    return plain_name(frame.function) == "run" and frame.file.endswith(_STARTERS)
