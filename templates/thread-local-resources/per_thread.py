"""One resource (a connection, a session, a parser) for each thread that asks for one.

`threading.local` alone forgets to close: when its thread ends, the connection is left to the
garbage collector.  Here every resource is also listed in one place, and closed from there.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Resource = TypeVar("Resource")


class CloseError(RuntimeError):
    """Resources that could not be closed; the others were.  `errors` has what each one raised."""

    def __init__(self, errors: list[Exception]) -> None:
        super().__init__(f"{len(errors)} could not be closed, the first: {errors[0]!r}")
        self.errors = errors


class PerThread(Generic[Resource]):
    """Makes a resource for each thread at its first `get`, and closes all of them in `close`.

    `create` is called in the thread that asks; `dispose` in the thread that calls `close`, or, for
    a thread that has ended, in the next one that asks for a new resource.  So the resource has to
    allow being closed by another thread (sqlite3: `check_same_thread=False`).
    """

    def __init__(
        self, create: Callable[[], Resource], dispose: Callable[[Resource], object]
    ) -> None:
        self._create = create
        self._dispose = dispose
        self._own = threading.local()
        self._lock = threading.Lock()
        self._made: list[tuple[threading.Thread, Resource]] = []
        self._closed = False

    def get(self) -> Resource:
        """Return this thread's resource, made now if it has none.

        Raises what `create` raises (the next `get` tries again), `RuntimeError` after `close`, and
        `CloseError` if what an ended thread left behind cannot be closed.
        """
        if self._closed:
            message = "asked for a resource after close()"
            raise RuntimeError(message)
        try:
            return self._own.resource  # type: ignore[no-any-return]
        except AttributeError:
            return self._make()

    def drop(self) -> None:
        """Close this thread's resource, if it has one: after an error that broke the connection."""
        me = threading.current_thread()
        if hasattr(self._own, "resource"):
            del self._own.resource
        self._dispose_of(lambda thread: thread is me)

    def close(self) -> None:
        """Close every resource; call it when no thread uses one any more.

        All are tried, whatever happens; `CloseError` then says what failed.  May be called again.
        """
        self._closed = True
        self._dispose_of(lambda _: True)

    def __enter__(self) -> PerThread[Resource]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _make(self) -> Resource:
        # Threads that have ended are looked for only here: rarely, and exactly when the list grows.
        self._dispose_of(lambda thread: not thread.is_alive())
        resource = self._create()  # without the lock: connecting takes long
        with self._lock:
            closed = self._closed
            if not closed:
                self._made.append((threading.current_thread(), resource))
        if closed:  # while we were connecting
            self._dispose(resource)
            message = "closed while a resource was being made"
            raise RuntimeError(message)
        self._own.resource = resource
        return resource

    def _dispose_of(self, chosen: Callable[[threading.Thread], bool]) -> None:
        with self._lock:
            to_close = [resource for thread, resource in self._made if chosen(thread)]
            self._made = [each for each in self._made if not chosen(each[0])]
        errors = [error for each in to_close if (error := self._try_to_dispose(each))]
        if errors:
            raise CloseError(errors)

    def _try_to_dispose(self, resource: Resource) -> Exception | None:
        """Return what went wrong, if anything: the others have to be closed, too."""
        try:
            self._dispose(resource)
        except Exception as error:  # noqa: BLE001  # whatever it is, CloseError tells it
            return error
        return None


def main() -> int:
    """Show that forty queries in four threads need at most four connections, all closed."""
    threads, queries = 4, 40
    opened: list[sqlite3.Connection] = []

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        opened.append(connection)
        return connection

    together = threading.Barrier(threads)

    def query(number: int) -> int:
        if number < threads:
            together.wait(5)  # so that each thread takes one of the first items
        return int(connections.get().execute("SELECT ? * 2", (number,)).fetchone()[0])

    with (  # left in the other order: the threads are gone before the connections are closed
        PerThread(connect, sqlite3.Connection.close) as connections,
        ThreadPoolExecutor(threads) as pool,
    ):
        total = sum(pool.map(query, range(queries), timeout=5))
    still_open = 0
    for connection in opened:
        try:
            connection.execute("SELECT 1")
        except sqlite3.ProgrammingError:
            continue
        still_open += 1
    print(f"{queries} queries in {threads} threads, sum {total}")
    print(f"connections made: {len(opened)} (allowed: {threads}), still open: {still_open}")
    return 0 if len(opened) == threads and not still_open else 1


if __name__ == "__main__":
    sys.exit(main())
