"""Which concurrency models code shows: names are resolved through the imports of their file, and what only looks alike is left alone."""

from pathlib import Path

import pytest
from project_builder import scan_code, scan_project

from conc_advisor.scanning.inventory import ModelKind, Part, TraitKind

SHOWS: list[tuple[str, ModelKind]] = [
    ("import threading\nthreading.Thread(target=print).start()", ModelKind.THREADS),
    ("from threading import Thread as T\nclass Worker(T): pass", ModelKind.THREADS),
    ("import concurrent.futures as cf\nwith cf.ThreadPoolExecutor() as pool: pool.map(print, [])", ModelKind.THREADS),
    ("import concurrent.futures\nconcurrent.futures.ThreadPoolExecutor(3)", ModelKind.THREADS),
    ("from concurrent import futures\nPOOLS = {'threads': futures.ThreadPoolExecutor}", ModelKind.THREADS),
    ("from multiprocessing.pool import ThreadPool\nThreadPool(4)", ModelKind.THREADS),
    ("from multiprocessing import dummy\ndummy.Pool(4)", ModelKind.THREADS),
    ("def late():\n    return Thread(target=print)\nfrom threading import Thread", ModelKind.THREADS),
    ("def inside():\n    from threading import Thread\n    Thread(target=print)", ModelKind.THREADS),
    ("try:\n    from threading import Thread\nexcept ImportError:\n    Thread = None\nThread(target=print)", ModelKind.THREADS),
    ("from concurrent.futures import *\nThreadPoolExecutor()", ModelKind.THREADS),
    ("from PyQt6.QtCore import QThread\nclass Loader(QThread): pass", ModelKind.THREADS),
    ("import multiprocessing as mp\nmp.Pool(2)", ModelKind.PROCESSES),
    ("from multiprocessing import get_context\nget_context('spawn').Process(target=print)", ModelKind.PROCESSES),
    ("import os\nif os.fork() == 0: pass", ModelKind.PROCESSES),
    ("from joblib import Parallel, delayed\nParallel(2)(delayed(abs)(i) for i in range(3))", ModelKind.PROCESSES),
    ("from concurrent.futures import InterpreterPoolExecutor\nInterpreterPoolExecutor()", ModelKind.INTERPRETERS),
    ("import subprocess\nsubprocess.run(['ls'])", ModelKind.SUBPROCESSES),
    ("import asyncio\nasync def main(): await asyncio.create_subprocess_exec('ls')", ModelKind.SUBPROCESSES),
    ("async def main(): pass", ModelKind.ASYNCIO),
    ("import asyncio\nasyncio.run(main())", ModelKind.ASYNCIO),
    ("import asyncio\nasyncio.get_event_loop().run_until_complete(main())", ModelKind.ASYNCIO),
    ("from fastapi import FastAPI\napp = FastAPI()", ModelKind.ASYNCIO),
    ("import discord\nclass Bot(discord.Client): pass", ModelKind.ASYNCIO),
    ("import asyncio\nasync def main(): await asyncio.to_thread(print)", ModelKind.OFFLOADED),
    ("import asyncio\nasync def main(self): await self.loop.run_in_executor(None, print)", ModelKind.OFFLOADED),
    ("import trio\nasync def main(): pass\ntrio.run(main)", ModelKind.TRIO),
    ("import anyio\nasync def main():\n    async with anyio.create_task_group(): pass", ModelKind.TRIO),
    ("from twisted.internet import reactor\nreactor.run()", ModelKind.TWISTED),
    ("from gevent import monkey\nmonkey.patch_all()", ModelKind.GREENLETS),
    ("import tkinter as tk\nroot = tk.Tk()", ModelKind.GUI),
    ("from tkinter import *\nroot = Tk()", ModelKind.GUI),
    ("from celery import shared_task\n@shared_task\ndef work(): pass", ModelKind.CLUSTER),
    ("import dask.dataframe as dd\ndd.read_csv('x')", ModelKind.CLUSTER),
    ("import ray\n@ray.remote\ndef work(): pass", ModelKind.CLUSTER),
]

LOOKS_ALIKE: list[str] = [
    # Names that belong to somebody else.
    "class ThreadPoolExecutor: pass\nThreadPoolExecutor()",
    "def Thread(): pass\nThread()",
    "Thread = object\nThread()",
    "from mine import ThreadPoolExecutor\nThreadPoolExecutor()",
    "from .threading import Thread\nThread()",
    "from . import asyncio\nasyncio.run(main)",
    "import mine.threading as threading\nthreading.Thread()",
    "def run(threading): threading.Thread()",
    "import threading\ndef run(threading): threading.Thread()",
    "import threading\nrun = lambda threading: threading.Thread()",
    "class Pool:\n    import threading\n    def start(self): threading.Thread()",
    "def one():\n    from threading import Thread\ndef two():\n    Thread()",
    "from mine import *\nThread()",
    "self.threading.Thread()",
    "subprocess.run(['ls'])",
    "x.run_until_complete(y)",
    "pool.run_in_executor(None, print)",
    "import asyncio_like\nasyncio_like.run(main)",
    "import threadingx\nthreadingx.Thread()",
    "import os\nos.path.fork()",
    "import celerylike\ncelerylike.Celery()",
    # Words in texts and comments.
    "# import threading; threading.Thread()",
    '"""import asyncio\nasyncio.run(main())"""',
    "x = 'threading.Thread'",
    "import threading\nx = f'{1} threading.Thread()'",
    # Types are not uses.
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import threading\ndef f(t: 'threading.Thread'): pass",
    "import typing as t\nif t.TYPE_CHECKING:\n    from concurrent.futures import ThreadPoolExecutor\ndef f(pool: ThreadPoolExecutor): pass",
    "from concurrent.futures import ThreadPoolExecutor\ndef f(pool: ThreadPoolExecutor | None) -> ThreadPoolExecutor: pass",
    "import threading\nworker: threading.Thread",
    "import threading\nclass A:\n    worker: threading.Thread | None = None",
    "import threading\nisinstance(x, threading.Thread)",
    "import threading, typing\ntyping.cast(threading.Thread, x)",
    # Being safe in threads, and asking about them, starts none.
    "import threading\nlock = threading.Lock()",
    "import threading\nthreading.local()",
    "import threading\nthreading.current_thread().name",
    "import multiprocessing\nmultiprocessing.cpu_count()",
    "import asyncio\nasyncio.iscoroutinefunction(f)",
    "import asyncio\ntry: pass\nexcept asyncio.CancelledError: pass",
    "import subprocess\ntry: pass\nexcept subprocess.CalledProcessError: pass",
    "import subprocess\nx = subprocess.PIPE",
    "import gevent\ntry: pass\nexcept gevent.Timeout: pass",
    "import os\nos.getpid()",
    "import queue\nqueue.Queue()",
    # An import alone does nothing.
    "import threading",
    "import asyncio, subprocess, multiprocessing",
    "from concurrent.futures import ThreadPoolExecutor",
]


@pytest.mark.parametrize(("code", "kind"), SHOWS)
def test_a_use_shows_its_model(tmp_path: Path, code: str, kind: ModelKind) -> None:
    """However it was imported, and wherever."""
    assert scan_code(tmp_path, code).model(kind) is not None


@pytest.mark.parametrize("code", LOOKS_ALIKE)
def test_what_only_looks_alike_shows_nothing(tmp_path: Path, code: str) -> None:
    """No false alarm."""
    inventory = scan_code(tmp_path, code)
    assert inventory.models == ()
    assert inventory.files_read == 1
    assert inventory.main.kind is ModelKind.SEQUENTIAL


def test_a_place_says_the_full_name_the_line_and_the_function(tmp_path: Path) -> None:
    """So that a user can look."""
    use = scan_code(
        tmp_path,
        """
        from concurrent import futures as f

        class Loader:
            def start(self):
                return f.ThreadPoolExecutor()
        """,
    ).model(ModelKind.THREADS)
    assert use is not None
    [place] = use.first
    assert str(place) == "app.py:6 concurrent.futures.ThreadPoolExecutor"
    assert place.location.function == "Loader.start"


def test_places_are_counted_and_only_the_first_are_kept(tmp_path: Path) -> None:
    """In the order of the files, and of the lines in them."""
    code = "import threading\n" + "threading.Thread()\n" * 4
    use = scan_project(tmp_path, {"b.py": code, "a.py": code}).model(ModelKind.THREADS)
    assert use is not None
    assert (use.places, use.files) == (8, 2)
    assert [str(place) for place in use.first] == [f"a.py:{line} threading.Thread" for line in (2, 3, 4, 5)] + ["b.py:2 threading.Thread"]


def test_tests_and_examples_are_kept_apart(tmp_path: Path) -> None:
    """Threads in a test say nothing of the program."""
    threads = "import threading\nthreading.Thread()"
    inventory = scan_project(tmp_path, {"app.py": "x = 1", "tests/test_app.py": threads, "examples/demo.py": threads})
    assert inventory.model(ModelKind.THREADS) is None
    assert inventory.model(ModelKind.THREADS, Part.TESTS) is not None
    assert inventory.model(ModelKind.THREADS, Part.AROUND) is not None
    assert inventory.main.kind is ModelKind.SEQUENTIAL


def test_async_functions_belong_to_the_loop_that_the_project_knows(tmp_path: Path) -> None:
    """A file that names none goes with the others."""
    files = {"a.py": "import trio\nasync def a(): pass\ntrio.run(a)", "b.py": "async def b(): pass"}
    inventory = scan_project(tmp_path, files)
    assert inventory.model(ModelKind.ASYNCIO) is None
    use = inventory.model(ModelKind.TRIO)
    assert use is not None
    assert use.files == 2


def test_a_folder_of_the_projects_own_is_not_the_library_of_that_name(tmp_path: Path) -> None:
    """A package celery in a project of another name is what its imports mean."""
    files = {"celery/__init__.py": "", "app.py": "import celery\ncelery.start()"}
    inventory = scan_project(tmp_path, files)
    assert inventory.models == ()
    assert inventory.libraries == ()


def test_a_framework_is_known_as_itself(tmp_path: Path) -> None:
    """Celery's own source is a task queue, and no user of the library celery."""
    files = {"pyproject.toml": '[project]\nname = "Celery"', "celery/__init__.py": "", "celery/app.py": "from celery import x\nx.start()"}
    inventory = scan_project(tmp_path, files)
    assert inventory.model(ModelKind.CLUSTER) is not None
    assert inventory.libraries == ()


@pytest.mark.parametrize(
    "code",
    [
        "import asyncio\nasyncio.run(main())",
        "import asyncio\nloop = asyncio.new_event_loop()\nloop.run_until_complete(main())",
        "import uvicorn\nuvicorn.run('app:app')",
        "from aiohttp import web\nweb.run_app(app)",
        "from fastapi import APIRouter\nrouter = APIRouter()",
    ],
)
def test_what_runs_the_program_is_seen(tmp_path: Path, code: str) -> None:
    """It is started here, or this only makes sense inside of it."""
    assert scan_code(tmp_path, code).trait(TraitKind.RUNS_LOOP) is not None


@pytest.mark.parametrize(
    "code",
    [
        "async def main(): pass",
        "import asyncio\nasync def main(): await asyncio.sleep(1)",
        "import aiohttp\nasync def main():\n    async with aiohttp.ClientSession(): pass",
        "run_until_complete(main())",
    ],
)
def test_async_code_alone_starts_no_loop(tmp_path: Path, code: str) -> None:
    """Somebody else may run it."""
    assert scan_code(tmp_path, code).trait(TraitKind.RUNS_LOOP) is None
