"""CA302."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.missing_deadline import RULE

BAD = [
    "import requests\ndef main(url):\n    requests.get(url)  # here\n",
    "from requests import post\ndef main(url):\n    post(url, json={}, timeout=None)  # here\n",
    """
    import requests
    class Client:
        def __init__(self, session=None):
            self.session = session or requests.Session()
        def status(self):
            return self.session.get("https://example.org")  # here
    """,
    """
    import requests
    def session():
        return requests.Session()
    def main(url):
        with session() as http:
            http.get(url)  # here
    """,
    "from urllib.request import urlopen\ndef main(url):\n    return urlopen(url).read()  # here\n",
    "import http.client\ndef main(host):\n    return http.client.HTTPSConnection(host)  # here\n",
    "import socket\ndef main(host):\n    return socket.create_connection((host, 80))  # here\n",
    "import socket\ndef main(host):\n    sock = socket.socket()\n    sock.connect((host, 80))  # here\n",
    "import smtplib\ndef main(host):\n    return smtplib.SMTP(host, 25)  # here\n",
    """
    import urllib3
    class Meta:
        http = urllib3.PoolManager()  # here
        @classmethod
        def get(cls, url):
            return cls.http.request("GET", url)
    """,
    "import requests\ndef main(pool, urls):\n    return list(pool.map(requests.get, urls))  # here\n",
    "import requests\ndef main(verb, url):\n    return getattr(requests, verb)(url)  # here\n",
    """
    import aiohttp
    async def main():
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http:  # here
            await http.get('/')
    """,
    "import httpx\nasync def main():\n    return httpx.AsyncClient(timeout=None)  # here\n",
    """
    import asyncio
    async def ask(host):
        reader, writer = await asyncio.open_connection(host, 80)  # here
        return await reader.readline()  # here
    """,
]
GOOD = [
    "import requests, aiohttp\ndef load(session, url):\n    return session.get(url)\n",
    "def load(session, key):\n    return session.get(key)\n",
    "import requests\ndef main(url):\n    requests.get(url, timeout=(3, 10))\n",
    "import requests\ndef main(url, **options):\n    options.setdefault('timeout', 10)\n    return requests.get(url, **options)\n",
    "import requests\ndef main(url, options):\n    return requests.get(url, **options)\n",
    "import requests\ndef main(url, timeout):\n    with limited(timeout):\n        return requests.get(url)\n",
    """
    import requests
    class Session(requests.Session):
        def request(self, *args, **kwargs):
            return super().request(*args, **{"timeout": 10, **kwargs})
    def main(url):
        return Session().get(url)
    """,
    """
    import requests
    from adapters import Limited
    def main(url):
        session = requests.Session()
        session.mount("https://", Limited(timeout=10))
        return session.get(url)
    """,
    "import requests\nclass Cache:\n    def get(self, key): ...\ndef main(cache: Cache):\n    return cache.get('a')\n",
    "from urllib.request import urlopen\ndef main(url):\n    return urlopen(url, None, 10).read()\n",
    "import socket\nfrom urllib.request import urlopen\nsocket.setdefaulttimeout(10)\ndef main(url):\n    return urlopen(url).read()\n",
    "import socket\ndef main(host):\n    sock = socket.socket()\n    sock.settimeout(3)\n    sock.connect((host, 80))\n",
    "import socket\ndef main(path):\n    sock = socket.socket(socket.AF_UNIX)\n    sock.connect(path)\n",
    "import urllib3\nhttp = urllib3.PoolManager(timeout=3)\ndef main(url):\n    return http.request('GET', url)\n",
    "import urllib3\nhttp = urllib3.PoolManager()\ndef main(url):\n    return http.request('GET', url, timeout=3)\n",
    "import aiohttp\nasync def main():\n    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=30))\n",
    "import aiohttp\nasync def main():\n    return aiohttp.ClientSession()\n",
    "import httpx\nasync def main():\n    return httpx.AsyncClient()\n",
    """
    import asyncio
    async def ask(host):
        async with asyncio.timeout(3):
            reader, writer = await asyncio.open_connection(host, 80)
            await reader.read()
    """,
    "import asyncio\nasync def ask(host):\n    return await asyncio.wait_for(asyncio.open_connection(host, 80), 3)\n",
    """
    import asyncio
    async def ask(host):
        return await asyncio.open_connection(host, 80)
    async def main():
        return await asyncio.wait_for(ask('a'), 3)
    """,
    "import asyncio\nasync def handle(reader: asyncio.StreamReader, writer):\n    return await reader.readline()\n",
    "import asyncio\nasync def ask(host, timeout):\n    with limited(timeout):\n        return await asyncio.open_connection(host, 80)\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_wait_for_another_machine_without_a_deadline_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_has_a_timeout_or_may_get_one_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_deadline_that_a_caller_in_another_module_sets_counts() -> None:
    others = {"main": "import asyncio\nfrom app import ask\nasync def main():\n    return await asyncio.wait_for(ask('a'), 3)\n"}
    source = "import asyncio\nasync def ask(host):\n    return await asyncio.open_connection(host, 80)\n"
    assert found_lines(RULE, source) == [3]
    assert found_lines(RULE, source, others=others) == []


def test_sessions_are_left_alone_where_the_project_has_an_adapter_of_its_own() -> None:
    others = {
        "adapters": (
            "from requests.adapters import HTTPAdapter\nclass Limited(HTTPAdapter):\n    def send(self, request, **options): ...\n"
        )
    }
    source = "import requests\ndef main(url):\n    return requests.Session().get(url)\n"
    assert found_lines(RULE, source) == [3]
    assert found_lines(RULE, source, others=others) == []


def test_a_context_of_the_project_that_sets_a_deadline_counts() -> None:
    others = {
        "times": """
        import asyncio
        from contextlib import asynccontextmanager
        @asynccontextmanager
        async def at_most(seconds):
            async with asyncio.timeout(seconds):
                yield
        """
    }
    source = (
        "import asyncio\n"
        "from times import at_most\n"
        "async def ask(host):\n"
        "    async with at_most(3):\n"
        "        await asyncio.open_connection(host, 80)\n"
    )
    assert found_lines(RULE, source, others=others) == []


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess\ndef main():\n    subprocess.run(['ls'])\n",
        "import requests\ndef send(url, **options):\n    return requests.get(url, **options)\n",
        "import requests\ndef load(session, url):\n    return session.get(url)\n",
        "import httpx\ndef stream_events():\n    return httpx.Client(timeout=None)\n",
    ],
)
def test_what_may_well_wait_is_only_told_at_severity_info(source: str) -> None:
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO]


def test_the_advice_writes_the_call_anew() -> None:
    assert "requests.get(url, timeout=10)" in findings(RULE, "import requests\ndef main(url):\n    requests.get(url)\n")[0].advice


def test_asyncio_timeout_is_advised_from_3_11_on() -> None:
    source = "import asyncio\nasync def ask(host):\n    return await asyncio.open_connection(host, 80)\n"
    assert "asyncio.timeout" in findings(RULE, source, python=11)[0].advice
    assert "wait_for" in findings(RULE, source, python=10)[0].advice


@pytest.mark.parametrize(("base", "count"), [("Limited", 0), ("requests.Session", 1)])
def test_options_that_are_passed_on_to_a_session_with_a_default_are_left_alone(base: str, count: int) -> None:
    source = f"""
    import requests
    class Limited(requests.Session):
        def request(self, method, url, *args, timeout=None, **options):
            return super().request(method, url, *args, timeout=timeout or 20, **options)
    session = {base}()
    def get(url, **options):
        return session.get(url, **options)
    """
    assert len(findings(RULE, source)) == count
