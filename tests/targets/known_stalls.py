"""An asyncio program that keeps its loop for known times, at known lines, and writes down when: the truth for stall detection.

Usage: known_stalls.py TRUTH_FILE
"""

import asyncio
import json
import re
import socket
import sys
import threading
import time

TRUTH = []


def blocking(cause, action):
    """Run one blocking action and note its line (the caller's), cause, and duration."""
    line = sys._getframe(1).f_lineno
    began = time.monotonic()
    action()
    TRUTH.append({"line": line, "cause": cause, "began": began, "seconds": time.monotonic() - began})


def compute(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def slow_regex():
    re.match(r"(a+)+$", "a" * 21 + "b")


async def quiet(seconds=0.05):
    """Many short callbacks, which are no stall however many there are."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        compute(0.001)
        await asyncio.sleep(0)


async def main():
    left, right = socket.socketpair()
    lock = threading.Lock()

    def send_later():
        time.sleep(0.09)
        right.send(b"x")

    def hold_lock():
        with lock:
            held.set()
            time.sleep(0.1)

    await asyncio.sleep(0.3)
    for seconds in (0.06, 0.08, 0.15):
        blocking("sleep", lambda: time.sleep(seconds))
        await quiet(0.2)
    blocking("cpu", lambda: compute(0.12))
    await quiet(0.4)
    blocking("cpu", slow_regex)
    await quiet()
    threading.Thread(target=send_later).start()
    blocking("socket", lambda: left.recv(1))
    await quiet()
    held = threading.Event()
    threading.Thread(target=hold_lock).start()
    held.wait()
    blocking("lock", lock.acquire)
    await quiet()
    for _ in range(10):
        time.sleep(0.02)
        await asyncio.sleep(0)
    await asyncio.gather(*[quiet(0.3) for _ in range(20)])


asyncio.run(main())
with open(sys.argv[1], "w") as file:
    json.dump(TRUTH, file)
