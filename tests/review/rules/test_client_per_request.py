"""CA206."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.client_per_request import RULE

BAD = [
    """
    import httpx
    async def warm(codes):
        for code in codes:
            async with httpx.AsyncClient() as client:  # here
                await client.get(code)
    """,
    """
    import httpx
    from fastapi import APIRouter
    router = APIRouter()
    @router.get("/rates")
    async def rates():
        async with httpx.AsyncClient() as client:  # here
            return (await client.get("https://example.com")).json()
    """,
    """
    import aiohttp
    async def fetch(url):
        async with aiohttp.ClientSession() as session:  # here
            async with session.get(url) as response:
                return await response.text()
    async def fetch_all(urls):
        return [await fetch(url) for url in urls]
    """,
    """
    import asyncio
    from aiohttp import ClientSession
    async def fetch(url):
        async with ClientSession() as session:  # here
            return await session.get(url)
    async def fetch_all(urls):
        return await asyncio.gather(*(fetch(url) for url in urls))
    """,
    """
    import httpx
    class Api:
        async def call(self, path):
            async with httpx.AsyncClient() as client:  # here
                return await client.post(path)
    """,
    """
    import requests
    def load(urls):
        for url in urls:
            session = requests.Session()  # here
            session.get(url)
    """,
]
GOOD = [
    """
    import httpx
    async def warm(codes):
        async with httpx.AsyncClient() as client:
            for code in codes:
                await client.get(code)
    """,
    """
    import httpx
    from contextlib import asynccontextmanager
    @asynccontextmanager
    async def lifespan(app):
        async with httpx.AsyncClient() as client:
            app.state.client = client
            yield
    """,
    """
    import httpx
    class Api:
        def __init__(self):
            self._client = httpx.AsyncClient()
        async def call(self, path):
            return await self._client.get(path)
    """,
    """
    import httpx
    async def main():
        async with httpx.AsyncClient() as client:
            await client.get("https://example.com")
    """,
    """
    import httpx
    def get(url):
        with httpx.Client() as client:
            return client.get(url)
    async def load(url):
        async with httpx.AsyncClient() as client:
            return await client.get(url)
    """,
    """
    import httpx
    async def ask(hosts):
        for host in hosts:
            async with httpx.AsyncClient(base_url=host) as client:
                await client.get("/health")
    """,
    """
    import aiohttp
    async def listen(url):
        while True:
            async with aiohttp.ClientSession() as session:
                async with session.ws_connect(url) as socket:
                    async for message in socket:
                        print(message)
    """,
    """
    import httpx
    async def wait_until_up(url):
        while True:
            async with httpx.AsyncClient() as client:
                if (await client.get(url)).status_code == 200:
                    return
    """,
    """
    import aiohttp
    class Crawler:
        async def crawl(self, urls):
            async with aiohttp.ClientSession() as session:
                return [await session.get(url) for url in urls]
        async def pass_on(self, urls):
            async with aiohttp.ClientSession() as session:
                return await self.fetch(session, urls)
    """,
    """
    import httpx
    def make():
        client = httpx.Client()
        return client
    """,
    """
    class Client: ...
    def load(urls):
        for url in urls:
            with Client() as client:
                client.get(url)
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_client_for_one_request_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_a_client_that_is_shared_kept_or_made_once_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_method_that_passes_on_to_requests_is_information() -> None:
    source = """
    import requests
    class Remote:
        def _request(self, method, url, **options):
            return requests.request(method, url, **options)
    """
    found = findings(RULE, source)
    assert [each.severity for each in found] == [Severity.INFO]


def test_a_helper_that_a_handler_in_another_module_leads_to_is_found() -> None:
    source = """
    import httpx
    async def rate(code):
        async with httpx.AsyncClient() as client:  # here
            return await client.get(code)
    """
    handler = """
    from app import rate
    from fastapi import FastAPI
    web = FastAPI()
    @web.get("/")
    async def index():
        return await rate("x")
    """
    assert found_lines(RULE, source, others={"web": handler}) == marked_lines(source)


def test_a_function_that_another_coroutine_calls_is_information() -> None:
    source = """
    import httpx
    async def rate(code):
        async with httpx.AsyncClient() as client:
            return await client.get(code)
    """
    caller = "from app import rate\nasync def convert():\n    return await rate('x')\n"
    assert [each.severity for each in findings(RULE, source, others={"web": caller})] == [Severity.INFO]
    assert findings(RULE, source) == []


TOLD = [
    """
    import requests
    class Api:
        def get(self, path):
            return requests.get(self.base + path, headers=self.headers, timeout=5)  # here
        def post(self, path, data):
            return requests.post(self.base + path, json=data, timeout=5)
    """,
    """
    import requests
    class Api:
        def call(self, path):
            return requests.get(self.base + path, timeout=5).json()  # here
    """,
    """
    import requests
    def fetch_all(ids):
        return [requests.get(f"https://x/{i}", timeout=3).json() for i in ids]  # here
    """,
    """
    import aiohttp
    async def fetch(url):
        async with aiohttp.ClientSession() as session:  # here
            async with session.get(url) as r:
                return await r.text()
    async def main(urls):
        import asyncio
        return await asyncio.gather(*[fetch(u) for u in urls])
    """,
    """
    import httpx
    class C:
        async def get(self, path):
            async with httpx.AsyncClient(base_url=self.url) as c:  # here
                r = await c.get(path)
                r.raise_for_status()
                return r.json()
    """,
    """
    import httpx
    class C:
        def _client(self):
            return httpx.Client(base_url=self.url)
        def get(self, path):
            with self._client() as c:  # here
                return c.get(path)
        def put(self, path):
            with self._client() as c:  # here
                return c.put(path)
    """,
    """
    import openai
    class L:
        def ask(self, q):
            client = openai.OpenAI(api_key=self.key)  # here
            return client.chat.completions.create(messages=q)
    """,
    """
    import redis
    def cache_get(key):
        r = redis.Redis(host="x")  # here
        return r.get(key)
    def cache_set(key, v):
        r = redis.Redis(host="x")
        r.set(key, v)
    """,
    """
    import boto3
    def upload(path):
        s3 = boto3.client("s3")  # here
        s3.upload_file(path, "b", path)
    def download(path):
        s3 = boto3.client("s3")
        s3.download_file("b", path, path)
    """,
    """
    from pymongo import MongoClient
    def save(doc):
        client = MongoClient("x")  # here
        client.db.docs.insert_one(doc)
    async def handler(doc):
        save(doc)
    """,
    """
    import psycopg2
    class Repo:
        def get(self, id):
            conn = psycopg2.connect(self.dsn)  # here
            cur = conn.cursor()
            cur.execute("select")
            return cur.fetchone()
        def put(self, id):
            conn = psycopg2.connect(self.dsn)
            cur = conn.cursor()
            cur.execute("insert")
            conn.commit()
    """,
    """
    import aiohttp
    class C:
        async def request(self, m, url):
            session = aiohttp.ClientSession()  # here
            try:
                async with session.request(m, url) as r:
                    return await r.json()
            finally:
                await session.close()
    """,
    """
    import httpx
    async def call(url):
        response = httpx.post(url)
        return response.json()
    class N:
        async def notify(self, msg):
            async with httpx.AsyncClient() as client:  # here
                try:
                    response = await client.post(self.url, json=msg)
                    response.raise_for_status()
                except httpx.HTTPError:
                    log()
    """,
    """
    import aiohttp
    async def poll(url):
        while True:
            async with aiohttp.ClientSession() as s:  # here
                async with s.get(url) as r:
                    await handle(r)
            await sleep(5)
    """,
    """
    from sqlalchemy import create_engine
    def query(sql):
        engine = create_engine(URL)  # here
        with engine.connect() as c:
            return c.execute(sql).fetchall()
    class A:
        def go(self): return query("a")
        def to(self): return query("b")
    """,
]
"""Other ways to open a connection for each request."""
QUIET = [
    """
    import requests
    class Api:
        def get(self, url):
            return requests.get(url, timeout=5)
    """,
    """
    import requests
    def fetch(url):
        return requests.get(url, timeout=5)
    def retried(url):
        for attempt in range(3):
            requests.get(url, timeout=5)
    """,
    """
    import httpx
    class C:
        def __init__(self):
            self._kept = httpx.Client()
        def client(self):
            return self._kept
        def get(self, path):
            with self.client() as c:
                return c.get(path)
    """,
    """
    from functools import cached_property, lru_cache
    import httpx
    @lru_cache
    def client():
        return httpx.Client()
    class A:
        def get(self, path):
            with client() as c:
                return c.get(path)
    """,
    """
    import boto3
    def upload(region):
        s3 = boto3.client("s3", region)
        s3.upload_file("a", "b", "c")
    def download(region):
        s3 = boto3.client("s3", region)
        s3.download_file("a", "b", "c")
    def once():
        other = boto3.client("sqs")
        other.send_message()
    """,
    """
    import openai
    class L:
        def __init__(self):
            client = openai.OpenAI(api_key="x")
            self.create = client.chat.completions.create
        def client(self):
            return openai.OpenAI(api_key=self.key)
    """,
]
"""Requests by themselves, and clients that are kept."""


@pytest.mark.parametrize("source", TOLD)
def test_other_ways_to_connect_each_time_are_found(source: str) -> None:
    assert sorted(set(found_lines(RULE, source))) == marked_lines(source)


@pytest.mark.parametrize("source", QUIET)
def test_single_requests_and_kept_clients_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_client_that_a_method_makes_for_its_callers_is_found_where_it_is_used() -> None:
    source = """
    import httpx
    from base import Remote
    class Rates(Remote):
        async def get(self, code):
            async with self.client() as client:  # here
                return await client.get(code)
    """
    base = "import httpx\nclass Remote:\n    def client(self):\n        return httpx.AsyncClient(base_url=self.url)\n"
    assert found_lines(RULE, source, others={"base": base}) == marked_lines(source)
    kept = "import httpx\nclass Remote:\n    kept = httpx.AsyncClient()\n    def client(self):\n        return self.kept\n"
    assert found_lines(RULE, source, others={"base": kept}) == []


def test_a_coroutine_that_a_plain_function_starts_is_information() -> None:
    source = """
    import asyncio, aiohttp
    async def count(url):
        async with aiohttp.ClientSession() as session:
            await session.post(url)
    def record(url):
        asyncio.create_task(count(url))
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


class TestOptions:
    """A client can be shared only by calls that want the same of it."""

    SOURCE = """
    import httpx, aiohttp
    LIMIT = 5
    class Pool:
        def __init__(self, url, key):
            self.url, self.key, self.proxy = url, key, None
        async def refresh(self):
            self.proxy = await self.find()
        async def request(self, url, proxy=None):
            {before}
            async with {client} as client:
                return await client.get(url)
    """

    @pytest.mark.parametrize(
        ("before", "client"),
        [
            ("pass", "httpx.AsyncClient(proxy=self.proxy)"),
            ("pass", "httpx.AsyncClient(base_url=url)"),
            ("found = f'http://{url}'", "httpx.AsyncClient(proxy=found)"),
            ("found = await self.find()", "httpx.AsyncClient(proxy=found)"),
        ],
    )
    def test_clients_whose_options_differ_are_information_without_code(self, before: str, client: str) -> None:
        found = findings(RULE, self.SOURCE.format(before=before, client=client))
        assert [each.severity for each in found] == [Severity.INFO]
        assert "self._client" not in found[0].advice
        assert "httpx" not in found[0].advice

    @pytest.mark.parametrize(
        ("before", "client", "shown"),
        [
            ("pass", "httpx.AsyncClient(timeout=LIMIT)", "httpx.AsyncClient(timeout=LIMIT)"),
            ("pass", "httpx.AsyncClient(base_url=self.url)", "httpx.AsyncClient(base_url=self.url)"),
            ("limit = aiohttp.ClientTimeout(total=5)", "aiohttp.ClientSession(timeout=limit)", "aiohttp.ClientSession(…)"),
        ],
    )
    def test_the_advice_shows_no_local_name(self, before: str, client: str, shown: str) -> None:
        found = findings(RULE, self.SOURCE.format(before=before, client=client))
        assert [each.severity for each in found] == [Severity.WARNING]
        assert f"`self._client = {shown}`" in found[0].advice

    def test_a_client_that_each_round_makes_of_what_it_has_worked_out_is_left_alone(self) -> None:
        source = """
        import httpx
        def probe(rows):
            for row in rows:
                proxy = make(row)
                with httpx.Client(proxy=proxy) as client:
                    client.get("http://x.example")
        """
        assert found_lines(RULE, source) == []


@pytest.mark.parametrize(
    ("second", "count"),
    [
        ("session.post('http://x.example/login')", 0),
        ("if page.ok: return session.post('http://x.example/login')", 0),
        ("print(page)", 1),
    ],
)
def test_two_requests_in_a_row_share_their_client(second: str, count: int) -> None:
    source = f"""
    import requests
    def on_webhook(options):
        session = requests.Session()
        page = session.get("http://x.example")
        {second}
    """
    assert len(findings(RULE, source)) == count


def test_two_requests_of_which_one_is_made_are_not_shared() -> None:
    source = """
    import requests
    def on_webhook(options):
        session = requests.Session()
        if options:
            return session.get("http://x.example")
        else:
            return session.post("http://x.example")
    """
    assert len(findings(RULE, source)) == 1
