"""The bundled demos: small programs, each with one concurrency trait, and the verdict each should get.

A demo is a program of its own that imports nothing but the standard library, so any CPython from 3.9 on can run it.
This module only lists them; they lie in `demos/`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.concurrency import VerdictId


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A bundled program: what it shows in one line, and the verdict it should get."""

    name: str
    shows: str
    verdict: VerdictId

    @property
    def path(self) -> Path:
        """The program's file."""
        return Path(__file__).with_name("demos") / (self.name.replace("-", "_") + ".py")


DEMOS: Final[tuple[Demo, ...]] = (
    Demo(name="gil-bound-threads", shows="four threads compute in pure Python and take turns on the GIL", verdict=VerdictId.GIL_BOUND),
    Demo(name="blocked-event-loop", shows="an asyncio server whose handler sleeps without await", verdict=VerdictId.LOOP_STALLED),
    Demo(name="lock-convoy", shows="six threads hold one lock while they wait for a slow device", verdict=VerdictId.LOCK_BOUND),
    Demo(name="thread-pool-sockets", shows="a healthy thread pool that waits for a slow server", verdict=VerdictId.IO_BOUND),
    Demo(name="healthy-asyncio", shows="a healthy asyncio client with fifty connections", verdict=VerdictId.LOOP_HEALTHY),
    Demo(name="native-code", shows="two threads in C code that gives the GIL away", verdict=VerdictId.NATIVE_BOUND),
)
"""Every demo; `--demo list` shows them in this order."""


def find_demo(name: str) -> Demo | None:
    """Return the demo of that name, None if there is none."""
    return next((demo for demo in DEMOS if demo.name == name), None)
