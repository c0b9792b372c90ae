"""Two threads in C code that gives the GIL away: they really run at the same time.

Nothing is wrong: `hashlib` and `zlib` release the GIL for large buffers, so two threads use two cores.
More threads than cores would not help.

Expected verdict: native-bound, without a warning.

Usage: python native_code.py [SECONDS]
"""

import hashlib
import os
import sys
import threading
import time
import zlib

MEBIBYTE = 1 << 20


def digest(deadline: float) -> None:
    """Hash a large buffer until the deadline."""
    data = os.urandom(16 * MEBIBYTE)
    while time.monotonic() < deadline:
        hashlib.sha256(data).digest()


def compress(deadline: float) -> None:
    """Compress a large buffer until the deadline."""
    data = os.urandom(64 * 1024) * 64
    while time.monotonic() < deadline:
        zlib.compress(data, 6)


def main() -> None:
    """Start the threads and wait for them."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=task, args=(deadline,), name=task.__name__) for task in (digest, compress)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("done")


if __name__ == "__main__":
    main()
