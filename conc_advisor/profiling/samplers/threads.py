"""The threads of a recording in the making, numbered as they appear."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class ThreadRecord:
    """A thread for as long as the recording lasts.

    `index` is its number in the recording, `base_*` the kernel's totals when it was first seen.
    """

    index: int
    process: int
    tid: int
    first_us: int
    last_us: int
    born_recording: bool
    python: bool
    pthread: int = 0
    name: str = ""
    cpu_ns: int = 0
    queue_ns: int = 0
    base_cpu_ns: int = 0
    base_queue_ns: int = 0
    python_name: str = ""
    runs_loop: str = ""
    loop_counted: bool = False
    selecting: bool = False


class ThreadRegistry:
    """All threads of all processes of a recording, numbered as they appear."""

    def __init__(self) -> None:
        self.records: list[ThreadRecord] = []

    def add(self, *, process: int, tid: int, now_us: int, born_recording: bool, python: bool) -> ThreadRecord:
        """Return a new thread's record."""
        record = ThreadRecord(
            index=len(self.records),
            process=process,
            tid=tid,
            first_us=now_us,
            last_us=now_us,
            born_recording=born_recording,
            python=python,
            name=_comm(tid),
        )
        self.records.append(record)
        return record


def _comm(tid: int) -> str:
    try:
        with open(f"/proc/{tid}/comm", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - procfs
            return file.read().rstrip("\n")
    except OSError:
        return ""
