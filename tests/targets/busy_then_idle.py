"""Computes in its main thread until it is given a line, then waits for another; prints `busy` and `idle` before."""

import os
import sys
import threading
import time

told = []


def listen():
    told.append(os.read(0, 1))
    while True:
        time.sleep(3600)


threading.Thread(target=listen, daemon=True).start()
print("busy", flush=True)
while not told:
    sum(range(100))
print("idle", flush=True)
sys.stdin.read()
os._exit(0)
