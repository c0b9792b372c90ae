"""What threads and event loops waited for, in the JSON report."""

from typing import Annotated

import msgspec

from conc_advisor.reports.document.fields import File, Function, Label, Line, Seconds, Share, about


class HolderSite(msgspec.Struct, kw_only=True):
    """Who held the GIL while another thread waited for it."""

    waiter: Annotated[str, about("`label` of the thread that waited.")]
    holder: Annotated[str, about("`label` of the thread that held it.")]
    file: File
    line: Line
    function: Function
    seconds: Annotated[Seconds, about("Seconds of the waiter's waiting in which the holder held it there.")]
    share: Annotated[Share, about("The same as a fraction of all of that waiter's waiting.")]


class AsleepHolding(msgspec.Struct, kw_only=True):
    """A place where a thread slept with the GIL held."""

    thread: Label
    file: File
    line: Line
    function: Function
    seconds: Annotated[Seconds, about("Seconds asleep with the GIL held.")]
    others_waited_seconds: Annotated[Seconds, about("Seconds that other threads waited for the GIL meanwhile, summed.")]


class Gain(msgspec.Struct, kw_only=True):
    """How many times as fast the work could be without the GIL."""

    low: Annotated[float, about("Lower end of the range, a factor.")]
    high: Annotated[float, about("Upper end of the range, a factor.")]
    assumption: Annotated[str, about("What the range assumes, in English.")]


class Contention(msgspec.Struct, kw_only=True):
    """The GIL of one process."""

    pid: Annotated[int, about("Process id.")]
    measured: Annotated[bool, about("False: an estimate.")]
    held_share: Annotated[Share, about("Fraction of the process's life in which a thread held the GIL.")]
    waited_seconds: Annotated[Seconds, about("Seconds that threads waited for it, summed.")]
    waiting_share: Annotated[
        Share, about("Of the seconds that Python threads wanted to compute (held + waited), the fraction that was waiting.")
    ]
    native_seconds: Annotated[Seconds, about("Seconds on CPU without the GIL, summed over threads.")]
    holders: Annotated[list[HolderSite], about("Who held it while another waited, the most time first.")]
    asleep_holding: Annotated[list[AsleepHolding], about("Where it was held during a sleep.")]
    gain: Annotated[Gain | None, about("What the work could gain without the GIL; null where there is nothing to expect.")]


class BlockingSite(msgspec.Struct, kw_only=True):
    """A place where a thread waited."""

    thread: Label
    state: Annotated[str, about("The thread state: `blocked` or `lock-wait`.")]
    kind: Annotated[str | None, about("What a blocked thread waited for (the keys of `threads[].blocked`).")]
    file: File
    line: Line
    function: Function
    seconds: Annotated[Seconds, about("Seconds waited here in all.")]
    share: Annotated[Share, about("The same as a fraction of the thread's life.")]
    count: Annotated[int | None, about("How many separate waits; null where they could not be told apart.")]


class EventLoop(msgspec.Struct, kw_only=True):
    """An event loop."""

    thread: Label
    implementation: Annotated[str, about("Such as `asyncio` or `uvloop`.")]
    seconds: Annotated[Seconds, about("Seconds in which the loop was seen.")]
    idle_share: Annotated[Share, about("Fraction of `seconds` in which it had nothing to do.")]
    busy_share: Annotated[Share, about("Fraction of `seconds` in which it ran callbacks.")]
    callbacks: Annotated[int | None, about("How many callbacks ran; null where they could not be counted.")]
    stalled_seconds: Annotated[Seconds, about("Seconds inside stalls.")]


class Stall(msgspec.Struct, kw_only=True):
    """A line that kept an event loop from its other callbacks for longer than `stall_threshold_seconds`."""

    file: File
    line: Line
    function: Function
    thread: Label
    cause: Annotated[str, about("`sleep`, `socket`, `file`, `subprocess`, `lock`, `cpu`, `native`, `gil` or `other`.")]
    count: Annotated[int, about("How often.")]
    total_seconds: Annotated[Seconds, about("Seconds of all of them.")]
    longest_seconds: Annotated[Seconds, about("Seconds of the longest one.")]
    first_seconds: Annotated[Seconds, about("When the first one began, seconds since the recording began.")]
    estimated: Annotated[bool, about("True where the loop's callbacks could not be counted, so like neighbours may be taken for one.")]
    callback_file: Annotated[str | None, about("Path of the callback's source file; null where it is not known.")]
    callback_line: Annotated[int | None, about("Line of the callback, from 1; null where it is not known.")]
    callback_function: Annotated[str | None, about("Name of the callback; null where it is not known.")]
