"""Which calls block the thread that makes them, by canonical path."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final


class BlockingKind(StrEnum):
    """What a call waits for."""

    NETWORK = "the network"
    DATABASE = "a database"
    SUBPROCESS = "another program"
    SLEEP = "the clock"
    INPUT = "the user's input"
    FILE = "the disk"
    PRIMITIVE = "another thread or process"
    COMPUTING = "a computation"


REMOTE: Final = frozenset({BlockingKind.NETWORK, BlockingKind.DATABASE, BlockingKind.SUBPROCESS, BlockingKind.SLEEP, BlockingKind.INPUT})
"""Kinds that commonly take milliseconds to minutes: worth telling about through any number of calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """A call that blocks: what it waits for, and what a coroutine uses instead, as a clause."""

    path: str
    kind: BlockingKind
    instead: str


_HTTP_VERBS: Final = "get post put patch delete head options request"
_THREAD: Final = "await asyncio.to_thread(…)"
_HTTPX: Final = "httpx.AsyncClient, or await asyncio.to_thread(…)"
_TABLE: Final[tuple[tuple[BlockingKind, str, str, str], ...]] = (
    # kind, receiver or module, names (* for all), instead
    (BlockingKind.SLEEP, "time", "sleep", "await asyncio.sleep(…)"),
    (BlockingKind.INPUT, "", "input", _THREAD),
    (BlockingKind.NETWORK, "requests", _HTTP_VERBS, _HTTPX),
    (BlockingKind.NETWORK, "requests.Session()", f"{_HTTP_VERBS} send", _HTTPX),
    (BlockingKind.NETWORK, "httpx", f"{_HTTP_VERBS} stream", "httpx.AsyncClient"),
    (BlockingKind.NETWORK, "httpx.Client()", f"{_HTTP_VERBS} send stream", "httpx.AsyncClient"),
    (BlockingKind.NETWORK, "urllib.request", "urlopen urlretrieve", _HTTPX),
    (BlockingKind.NETWORK, "urllib.request.build_opener()", "open", _HTTPX),
    (BlockingKind.NETWORK, "urllib3", "request", _HTTPX),
    (BlockingKind.NETWORK, "urllib3.PoolManager()", "request urlopen request_encode_url request_encode_body", _HTTPX),
    (BlockingKind.NETWORK, "http.client.HTTPConnection()", "request getresponse connect send", _HTTPX),
    (BlockingKind.NETWORK, "http.client.HTTPSConnection()", "request getresponse connect send", _HTTPX),
    (BlockingKind.NETWORK, "socket", "create_connection", "await asyncio.open_connection(…)"),
    (BlockingKind.NETWORK, "socket", "getaddrinfo gethostbyname gethostbyname_ex gethostbyaddr getfqdn getnameinfo", "await loop.getaddrinfo(…)"),
    (BlockingKind.NETWORK, "socket.socket()", "connect recv recv_into recvfrom recvmsg sendall accept", "asyncio streams, or loop.sock_…"),
    (BlockingKind.SUBPROCESS, "subprocess", "run call check_call check_output getoutput getstatusoutput", "asyncio.create_subprocess_exec(…)"),
    (BlockingKind.SUBPROCESS, "subprocess.Popen()", "wait communicate", "asyncio.create_subprocess_exec(…)"),
    (BlockingKind.SUBPROCESS, "os", "system popen wait waitpid", "asyncio.create_subprocess_exec(…)"),
    (BlockingKind.FILE, "", "open", "aiofiles, or await asyncio.to_thread(…)"),
    (BlockingKind.FILE, "pathlib.Path()", "read_text read_bytes write_text write_bytes", "anyio.Path, or await asyncio.to_thread(…)"),
    (BlockingKind.FILE, "os", "listdir scandir stat walk remove unlink rename replace mkdir makedirs rmdir", _THREAD),
    (BlockingKind.FILE, "os.path", "exists isfile isdir getsize getmtime", _THREAD),
    (BlockingKind.FILE, "shutil", "*", _THREAD),
    (BlockingKind.PRIMITIVE, "threading.Event()", "wait", "asyncio.Event"),
    (BlockingKind.PRIMITIVE, "threading.Thread()", "join", "await asyncio.to_thread(thread.join)"),
    (BlockingKind.PRIMITIVE, "threading.Lock()", "acquire", "asyncio.Lock"),
    (BlockingKind.PRIMITIVE, "queue.Queue()", "get put join", "asyncio.Queue"),
    (BlockingKind.PRIMITIVE, "concurrent.futures.Future()", "result exception", "await asyncio.wrap_future(future)"),
    (BlockingKind.COMPUTING, "hashlib", "pbkdf2_hmac scrypt", _THREAD),
    (BlockingKind.DATABASE, "psycopg2", "connect", "psycopg.AsyncConnection or asyncpg, or await asyncio.to_thread(…)"),
    (BlockingKind.DATABASE, "sqlite3", "connect", "aiosqlite, or await asyncio.to_thread(…)"),
    (BlockingKind.DATABASE, "sqlite3.Connection()", "execute executemany executescript commit", "aiosqlite, or await asyncio.to_thread(…)"),
)


def _spread() -> dict[str, Blocking]:
    found: dict[str, Blocking] = {}
    for kind, owner, names, instead in _TABLE:
        for name in names.split():
            path = f"{owner}.{name}" if owner else name
            found[path] = Blocking(path=path, kind=kind, instead=instead)
    return found


_BLOCKING: Final = _spread()
_ANY: Final = tuple(path[:-1] for path in _BLOCKING if path.endswith(".*"))


@lru_cache(maxsize=65536)
def blocking(path: str) -> Blocking | None:
    """Return why a call of a canonical path blocks; None for one that is not known to."""
    found = _BLOCKING.get(path)
    if found is None and path.startswith(_ANY):
        found = next(_BLOCKING[f"{each}*"] for each in _ANY if path.startswith(each))
    return found
