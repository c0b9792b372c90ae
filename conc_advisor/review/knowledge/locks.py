"""What locks which, by canonical path of the instance's class."""

import re
from typing import Final

THREAD_LOCKS: Final = (
    *("threading.Lock", "threading.RLock", "threading.Condition", "threading.Semaphore", "threading.BoundedSemaphore"),
    *("multiprocessing.Lock", "multiprocessing.RLock", "multiprocessing.Condition"),
    *("multiprocessing.Semaphore", "multiprocessing.BoundedSemaphore"),
)
"""Taking one blocks the thread."""
MUTEXES: Final = ("threading.Lock", "threading.RLock", "threading.Condition", "multiprocessing.Lock", "multiprocessing.RLock")
"""Those that let one thread or process in at a time."""
REENTRANT: Final = ("threading.RLock", "threading.Condition", "multiprocessing.RLock")
"""Those that the thread which holds them may take again; a Condition has an RLock unless it is given another lock."""
ASYNC_LOCKS: Final = (
    *("asyncio.Lock", "asyncio.Condition", "asyncio.Semaphore", "asyncio.BoundedSemaphore", "anyio.Lock", "anyio.Semaphore"),
    *("anyio.CapacityLimiter", "trio.Lock", "trio.Semaphore", "trio.CapacityLimiter", "aiolimiter.AsyncLimiter"),
)
_LOCK_WORDS: Final = re.compile(r"(?:^|_)(?:r?lock|mutex|cond|condition|sem|semaphore|guard)s?(?:_|\d|\(|\[|$)|[Ll]ock(?:\(\))?$")


def is_lock_name(name: str) -> bool:
    """Tell whether a name is one that people give to locks: `lock`, `_write_lock`, `mutex`, `get_lock()`."""
    return _LOCK_WORDS.search(name) is not None and not name.endswith(("block", "clock", "Block", "Clock", "unlock", "flock_"))
