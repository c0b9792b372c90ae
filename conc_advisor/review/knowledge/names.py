"""One name for each thing: modules that re-export, functions that give an instance of a class, methods that give another object.

A key is a canonical path so far, its value the path that it is known by from there on.
"""

from typing import Final

_TASK: Final = "asyncio.Task()"
_FUTURE: Final = "concurrent.futures.Future()"
_LOOP: Final = "asyncio.AbstractEventLoop()"
_PATH: Final = "pathlib.Path()"
_SOCKET: Final = "socket.socket()"
_PATH_METHODS: Final = (
    *("__truediv__()", "parent", "resolve()", "absolute()", "expanduser()", "joinpath()", "with_suffix()", "with_name()", "with_stem()"),
    *("relative_to()", "readlink()", "rename()", "replace()", "parents[]"),
)
_PATH_LISTS: Final = ("iterdir()", "glob()", "rglob()")

NAMES: Final[dict[str, str]] = {
    "requests.session": "requests.Session",
    "requests.sessions.Session": "requests.Session",
    "requests.api": "requests",
    "httpx._client.AsyncClient": "httpx.AsyncClient",
    "aiohttp.client.ClientSession": "aiohttp.ClientSession",
    "asyncio.get_running_loop()": _LOOP,
    "asyncio.get_event_loop()": _LOOP,
    "asyncio.new_event_loop()": _LOOP,
    "asyncio.BaseEventLoop()": _LOOP,
    "asyncio.SelectorEventLoop()": _LOOP,
    "asyncio.ProactorEventLoop()": _LOOP,
    "uvloop.new_event_loop()": _LOOP,
    "asyncio.Runner().get_loop()": _LOOP,
    "asyncio.create_task()": _TASK,
    "asyncio.ensure_future()": _TASK,
    "asyncio.async()": _TASK,
    "asyncio.current_task()": _TASK,
    "asyncio.AbstractEventLoop().create_task()": _TASK,
    "asyncio.TaskGroup().create_task()": _TASK,
    "asyncio.AbstractEventLoop().create_future()": "asyncio.Future()",
    "asyncio.AbstractEventLoop().run_in_executor()": "",
    "asyncio.gather()": "asyncio.Future()",
    "asyncio.wrap_future()": "asyncio.Future()",
    "asyncio.run_coroutine_threadsafe()": _FUTURE,
    "asyncio.open_connection()": "(asyncio.StreamReader(),asyncio.StreamWriter())",
    "asyncio.open_unix_connection()": "(asyncio.StreamReader(),asyncio.StreamWriter())",
    "asyncio.create_subprocess_exec()": "asyncio.subprocess.Process()",
    "asyncio.create_subprocess_shell()": "asyncio.subprocess.Process()",
    "concurrent.futures.thread": "concurrent.futures",
    "concurrent.futures.process": "concurrent.futures",
    "concurrent.futures._base": "concurrent.futures",
    "concurrent.futures.ThreadPoolExecutor().submit()": _FUTURE,
    "concurrent.futures.ProcessPoolExecutor().submit()": _FUTURE,
    "concurrent.futures.InterpreterPoolExecutor().submit()": _FUTURE,
    "concurrent.futures.Executor().submit()": _FUTURE,
    "concurrent.futures.as_completed()": f"<{_FUTURE}>",
    "concurrent.futures.wait()": f"(<{_FUTURE}>,<{_FUTURE}>)",
    "concurrent.futures.wait().done": f"<{_FUTURE}>",
    "concurrent.futures.wait().not_done": f"<{_FUTURE}>",
    "asyncio.wait()": f"(<{_TASK}>,<{_TASK}>)",
    "asyncio.all_tasks()": f"<{_TASK}>",
    "multiprocessing.pool.Pool": "multiprocessing.Pool",
    "multiprocessing.pool.ThreadPool": "multiprocessing.pool.ThreadPool",
    "multiprocessing.dummy.Pool": "multiprocessing.pool.ThreadPool",
    "multiprocessing.dummy.Process": "threading.Thread",
    "multiprocessing.get_context()": "multiprocessing",
    "multiprocessing.context": "multiprocessing",
    "multiprocessing.process": "multiprocessing",
    "multiprocessing.queues": "multiprocessing",
    "multiprocessing.synchronize": "multiprocessing",
    "multiprocessing.BaseContext()": "multiprocessing",
    "multiprocessing.SpawnContext()": "multiprocessing",
    "multiprocessing.ForkContext()": "multiprocessing",
    "multiprocessing.managers.SyncManager": "multiprocessing.Manager",
    "multiprocessing.BaseProcess": "multiprocessing.Process",
    "multiprocessing.SpawnProcess": "multiprocessing.Process",
    "multiprocessing.ForkProcess": "multiprocessing.Process",
    "torch.multiprocessing": "multiprocessing",
    "multiprocess": "multiprocessing",
    "billiard": "multiprocessing",
    "threading._RLock": "threading.RLock",
    "threading._Timer": "threading.Timer",
    "_thread.allocate_lock": "threading.Lock",
    "_thread.RLock": "threading.RLock",
    "queue.LifoQueue": "queue.Queue",
    "queue.PriorityQueue": "queue.Queue",
    "Queue.Queue": "queue.Queue",
    "Queue.LifoQueue": "queue.Queue",
    "Queue.PriorityQueue": "queue.Queue",
    "six.moves.queue": "queue",
    "asyncio.LifoQueue": "asyncio.Queue",
    "asyncio.PriorityQueue": "asyncio.Queue",
    "multiprocessing.JoinableQueue": "multiprocessing.Queue",
    "pathlib.PosixPath": "pathlib.Path",
    "pathlib.WindowsPath": "pathlib.Path",
    "pathlib.Path.home()": _PATH,
    "pathlib.Path.cwd()": _PATH,
    **{f"{_PATH}.{method}": _PATH for method in _PATH_METHODS},
    **{f"{_PATH}.{method}": f"<{_PATH}>" for method in _PATH_LISTS},
    f"{_PATH}.open()": "open()",
    "io.open": "open",
    "codecs.open()": "open()",
    "os.fdopen()": "open()",
    "gzip.open()": "open()",
    "tempfile.NamedTemporaryFile()": "open()",
    "tempfile.TemporaryFile()": "open()",
    "socket.create_connection()": _SOCKET,
    "socket.create_server()": _SOCKET,
    f"{_SOCKET}.accept()": f"({_SOCKET},)",
    "socket.SocketType": "socket.socket",
    "subprocess.Popen.__enter__": "subprocess.Popen",
    "sqlite3.dbapi2": "sqlite3",
    "sqlite3.connect()": "sqlite3.Connection()",
    "sqlite3.Connection().cursor()": "sqlite3.Cursor()",
    "sqlite3.Connection().execute()": "sqlite3.Cursor()",
    "urllib3.PoolManager": "urllib3.PoolManager",
    "time.monotonic()": "float()",
    "time.time()": "float()",
    "contextvars.Context": "contextvars.Context",
    "anyio.Path": "anyio.Path",
    "async_timeout.timeout": "async_timeout.timeout",
}
"""Canonical path → the name it goes by."""

_ASYNCIO_MODULES: Final = frozenset(
    {
        *("base_events", "base_futures", "events", "futures", "locks", "queues", "runners", "streams", "taskgroups", "tasks", "timeouts"),
        *("threads", "unix_events", "windows_events", "selector_events", "proactor_events", "coroutines", "exceptions"),
    }
)


def known_as(path: str) -> str:
    """Return the name that a path of the standard library or of a package goes by."""
    found = NAMES.get(path)
    if found is not None:
        return found
    if path.startswith("asyncio."):
        head, dot, rest = path[8:].partition(".")
        if dot and head in _ASYNCIO_MODULES:
            return NAMES.get(f"asyncio.{rest}", f"asyncio.{rest}")
    return path
