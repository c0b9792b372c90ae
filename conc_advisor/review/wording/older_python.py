"""Puts an advice into the words of an older Python, where the code has to run on one."""

from typing import Final

_TO_THREAD: Final = "asyncio.to_thread("
_SINCE: Final = 9
"""`asyncio.to_thread` came with Python 3.9 (https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread)."""
_BEFORE: Final = "loop.run_in_executor(None, "


def as_known_to(python: int | None, advice: str) -> str:
    """Return an advice without functions that a minor version of Python 3 does not have yet; None: the newest, which has all."""
    return advice if python is None or python >= _SINCE else advice.replace(_TO_THREAD, _BEFORE)
