"""Six threads behind one lock: all but one wait, and nothing overlaps.

What is wrong: `Journal.append` keeps the lock while it waits for the slow device, so the six threads write
one after the other.  Waiting for the device outside of the lock, a lock for each device, or one writer
thread fed by a queue would mend it.

Expected verdict: lock-bound.

Usage: python lock_convoy.py [SECONDS]
"""

import sys
import threading
import time


class Journal:
    """A journal on a slow device, guarded by one lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.records = 0

    def append(self) -> None:
        """Write a record; the lock is held for the whole write."""
        with self._lock:
            self._write_to_device()
            self.records += 1

    def _write_to_device(self) -> None:
        time.sleep(0.01)


def work(journal: Journal, deadline: float) -> None:
    """Append records until the deadline."""
    while time.monotonic() < deadline:
        journal.append()


def main() -> None:
    """Start the threads and wait for them."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    journal = Journal()
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=work, args=(journal, deadline), name=f"writer-{number}") for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"wrote {journal.records} records")


if __name__ == "__main__":
    main()
