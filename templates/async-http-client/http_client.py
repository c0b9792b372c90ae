"""One long-lived HTTP client: limits, separate timeouts, deadlines, retries, bounded downloads."""

import asyncio
import random
import sys
import tempfile
import uuid
import weakref
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO, Final, Self, TypedDict, Unpack

import httpx

_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""The methods that may be repeated (RFC 9110, 9.2.2)."""
_MAY_PASS: Final = (
    httpx.NetworkError,
    httpx.RemoteProtocolError,
    httpx.ConnectTimeout,
    httpx.ReadTimeout,
    httpx.WriteTimeout,
)
"""Failures of the network or the other side; not a busy pool, a bad URL or a bad certificate."""


class BodyTooLarge(Exception):  # noqa: N818 - it says what is wrong
    """A body has more bytes than the caller allowed."""


class RequestOptions(TypedDict, total=False):
    """What a request may have; nothing that could not be sent twice."""

    params: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    json: object


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Limits and retry policy; times in seconds.

    Raises ValueError if there is to be less than one connection, request to a host, or attempt.
    """

    connect: float = 5.0
    read: float = 10.0
    """The longest silence while reading, not the whole answer."""
    write: float = 10.0
    pool: float = 5.0
    """The longest wait for a free connection."""
    connections: int = 50
    per_host: int = 10
    attempts: int = 4
    """The first one included."""
    first_pause: float = 0.2
    longest_pause: float = 10.0
    retry_statuses: frozenset[int] = frozenset({429, 502, 503, 504})
    trust_env: bool = True
    """Whether proxies and certificates are taken from the environment."""
    draw: Callable[[float, float], float] = field(default=random.uniform)
    """Draws a pause between two bounds."""
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)

    def __post_init__(self) -> None:
        """Refuse limits with which no request could ever be sent."""
        for name in ("connections", "per_host", "attempts"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, less than 1")


class HttpClient:
    """An HTTP client for the whole life of a program; an async context manager.

    It belongs to the event loop that entered it.
    """

    def __init__(self, settings: HttpSettings | None = None) -> None:
        """Keep the settings; the defaults if there are none."""
        self._settings = settings = settings or HttpSettings()
        self._hosts: weakref.WeakValueDictionary[tuple[str, str, int | None], asyncio.Semaphore] = (
            weakref.WeakValueDictionary()  # a host is forgotten when nobody talks to it
        )
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(
                connect=settings.connect,
                read=settings.read,
                write=settings.write,
                pool=settings.pool,
            ),
            limits=httpx.Limits(
                max_connections=settings.connections,
                max_keepalive_connections=settings.connections,
            ),
            trust_env=settings.trust_env,
        )

    async def __aenter__(self) -> Self:
        """Return itself; connections are made when they are needed."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        seconds: float,
        idempotent: bool | None = None,
        **options: Unpack[RequestOptions],
    ) -> httpx.Response:
        """Return the response, its body read, whatever its status.

        It takes at most `seconds`, all attempts and pauses included.  It is repeated only if
        `idempotent`; None leaves that to the method.

        Raises TimeoutError when the time is over, and httpx.TransportError when the last attempt
        had no response.
        """
        request = self._client.build_request(method, url, **options)

        async def once() -> httpx.Response:
            return await self._client.send(request)

        may_repeat = request.method in _IDEMPOTENT if idempotent is None else idempotent
        attempts = self._settings.attempts if may_repeat else 1
        return await self._within(seconds, request, once, attempts)

    async def download(self, url: str, path: Path, *, max_bytes: int, seconds: float) -> None:
        """Write the body of a GET to `path`, which is there only when the body is whole.

        An interrupted body is fetched again from its start.  Raises what `request` raises,
        httpx.HTTPStatusError for any status but success, BodyTooLarge and OSError.
        """
        # Uncompressed, so that what arrives is what counts.
        request = self._client.build_request("GET", url, headers={"Accept-Encoding": "identity"})

        async def once() -> httpx.Response:
            response = await self._client.send(request, stream=True)
            try:
                if response.is_success:
                    await _save(response, path, max_bytes)
            finally:
                await response.aclose()
            return response

        response = await self._within(seconds, request, once, self._settings.attempts)
        response.raise_for_status()

    async def _within(
        self,
        seconds: float,
        request: httpx.Request,
        once: Callable[[], Awaitable[httpx.Response]],
        attempts: int,
    ) -> httpx.Response:
        """Repeat `once` as long as that may help and there is time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        outcome: httpx.Response | httpx.TransportError | None = None
        try:
            async with asyncio.timeout_at(end) as scope:
                for number in range(attempts):
                    outcome = await self._attempt(request, once)
                    pause = self._pause(outcome, number)
                    if pause is None or number + 1 >= attempts or loop.time() + pause >= end:
                        break
                    await self._settings.sleep(pause)
        except TimeoutError as error:
            if not scope.expired():
                raise
            what = f"{request.method} {request.url.host}{request.url.path}"
            cause = outcome if isinstance(outcome, Exception) else error
            raise TimeoutError(f"{what}: no answer within {seconds} s") from cause
        if isinstance(outcome, httpx.Response):
            return outcome
        assert outcome is not None  # noqa: S101 - there was a first attempt
        raise outcome

    async def _attempt(
        self, request: httpx.Request, once: Callable[[], Awaitable[httpx.Response]]
    ) -> httpx.Response | httpx.TransportError:
        """Return a response, or a failure that may pass; raise any other."""
        url = request.url
        host = self._hosts.setdefault(
            (url.scheme, url.host, url.port), asyncio.Semaphore(self._settings.per_host)
        )
        async with host:
            try:
                return await once()
            except _MAY_PASS as error:
                return error

    def _pause(self, outcome: httpx.Response | httpx.TransportError, number: int) -> float | None:
        """Return the seconds to wait after an attempt, the first being 0; None: do not repeat."""
        settings = self._settings
        pause = settings.draw(0.0, min(settings.longest_pause, settings.first_pause * 2**number))
        if isinstance(outcome, httpx.TransportError):
            return pause
        if outcome.status_code not in settings.retry_statuses:
            return None
        return pause + _retry_after(outcome)  # later than told, so that not all come at once


def _retry_after(response: httpx.Response) -> float:
    """Return the seconds that the server asks to wait (RFC 9110, 10.2.3); 0 if it does not.

    What is neither a number nor a date that there can be counts as not asked.
    """
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # the second for a year or a zone out of range
        return 0.0
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


async def _save(response: httpx.Response, path: Path, max_bytes: int) -> None:
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise BodyTooLarge(f"{announced} bytes announced, {max_bytes} allowed")
    received = 0
    with _whole_file(path) as file:
        async for chunk in response.aiter_bytes():
            received += len(chunk)
            if received > max_bytes:
                raise BodyTooLarge(f"more than {max_bytes} bytes")
            await asyncio.to_thread(file.write, chunk)


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` if the block succeeds, and else is removed.

    Not in a thread: a cancelled caller could not close what was opened after it had gone.
    """
    part = path.with_name(f".{uuid.uuid4().hex}.part")  # short, however long the name of `path` is
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class _DemoServer:
    """Answers with a large body: at once, after two 503, or never."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.busy = self.most_busy = self.refused = 0
        self.conversations: set[asyncio.Task[None] | None] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.conversations.add(asyncio.current_task())
        try:
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
                self.busy += 1
                self.most_busy = max(self.most_busy, self.busy)
                if path == b"/silence":
                    await reader.read()  # until the client has gone
                await asyncio.sleep(0.01)
                self.busy -= 1
                writer.write(self.answer(path))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has closed
        finally:
            writer.close()

    def answer(self, path: bytes) -> bytes:
        size = b"Content-Length: %d\r\n\r\n" % len(self.body)
        if path == b"/flaky" and self.refused < 2:  # noqa: PLR2004
            self.refused += 1
            return b"HTTP/1.1 503 Unavailable\r\n" + size + self.body
        return b"HTTP/1.1 200 OK\r\n" + size + self.body


async def _demo() -> int:
    """Show limits, a retry, a deadline and a bounded download; return an exit code."""
    demo = _DemoServer(b"x" * 1_000_000)
    server = await asyncio.start_server(demo.serve, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = HttpSettings(per_host=4, first_pause=0.02, trust_env=False)
    shown: list[bool] = []
    async with server, HttpClient(settings) as client:
        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(client.request("GET", base, seconds=10))
        print(f"20 requests, at most {demo.most_busy} at once (bound: {settings.per_host})")
        shown.append(demo.most_busy <= settings.per_host)

        response = await client.request("GET", f"{base}/flaky", seconds=10)
        print(f"{response.status_code} after {demo.refused} times 503")
        shown.append(response.is_success)

        try:
            await client.request("GET", f"{base}/silence", seconds=0.2)
        except TimeoutError as error:
            print(error)
            shown.append(True)

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "body"
            await client.download(base, path, max_bytes=len(demo.body), seconds=10)
            print(f"{path.stat().st_size} bytes downloaded")
            try:
                await client.download(base, path, max_bytes=1000, seconds=10)
            except BodyTooLarge as error:
                print(f"refused: {error}")
                shown.append(path.stat().st_size == len(demo.body))
    await asyncio.gather(*filter(None, demo.conversations))
    return 0 if shown == [True] * 4 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(_demo()))
