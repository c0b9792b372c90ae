"""Processes and threads in the JSON report."""

from typing import Annotated

import msgspec

from conc_advisor.reports.document.fields import Seconds, about


class States(msgspec.Struct, rename="kebab", kw_only=True):
    """Seconds in each thread state; together they are the thread's `seconds`."""

    running: Annotated[Seconds, about("Seconds on CPU with the GIL held.")]
    native: Annotated[Seconds, about("Seconds on CPU without the GIL.")]
    gil_wait: Annotated[Seconds, about("Seconds asleep until another thread gave up the GIL.")]
    lock_wait: Annotated[Seconds, about("Seconds asleep on a lock.")]
    blocked: Annotated[Seconds, about("Seconds asleep in a system call or a higher-level wait.")]
    loop_idle: Annotated[Seconds, about("Seconds in which an event loop had nothing to do and waited in its selector.")]
    runnable: Annotated[Seconds, about("Seconds ready to run without a free core.")]


class Blocked(msgspec.Struct, rename="kebab", kw_only=True):
    """The `blocked` seconds by what was waited for."""

    socket: Annotated[Seconds, about("Seconds waiting on a socket.")]
    file: Annotated[Seconds, about("Seconds waiting on a file.")]
    sleep: Annotated[Seconds, about("Seconds asleep on purpose.")]
    subprocess: Annotated[Seconds, about("Seconds waiting for a child process.")]
    queue: Annotated[Seconds, about("Seconds waiting on a queue, condition, event or semaphore.")]
    join: Annotated[Seconds, about("Seconds waiting for the end of another thread or of a pool's work.")]
    other: Annotated[Seconds, about("Seconds in any other wait.")]


class Thread(msgspec.Struct, kw_only=True):
    """A thread's life."""

    os_thread_id: Annotated[int, about("The operating system's id of the thread.")]
    name: Annotated[str, about("The thread's own name, which others may share.")]
    label: Annotated[str, about("A name that is unique in this report; other parts refer to the thread by it.")]
    python: Annotated[bool, about("False for a thread that never ran Python code.")]
    plumbing: Annotated[bool, about("True for a thread that only waited for work or ran no Python code.")]
    seconds: Annotated[Seconds, about("Seconds of the thread's life that were seen.")]
    samples: Annotated[int, about("How many samples this rests on.")]
    states: Annotated[States, about("Seconds in each thread state.")]
    blocked: Annotated[Blocked, about("The blocked seconds by what was waited for.")]
    holding_gil_seconds: Annotated[Seconds, about("Seconds in which the thread held the GIL, asleep or not.")]
    cpu_seconds: Annotated[Seconds | None, about("CPU seconds by the kernel's count; null where it gives none.")]


class Process(msgspec.Struct, kw_only=True):
    """A process with its threads."""

    pid: Annotated[int, about("Process id.")]
    parent_pid: Annotated[int, about("Process id of the parent.")]
    command: Annotated[str, about("The command line.")]
    python: Annotated[str, about("Version of its Python; empty where it is not known.")]
    seconds: Annotated[Seconds, about("Seconds of the process's life that were seen.")]
    gil_measured: Annotated[bool, about("Whether GIL waiting was measured; false: an estimate.")]
    threads: Annotated[list[Thread], about("The threads, the longest-lived and busiest first.")]
