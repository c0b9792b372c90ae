"""Tests of resources per thread: made once, never shared, and always closed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from per_thread import CloseError, PerThread

ENOUGH = 30.0
"""Seconds that only a broken program needs."""


class Connection:
    """Knows the thread that made it, and how often it was closed."""

    def __init__(self) -> None:
        self.made_by = threading.get_ident()
        self.closed = 0

    def close(self) -> None:
        """Count."""
        self.closed += 1


class Server:
    """Makes connections and remembers them."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []

    def connect(self) -> Connection:
        """Return a new one."""
        self.connections.append(Connection())
        return self.connections[-1]


@pytest.fixture
def server() -> Server:
    """Return a server without connections."""
    return Server()


@pytest.fixture
def sessions(server: Server) -> PerThread[Connection]:
    """Return connections to that server, per thread."""
    return PerThread(server.connect, Connection.close)


def in_new_thread(sessions: PerThread[Connection]) -> Connection:
    """Return the connection of a thread that has ended by now."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(sessions.get).result(ENOUGH)


def test_each_thread_makes_its_own_and_keeps_it(
    server: Server, sessions: PerThread[Connection]
) -> None:
    """Four threads that are all there at once ask twenty times each."""
    start = threading.Barrier(4)

    def use(_: int) -> bool:
        start.wait(ENOUGH)
        used = {sessions.get() for _ in range(20)}
        return {each.made_by for each in used} == {threading.get_ident()} and len(used) == 1

    with sessions, ThreadPoolExecutor(4) as pool:
        assert all(pool.map(use, range(4), timeout=ENOUGH))

    assert len(server.connections) == 4


def test_nothing_is_made_that_nobody_asks_for(
    server: Server, sessions: PerThread[Connection]
) -> None:
    """Nor is there anything to close then."""
    with sessions, ThreadPoolExecutor(4) as pool:
        list(pool.map(abs, range(20), timeout=ENOUGH))

    assert server.connections == []


def test_two_of_them_do_not_mix(server: Server) -> None:
    """A thread has one resource of each."""
    with PerThread(server.connect, Connection.close) as first:
        with PerThread(server.connect, Connection.close) as second:
            assert first.get() is not second.get()
        assert first.get().closed == 0


def test_all_are_closed_once(server: Server, sessions: PerThread[Connection]) -> None:
    """Even if `close` is called again."""
    with sessions, ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: sessions.get(), range(9), timeout=ENOUGH))
    sessions.close()

    assert server.connections
    assert {each.closed for each in server.connections} == {1}


def test_all_are_closed_after_an_error(server: Server, sessions: PerThread[Connection]) -> None:
    """The error goes on, and nothing stays open."""
    message = "inside"

    def fail() -> None:
        with sessions:
            sessions.get()
            raise ValueError(message)

    with pytest.raises(ValueError, match=message):
        fail()

    assert [each.closed for each in server.connections] == [1]


def test_one_that_cannot_be_closed_does_not_keep_the_others_open(server: Server) -> None:
    """Its error is told at the end."""

    def close(connection: Connection) -> None:
        connection.close()
        if connection is server.connections[0]:
            message = "broken pipe"
            raise OSError(message)

    sessions = PerThread(server.connect, close)
    start = threading.Barrier(3)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: (start.wait(ENOUGH), sessions.get()), range(3), timeout=ENOUGH))
    with pytest.raises(CloseError, match="broken pipe") as caught:
        sessions.close()

    assert len(caught.value.errors) == 1
    assert [each.closed for each in server.connections] == [1, 1, 1]


def test_those_of_ended_threads_do_not_pile_up(
    server: Server, sessions: PerThread[Connection]
) -> None:
    """A hundred threads, one after the other, leave one open connection, not a hundred."""
    for _ in range(100):
        in_new_thread(sessions)

    assert sum(each.closed == 0 for each in server.connections) == 1
    sessions.close()
    assert all(each.closed == 1 for each in server.connections)


def test_a_failed_attempt_is_not_remembered() -> None:
    """The next `get` tries again."""
    answers = iter([OSError("refused"), None])

    def connect() -> Connection:
        error = next(answers)
        if error is not None:
            raise error
        return Connection()

    with PerThread(connect, Connection.close) as sessions:
        with pytest.raises(OSError, match="refused"):
            sessions.get()
        assert sessions.get().closed == 0


def test_drop_closes_this_thread_s_only(server: Server, sessions: PerThread[Connection]) -> None:
    """The next `get` makes a new one; another thread's is left alone."""
    with sessions, ThreadPoolExecutor(1) as pool:
        other = pool.submit(sessions.get).result(ENOUGH)
        first = sessions.get()
        sessions.drop()
        second = sessions.get()

        assert [first.closed, second.closed, other.closed] == [1, 0, 0]
    assert len(server.connections) == 3


def test_drop_without_a_resource_does_nothing(
    server: Server, sessions: PerThread[Connection]
) -> None:
    """It may stand in any error path."""
    sessions.drop()

    assert server.connections == []


def test_nothing_is_given_out_after_the_end(sessions: PerThread[Connection]) -> None:
    """Not even what the thread had before."""
    sessions.get()
    sessions.close()

    with pytest.raises(RuntimeError, match="after close"):
        sessions.get()


def test_a_connection_that_comes_too_late_is_closed_at_once(server: Server) -> None:
    """Connecting takes long, and meanwhile the end came."""
    connecting, go_on = threading.Event(), threading.Event()

    def slowly() -> Connection:
        connecting.set()
        assert go_on.wait(ENOUGH)
        return server.connect()

    sessions = PerThread(slowly, Connection.close)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(sessions.get)
        assert connecting.wait(ENOUGH)
        sessions.close()
        go_on.set()
        with pytest.raises(RuntimeError, match="closed while"):
            late.result(ENOUGH)

    assert [each.closed for each in server.connections] == [1]
