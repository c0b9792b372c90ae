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
