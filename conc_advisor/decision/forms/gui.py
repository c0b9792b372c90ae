"""How a program with a GUI hands work over and gets results back: the interface's own thread never waits."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.forms.start_methods import context_line
from conc_advisor.decision.forms.versions import form
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import Workload

_APPLIES: Final = "a program with a GUI"
_POLL: Final = """
def poll(root, show, show_error):
    while not finished.empty():
        future = finished.get()
        error = future.exception()
        if error is None:
            show(future.result())
        else:
            show_error(error)
    root.after(50, poll, root, show, show_error)
"""
_POOL: Final = """
import functools
{imports}

finished = queue.SimpleQueue()

@functools.cache
def pool():{context}
    return {pool}

def start(item):  # from a button: returns at once
    pool().submit(work, item).add_done_callback(finished.put)
{poll}
def run(root, show, show_error):
    poll(root, show, show_error)
    root.mainloop()
    pool().shutdown(wait=False, cancel_futures=True)

if __name__ == "__main__":
    run(make_window(), show, show_error)
"""
_LOOP: Final = """
import asyncio
import queue
import threading

loop, finished = asyncio.new_event_loop(), queue.SimpleQueue()

def start(items):  # from a button: returns at once
    asyncio.run_coroutine_threadsafe(main(items), loop).add_done_callback(finished.put)
{poll}
def run(root, show, show_error):
    threading.Thread(target=loop.run_forever, name="asyncio", daemon=True).start()
    poll(root, show, show_error)
    root.mainloop()
    loop.call_soon_threadsafe(loop.stop)

if __name__ == "__main__":
    run(make_window(), show, show_error)
"""
_BACK: Final = (
    "results and errors come back through a queue that tkinter's timer (`after`) looks into. In Qt, emit a Signal of a QObject from "
    "`add_done_callback` instead: its slot runs in the GUI's thread."
)
_POOL_TEXT: Final = f"The GUI's thread only hands `work` over and never waits for it; {_BACK}"
_LOOP_TEXT: Final = (
    f"The event loop has a thread of its own; the GUI's thread only hands coroutines over (`main` is one of the next forms); {_BACK}"
)
_LOOPS: Final = frozenset({Model.ASYNCIO, Model.ASYNCIO_THREADS, Model.ASYNCIO_PROCESSES})
_EXECUTORS: Final = {
    Model.THREADS: ("ThreadPoolExecutor", 'max_workers=WORKERS, thread_name_prefix="work"'),
    Model.FREE_THREADED: ("ThreadPoolExecutor", 'max_workers=WORKERS, thread_name_prefix="work"'),
    Model.PROCESSES: ("ProcessPoolExecutor", "max_workers=WORKERS, mp_context=context"),
    Model.INTERPRETERS: ("InterpreterPoolExecutor", "max_workers=WORKERS"),
}


def gui_forms(model: Model, workload: Workload) -> tuple[Form, ...]:
    """Return how a GUI works with that model; nothing for those that have neither a loop nor a pool."""
    if model in _LOOPS:
        return (form(_LOOP_TEXT, _LOOP.format(poll=_POLL), _APPLIES),)
    if model not in _EXECUTORS:
        return ()
    name, arguments = _EXECUTORS[model]
    imports, context = ["import queue", f"from concurrent.futures import {name}"], ""
    if model is Model.PROCESSES:
        imports.insert(0, "import multiprocessing")
        context = f"\n    {context_line(workload)}"
    code = _POOL.format(imports="\n".join(imports), context=context, pool=f"{name}({arguments})", poll=_POLL)
    return (form(_POOL_TEXT, code, _APPLIES),)
