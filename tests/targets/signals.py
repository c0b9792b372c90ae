"""Waits for a signal and says what of its cleaning up was done."""

import atexit
import signal
import sys
import time


def terminated(number, frame):
    print("handler", flush=True)
    sys.exit(12)


atexit.register(lambda: print("atexit", flush=True))
signal.signal(signal.SIGTERM, terminated)
try:
    print("ready", flush=True)
    time.sleep(30)
finally:
    print("finally", flush=True)
