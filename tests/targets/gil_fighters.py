"""Threads that want the GIL. Usage: gil_fighters.py SECONDS COMPUTING SLEEPING."""

import sys
import threading
import time


def compute(end):
    while time.perf_counter() < end:
        sum(number * number for number in range(2000))


def nap(end):
    while time.perf_counter() < end:
        time.sleep(0.001)


def main():
    end = time.perf_counter() + float(sys.argv[1])
    jobs = [(compute, f"compute-{n}") for n in range(int(sys.argv[2]))] + [(nap, f"nap-{n}") for n in range(int(sys.argv[3]))]
    threads = [threading.Thread(target=job, args=(end,), name=name) for job, name in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
