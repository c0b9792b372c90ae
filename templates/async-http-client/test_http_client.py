"""Tests of the HTTP client against a server of the standard library in the same loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from http_client import BodyTooLarge, HttpClient, HttpSettings

HANG = b"hang"
DROP = b"drop"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def status(code: int, *headers: str) -> bytes:
    """Return an empty response."""
    lines = [f"HTTP/1.1 {code} Some Reason", "Content-Length: 0", *headers, "", ""]
    return "\r\n".join(lines).encode()


class Server:
    """Gives the scripted answers, one a request, and the last one again and again."""

    def __init__(self, *script: bytes) -> None:
        """Keep the script: whole responses, DROP or HANG."""
        self.script = script
        self.requests = 0
        self.connections = 0
        self.busy = 0
        self.most_busy = 0
        self.hanging = asyncio.Event()
        self.before_answer: Callable[[], Awaitable[object]] | None = None
        self.url = ""
        self.conversations: set[asyncio.Task[None] | None] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        """Serve on a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/path"
        async with server:
            yield self
            await asyncio.gather(*filter(None, self.conversations))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.conversations.add(asyncio.current_task())
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                answer = self.script[min(self.requests, len(self.script) - 1)]
                self.requests += 1
                if answer == HANG:
                    self.hanging.set()
                    await reader.read()
                if answer in {HANG, DROP}:
                    return
                self.busy += 1
                self.most_busy = max(self.most_busy, self.busy)
                if self.before_answer:
                    await self.before_answer()
                self.busy -= 1
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class Pauses:
    """Records the pauses instead of sleeping, and draws the upper bound."""

    def __init__(self) -> None:
        """Begin without any."""
        self.taken: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Note the pause."""
        self.taken.append(round(seconds, 6))

    @staticmethod
    def draw(low: float, high: float) -> float:
        """Return the upper bound."""
        assert low == 0
        return high

    def settings(self) -> HttpSettings:
        """Return settings that use this, and no proxy of the environment."""
        return HttpSettings(draw=self.draw, sleep=self.sleep, trust_env=False)


Talk = Callable[[HttpClient, Server], Coroutine[object, object, None]]


def talk(talk_to: Talk, *script: bytes, settings: HttpSettings | None = None) -> Server:
    """Run the talk between a client and a server with that script; the server, afterwards."""

    async def main() -> Server:
        server = Server(*script)
        async with (
            asyncio.timeout(20),
            server.running(),
            HttpClient(settings or Pauses().settings()) as client,
        ):
            await talk_to(client, server)
        return server

    return asyncio.run(main())


def get(expected: int, method: str = "GET", seconds: float = 15) -> Talk:
    """Return a talk of one request whose response has that status."""

    async def talk_to(client: HttpClient, server: Server) -> None:
        response = await client.request(method, server.url, seconds=seconds)
        assert response.status_code == expected

    return talk_to


def test_one_connection_serves_requests_one_after_the_other() -> None:
    """The client is long-lived, so its connections are, too."""

    async def three(client: HttpClient, server: Server) -> None:
        for _ in range(3):
            response = await client.request("GET", server.url, seconds=5)
            assert response.text == "ok"

    server = talk(three, ANSWER)
    assert (server.requests, server.connections) == (3, 1)


@pytest.mark.parametrize("code", [200, 404, 500])
def test_a_status_that_will_not_change_is_returned_at_once(code: int) -> None:
    """Neither success nor a plain error is asked for again."""
    assert talk(get(code), status(code)).requests == 1


@pytest.mark.parametrize("passing", [status(429), status(503), status(504), DROP])
def test_a_failure_that_passes_is_retried(passing: bytes) -> None:
    """Busy servers and broken connections get another try."""
    assert talk(get(200), passing, passing, ANSWER).requests == 3


@pytest.mark.parametrize(("method", "requests"), [("PUT", 4), ("DELETE", 4), ("POST", 1)])
def test_only_methods_that_may_be_repeated_are(method: str, requests: int) -> None:
    """A POST could happen twice; a PUT may."""
    assert talk(get(503, method), status(503)).requests == requests


def test_a_post_with_an_idempotency_key_may_be_repeated() -> None:
    """The caller knows better than the method, and the body is sent again."""

    async def post(client: HttpClient, server: Server) -> None:
        response = await client.request(
            "POST", server.url, seconds=5, idempotent=True, headers={"Idempotency-Key": "1"}
        )
        assert response.is_success

    assert talk(post, status(503), ANSWER).requests == 2


def test_pauses_double_up_to_the_longest() -> None:
    """Full jitter draws between 0 and a bound that doubles."""
    pauses = Pauses()
    settings = replace(pauses.settings(), attempts=6, first_pause=1.0, longest_pause=5.0)
    talk(get(503, seconds=1000), status(503), settings=settings)
    assert pauses.taken == [1, 2, 4, 5, 5]


def test_retry_after_in_seconds_is_waited_for() -> None:
    """The drawn pause comes on top, so that not all come back at once."""
    pauses = Pauses()
    settings = replace(pauses.settings(), first_pause=0.5)
    talk(get(200), status(429, "Retry-After: 7"), ANSWER, settings=settings)
    assert pauses.taken == [7.5]


def test_retry_after_as_a_date_is_waited_for() -> None:
    """The header's other form."""
    pauses = Pauses()
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    talk(
        get(200, seconds=1000),
        status(503, f"Retry-After: {when}"),
        ANSWER,
        settings=pauses.settings(),
    )
    assert 200 < pauses.taken[0] < 310


@pytest.mark.parametrize(
    "value",
    [
        "soon",
        "-5",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "",
        "Mon, 20 Nov 99999999999999999999 19:12:08 GMT",
        "Mon, 20 Nov 1995 19:12:08 -99999999999999",
        "Mon, 31 Feb 2026 01:01:01 GMT",
    ],
)
def test_a_retry_after_that_says_nothing_is_passed_over(value: str) -> None:
    """A date in the past or nonsense does not change the pause."""
    pauses = Pauses()
    settings = replace(pauses.settings(), first_pause=0.5)
    talk(get(200), status(503, f"Retry-After: {value}"), ANSWER, settings=settings)
    assert pauses.taken == [0.5]


@pytest.mark.parametrize("value", ["3600", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_pause_beyond_the_deadline_is_not_waited_for(value: str) -> None:
    """The response is of more use now than a TimeoutError later."""
    pauses = Pauses()
    server = talk(get(503), status(503, f"Retry-After: {value}"), settings=pauses.settings())
    assert server.requests == 1
    assert pauses.taken == []


def test_the_last_failure_is_raised() -> None:
    """Without any response the caller sees why."""

    async def dropped(client: HttpClient, server: Server) -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.request("GET", server.url, seconds=5)

    assert talk(dropped, DROP).requests == 4


def test_a_deadline_ends_a_silent_server() -> None:
    """The overall time counts, although a read may take longer."""

    async def silent(client: HttpClient, server: Server) -> None:
        with pytest.raises(TimeoutError, match=r"GET 127\.0\.0\.1/path: no answer within 0\.1 s"):
            await client.request("GET", server.url, seconds=0.1)

    assert talk(silent, HANG).requests == 1


def test_a_read_timeout_is_retried_within_the_deadline() -> None:
    """One silent connection does not use up all the time."""
    settings = replace(Pauses().settings(), read=0.1)
    assert talk(get(200), HANG, ANSWER, settings=settings).requests == 2


def test_a_certificate_or_address_error_is_not_retried() -> None:
    """What cannot pass is raised as it is."""

    async def wrong(client: HttpClient, _server: Server) -> None:
        with pytest.raises(httpx.UnsupportedProtocol):
            await client.request("GET", "nothing://127.0.0.1/", seconds=5)

    assert talk(wrong, ANSWER).requests == 0


def test_a_host_gets_no_more_than_its_limit() -> None:
    """Requests beyond it wait for their turn, without a connection."""
    settings = replace(Pauses().settings(), per_host=3)

    async def many(client: HttpClient, server: Server) -> None:
        server.before_answer = lambda: asyncio.sleep(0.01)
        async with asyncio.TaskGroup() as group:
            for _ in range(15):
                group.create_task(client.request("GET", server.url, seconds=15))

    server = talk(many, ANSWER, settings=settings)
    assert (server.requests, server.most_busy) == (15, 3)
    assert server.connections <= 3


def test_a_cancelled_request_gives_its_place_back() -> None:
    """Cancellation is neither retried nor swallowed, and nothing stays taken."""
    settings = replace(Pauses().settings(), per_host=1, connections=1)

    async def cancelled(client: HttpClient, server: Server) -> None:
        task = asyncio.create_task(client.request("GET", server.url, seconds=15))
        await server.hanging.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await get(200)(client, server)

    assert talk(cancelled, HANG, ANSWER, settings=settings).requests == 2


def test_a_download_arrives_whole(tmp_path: Path) -> None:
    """A body cut off in the middle is fetched again, from its start."""
    body = b"0123456789" * 100_000
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)

    async def download(client: HttpClient, server: Server) -> None:
        await client.download(server.url, tmp_path / "body", max_bytes=len(body), seconds=15)

    server = talk(download, status(503), head + body)
    assert server.requests == 2
    assert (tmp_path / "body").read_bytes() == body
    assert [each.name for each in tmp_path.iterdir()] == ["body"]


def test_the_name_of_a_download_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    """The temporary file beside it has a name of its own."""
    longest = "b" * 255

    async def download(client: HttpClient, server: Server) -> None:
        await client.download(server.url, tmp_path / longest, max_bytes=10, seconds=15)

    talk(download, ANSWER)
    assert [each.name for each in tmp_path.iterdir()] == [longest]


@pytest.mark.parametrize("name", ["connections", "per_host", "attempts"])
def test_senseless_limits_are_refused(name: str) -> None:
    """No request could ever be sent."""
    with pytest.raises(ValueError, match=f"{name} is 0"):
        HttpSettings(**{name: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_leaves_the_old_file(tmp_path: Path, announced: bool) -> None:  # noqa: FBT001
    """Whether the size is told or not, and nothing half-written stays."""
    old = tmp_path / "body"
    old.write_text("old")
    length = b"Content-Length: 5000\r\n" if announced else b"Connection: close\r\n"

    async def download(client: HttpClient, server: Server) -> None:
        with pytest.raises(BodyTooLarge, match="announced" if announced else "more than"):
            await client.download(server.url, old, max_bytes=1000, seconds=15)

    assert talk(download, b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + b"x" * 5000).requests == 1
    assert old.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["body"]


def test_an_error_status_writes_no_file(tmp_path: Path) -> None:
    """An error page is not the file."""

    async def download(client: HttpClient, server: Server) -> None:
        with pytest.raises(httpx.HTTPStatusError):
            await client.download(server.url, tmp_path / "body", max_bytes=1000, seconds=15)

    talk(download, status(404))
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_download_leaves_no_file(tmp_path: Path) -> None:
    """Also when it is cancelled half-way."""

    async def cancelled(client: HttpClient, server: Server) -> None:
        task = asyncio.create_task(
            client.download(server.url, tmp_path / "body", max_bytes=10**9, seconds=15)
        )
        async with asyncio.timeout(10):
            while not any(tmp_path.iterdir()):  # noqa: ASYNC110, ASYNC240 - a file has no event
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    talk(cancelled, b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 5000)
    assert list(tmp_path.iterdir()) == []
