"""Four threads that compute in pure Python: no faster than one, because only one at a time may run.

What is wrong: counting primes is Python code, and Python code needs the global interpreter lock (GIL).
Four threads do not use four cores; they take turns, and each spends about three quarters of its life
waiting.  Processes would help here, threads cannot.

Expected verdict: gil-bound.

Usage: python gil_bound_threads.py [SECONDS]
"""

import sys
import threading
import time


def is_prime(number: int) -> bool:
    """Return whether `number`, 2 or more, is prime, by trial division: slow on purpose."""
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 1
    return True


def count_primes(start: int, deadline: float, results: "list[int]", slot: int) -> None:
    """Count primes from `start` upwards until the deadline."""
    found = 0
    number = start
    while time.monotonic() < deadline:
        for candidate in range(number, number + 200):
            found += is_prime(candidate)
        number += 200
    results[slot] = found


def main() -> None:
    """Start the threads and wait for them."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    deadline = time.monotonic() + seconds
    results = [0] * 4
    threads = [
        threading.Thread(target=count_primes, args=(1_000_000 * (slot + 1), deadline, results, slot), name=f"counter-{slot}")
        for slot in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"found {sum(results)} primes")


if __name__ == "__main__":
    main()
