"""Shares the work on files among processes where there is enough of it, and does it here where there is not."""

import os
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Final, Self

from conc_advisor.review.orders import FileOrder, Reading, Reviewed, Task, Unread
from conc_advisor.review.shard import KEPT_LINES, Shard


class Crew:
    """Whoever does the work: to be closed when it is done."""

    def __init__(self, task: Task, *, jobs: int | None) -> None:
        self._task = task
        self._jobs = jobs
        self._here = Shard(task, keep=KEPT_LINES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._here.close()

    def read(self, orders: Sequence[FileOrder]) -> Iterator[Reading | Unread]:
        """Yield what each file tells, in any order."""
        return self._here.read(orders)

    def review(self, orders: Sequence[tuple[FileOrder, bytes]], summaries: Sequence[bytes]) -> Iterator[Reviewed | Unread]:
        """Yield what the rules find in each file, in any order; `summaries` are those of all files, the bytes beside an order its digest."""
        return self._here.review(orders, summaries)
