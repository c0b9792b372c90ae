"""Cancellation: clean up, let it through, and finish what must be finished within a limit."""

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, TypeVar

T = TypeVar("T")

_logger: Final = logging.getLogger(__name__)


async def finish(work: Coroutine[Any, Any, T], *, within: float) -> T:
    """Run `work` to its end and return its result, even if the caller is cancelled meanwhile.

    A cancellation of the caller is kept until the work has ended and then goes on; an error of the
    work is logged in that case.  Work that takes longer than `within` seconds is cancelled, and
    waited for as long again.  If it ends well even so, its result is returned; if not, TimeoutError
    is raised.  Work that awaited something cancelled has failed, with RuntimeError.
    """
    task = asyncio.get_running_loop().create_task(work)
    cancelled = await _outlast(task, within)
    in_time = task.done()
    if not in_time:
        task.cancel()
        cancelled = await _outlast(task, within) or cancelled
    if not task.done():
        _logger.error("%s was cancelled and does not end", task.get_name())
    elif cancelled is None and (in_time or _succeeded(task)):
        if task.cancelled():
            raise RuntimeError("the work was cancelled from within")
        return task.result()
    else:
        _log_error(task)
    if cancelled is not None:
        raise cancelled
    raise TimeoutError(f"not finished within {within:g} s")


def _succeeded(task: asyncio.Task[Any]) -> bool:
    return not task.cancelled() and task.exception() is None


async def _outlast(task: asyncio.Task[T], seconds: float) -> asyncio.CancelledError | None:
    """Wait for a task, at most so long; return the caller's cancellation instead of raising it."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    cancelled = None
    while not task.done() and (left := end - loop.time()) > 0:
        try:
            await asyncio.wait({task}, timeout=left)  # leaves the task alone when cancelled itself
        except asyncio.CancelledError as error:
            cancelled = cancelled or error
    return cancelled


async def cancel_and_wait(*tasks: asyncio.Task[Any], within: float) -> frozenset[asyncio.Task[Any]]:
    """Cancel the tasks and wait for their clean-up; return those still running after `within` s.

    Errors in their clean-up are logged.
    """
    for task in tasks:
        task.cancel()
    if not tasks:
        return frozenset()
    ended, running = await asyncio.wait(tasks, timeout=within)
    for task in ended:
        _log_error(task)
    return frozenset(running)


def _log_error(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _logger.error("%s failed after it was cancelled", task.get_name(), exc_info=error)


class Transaction(Protocol):
    """Something that is begun, and then either committed or rolled back."""

    async def begin(self) -> None:
        """Begin; if this fails or is cancelled, it has cleaned up after itself."""

    async def commit(self) -> None:
        """Make the changes last."""

    async def rollback(self) -> None:
        """Undo the changes."""


@asynccontextmanager
async def transaction(each: Transaction, *, within: float) -> AsyncGenerator[None, None]:
    """Commit when the block succeeds; roll back when it fails or is cancelled.

    Commit and rollback run to their end, each for at most `within` seconds.  What ended the block
    goes on afterwards, above all a cancellation, even if the rollback fails: that is logged, and
    noted on what goes on.
    """
    await each.begin()
    try:
        yield
    except BaseException as error:  # cancelled, too; raised again below
        try:
            await finish(each.rollback(), within=within)
        except Exception as failure:
            _logger.exception("a rollback failed")
            error.add_note(f"and its rollback failed: {failure!r}")
        raise
    await finish(each.commit(), within=within)


async def together(
    *works: Coroutine[Any, Any, object], expected: type[Exception]
) -> tuple[Exception, ...]:
    """Run coroutines together; return the errors of the expected kind, () if all succeeded.

    The first error cancels the others.  Errors of any other kind leave in an ExceptionGroup.
    """
    found: list[Exception] = []
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except* expected as errors:
        found.extend(_leaves(errors))
    return tuple(found)


def _leaves(group: ExceptionGroup[Exception]) -> Iterator[Exception]:
    """Yield the errors of a group and of the groups in it."""
    for error in group.exceptions:
        if isinstance(error, ExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


class _DemoTable:
    """Changes rows slowly; is consistent if every change was committed or undone."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.reached = {name: asyncio.Event() for name in ("change", "commit", "rollback")}

    async def step(self, name: str) -> None:
        self.reached[name].set()
        await asyncio.sleep(0.05)
        self.log.append(name)

    async def begin(self) -> None:
        self.log.append("begin")

    async def commit(self) -> None:
        await self.step("commit")

    async def rollback(self) -> None:
        await self.step("rollback")


async def _demo() -> int:
    """Cancel a transaction in its middle and in its commit; return an exit code."""
    shown = []
    for name in ("change", "commit"):
        table = _DemoTable()

        async def change(table: _DemoTable) -> None:
            async with transaction(table, within=5):
                await table.step("change")

        task = asyncio.create_task(change(table))
        await table.reached[name].wait()
        still_running = await cancel_and_wait(task, within=5)
        print(f"cancelled in its {name}: {table.log}; still running: {len(still_running)}")
        shown.append((table.log, task.cancelled()))

    async def refused() -> None:
        raise ConnectionRefusedError("refused")

    errors = await together(refused(), asyncio.sleep(60), expected=OSError)
    left = len(asyncio.all_tasks()) - 1
    print(f"errors of the expected kind: {errors}; tasks left: {left}")
    whole = [(["begin", "rollback"], True), (["begin", "change", "commit"], True)]
    return 0 if shown == whole and len(errors) == 1 and left == 0 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_demo()))
