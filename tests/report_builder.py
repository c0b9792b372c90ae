"""Small reports for the tests of formats that stream a recording."""

from pathlib import Path
from typing import Final

from builders import MAIN, THREAD, RecordingBuilder, blocked, frame, gil_wait, native, runnable, running
from diagnosis_builder import diagnosis, process, rich_diagnosis, stall, thread

from conc_advisor.concurrency import BlockKind
from conc_advisor.reports.report import Report

PARSE: Final = (*MAIN, frame("parse", "/app/parse.py", 41))
WORK: Final = (*THREAD, frame("compute <lambda>", "/app/x.py", 3))


def two_threads(folder: Path, *, name: str = "cpu-1") -> Report:
    """Return a report of two threads.

    MainThread (id 4242) runs 0.5 s, waits for the GIL 0.5 s and for a socket 0.2 s.  The other (id 5000) begins when the main thread waits:
    it runs 0.5 s, is native 0.2 s, and was queued 0.3 s more that no sample saw.
    """
    builder = RecordingBuilder(folder)
    builder.process(pid=4242)
    main, other = builder.thread("MainThread", tid=4242), builder.thread(name, tid=5000)
    builder.during(0.5, {main: running(*PARSE)})
    builder.during(0.5, {main: gil_wait(*PARSE), other: running(*WORK)})
    builder.derived(other, runnable(), 0.3)
    builder.during(0.2, {main: blocked(BlockKind.SOCKET, *PARSE), other: native()})
    said = diagnosis(
        processes=(process(thread("MainThread", tid=4242, running=1.2), thread(name, tid=5000, running=1.0)),),
        stalls=(stall("app.py:12", count=3, longest=0.2),),
    )
    return Report(diagnosis=said, recording=builder.build())


def full_report(folder: Path) -> Report:
    """Return a report whose diagnosis has something in every part."""
    return Report(diagnosis=rich_diagnosis(), recording=two_threads(folder).recording)


def empty_report(folder: Path) -> Report:
    """Return the report of a recording without a thread or a sample."""
    empty = diagnosis(processes=(), timeline=(), duration_seconds=0.0)
    return Report(diagnosis=empty, recording=RecordingBuilder(folder).build())
