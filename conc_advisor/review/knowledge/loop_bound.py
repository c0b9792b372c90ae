"""Which calls may be made only in the thread of the event loop, by canonical path; and which show that a thread has a loop of its own."""

from typing import Final

_LOOP: Final = "call_soon call_later call_at create_task create_future stop add_reader remove_reader add_writer remove_writer"
_TABLE: Final = (
    # what it is, its methods
    ("asyncio.AbstractEventLoop()", _LOOP),
    ("asyncio.Queue()", "put_nowait get_nowait task_done shutdown"),
    ("asyncio.Event()", "set clear"),
    ("asyncio.Future()", "set_result set_exception cancel add_done_callback"),
    ("asyncio.Task()", "cancel add_done_callback"),
    ("asyncio.Condition()", "notify notify_all"),
    ("asyncio.Lock()", "release"),
    ("asyncio.Semaphore()", "release"),
    ("asyncio.BoundedSemaphore()", "release"),
    ("asyncio.StreamWriter()", "write writelines close write_eof"),
    ("asyncio.Transport()", "write close"),
    ("asyncio", "create_task ensure_future"),
    ("trio.Event()", "set"),
    ("trio.MemorySendChannel()", "send_nowait"),
    ("trio.CancelScope()", "cancel"),
    ("anyio.Event()", "set"),
    ("anyio.CancelScope()", "cancel"),
)
LOOP_BOUND: Final = frozenset(f"{owner}.{name}" for owner, names in _TABLE for name in names.split())
"""Calls that touch what belongs to an event loop and look at no lock (asyncio: "not thread-safe")."""
LOOP_METHODS: Final = frozenset({"call_soon", "call_later", "call_at", "create_task"})
"""Methods that tell an event loop even where its type is not known, when the variable is called so."""
LOOP_NAMES: Final = frozenset({"loop", "_loop", "event_loop", "_event_loop", "main_loop", "_main_loop", "ioloop", "asyncio_loop"})
OWN_LOOP: Final = frozenset(
    {
        *("asyncio.new_event_loop", "asyncio.run", "asyncio.Runner", "asyncio.AbstractEventLoop().run_until_complete", "uvloop.run"),
        *("asyncio.AbstractEventLoop().run_forever", "uvloop.new_event_loop", "anyio.run", "trio.run", "asyncio.set_event_loop"),
        *("asyncio.SelectorEventLoop", "asyncio.ProactorEventLoop", "asyncio.Runner().run"),
        *("tornado.ioloop.IOLoop().start", "tornado.ioloop.IOLoop", "tornado.ioloop.IOLoop.current().start"),
    }
)
"""Calls of a thread that runs a loop itself."""
ASKS_FOR_THREAD: Final = frozenset(
    {
        *("threading.get_ident", "threading.current_thread", "threading.main_thread", "asyncio.get_running_loop"),
        *(
            "threading.get_native_id",
            "asyncio._get_running_loop",
            "asyncio.events._get_running_loop",
            "sniffio.current_async_library",
            "asyncio.current_task",
        ),
        *("asyncio.AbstractEventLoop().call_soon_threadsafe", "asyncio.run_coroutine_threadsafe"),
    }
)
"""Calls by which a function finds out in which thread it runs, or does what is right in every thread."""
