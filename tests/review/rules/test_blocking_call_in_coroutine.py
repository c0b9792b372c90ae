"""CA101."""

import pytest
from review_builder import findings, found_lines, marked_lines
from review_fixing import mended

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.blocking_call_in_coroutine import RULE

BAD = [
    """
    import requests
    async def price():
        return requests.get("https://x")  # here
    """,
    """
    import requests as http
    async def price():
        http.request("GET", "https://x")  # here
    """,
    """
    from requests import get as fetch
    async def price():
        fetch("https://x")  # here
    """,
    """
    import requests
    class Shop:
        def __init__(self):
            self.http = requests.Session()
        async def price(self):
            return self.http.get("https://x").json()  # here
    """,
    """
    import requests
    class Shop:
        http: requests.Session
        async def price(self):
            return self.http.get("https://x")  # here
    """,
    """
    import requests
    class Shop:
        session = requests.Session()
        @classmethod
        async def price(cls):
            return cls.session.post("https://x")  # here
    """,
    """
    import requests
    async def price(http: "requests.Session | None"):
        return http.get("https://x")  # here
    """,
    """
    import requests
    async def price(sessions: list[requests.Session]):
        for session in sessions:
            session.get("https://x")  # here
    """,
    """
    import requests
    async def price():
        with requests.Session() as session:
            session.get("https://x")  # here
    """,
    """
    import requests
    def session():
        return requests.Session()
    async def price():
        session().get("https://x")  # here
    """,
    """
    import requests
    SESSION = None
    def start():
        global SESSION
        SESSION = requests.Session()
    async def price():
        return SESSION.get("https://x")  # here
    """,
    """
    import requests
    class Client(requests.Session):
        async def price(self):
            return self.get("https://x")  # here
    """,
    """
    import time
    async def wait():
        time.sleep(1)  # here
    """,
    """
    from time import sleep
    async def wait(delay):
        while True:
            sleep(delay)  # here
    """,
    """
    import subprocess
    async def build():
        subprocess.run(["make"], check=True)  # here
    """,
    """
    import subprocess
    async def build():
        process = subprocess.Popen(["make"])
        process.communicate()  # here
    """,
    """
    import socket
    async def ask(host):
        connection = socket.create_connection((host, 80))  # here
    """,
    """
    import socket
    async def ask(address):
        connection = socket.socket()
        connection.connect(address)  # here
        connection.sendall(b"x")  # here
    """,
    """
    import psycopg2
    async def rows(dsn):
        connection = psycopg2.connect(dsn)  # here
    """,
    """
    import sqlite3
    class Store:
        def __init__(self, path):
            self.db = sqlite3.connect(path)
        async def rows(self):
            cursor = self.db.cursor()
            cursor.execute("select 1")  # here
    """,
    """
    async def ask():
        return input("name? ")  # here
    """,
    """
    import urllib.request
    async def page():
        with urllib.request.urlopen("https://x") as answer:  # here
            return answer
    """,
    """
    import time
    async def outer():
        async def inner():
            time.sleep(1)  # here
        await inner()
    """,
    """
    import time
    async def rows():
        yield 1
        time.sleep(1)  # here
    """,
    """
    import asyncio
    import time
    def tick():
        time.sleep(1)  # here
    async def main():
        asyncio.get_running_loop().call_soon(tick)
    """,
]
GOOD = [
    "import requests\ndef price():\n    return requests.get('https://x')\n",
    "import requests\nrequests.get('https://x')\n",
    "import asyncio, requests\nasync def price():\n    return await asyncio.to_thread(requests.get, 'https://x')\n",
    "import asyncio, requests\nasync def price():\n    return await asyncio.to_thread(lambda: requests.get('https://x'))\n",
    "import asyncio, time\nasync def price(loop, pool):\n    await loop.run_in_executor(pool, time.sleep, 1)\n",
    "import asyncio, time\nasync def main():\n    def wait():\n        time.sleep(1)\n    await asyncio.to_thread(wait)\n",
    "import httpx\nasync def price():\n    async with httpx.AsyncClient() as client:\n        return await client.get('https://x')\n",
    (
        "import aiohttp\nasync def price(session: aiohttp.ClientSession):\n"
        "    async with session.get('https://x') as answer:\n        return answer\n"
    ),
    "import asyncio\nasync def wait():\n    await asyncio.sleep(1)\n",
    "from asyncio import sleep\nasync def wait():\n    await sleep(1)\n",
    "import trio\nasync def wait():\n    await trio.sleep(1)\n",
    "import time\nasync def give_way():\n    time.sleep(0)\n",
    "import time\nasync def now():\n    return time.monotonic()\n",
    "class requests:\n    @staticmethod\n    def get(url): return print(url)\nasync def price():\n    requests.get('https://x')\n",
    "import requests\nasync def price(requests):\n    requests.get('https://x')\n",
    "import requests\nasync def build(url):\n    return requests.Request('GET', url)\n",
    "import requests\nasync def price():\n    session = requests.Session()\n    session.headers.update({})\n",
    "import socket\nasync def ask(address):\n    s = socket.socket()\n    s.setblocking(False)\n    s.recv(1)\n",
    "import socket\nasync def ask(s: socket.socket):\n    try:\n        s.recv(1)\n    except BlockingIOError:\n        pass\n",
    "import socket\nasync def tell(address):\n    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n    s.connect(address)\n",
    "import subprocess\nasync def build():\n    return subprocess.Popen(['make'])\n",
    "import asyncio\nasync def build():\n    process = await asyncio.create_subprocess_exec('make')\n    await process.wait()\n",
    "import redis.asyncio as redis\nclient = redis.Redis()\nasync def value():\n    return await client.get('x')\n",
    "async def input(): ...\nasync def ask():\n    await input()\n",
    "import time\nclass Clock:\n    def sleep(self, s): ...\nasync def wait(time: Clock):\n    time.sleep(1)\n",
    "import time\ndef tick():\n    time.sleep(1)\nasync def main(loop):\n    loop.call_soon(print)\n",
    "import queue, time\nclass Pool:\n    async def get(self): ...\nasync def main(pool: Pool):\n    await pool.get()\n",
    "import requests\nasync def main():\n    handler = requests.get\n    return handler\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_call_that_waits_outside_of_the_process_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_is_awaited_handed_to_a_thread_or_does_not_wait_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


OTHERS = {
    "lib": "from lib.http import Client, SHARED\n",
    "lib.http": """
        import requests
        SHARED = requests.Session()
        class Base:
            def __init__(self):
                self._session = requests.Session()
        class Client(Base):
            @property
            def session(self):
                return self._session
            def open(self):
                return self._session
    """,
}


@pytest.mark.parametrize(
    "source",
    [
        "from lib import SHARED\nasync def price():\n    SHARED.get('https://x')  # here\n",
        "import lib\nasync def price():\n    lib.SHARED.get('https://x')  # here\n",
        "import lib.http as http\nasync def price():\n    http.SHARED.get('https://x')  # here\n",
        "from lib import *\nasync def price():\n    SHARED.get('https://x')  # here\n",
        "from lib import Client\nclass Shop(Client):\n    async def price(self):\n        self._session.get('https://x')  # here\n",
        "from lib import Client\nasync def price(client: Client):\n    client.session.get('https://x')  # here\n",
        "from lib import Client\nasync def price():\n    Client().open().get('https://x')  # here\n",
        "from lib import Client\nclients = {}\nasync def price(n: dict[str, Client]):\n    n['x'].session.get('https://x')  # here\n",
    ],
)
def test_a_client_of_another_module_is_known_by_its_base_property_method_or_container(source: str) -> None:
    assert found_lines(RULE, source, others=OTHERS) == marked_lines(source)


def test_what_the_first_blocking_call_made_is_told_once() -> None:
    source = """
    import sqlite3
    async def rows(path):
        connection = sqlite3.connect(path)  # here
        connection.execute("select 1")
    """
    assert found_lines(RULE, source) == marked_lines(source)


def test_the_message_names_the_call_what_it_waits_for_and_the_function() -> None:
    (found,) = findings(RULE, "import requests\nasync def price():\n    requests.get('https://x')\n")
    assert found.message.startswith("`requests.get()` waits for the network in the async function `price`: ")
    assert "httpx.AsyncClient" in found.advice
    assert (found.severity, found.confidence) == (Severity.ERROR, Confidence.HIGH)


def test_a_callback_of_the_loop_is_named_as_one() -> None:
    source = "import asyncio, time\ndef tick():\n    time.sleep(1)\nasync def main():\n    asyncio.get_running_loop().call_later(1, tick)\n"
    (found,) = findings(RULE, source)
    assert "`tick`, which the event loop calls" in found.message


def test_a_function_that_a_thread_runs_too_is_no_callback_of_the_loop_alone() -> None:
    source = """
    import asyncio, threading, time
    def tick():
        time.sleep(1)
    async def main():
        asyncio.get_running_loop().call_soon(tick)
        threading.Thread(target=tick).start()
    """
    assert findings(RULE, source) == []


def test_a_sleep_is_mended_to_one_of_the_loop() -> None:
    source = "import asyncio\nimport time\nasync def wait():\n    time.sleep(  1.5)\n"
    (found,) = findings(RULE, source)
    assert mended(source, found) == "import asyncio\nimport time\nasync def wait():\n    await asyncio.sleep(  1.5)\n"
    assert found.fix is not None
    assert not found.fix.safe


@pytest.mark.parametrize(
    "source",
    [
        "import time\nasync def wait():\n    time.sleep(1)\n",
        "import asyncio as aio\nimport time\nasync def wait():\n    time.sleep(1)\n",
        "import asyncio\nimport time\nasync def wait():\n    return time.sleep(1)\n",
        "import asyncio\nimport time\ndef wait():\n    time.sleep(1)\nasync def main():\n    asyncio.get_running_loop().call_soon(wait)\n",
    ],
)
def test_a_sleep_without_asyncio_by_name_or_with_a_value_or_in_a_plain_function_is_not_mended(source: str) -> None:
    assert [each.fix for each in findings(RULE, source)] == [None]


GUESSED = [
    """
    async def chat(self, text):
        answer = self.llm.invoke(text)  # here
        return answer.content
    """,
    """
    async def chat(self, text):
        answer = self.client.chat.completions.create(model="m", messages=[text])  # here
        return answer.choices[0]
    """,
    """
    async def add(item, db):
        db.add(item)
        db.commit()  # here
        db.refresh(item)  # here
    """,
    """
    async def first(db=Depends(get_db)):
        return db.query(Item).filter(Item.x == 1).first()  # here
    """,
    """
    from shop.models import User
    async def view(request):
        user = User.objects.get(pk=1)  # here
        await User.objects.acount()
        return user.name
    """,
    """
    async def find(self):
        found = self.collection.find_one({"a": 1})  # here
        return found["x"]
    """,
    """
    async def keep(self, path):
        self.s3_client.upload_file(path, "bucket", "key")  # here
    """,
    """
    async def one(db):
        found = db.collection("users").document("1").get()  # here
        return found.to_dict()
    """,
    """
    async def rows(supabase):
        found = supabase.table("users").select("*").execute()  # here
        return found.data
    """,
    """
    async def build(self):
        out, err = process.communicate()  # here
        return out
    """,
    """
    async def cover(self, path):
        with self._connection.getCoverArt(path) as art:  # here
            return art.content
    """,
    """
    async def recent(self):
        answer = self.client.search_recent("x")  # here
        answer.raise_for_status()
        return answer.json()
    """,
    """
    import pytube
    async def page(url):
        html = pytube.request.get(url)  # here
        return html.strip()
    """,
    """
    from tools.scraping import scrape_urls
    async def pages(urls):
        found = scrape_urls(urls)  # here
        return found
    """,
    """
    class Source:
        async def frames(self):
            try:
                return next(self.stream_generator)  # here
            except StopIteration:
                return b""
    """,
]
NOT_GUESSED = [
    "async def add(item, db):\n    db.add(item)\n    await db.commit()\n",
    "async def add(item, db):\n    await db.flush()\n    db.commit()\n",
    "import asyncio\nasync def add(db):\n    await asyncio.gather(db.commit())\n",
    "async def add(db):\n    task = db.commit()\n    await task\n",
    "async def add(db):\n    async with db.execute('x') as rows:\n        return rows\n",
    "async def chat(llm, tasks):\n    tasks.append(llm.invoke('x'))\n",
    "async def chat(llm):\n    async for part in llm.invoke('x'):\n        print(part)\n",
    "def chat(llm):\n    return llm.invoke('x').content\n",
    "async def view():\n    return await User.objects.filter(x=1).afirst()\n",
    "async def view():\n    return things.objects.get(1)\n",
    "import motor.motor_asyncio\nasync def find():\n    return motor.motor_asyncio.AsyncIOMotorClient().db.users.find_one({})\n",
    "class Own:\n    def invoke(self, x):\n        return x\nasync def chat(llm: Own):\n    return llm.invoke(1).content\n",
    "async def one(self):\n    return self.collection.get('x')\n",
    "async def cover(self):\n    with self.lock.held('x') as art:\n        return art.name\n",
    "async def fetch(self):\n    found = self.fetch_rows()\n    return found[0]\n",
    "async def first(items):\n    return next(items.every)\n",
    "async def work(self):\n    return self._queue.query('x').commit\n",
]


@pytest.mark.parametrize("source", GUESSED)
def test_what_names_and_uses_say_to_block_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", NOT_GUESSED)
def test_what_may_be_async_or_is_known_to_be_something_else_is_not_guessed(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_the_thinnest_guesses_are_warnings_of_low_confidence() -> None:
    (found,) = findings(RULE, "from tools import download_page\nasync def f():\n    page = download_page()\n    return page.x\n")
    assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.LOW)


ON_THE_LOOP = [
    """
    import asyncio, time
    class Lines(asyncio.Protocol):
        def data_received(self, data):
            time.sleep(1)  # here
        def own(self):
            time.sleep(1)
    """,
    """
    import requests, tornado.web
    class Page(tornado.web.RequestHandler):
        def get(self):
            self.write(requests.get("https://x").text)  # here
    """,
    """
    import requests
    from homeassistant.core import callback
    @callback
    def changed(event):
        requests.get("https://x")  # here
    """,
    """
    import requests
    from homeassistant import config_entries
    class Flow(config_entries.ConfigFlow):
        def __init__(self):
            requests.get("https://x")  # here
    """,
    """
    import requests
    from dash import callback
    @callback
    def changed(event):
        requests.get("https://x")
    class Page:
        def get(self):
            requests.get("https://x")
        def data_received(self, data):
            requests.get("https://x")
    class Flow(ConfigFlow):
        def __init__(self):
            requests.get("https://x")
    """,
]


@pytest.mark.parametrize("source", ON_THE_LOOP)
def test_plain_functions_that_a_framework_runs_on_the_loop_count(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


def test_a_client_of_another_package_is_guessed_by_its_verb_where_nothing_of_that_package_is_awaited() -> None:
    source = "import cloudapi\nasync def main():\n    api = cloudapi.Api('x')\n    token = api.login()\n    return token.key\n"
    assert found_lines(RULE, source) == [4]
    assert found_lines(RULE, source.replace("login", "settings")) == []
    assert found_lines(RULE, source.replace("cloudapi", "pandas")) == []
    assert found_lines(RULE, f"{source}async def other():\n    await cloudapi.Api('y').refresh()\n") == []


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        ("requests.get('u', timeout=1)", "httpx.AsyncClient, or await {}.to_thread.run_sync(…)"),
        ("time.sleep(1)", "await {}.sleep(…)"),
        ("subprocess.run(['ls'])", "await {}.run_process(…)"),
        ("sqlite3.connect('x')", "await {}.to_thread.run_sync(…)"),
    ],
)
@pytest.mark.parametrize("library", ["trio", "anyio"])
def test_the_advice_is_for_the_library_whose_loop_runs_the_file(library: str, call: str, advice: str) -> None:
    source = f"import requests, time, subprocess, sqlite3, {library}\nasync def main():\n    {call}\n"
    assert [each.advice for each in findings(RULE, source)] == [f"use {advice.format(library)}"]


def test_a_file_that_imports_asyncio_too_gets_its_advice() -> None:
    source = "import asyncio, anyio, time\nasync def main():\n    time.sleep(1)\n"
    assert [each.advice for each in findings(RULE, source)] == ["use await asyncio.sleep(…)"]


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        ("getaddrinfo(host, 80)", "await loop.getaddrinfo(…)"),
        ("gethostbyaddr(host)", "await loop.getnameinfo(…)"),
        ("getnameinfo(host, 0)", "await loop.getnameinfo(…)"),
        ("getfqdn(host)", "await asyncio.to_thread(…)"),
    ],
)
def test_a_name_that_is_looked_up_gets_the_method_of_the_loop_that_does_the_same(call: str, advice: str) -> None:
    source = f"import socket\nasync def main(host):\n    return socket.{call}\n"
    assert [each.advice for each in findings(RULE, source)] == [f"use {advice}"]


@pytest.mark.parametrize(("body", "plain"), [("pass", True), ("await call_next(request)", False)])
def test_a_plain_function_is_offered_only_for_what_awaits_nothing(body: str, plain: bool) -> None:  # noqa: FBT001  # a parameter of a test
    source = f"""
    async def save(request, call_next, db):
        {body}
        db.commit()
    """
    assert [("plain `def`" in each.advice) for each in findings(RULE, source)] == [plain]


def test_a_database_may_be_a_local_one_and_is_a_warning() -> None:
    source = """
    import sqlite3, requests
    async def main():
        sqlite3.connect("x")
        requests.get("u", timeout=1)
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.WARNING, Severity.ERROR]


@pytest.mark.parametrize(
    "making",
    [
        "asyncio.create_task(work())",
        "asyncio.ensure_future(work())",
        "asyncio.get_running_loop().create_future()",
        "asyncio.gather(work())",
    ],
)
def test_what_a_task_or_future_of_the_loop_calls_at_its_end_runs_on_the_loop(making: str) -> None:
    source = f"""
    import asyncio, time
    def on_done(future):
        time.sleep(2)  # here
    async def main():
        future = {making}
        future.add_done_callback(on_done)
        await future
    """
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize(("making", "found"), [("asyncio.create_task(self.run())", True), ("self.pool.submit(self.run)", False)])
def test_what_an_attribute_calls_at_its_end_runs_on_the_loop_if_it_is_a_task(making: str, found: bool) -> None:  # noqa: FBT001
    source = f"""
    import asyncio, time
    from concurrent.futures import ThreadPoolExecutor
    class Job:
        def __init__(self):
            self.pool = ThreadPoolExecutor()
        def start(self):
            self._task = {making}
            self._task.add_done_callback(self._done)
        def _done(self, future):
            time.sleep(2)  # here
    """
    assert found_lines(RULE, source) == (marked_lines(source) if found else [])


@pytest.mark.parametrize("making", ["pool.submit(work)", "ThreadPoolExecutor().submit(work)", "client.send(work)"])
def test_what_a_future_of_a_pool_calls_at_its_end_runs_in_a_thread(making: str) -> None:
    source = f"""
    import time
    from concurrent.futures import ThreadPoolExecutor
    def on_done(future):
        time.sleep(2)
    def main(pool, client):
        future = {making}
        future.add_done_callback(on_done)
    """
    assert found_lines(RULE, source) == []
