"""CA602."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.fork_with_threads import RULE

BAD = [
    """
    import multiprocessing, threading
    def main(work):
        threading.Thread(target=work).start()
        context = multiprocessing.get_context("fork")  # here
    """,
    """
    import multiprocessing as mp
    from threading import Thread as T
    mp.set_start_method(method="fork")  # here
    T(target=print).start()
    """,
    """
    import os
    from concurrent.futures import ThreadPoolExecutor
    pool = ThreadPoolExecutor()
    def main():
        if os.fork() == 0:  # here
            pass
    """,
    """
    import asyncio, multiprocessing
    multiprocessing.set_start_method("fork")  # here
    async def main(): ...
    asyncio.run(main())
    """,
    """
    import os, subprocess, threading
    class Worker(threading.Thread):
        def run(self):
            subprocess.Popen(["x"], preexec_fn=os.setsid)  # here
    """,
    """
    import asyncio
    async def main():
        await asyncio.create_subprocess_exec("x", preexec_fn=print)  # here
    """,
]
GOOD = [
    "import multiprocessing, threading\ndef main():\n    multiprocessing.Pool()\n    threading.Thread(target=print).start()\n",
    (
        "import multiprocessing, threading\ndef main():\n    threading.Thread(target=print).start()\n"
        "def other():\n    multiprocessing.Pool()\n"
    ),
    "import multiprocessing\nmultiprocessing.get_context('fork')\n",
    "import multiprocessing, threading\nthreading.Thread(target=print).start()\nmultiprocessing.get_context('spawn')\n",
    "import multiprocessing, threading\nthreading.Thread(target=print).start()\nmultiprocessing.get_context()\n",
    (
        "import multiprocessing, threading\ndef main(method):\n    threading.Thread(target=print).start()\n"
        "    multiprocessing.get_context(method)\n"
    ),
    "import threading\nfrom other import get_context\nthreading.Thread(target=print).start()\nget_context('fork')\n",
    "import threading\ndef main(repo):\n    threading.Thread(target=print).start()\n    repo.fork()\n",
    "import subprocess, threading\nthreading.Thread(target=print).start()\nsubprocess.run(['x'], preexec_fn=None)\n",
    "import subprocess, threading\nthreading.Thread(target=print).start()\nsubprocess.run(['x'], start_new_session=True)\n",
    "import threading\ndef main(runner):\n    threading.Thread(target=print).start()\n    runner.call(preexec_fn=print)\n",
    "import os\nos.fork()\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_fork_beside_threads_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_fork_without_threads_and_threads_without_a_fork_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_thread_that_derives_from_one_in_another_module_counts() -> None:
    others = {"base": "import threading\nclass Base(threading.Thread): ...\n"}
    source = "import os\nfrom base import Base\nclass Worker(Base): ...\ndef main():\n    os.fork()  # here\n"
    assert found_lines(RULE, source, others=others) == marked_lines(source)


@pytest.mark.parametrize(
    ("hook", "words"),
    [("os.setsid", "`start_new_session=True`"), ("os.setpgrp", "`process_group=0 (3.11)`"), ("other", "arguments of subprocess")],
)
def test_a_hook_without_threads_is_information_with_what_to_use_instead(hook: str, words: str) -> None:
    (found,) = findings(RULE, f"import os, subprocess\nsubprocess.run(['x'], preexec_fn={hook})\n")
    assert (found.severity, found.confidence) == (Severity.INFO, Confidence.MEDIUM)
    assert words in found.advice


@pytest.mark.parametrize(
    ("pool", "python", "count"),
    [
        ("multiprocessing.Pool()", 13, 1),
        ("multiprocessing.Pool()", 14, 0),
        ("multiprocessing.Pool()", None, 0),
        ("concurrent.futures.ProcessPoolExecutor()", 9, 1),
        ("concurrent.futures.ProcessPoolExecutor(mp_context=x)", 9, 0),
        ("pools.Pool()", 9, 0),
    ],
)
def test_a_pool_after_a_thread_forks_before_3_14(pool: str, python: int | None, count: int) -> None:
    source = (
        "import concurrent.futures, multiprocessing, pools, threading\ndef main(x):\n"
        f"    threading.Thread(target=print).start()\n    {pool}\n"
    )
    assert [each.confidence for each in findings(RULE, source, python=python)] == [Confidence.LOW] * count


@pytest.mark.parametrize(
    "source",
    [
        "import multiprocessing, threading\ndef main():\n    multiprocessing.Pool()\n    threading.Thread(target=print).start()\n",
        "import multiprocessing, threading\ndef main():\n    threading.Lock()\n    multiprocessing.Pool()\n",
        "import multiprocessing, own\ndef main():\n    own.Thread(target=print).start()\n    multiprocessing.Pool()\n",
        (
            "import multiprocessing, threading\ndef f():\n    threading.Thread(target=print).start()\ndef main():\n"
            "    multiprocessing.Pool()\n"
        ),
    ],
)
def test_a_pool_before_or_without_a_thread_is_left_alone(source: str) -> None:
    assert findings(RULE, source, python=9) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import asyncio\nasync def main():\n    await asyncio.create_subprocess_exec('x', preexec_fn=print)\n", "`the event loop`"),
        ("import subprocess, threading\nthreading.Thread(target=print)\nsubprocess.run(['x'], preexec_fn=print)\n", "`threading.Thread`"),
        ("import subprocess\nsubprocess.run(['x'], preexec_fn=print)\n", "where any thread runs"),
    ],
)
def test_the_message_names_what_runs_beside_the_hook(source: str, words: str) -> None:
    (found,) = findings(RULE, source)
    assert words in found.message


BESIDE = [
    """
    import multiprocessing, threading
    def watch():
        threading.Thread(target=print).start()
    class Worker(multiprocessing.Process):  # here
        pass
    """,
    """
    import multiprocessing, threading
    class Server:
        def start(self):
            threading.Thread(target=print).start()
        def work(self):
            multiprocessing.Pool(4)  # here
    """,
    """
    import os, threading
    class Lock:
        def __init__(self):
            self.lock = threading.Lock()
        def ensure(self):
            if self.pid != os.getpid():
                with self.lock:  # here
                    self.pid = os.getpid()
    """,
]
NOT_BESIDE = [
    "import multiprocessing\nclass Worker(multiprocessing.Process):\n    pass\n",
    (
        "import multiprocessing, threading\nmultiprocessing.set_start_method('spawn')\ndef watch():\n    threading.Thread(target=print)\n"
        "class Worker(multiprocessing.Process):\n    pass\n"
    ),
    (
        "import multiprocessing, threading\nclass A:\n    def start(self):\n        threading.Thread(target=print).start()\nclass B:\n"
        "    def work(self):\n        multiprocessing.Pool(4)\n"
    ),
    (
        "import os, threading\nclass A:\n    def __init__(self):\n        self.lock = threading.Lock()\n"
        "        os.register_at_fork(after_in_child=self.__init__)\n    def ensure(self):\n        if self.pid != os.getpid():\n"
        "            with self.lock:\n                pass\n"
    ),
    (
        "import os, threading\nclass A:\n    def __init__(self):\n        self.lock = threading.Lock()\n    def show(self):\n"
        "        with self.lock:\n            print(os.getpid())\n"
    ),
]


@pytest.mark.parametrize("source", BESIDE)
def test_what_forks_beside_threads_or_locks_is_information(source: str) -> None:
    assert found_lines(RULE, source, python=10) == marked_lines(source)
    assert {each.severity for each in findings(RULE, source, python=10)} == {Severity.INFO}


@pytest.mark.parametrize("source", NOT_BESIDE)
def test_what_has_no_threads_beside_it_or_is_ready_for_a_fork_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source, python=10) == []


def test_a_fork_in_a_class_that_starts_a_thread_by_another_class_counts_unless_that_is_stopped_first() -> None:
    others = {"ctl": "import threading\nclass Ctl:\n    def start(self):\n        threading.Thread(target=print).start()\n"}
    source = (
        "import os\nfrom ctl import Ctl\nclass Arbiter:\n    def begin(self):\n        self.ctl = Ctl()\n        self.ctl.start()\n"
        "    def spawn(self):\n        BEFORE()\n        os.fork()\n"
    )
    assert found_lines(RULE, source.replace("BEFORE", "print"), others=others) == [9]
    assert found_lines(RULE, source.replace("BEFORE", "self.stop_ctl"), others=others) == []
