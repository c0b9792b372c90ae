"""What a renderer is given: a recording and what the analysis says of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from conc_advisor.profiling.diagnosis import Diagnosis
from conc_advisor.profiling.recording import Recording
from conc_advisor.reports.sanitise import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A diagnosis with the recording that it was made from."""

    diagnosis: Diagnosis
    recording: Recording

    def thread_labels(self) -> list[str]:
        """Return a harmless name for each thread of the recording, in its order: the diagnosis's own where it has one."""
        labels = {
            (process.pid, thread.os_thread_id, thread.name): thread.label
            for process in self.diagnosis.processes
            for thread in process.threads
        }
        header = self.recording.header
        return [
            visible(
                labels.get(
                    (header.processes[thread.process].pid, thread.os_thread_id, thread.name), f"{thread.name} ({thread.os_thread_id})"
                )
            )
            for thread in header.threads
        ]


def joined(pieces: Iterator[str], *, separator: str, size: int = 4096) -> Iterator[str]:
    """Yield the pieces with the separator between them, many to a chunk, so that whoever writes them makes few calls."""
    chunk: list[str] = []
    begun = False
    for piece in pieces:
        chunk.append(piece)
        if len(chunk) >= size:
            yield (separator if begun else "") + separator.join(chunk)
            begun = True
            chunk.clear()
    if chunk:
        yield (separator if begun else "") + separator.join(chunk)
