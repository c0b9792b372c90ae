"""CA504."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence
from conc_advisor.review.rules.acquire_without_finally import RULE

BAD = [
    """
    import threading
    lock = threading.Lock()
    def store(rows, raw):
        lock.acquire()  # here
        rows[raw["id"]] = int(raw["value"])
        lock.release()
    """,
    """
    import threading
    class Store:
        def __init__(self):
            self._lock = threading.RLock()
        def put(self, raw):
            self._lock.acquire()  # here
            value = parse(raw)
            self.value = value
            self._lock.release()
    """,
    """
    def update(redis_lock):
        if redis_lock.acquire():  # here
            refresh()
            redis_lock.release()
    """,
    """
    import asyncio
    async def update(lock: asyncio.Lock):
        await lock.acquire()  # here
        await refresh()
        lock.release()
    """,
    """
    class Repository:
        def convert(self):
            self.lock = UpgradableLock(self.path).acquire()  # here
            self.convert_segments()
            self.lock.release()
    """,
]
GOOD = [
    "import threading\nlock = threading.Lock()\ndef f():\n    with lock:\n        g()\n",
    """\
import threading
lock = threading.Lock()
def f():
    lock.acquire()
    try:
        g()
    finally:
        lock.release()
""",
    """\
import threading
lock = threading.Lock()
def f():
    try:
        lock.acquire()
        g()
    finally:
        lock.release()
""",
    "import threading\nlock = threading.Lock()\ndef f():\n    lock.acquire()\n    g()\n",
    "import threading\nlock = threading.Lock()\nn = 0\ndef f():\n    global n\n    lock.acquire()\n    n = 1\n    lock.release()\n",
    "import threading\nlock = threading.Lock()\ndef f():\n    lock.release()\n    g()\n    lock.acquire()\n",
    "class L:\n    def __enter__(self):\n        self.lock.acquire()\n        g()\n        self.lock.release()\n",
    "def f(lock):\n    if lock.acquire(timeout=1):\n        try:\n            g()\n        finally:\n            lock.release()\n",
    """\
def f(lock):
    lock.acquire()
    try:
        g()
    except Exception:
        lock.release()
        raise
    lock.release()
""",
    "def f(buffer):\n    buffer.acquire()\n    g()\n    buffer.release()\n",
    "def f(sem, rows):\n    for row in rows:\n        sem.acquire()\n        g(row)\n        sem.release()\n",
    """\
import threading
lock = threading.Lock()
def f():
    lock.acquire()
    try:
        lock.release()
        g()
    finally:
        lock.acquire()
""",
]


@pytest.mark.parametrize("source", BAD)
def test_a_release_that_an_exception_skips_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_release_that_always_happens_or_belongs_to_another_function_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_lock_that_is_known_by_its_name_only_is_medium_and_has_no_fix() -> None:
    finding = findings(RULE, BAD[2])[0]
    assert finding.confidence is Confidence.MEDIUM
    assert finding.fix is None


def test_the_fix_makes_a_with_block_of_the_lines_between() -> None:
    source = """\
import threading
lock = threading.Lock()
def f(rows):
    lock.acquire()

    rows.append(g())
    lock.release()
    return 1
"""
    fix = findings(RULE, source)[0].fix
    assert fix is not None
    lines = source.splitlines(keepends=True)
    for edit in sorted(fix.edits, key=lambda each: (each.line, each.column), reverse=True):
        text = "".join(lines)
        begin = sum(map(len, lines[: edit.line - 1])) + edit.column - 1
        end = sum(map(len, lines[: edit.end_line - 1])) + edit.end_column - 1
        lines = (text[:begin] + edit.text + text[end:]).splitlines(keepends=True)
    assert (
        "".join(lines)
        == "import threading\nlock = threading.Lock()\ndef f(rows):\n    with lock:\n\n        rows.append(g())\n    return 1\n"
    )


def test_no_fix_moves_a_text_of_several_lines() -> None:
    source = 'import threading\nlock = threading.Lock()\ndef f():\n    lock.acquire()\n    g("""a\n  b""")\n    lock.release()\n'
    assert findings(RULE, source)[0].fix is None


WIDER_BAD = [
    """
    class Manager:
        def get(self):
            self.lock.acquire()  # here
            if not self.done:
                try:
                    return self.find()
                finally:
                    self.lock.release()
    """,
    """
    import threading
    lock = threading.Lock()
    def get(rows):
        lock.acquire()  # here
        if not rows:
            return None
        try:
            return rows.pop()
        finally:
            lock.release()
    """,
    """
    from contextlib import contextmanager
    class Ids:
        @contextmanager
        def next(self):
            self.lock.acquire()  # here
            yield self.last
            self.lock.release()
    """,
    """
    from contextlib import contextmanager
    class Ids:
        @contextmanager
        def next(self):
            self.open.append(1)
            yield 1  # here
            with self._mutex:
                self.open.remove(1)
    """,
]
WIDER_GOOD = [
    """
    class Manager:
        def get(self):
            self.lock.acquire()
            try:
                if not self.done:
                    return self.find()
            finally:
                self.lock.release()
    """,
    """
    class Manager:
        def get(self):
            try:
                self.lock.acquire()
                if not self.done:
                    return None
                return self.find()
            finally:
                self.lock.release()
    """,
    """
    class Manager:
        def get(self):
            self.lock.acquire()
            if self.done:
                self.lock.release()
            else:
                self.lock.release()
    """,
    """
    class Manager:
        def get(self):
            held = self.lock.acquire(timeout=1)
            if held:
                try:
                    return self.find()
                finally:
                    self.lock.release()
    """,
    """
    from contextlib import contextmanager
    class Ids:
        @contextmanager
        def next(self):
            self.lock.acquire()
            try:
                yield self.last
            finally:
                self.lock.release()
    """,
    """
    from contextlib import contextmanager
    @contextmanager
    def rows():
        found = []
        found.append(1)
        yield found
        found.remove(1)
    """,
]


@pytest.mark.parametrize("source", WIDER_BAD)
def test_the_same_mistake_in_other_shapes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", WIDER_GOOD)
def test_what_only_looks_like_these_shapes_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_semaphore_that_another_function_gives_back_is_left_alone() -> None:
    source = """
    import asyncio
    class Pipeline:
        def __init__(self):
            self.room = asyncio.Semaphore(8)
        async def fetch(self):
            while True:
                await self.room.acquire()
                item = next(self.source, None)
                if item is None:
                    self.room.release()
                    return
                await self.put(item)
        def done(self):
            {other}
    """
    assert found_lines(RULE, source.format(other="self.room.release()")) == []
    assert len(found_lines(RULE, source.format(other="pass"))) == 1


ACROSS = """
import asyncio, threading
class Store:
    def __init__(self):
        self.lock = {lock}()
    async def save(self, rows):
        {acquire}
        {work}
        self.lock.release()
"""


@pytest.mark.parametrize(
    ("lock", "acquire", "work", "mended"),
    [
        ("threading.Lock", "self.lock.acquire()", "await rows.save()", False),
        ("threading.Lock", "self.lock.acquire()", "rows.save()", True),
        ("asyncio.Lock", "await self.lock.acquire()", "await rows.save()", True),
    ],
)
def test_a_lock_of_threads_across_an_await_gets_no_fix(lock: str, acquire: str, work: str, mended: bool) -> None:  # noqa: FBT001  # a parameter of a test
    found = findings(RULE, ACROSS.format(lock=lock, acquire=acquire, work=work))
    assert [each.fix is not None for each in found] == [mended]
    assert ("make `self.lock` an `asyncio.Lock`" in found[0].advice) is not mended
