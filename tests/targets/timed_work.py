"""A fixed amount of work of one shape; prints the seconds it took. Usage: timed_work.py compute|two-threads|await|threads-200."""

import asyncio
import sys
import threading
import time


def compute(rounds):
    total = 0
    for number in range(rounds):
        total += number * number % 7
    return total


def in_threads(count, rounds):
    threads = [threading.Thread(target=compute, args=(rounds,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def beside_sleepers(count, rounds):
    """Compute in the main thread beside many that wait for an event."""
    done = threading.Event()
    threads = [threading.Thread(target=done.wait) for _ in range(count)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    compute(rounds)
    taken = time.perf_counter() - began
    done.set()
    return taken


async def await_often():
    async def work():
        for _ in range(2000):
            await asyncio.sleep(0)
            compute(40)

    await asyncio.gather(*[work() for _ in range(150)])


began = time.perf_counter()
taken = None
if sys.argv[1] == "compute":
    compute(60_000_000)
elif sys.argv[1] == "two-threads":
    in_threads(2, 30_000_000)
elif sys.argv[1] == "await":
    asyncio.run(await_often())
else:
    taken = beside_sleepers(200, 60_000_000)
print("seconds", taken if taken is not None else time.perf_counter() - began)
