"""Which names mean which concurrency model.

A name stands here in full, as the import that binds it resolves to; it means itself and everything below it, and the longest one counts.
What merely is about concurrency (locks, exceptions, `asyncio.iscoroutinefunction`, `os.cpu_count`) is left out: libraries that only
want to be safe in threads use it too.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from conc_advisor.scanning.inventory import ModelKind

_Names = Mapping[str, str]
"""Module → names in it, separated by blanks; an empty text means all of the module."""

_QT_WINDOWS: Final = "QtWidgets QtQuick QtCore.QCoreApplication"
_QT_THREADS: Final = "QtCore.QThread QtCore.QThreadPool QtCore.QRunnable"
_PROCESSES: Final = (
    "Process Pool Manager Queue JoinableQueue SimpleQueue Pipe get_context pool.Pool shared_memory context.Process process.BaseProcess"
)

SYMBOLS: Final[Mapping[ModelKind, _Names]] = {
    ModelKind.ASYNCIO: {
        "asyncio": "run Runner run_coroutine_threadsafe gather create_task ensure_future TaskGroup wait wait_for as_completed timeout "
        "shield sleep get_event_loop new_event_loop set_event_loop open_connection open_unix_connection start_server start_unix_server "
        "Queue PriorityQueue LifoQueue Semaphore BoundedSemaphore Lock Event Condition to_thread create_subprocess_exec "
        "create_subprocess_shell Protocol DatagramProtocol BufferedProtocol Transport",
        "uvloop": "install run EventLoopPolicy new_event_loop",
        "nest_asyncio": "apply",
        "aiohttp": "web ClientSession",
        "fastapi": "FastAPI APIRouter",
        "starlette.applications": "Starlette",
        "sanic": "Sanic",
        "litestar": "Litestar",
        "quart": "Quart",
        "blacksheep": "Application",
        "nicegui": "ui.run",
        "uvicorn": "run Server",
        "hypercorn.asyncio": "serve",
        "websockets": "serve asyncio",
        "grpc.aio": "",
        "discord": "Client Bot ext.commands",
        "nextcord": "",
        "disnake": "",
        "aiogram": "",
        "telegram.ext": "",
        "pyrogram": "",
        "telethon": "",
        "socketio": "AsyncServer AsyncClient",
        "slack_bolt.async_app": "",
        "textual.app": "App",
        "tornado": "ioloop web.Application",
    },
    ModelKind.TRIO: {
        "trio": "run open_nursery sleep serve_tcp open_memory_channel CancelScope move_on_after fail_after to_thread run_process "
        "lowlevel.start_guest_run",
        "anyio": "run create_task_group sleep to_thread from_thread create_memory_object_stream CancelScope move_on_after fail_after "
        "run_process Lock Event",
        "curio": "run spawn TaskGroup",
    },
    ModelKind.TWISTED: {"twisted.internet": "", "twisted.application": ""},
    ModelKind.GREENLETS: {"gevent": "", "eventlet": "", "greenlet": "greenlet"},
    ModelKind.THREADS: {
        "threading": "Thread Timer",
        "_thread": "start_new_thread start_joinable_thread",
        "concurrent.futures": "ThreadPoolExecutor thread.ThreadPoolExecutor",
        "multiprocessing": "pool.ThreadPool dummy",
        "socketserver": "ThreadingMixIn ThreadingTCPServer ThreadingUDPServer",
        "http.server": "ThreadingHTTPServer",
        "PyQt5": _QT_THREADS,
        "PyQt6": _QT_THREADS,
        "PySide2": _QT_THREADS,
        "PySide6": _QT_THREADS,
    },
    ModelKind.OFFLOADED: {
        "asyncio": "to_thread",
        "anyio": "to_thread",
        "trio": "to_thread",
        "asgiref.sync": "sync_to_async",
        "starlette.concurrency": "run_in_threadpool",
        "fastapi.concurrency": "run_in_threadpool",
        "twisted.internet": "threads",
    },
    ModelKind.PROCESSES: {
        "multiprocessing": _PROCESSES,
        "torch.multiprocessing": f"{_PROCESSES} spawn",
        "billiard": _PROCESSES,
        "multiprocess": _PROCESSES,
        "concurrent.futures": "ProcessPoolExecutor process.ProcessPoolExecutor",
        "os": "fork forkpty",
        "pty": "fork",
        "joblib": "Parallel",
        "loky": "",
        "pathos": "",
        "pebble": "ProcessPool",
        "mpire": "WorkerPool",
    },
    ModelKind.INTERPRETERS: {"concurrent.futures": "InterpreterPoolExecutor", "concurrent.interpreters": "", "_interpreters": ""},
    ModelKind.SUBPROCESSES: {
        "subprocess": "run Popen call check_call check_output getoutput getstatusoutput",
        "os": "system popen posix_spawn posix_spawnp spawnv spawnl spawnvp spawnlp",
        "asyncio": "create_subprocess_exec create_subprocess_shell",
        "anyio": "run_process open_process",
        "trio": "run_process",
        "pexpect": "spawn run popen_spawn",
        "plumbum": "",
        "sh": "",
    },
    ModelKind.GUI: {
        "tkinter": "Tk Frame Toplevel mainloop",
        "customtkinter": "",
        "PySimpleGUI": "",
        "dearpygui": "",
        "toga": "",
        "PyQt5": _QT_WINDOWS,
        "PyQt6": _QT_WINDOWS,
        "PySide2": _QT_WINDOWS,
        "PySide6": _QT_WINDOWS,
        "qtpy": _QT_WINDOWS,
        "wx": "App Frame",
        "kivy": "app uix",
        "gi.repository": "Gtk",
        "pyglet": "app",
        "pygame": "display",
        "arcade": "run Window",
    },
    ModelKind.CLUSTER: dict.fromkeys(
        [
            *("celery", "rq", "django_rq", "dramatiq", "huey", "arq", "taskiq", "procrastinate", "faust", "temporalio", "prefect"),
            *("airflow", "luigi", "dagster", "dask", "distributed", "ray", "pyspark", "mpi4py"),
        ],
        "",
    ),
}

_LOOP_STARTS: Final[_Names] = {
    "asyncio": "run Runner",
    "uvloop": "run",
    "uvicorn": "run Server",
    "aiohttp": "web",
    "websockets": "serve",
    "socketio": "AsyncServer",
    "anyio": "run",
    **{
        module: names
        for module, names in SYMBOLS[ModelKind.ASYNCIO].items()
        if module not in {"asyncio", "uvloop", "uvicorn", "aiohttp", "websockets", "socketio", "grpc.aio"}
    },
}
"""Those that start an asyncio event loop, or are only ever run by one.  anyio runs on asyncio unless told otherwise."""

LOOP_METHODS: Final[Mapping[str, tuple[ModelKind, ...]]] = {
    "run_until_complete": (ModelKind.ASYNCIO,),
    "run_in_executor": (ModelKind.ASYNCIO, ModelKind.OFFLOADED),
    "call_soon_threadsafe": (ModelKind.ASYNCIO,),
}
"""Methods that only event loops have; they count in files that know asyncio, whatever the object is called.

The default executor of `run_in_executor` is a thread pool; another one is found where it is made.
"""

PROCESS_POOLS: Final = frozenset(
    {
        "concurrent.futures.ProcessPoolExecutor",
        "concurrent.futures.process.ProcessPoolExecutor",
        "multiprocessing.Pool",
        "multiprocessing.pool.Pool",
    }
)

_OPENS: Final[_Names] = {
    "socket": "socket create_connection create_server",
    "urllib.request": "urlopen urlretrieve build_opener",
    "http.client": "HTTPConnection HTTPSConnection",
    "smtplib": "SMTP SMTP_SSL",
    "ftplib": "FTP FTP_TLS",
    "sqlite3": "connect",
    "subprocess": SYMBOLS[ModelKind.SUBPROCESSES]["subprocess"],
}
"""The standard library's I/O modules, and what really does I/O in them: they are imported for their constants and exceptions as well."""


def _spread(table: _Names) -> Iterator[tuple[str, str]]:
    """Yield (full name, its module)."""
    for module, names in table.items():
        if not names:
            yield module, module
        for name in names.split():
            yield f"{module}.{name}", module


def _kinds() -> dict[str, tuple[ModelKind, ...]]:
    found: dict[str, tuple[ModelKind, ...]] = {}
    for kind, table in SYMBOLS.items():
        for name, _ in _spread(table):
            found[name] = (*found.get(name, ()), kind)
    return found


_KINDS: Final = _kinds()
_OPENED: Final = dict(_spread(_OPENS))
LOOP_STARTS: Final = frozenset(name for name, _ in _spread(_LOOP_STARTS))
ROOTS: Final = frozenset(name.partition(".")[0] for name in (*_KINDS, *_OPENED, "numpy"))
"""The first words of all names that mean something."""


def _telling() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name in (*_KINDS, *_OPENED, *LOOP_STARTS, *PROCESS_POOLS):
        found.setdefault(name.partition(".")[0], set()).add(name.rpartition(".")[2])
    return {root: frozenset(words) for root, words in found.items()}


TELLING: Final[Mapping[str, frozenset[str]]] = _telling()
"""By the first word of such names their last words: without one of these in its text a file uses none of them."""


@lru_cache(maxsize=4096)
def meaning(name: str) -> tuple[str, tuple[ModelKind, ...]]:
    """Return the symbol that a full name falls under and the models it means; ('', ()) for a name that means none."""
    while name:
        if name in _KINDS:
            return name, _KINDS[name]
        name = name.rpartition(".")[0]
    return "", ()


def opened_by(name: str) -> str | None:
    """Return the standard library's module whose I/O a full name does; None for any other name."""
    return _OPENED.get(name)
