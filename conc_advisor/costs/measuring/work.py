"""What the workers do: small functions that a child process can find by name."""

from __future__ import annotations


def nothing() -> None:
    """Do nothing: what is left is the cost of asking for it."""


def same(item: int) -> int:
    """Return the item."""
    return item


def size(data: bytes) -> int:
    """Return how much has arrived."""
    return len(data)


def spin(steps: int) -> int:
    """Compute in Python for as long as `steps` steps take, holding the GIL."""
    total = 0
    for step in range(steps):
        total += step & 3
    return total


async def coroutine() -> None:
    """Do nothing, as a coroutine."""


def resident_kb() -> float:
    """Return what the calling process occupies in KB, with its part of what it shares; raises `OSError` where the system does not say."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("Pss:"):
                return float(line.split()[1])
    raise OSError("the kernel does not tell the memory of a process")
