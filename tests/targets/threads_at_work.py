"""Computes, sleeps and waits for a lock in threads with names, for as many seconds as the first argument says (captured for the tests)."""

import sys
import threading
import time

LOCK = threading.Lock()
STOP = threading.Event()


def innermost(number):
    total = 0
    for value in range(number):
        total += value * value
    return total


def compute():
    while not STOP.is_set():
        innermost(20000)


def nap():
    while not STOP.is_set():
        time.sleep(0.05)


def queue_up():
    while not STOP.is_set():
        with LOCK:
            time.sleep(0.02)


def main(seconds):
    threads = [
        threading.Thread(target=compute, name="cpu-1"),
        threading.Thread(target=nap, name="napper"),
        threading.Thread(target=queue_up, name="lock-1"),
        threading.Thread(target=queue_up, name="lock-2"),
    ]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    STOP.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(float(sys.argv[1]))
