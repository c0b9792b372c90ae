"""How a chosen model is written on a given Python and operating system: short pieces of code with the sentence that goes with them.

Names in capitals (WORKERS, IN_FLIGHT, CHUNK, QUEUE_BOUND) stand for the sizes; `work(item)` and `fetch(item)` for the user's own function
and coroutine function.
"""
