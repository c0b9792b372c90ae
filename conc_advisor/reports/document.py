"""The types of the JSON report, `conc-advisor.profile/1`.

The JSON Schema that we ship is made from them, so each key's description stands here.  The format only grows: keys are added, never taken
away, and never change their meaning.
"""

from typing import Annotated, Final

import msgspec

SCHEMA_ID: Final = "conc-advisor.profile/1"


def _about(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


_Seconds = Annotated[float, msgspec.Meta(ge=0)]
_Share = Annotated[float, msgspec.Meta(ge=0)]
_Id = Annotated[str, msgspec.Meta(min_length=1)]
_File = Annotated[str | None, _about("Path of the source file; null where the place is not known.")]
_Line = Annotated[int | None, _about("Line in the file, from 1; null where it is not known.")]
_Function = Annotated[str | None, _about("Name of the function; null where the place is not known.")]
_Label = Annotated[str, _about("The thread's `label`.")]


class States(msgspec.Struct, rename="kebab", kw_only=True):
    """Seconds in each thread state; together they are the thread's `seconds`."""

    running: Annotated[_Seconds, _about("Seconds on CPU with the GIL held.")]
    native: Annotated[_Seconds, _about("Seconds on CPU without the GIL.")]
    gil_wait: Annotated[_Seconds, _about("Seconds asleep until another thread gave up the GIL.")]
    lock_wait: Annotated[_Seconds, _about("Seconds asleep on a lock.")]
    blocked: Annotated[_Seconds, _about("Seconds asleep in a system call or a higher-level wait.")]
    loop_idle: Annotated[_Seconds, _about("Seconds in which an event loop had nothing to do and waited in its selector.")]
    runnable: Annotated[_Seconds, _about("Seconds ready to run without a free core.")]


class Blocked(msgspec.Struct, rename="kebab", kw_only=True):
    """The `blocked` seconds by what was waited for."""

    socket: Annotated[_Seconds, _about("Seconds waiting on a socket.")]
    file: Annotated[_Seconds, _about("Seconds waiting on a file.")]
    sleep: Annotated[_Seconds, _about("Seconds asleep on purpose.")]
    subprocess: Annotated[_Seconds, _about("Seconds waiting for a child process.")]
    queue: Annotated[_Seconds, _about("Seconds waiting on a queue, condition, event or semaphore.")]
    join: Annotated[_Seconds, _about("Seconds waiting for the end of another thread or of a pool's work.")]
    other: Annotated[_Seconds, _about("Seconds in any other wait.")]


class Thread(msgspec.Struct, kw_only=True):
    """A thread's life."""

    os_thread_id: Annotated[int, _about("The operating system's id of the thread.")]
    name: Annotated[str, _about("The thread's own name, which others may share.")]
    label: Annotated[str, _about("A name that is unique in this report; other parts refer to the thread by it.")]
    python: Annotated[bool, _about("False for a thread that never ran Python code.")]
    plumbing: Annotated[bool, _about("True for a thread that only waited for work or ran no Python code.")]
    seconds: Annotated[_Seconds, _about("Seconds of the thread's life that were seen.")]
    samples: Annotated[int, _about("How many samples this rests on.")]
    states: Annotated[States, _about("Seconds in each thread state.")]
    blocked: Annotated[Blocked, _about("The blocked seconds by what was waited for.")]
    holding_gil_seconds: Annotated[_Seconds, _about("Seconds in which the thread held the GIL, asleep or not.")]
    cpu_seconds: Annotated[_Seconds | None, _about("CPU seconds by the kernel's count; null where it gives none.")]


class Process(msgspec.Struct, kw_only=True):
    """A process with its threads."""

    pid: Annotated[int, _about("Process id.")]
    parent_pid: Annotated[int, _about("Process id of the parent.")]
    command: Annotated[str, _about("The command line.")]
    python: Annotated[str, _about("Version of its Python; empty where it is not known.")]
    seconds: Annotated[_Seconds, _about("Seconds of the process's life that were seen.")]
    gil_measured: Annotated[bool, _about("Whether GIL waiting was measured; false: an estimate.")]
    threads: Annotated[list[Thread], _about("The threads, the longest-lived and busiest first.")]


class Figure(msgspec.Struct, kw_only=True):
    """A number behind the verdict."""

    name: Annotated[str, _about("What it is.")]
    value: Annotated[float, _about("The number, in `unit`.")]
    unit: Annotated[str, _about("`share` is a fraction from 0 to 1.")]
    threshold: Annotated[float | None, _about("What it was held against, in `unit`; null where nothing hung on it.")]
    source: Annotated[str, _about("Where the threshold comes from.")]


class Verdict(msgspec.Struct, kw_only=True):
    """The conclusion."""

    id: Annotated[_Id, _about("One of the documented verdicts, such as `gil-bound`.")]
    confidence: Annotated[_Id, _about("`low`, `medium` or `high`.")]
    sentence: Annotated[str, _about("The conclusion in one line, in English.")]
    figures: Annotated[list[Figure], _about("The numbers behind it.")]
    next_step: Annotated[str, _about("What to do about it, in English.")]
    doubts: Annotated[list[str], _about("What speaks against relying on it, in English.")]


class HolderSite(msgspec.Struct, kw_only=True):
    """Who held the GIL while another thread waited for it."""

    waiter: Annotated[str, _about("`label` of the thread that waited.")]
    holder: Annotated[str, _about("`label` of the thread that held it.")]
    file: _File
    line: _Line
    function: _Function
    seconds: Annotated[_Seconds, _about("Seconds of the waiter's waiting in which the holder held it there.")]
    share: Annotated[_Share, _about("The same as a fraction of all of that waiter's waiting.")]


class AsleepHolding(msgspec.Struct, kw_only=True):
    """A place where a thread slept with the GIL held."""

    thread: _Label
    file: _File
    line: _Line
    function: _Function
    seconds: Annotated[_Seconds, _about("Seconds asleep with the GIL held.")]
    others_waited_seconds: Annotated[_Seconds, _about("Seconds that other threads waited for the GIL meanwhile, summed.")]


class Gain(msgspec.Struct, kw_only=True):
    """How many times as fast the work could be without the GIL."""

    low: Annotated[float, _about("Lower end of the range, a factor.")]
    high: Annotated[float, _about("Upper end of the range, a factor.")]
    assumption: Annotated[str, _about("What the range assumes, in English.")]


class Contention(msgspec.Struct, kw_only=True):
    """The GIL of one process."""

    pid: Annotated[int, _about("Process id.")]
    measured: Annotated[bool, _about("False: an estimate.")]
    held_share: Annotated[_Share, _about("Fraction of the process's life in which a thread held the GIL.")]
    waited_seconds: Annotated[_Seconds, _about("Seconds that threads waited for it, summed.")]
    waiting_share: Annotated[
        _Share, _about("Of the seconds that Python threads wanted to compute (held + waited), the fraction that was waiting.")
    ]
    native_seconds: Annotated[_Seconds, _about("Seconds on CPU without the GIL, summed over threads.")]
    holders: Annotated[list[HolderSite], _about("Who held it while another waited, the most time first.")]
    asleep_holding: Annotated[list[AsleepHolding], _about("Where it was held during a sleep.")]
    gain: Annotated[Gain | None, _about("What the work could gain without the GIL; null where there is nothing to expect.")]


class BlockingSite(msgspec.Struct, kw_only=True):
    """A place where a thread waited."""

    thread: _Label
    state: Annotated[str, _about("The thread state: `blocked` or `lock-wait`.")]
    kind: Annotated[str | None, _about("What a blocked thread waited for (the keys of `threads[].blocked`).")]
    file: _File
    line: _Line
    function: _Function
    seconds: Annotated[_Seconds, _about("Seconds waited here in all.")]
    share: Annotated[_Share, _about("The same as a fraction of the thread's life.")]
    count: Annotated[int | None, _about("How many separate waits; null where they could not be told apart.")]


class EventLoop(msgspec.Struct, kw_only=True):
    """An event loop."""

    thread: _Label
    implementation: Annotated[str, _about("Such as `asyncio` or `uvloop`.")]
    seconds: Annotated[_Seconds, _about("Seconds in which the loop was seen.")]
    idle_share: Annotated[_Share, _about("Fraction of `seconds` in which it had nothing to do.")]
    busy_share: Annotated[_Share, _about("Fraction of `seconds` in which it ran callbacks.")]
    callbacks: Annotated[int | None, _about("How many callbacks ran; null where they could not be counted.")]
    stalled_seconds: Annotated[_Seconds, _about("Seconds inside stalls.")]


class Stall(msgspec.Struct, kw_only=True):
    """A line that kept an event loop from its other callbacks for longer than `stall_threshold_seconds`."""

    file: _File
    line: _Line
    function: _Function
    thread: _Label
    cause: Annotated[str, _about("`sleep`, `socket`, `file`, `subprocess`, `lock`, `cpu`, `native`, `gil` or `other`.")]
    count: Annotated[int, _about("How often.")]
    total_seconds: Annotated[_Seconds, _about("Seconds of all of them.")]
    longest_seconds: Annotated[_Seconds, _about("Seconds of the longest one.")]
    first_seconds: Annotated[_Seconds, _about("When the first one began, seconds since the recording began.")]
    estimated: Annotated[bool, _about("True where the loop's callbacks could not be counted, so like neighbours may be taken for one.")]
    callback_file: Annotated[str | None, _about("Path of the callback's source file; null where it is not known.")]
    callback_line: Annotated[int | None, _about("Line of the callback, from 1; null where it is not known.")]
    callback_function: Annotated[str | None, _about("Name of the callback; null where it is not known.")]


class HotFunction(msgspec.Struct, kw_only=True):
    """A function's time on CPU."""

    file: _File
    line: Annotated[int | None, _about("Its hottest line, from 1; null where it is not known.")]
    function: _Function
    user_code: Annotated[bool, _about("False for code of a library.")]
    own_seconds: Annotated[_Seconds, _about("CPU seconds in the function's own lines.")]
    total_seconds: Annotated[_Seconds, _about("CPU seconds with everything it called.")]
    line_seconds: Annotated[_Seconds, _about("CPU seconds at the hottest line.")]


class HotNode(msgspec.Struct, kw_only=True):
    """A node of the tree of the heaviest stacks."""

    label: Annotated[str, _about("What the node stands for; library frames in a row are one node.")]
    file: _File
    line: _Line
    function: _Function
    user_code: Annotated[bool, _about("False for code of a library.")]
    seconds: Annotated[_Seconds, _about("CPU seconds with everything below it.")]
    own_seconds: Annotated[_Seconds, _about("CPU seconds in it alone.")]
    children: Annotated[list["HotNode"], _about("What it called; empty below the hundredth level.")]


class HotPaths(msgspec.Struct, kw_only=True):
    """Where CPU time went, all threads and processes together."""

    cpu_seconds: Annotated[_Seconds, _about("Seconds on CPU in all.")]
    functions: Annotated[list[HotFunction], _about("The functions that took most, first the heaviest.")]
    tree: Annotated[list[HotNode], _about("The heaviest stacks, callers first.")]


class Finding(msgspec.Struct, kw_only=True):
    """A statement about the program."""

    rule: Annotated[_Id, _about("Stable identifier of what was found.")]
    severity: Annotated[_Id, _about("`info`, `warning` or `error`.")]
    confidence: Annotated[_Id, _about("`low`, `medium` or `high`.")]
    message: Annotated[str, _about("What was found, in English.")]
    advice: Annotated[str, _about("What to do about it, in English.")]
    file: _File
    line: _Line
    function: _Function


class Sampling(msgspec.Struct, kw_only=True):
    """How the recording was made."""

    engine: Annotated[str, _about("The recorder.")]
    engine_version: Annotated[str, _about("Its version.")]
    mode: Annotated[str, _about("How it sampled.")]
    state_rate: Annotated[float, _about("Sweeps a second over the states of the threads.")]
    stack_rate: Annotated[float, _about("Sweeps a second over the Python stacks.")]
    sweeps: Annotated[int, _about("How many sweeps.")]
    samples: Annotated[int, _about("How many samples, one a thread and sweep.")]
    failed_samples: Annotated[int, _about("How many samples failed.")]
    mean_lag_seconds: Annotated[float, _about("How late a sweep came on average, seconds.")]
    max_lag_seconds: Annotated[float, _about("How late the latest sweep came, seconds.")]
    overhead: Annotated[float, _about("CPU time of the recorder as a fraction of one core.")]
    max_overhead: Annotated[float, _about("The budget for it, a fraction of one core.")]
    estimated: Annotated[bool, _about("True where thread states are estimates.")]


class Machine(msgspec.Struct, kw_only=True):
    """Where it ran."""

    system: Annotated[str, _about("Operating system.")]
    cores: Annotated[int, _about("Number of cores.")]
    others_busy: Annotated[float | None, _about("Fraction of all cores that other processes used meanwhile; null if not known.")]


class Limit(msgspec.Struct, kw_only=True):
    """Something that could not be seen."""

    what: Annotated[str, _about("What could not be seen, in English.")]
    why: Annotated[str, _about("Why not, in English.")]


class Target(msgspec.Struct, kw_only=True):
    """What was profiled."""

    command: Annotated[list[str], _about("The command and its arguments.")]
    attached: Annotated[bool, _about("True where the target ran already; false where it was launched for the recording.")]
    working_directory: Annotated[str, _about("Its working directory; relative file names refer to it.")]
    exit_status: Annotated[
        int | None, _about("Exit code, minus the signal's number when a signal ended it; null if not known or still running.")
    ]
    duration_seconds: Annotated[_Seconds, _about("Seconds that the recording lasted.")]
    created: Annotated[str, _about("When the recording was made, ISO 8601.")]


class Profile(msgspec.Struct, kw_only=True):
    """The report of one recording."""

    schema: Annotated[str, _about("Name and version of this format.")] = SCHEMA_ID
    tool_version: Annotated[str, _about("Version of conc-advisor that made the recording.")]
    target: Annotated[Target, _about("What was profiled.")]
    verdict: Annotated[Verdict, _about("The conclusion.")]
    processes: Annotated[list[Process], _about("The processes with their threads.")]
    contention: Annotated[list[Contention], _about("The GIL, one entry a process.")]
    event_loops: Annotated[list[EventLoop], _about("The event loops that were found.")]
    stall_threshold_seconds: Annotated[_Seconds, _about("From how many seconds on a callback counts as a stall.")]
    stalls: Annotated[list[Stall], _about("What kept event loops from their other callbacks.")]
    blocking: Annotated[list[BlockingSite], _about("Where threads waited.")]
    hot_paths: Annotated[HotPaths, _about("Where CPU time went.")]
    findings: Annotated[list[Finding], _about("Further statements about the program.")]
    sampling: Annotated[Sampling, _about("How the recording was made.")]
    machine: Annotated[Machine, _about("Where it ran.")]
    limits: Annotated[list[Limit], _about("What could not be seen, and why.")]
