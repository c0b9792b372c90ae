"""What locks which, by canonical path of the instance's class."""

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
