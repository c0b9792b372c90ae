"""CA105."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.blocking_helper_in_coroutine import RULE

BAD = [
    """
    import requests
    def country(address):
        return requests.get(address).json()
    async def enrich(event):
        event["country"] = country(event)  # here
    """,
    """
    import time
    def a(): b()
    def b(): c()
    def c(): time.sleep(1)
    async def main():
        a()  # here
    """,
    """
    import requests
    class Client:
        def __init__(self):
            self.http = requests.Session()
        def load(self, name):
            return self._send(name)
        def _send(self, name):
            return self.http.get(name)
    class Service:
        def __init__(self, client: Client):
            self.client = client
        async def handle(self, name):
            return self.client.load(name)  # here
    """,
    """
    import subprocess
    class Repo:
        @staticmethod
        def git(*words):
            return subprocess.run(["git", *words])
        @classmethod
        def pull(cls):
            cls.git("pull")
        async def update(self):
            self.pull()  # here
    """,
    """
    import time
    class Slow:
        def __init__(self):
            time.sleep(1)
    async def main():
        Slow()  # here
    """,
    """
    import time
    def wait():
        time.sleep(1)
    pause = wait
    async def main():
        pause()  # here
    """,
    """
    def read(path):
        with open(path) as file:
            return file.read()
    async def page(path):
        return read(path)  # here
    """,
    """
    import time
    async def main(store):
        store.upload_picture()  # here
    class Store:
        def upload_picture(self):
            time.sleep(1)
    """,
    """
    import time
    from contextlib import contextmanager
    @contextmanager
    def slowly():
        time.sleep(1)
        yield
    async def main():
        with slowly():  # here
            pass
    """,
    """
    import functools, time
    @functools.lru_cache
    def token():
        time.sleep(1)
    async def main():
        return token()  # here
    """,
    """
    import time
    def fetch(n):
        if n:
            return fetch(n - 1)
        time.sleep(1)
    async def main():
        fetch(3)  # here
    """,
]
GOOD = [
    "import time\ndef work():\n    time.sleep(1)\nasync def main():\n    await work()\n",
    "import threading\ndef work(lock: threading.Lock):\n    lock.acquire()\nasync def main(lock):\n    work(lock)\n",
    "import requests\ndef country(a):\n    return requests.get(a)\ndef enrich(event):\n    return country(event)\n",
    (
        "import asyncio, requests\ndef country(a):\n    return requests.get(a)\nasync def enrich(e):\n"
        "    return await asyncio.to_thread(country, e)\n"
    ),
    "import time\ndef work():\n    time.sleep(1)\nasync def main(loop):\n    await loop.run_in_executor(None, work)\n",
    "import time\ndef work():\n    time.sleep(1)\nasync def main(loop):\n    await loop.run_in_executor(None, lambda: work())\n",
    "import time\nasync def work():\n    time.sleep(1)\nasync def main():\n    await work()\n",
    "import time\ndef work():\n    yield time.sleep(1)\nasync def main():\n    return work()\n",
    "import time\nfrom worker import in_thread\n@in_thread\ndef work():\n    time.sleep(1)\nasync def main():\n    await work()\n",
    (
        "import time\nfrom worker import run_async\n@run_async\ndef work():\n    time.sleep(1)\n"
        "async def main():\n    future = work()\n    await future\n"
    ),
    (
        "import asyncio, time\ndef work():\n    try:\n        asyncio.get_running_loop()\n"
        "    except RuntimeError:\n        time.sleep(1)\nasync def main():\n    work()\n"
    ),
    (
        "import threading, time\ndef work():\n    time.sleep(1)\ndef start():\n"
        "    threading.Thread(target=work).start()\nasync def main():\n    start()\n"
    ),
    "import time\ndef outer():\n    def inner():\n        time.sleep(1)\n    return inner\nasync def main():\n    outer()\n",
    "import os\ndef name(path):\n    return os.path.basename(path)\nasync def main(path):\n    return name(path)\n",
    "import time\nclass A:\n    def get(self):\n        time.sleep(1)\nasync def main(a):\n    a.get()\n",
    (
        "import time\nclass A:\n    def save_it(self):\n        time.sleep(1)\nclass B:\n"
        "    def save_it(self): print()\nasync def main(a):\n    a.save_it()\n"
    ),
    "import socket\ndef name():\n    return socket.getfqdn()\nasync def main():\n    return name()\n",
    "def fetch(n):\n    return fetch(n - 1)\nasync def main():\n    fetch(3)\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_plain_function_that_blocks_on_its_way_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_runs_elsewhere_later_or_not_on_a_loop_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


OTHERS = {
    "net": "from net.http import fetch, Base\n",
    "net.http": "import requests\ndef fetch(url):\n    return _send(url)\ndef _send(url):\n    return requests.get(url)\n"
    "class Base:\n    def load(self, url):\n        return self.send(url)\n    def send(self, url):\n        return fetch(url)\n",
}


@pytest.mark.parametrize(
    "source",
    [
        "from net import fetch\nasync def main():\n    fetch('x')  # here\n",
        "import net\nasync def main():\n    net.fetch('x')  # here\n",
        "from net import fetch as get\nasync def main():\n    get('x')  # here\n",
        "from net import Base\nclass Shop(Base):\n    async def price(self):\n        return self.load('x')  # here\n",
        (
            "from net import Base\nclass Shop(Base):\n    def price(self):\n        return super().load('x')\n"
            "async def main(shop: Shop):\n    shop.price()  # here\n"
        ),
    ],
)
def test_the_way_leads_through_other_modules_and_base_classes(source: str) -> None:
    assert found_lines(RULE, source, others=OTHERS) == marked_lines(source)


def test_the_way_is_shown_call_by_call_to_the_one_that_blocks() -> None:
    (found,) = findings(RULE, "from net import fetch\nasync def main():\n    fetch('x')\n", others=OTHERS)
    assert [step.text for step in found.steps] == ["main() calls fetch()", "fetch() calls _send()", "_send() calls requests.get()"]
    places = [step.location for step in found.steps]
    assert [(place.file, place.line) for place in places if place is not None] == [("app.py", 3), ("net/http.py", 3), ("net/http.py", 5)]
    assert found.message.startswith("`fetch()` ends in `requests.get()`, which waits for the network: ")


@pytest.mark.parametrize(
    ("body", "severity", "confidence"),
    [
        ("    time.sleep(1)\n", Severity.ERROR, Confidence.HIGH),
        ("    if x:\n        time.sleep(1)\n", Severity.ERROR, Confidence.MEDIUM),
        ("    open('x')\n", Severity.WARNING, Confidence.HIGH),
        ("    if x:\n        open('x')\n", Severity.INFO, Confidence.MEDIUM),
        ("    os.path.exists('x')\n", Severity.INFO, Confidence.HIGH),
    ],
)
def test_a_condition_on_the_way_lowers_the_confidence(body: str, severity: Severity, confidence: Confidence) -> None:
    (found,) = findings(RULE, f"import os, time\ndef work(x):\n{body}async def handle(x):\n    work(x)\n")
    assert (found.severity, found.confidence) == (severity, confidence)


@pytest.mark.parametrize(("python", "words"), [(8, "run_in_executor"), (9, "to_thread"), (None, "to_thread")])
def test_the_advice_fits_the_oldest_python(python: int | None, words: str) -> None:
    (found,) = findings(RULE, "import time\ndef work():\n    time.sleep(1)\nasync def main():\n    work()\n", python=python)
    assert words in found.advice
    assert "work" in found.advice


def test_a_way_of_more_than_six_calls_is_not_followed() -> None:
    def chain(length: int) -> str:
        steps = "".join(f"def f{number}():\n    f{number + 1}()\n" for number in range(length - 1))
        return f"import time\n{steps}def f{length - 1}():\n    time.sleep(1)\nasync def main():\n    f0()\n"

    assert [len(findings(RULE, chain(length))) for length in (6, 7)] == [1, 0]


BY_OTHER_WAYS = [
    """
    import time
    def pages():
        while True:
            time.sleep(1)
            yield 1
    async def main():
        for page in pages():  # here
            await send(page)
        made = pages()
        next(made)  # here
    """,
    """
    import requests
    class Session:
        def __enter__(self):
            requests.get("https://x")
        def __exit__(self, *error):
            pass
    async def main():
        with Session() as session:  # here
            await send(session)
    """,
    """
    class Store:
        def digest(self, path):
            raise NotImplementedError
    class Files(Store):
        def digest(self, path):
            with open(path) as file:
                return file.read()
    async def main(store: Store):
        return store.digest("x")  # here
    """,
    """
    import requests
    class One:
        def load_rows(self):
            return requests.get("https://x")
    class Two:
        def load_rows(self):
            return requests.get("https://y")
    async def main(source):
        return source.load_rows()  # here
    """,
    """
    class Api:
        def login(self):
            answer = self.session.post("https://x")
            answer.raise_for_status()
            return answer.json()
        async def start(self):
            self.login()  # here
    """,
    """
    import asyncio
    class Player:
        async def album(self):
            return await asyncio.to_thread(self._conn.album, 1)
        async def again(self):
            return self._conn.album(1)  # here
    """,
    """
    class Player:
        async def album(self):
            return await self.hass.async_add_executor_job(self._conn.album, 1)
        async def artist(self):
            return await self.hass.async_add_executor_job(self._conn.artist, 1)
        async def cover(self):
            cover = self._conn.cover(1)  # here
            return cover.name
    """,
    """
    from fastapi import APIRouter
    router = APIRouter()
    @router.delete("/videos/{name}")
    async def remove(name: str):
        services.videos.delete(name)  # here
    """,
    """
    async def call(function, is_async, values):
        if is_async:
            return await function(**values)
        else:
            return function(**values)  # here
    """,
    """
    from homeassistant.config_entries import ConfigFlow
    class Flow(ConfigFlow):
        def __init__(self):
            self.sources = self._sources()  # here
        def _sources(self):
            with open("x") as file:
                return file.read()
    """,
]
IN_OTHER_WAYS_FINE = [
    "import time\ndef pages():\n    time.sleep(1)\n    yield 1\nasync def main():\n    return pages()\n",
    "import time\nasync def pages():\n    yield 1\nasync def main():\n    async for page in pages():\n        print(page)\n",
    "class A:\n    def __enter__(self): ...\n    def __exit__(self, *e): ...\nasync def main():\n    with A():\n        pass\n",
    "class A:\n    def digest(self):\n        raise NotImplementedError\nasync def main(a: A):\n    a.digest()\n",
    (
        "import requests\nclass A:\n    def load_rows(self):\n        requests.get('x')\nclass B:\n    def load_rows(self):\n"
        "        return 1\nasync def main(a):\n    a.load_rows()\n"
    ),
    (
        "import requests\nclass A:\n    def load_rows(self):\n        requests.get('x')\nclass B:\n    async def load_rows(self):\n"
        "        return 1\nasync def main(a):\n    a.load_rows()\n"
    ),
    (
        "import asyncio\nasync def main(self):\n    if self.inside:\n        return await asyncio.to_thread(self.c.album, 1)\n"
        "    return self.c.album(1)\n"
    ),
    (
        "import asyncio\nasync def one(self):\n    await asyncio.to_thread(self.c.album)\nasync def two(self):\n"
        "    x = self.c.cover(1)\n    return x.y\n"
    ),
    (
        "import asyncio\nclass A:\n    async def one(self):\n        await asyncio.to_thread(self.c.album)\nclass B:\n"
        "    async def two(self):\n        return self.c.album().x\n"
    ),
    (
        "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/x')\nasync def show(name: str):\n    await wait()\n"
        "    return services.get(name)\n"
    ),
    "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/x')\nasync def show():\n    return {'ok': True}\n",
    (
        "import asyncio\nasync def one(rows):\n    return await asyncio.to_thread(list, map(str, rows))\nasync def two(rows):\n"
        "    return list(rows)\n"
    ),
    "from fastapi import APIRouter\nasync def show(name: str):\n    return services.get(name)\n",
    "from aiohttp.web import RouteTableDef\nr = RouteTableDef()\n@r.get('/x')\nasync def show(request):\n    return store.get(1)\n",
    "async def call(f, fast):\n    if fast:\n        return await f()\n    else:\n        return f()\n",
    "async def call(f, g, is_async):\n    if is_async:\n        return await f()\n    else:\n        return g()\n",
]


@pytest.mark.parametrize("source", BY_OTHER_WAYS)
def test_what_runs_without_being_called_by_its_name_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", IN_OTHER_WAYS_FINE)
def test_what_runs_nothing_that_blocks_or_may_be_another_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_function_of_an_import_that_leads_nowhere_is_known_by_its_last_two_words() -> None:
    others = {"core.tools": "def source_hash():\n    with open('x') as file:\n        return file.read()\n"}
    source = "from integration.core import tools\nasync def main():\n    return tools.source_hash()\n"
    assert found_lines(RULE, source, others=others) == [3]
    assert found_lines(RULE, source.replace("tools", "words"), others=others) == []


def test_work_of_others_is_information() -> None:
    source = "async def call(f, is_async):\n    if is_async:\n        await f()\n    else:\n        f()\n"
    assert [(each.severity, each.confidence) for each in findings(RULE, source)] == [(Severity.INFO, Confidence.LOW)]


EARLY = """
import requests
def load(request):
    {guard}
    return requests.get("http://permissions.example", timeout=3).json()
async def handler(request):
    return load(request)
"""


@pytest.mark.parametrize(
    ("guard", "severity", "confidence"),
    [
        ("if request.cached is not None: return request.cached", Severity.ERROR, Confidence.MEDIUM),
        ("if request.cached:\n        log(request)\n        return request.cached", Severity.ERROR, Confidence.MEDIUM),
        ("if not request.user: raise PermissionError", Severity.ERROR, Confidence.HIGH),
        ("if request.cached: log(request)", Severity.ERROR, Confidence.HIGH),
        ("pass", Severity.ERROR, Confidence.HIGH),
    ],
)
def test_a_return_before_the_call_is_a_condition(guard: str, severity: Severity, confidence: Confidence) -> None:
    assert [(each.severity, each.confidence) for each in findings(RULE, EARLY.format(guard=guard))] == [(severity, confidence)]


def test_two_returns_on_the_way_are_information_as_two_branches_are() -> None:
    source = """
    import requests
    def cached(request):
        if request.known is not None:
            return request.known
        return load(request)
    def load(request):
        if request.admin:
            return "all"
        return requests.get("http://permissions.example", timeout=3).json()
    async def handler(request):
        return cached(request)
    """
    assert [(each.severity, each.confidence) for each in findings(RULE, source)] == [(Severity.INFO, Confidence.LOW)]


def test_a_way_to_a_database_is_a_warning() -> None:
    source = """
    import sqlite3
    def rows():
        return sqlite3.connect("x")
    async def handler():
        return rows()
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.WARNING]


@pytest.mark.parametrize("library", ["asyncio", "trio", "anyio"])
def test_the_thread_is_one_of_the_library_whose_loop_runs_the_file(library: str) -> None:
    source = EARLY.format(guard="pass").replace("import requests", f"import requests, {library}")
    call = "asyncio.to_thread" if library == "asyncio" else f"{library}.to_thread.run_sync"
    assert f"`await {call}(load, …)`" in findings(RULE, source)[0].advice
