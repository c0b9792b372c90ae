"""Shares the work on files among processes where there is enough of it, and does it here where there is not."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, cast

from conc_advisor.review.engine.orders import FileOrder, Reading, Reviewed, Task, Unread
from conc_advisor.review.engine.undisturbed import undisturbed

if TYPE_CHECKING:
    from conc_advisor.review.engine.shard import Shard
    from conc_advisor.review.engine.workers import Team

_ALONE_BYTES: Final = 800_000
"""Less source than this, some 20,000 lines, is done here before processes that share it have started."""
_KEPT_LINES: Final = 100_000
"""How many lines' trees are kept between reading and looking for pitfalls: a line takes 2 kB, so 200 MB in all processes together."""
_KEPT_BYTES: Final = 40 * _KEPT_LINES
"""Of more source than this none is kept: memory is scarce then, and parsing all again is but a sixth of the work."""
_MOST_BYTES: Final = 800_000_000
"""What all workers together may take of memory, about …"""
_WORKER_BYTES: Final = 60_000_000
"""… of which each takes this much before it begins …"""
_BYTES_EACH: Final = 6
"""… and this much for each byte of source, since every worker knows what all files say."""


class Crew:
    """Whoever does the work; to be used in a `with` statement."""

    def __init__(self, task: Task, *, jobs: int | None) -> None:
        """Work on a task with so many processes, None: as many as there are cores, where there is enough to do."""
        self._task = task
        self._jobs = jobs
        self._shard: Shard | None = None
        self._team: Team | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(undisturbed())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def read(self, orders: Sequence[FileOrder]) -> Iterator[Reading | Unread]:
        """Yield what each file tells, in any order."""
        team = self._hired(orders)
        if team is None:
            return self._here().read(orders)
        from conc_advisor.review.engine.worker import ReadThese  # noqa: PLC0415  # as in `_here`

        results = team.run(lambda share: ReadThese(orders=tuple(share)), orders)
        return cast("Iterator[Reading | Unread]", results)

    def review(self, orders: Sequence[tuple[FileOrder, bytes]], summaries: Sequence[bytes]) -> Iterator[Reviewed | Unread]:
        """Yield what the rules find in each file, in any order.

        `summaries` are those of all files, the bytes beside an order its digest.
        """
        files = [order for order, _ in orders]
        team = self._hired(files)
        if team is None:
            return self._here().review(orders, summaries)
        from conc_advisor.review.engine.worker import ReviewThese  # noqa: PLC0415  # as in `_here`

        digests = {order.number: digest for order, digest in orders}
        results = team.run(
            lambda share: ReviewThese(orders=tuple((order, digests[order.number]) for order in share), summaries=tuple(summaries)),
            files,
        )
        return cast("Iterator[Reviewed | Unread]", results)

    def _here(self) -> "Shard":
        """Return what does the work in this process."""
        # Where all findings are known from the last review, loading the rules would take longer than all the rest.
        from conc_advisor.review.engine.shard import Shard  # noqa: PLC0415

        if self._shard is None:
            self._shard = Shard(self._task, keep=_KEPT_LINES)
            self._open.callback(self._shard.close)
        return self._shard

    def _hired(self, orders: Sequence[FileOrder]) -> "Team | None":
        """Return the workers, None where the work is done here: there is little of it, or no process can be started."""
        total = sum(order.size for order in orders)
        if self._team is None and (size := self._size(total, len(orders))) > 1:
            from conc_advisor.review.engine.workers import Team  # noqa: PLC0415  # as in `_here`

            try:
                self._team = Team(self._task, size=size, keep=_KEPT_LINES if total <= _KEPT_BYTES else 0)
                self._open.callback(self._team.close)
            except OSError:
                self._jobs = 1
        return self._team

    def _size(self, total: int, files: int) -> int:
        """Return how many processes to share some files of so many bytes in all among."""
        if self._jobs is not None:
            return min(self._jobs, files)
        if total < _ALONE_BYTES or not sys.executable:
            return 1
        return max(1, min(cores(), files, _MOST_BYTES // (_WORKER_BYTES + _BYTES_EACH * total)))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
