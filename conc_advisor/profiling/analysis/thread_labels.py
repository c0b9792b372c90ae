"""Names for threads that are unique in a report."""

from collections import Counter

from conc_advisor.profiling.recording import Header, ThreadInfo


def label_threads(header: Header) -> list[str]:
    """Return a label for each thread of the header: its name, with thread id and process where that is needed to tell namesakes apart."""
    names = [thread.name or f"thread {thread.os_thread_id}" for thread in header.threads]
    alone = Counter(names)
    in_process = Counter((thread.process, name) for thread, name in zip(header.threads, names, strict=True))
    return _distinct([_label(header, thread, name, alone, in_process) for thread, name in zip(header.threads, names, strict=True)])


def _label(header: Header, thread: ThreadInfo, name: str, alone: Counter[str], in_process: Counter[tuple[int, str]]) -> str:
    if alone[name] == 1:
        return name
    if in_process[thread.process, name] > 1:
        name = f"{name} ({thread.os_thread_id})"
    return f"{name} @{header.processes[thread.process].pid}" if alone[thread.name] > in_process[thread.process, thread.name] else name


def _distinct(labels: list[str]) -> list[str]:
    # Thread ids are reused: two threads of one name may even share the id, one after the other.
    seen: Counter[str] = Counter()
    distinct = []
    for label in labels:
        seen[label] += 1
        distinct.append(label if seen[label] == 1 else f"{label} #{seen[label]}")
    return distinct
