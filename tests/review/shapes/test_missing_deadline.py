"""CA302 in the many ways in which the mistake is written."""

import pytest
from review_builder import found_lines, marked_lines

from conc_advisor.review.rules.missing_deadline import RULE

BAD = [
    """
    import aiohttp
    async def fetch(url):
        async with aiohttp.ClientSession() as session:  # here
            async with session.get(url) as r:
                return await r.text()
    """,
    """
    import aiohttp
    class C:
        def __init__(self):
            self.session = aiohttp.ClientSession()  # here
        async def fetch(self, url):
            async with self.session.get(url) as r:
                return await r.text()
    """,
    """
    import aiohttp
    class C:
        async def poll(self):
            msg = await self.ws.receive()  # here
            return msg
    """,
    """
    import requests
    class C:
        def call(self, request_type, url):
            response = request_type(url, headers={})  # here
            return response
        def a(self):
            return self.call(requests.get, "x")
    """,
    """
    import requests
    def call(method, url):
        f = {"get": requests.get, "post": requests.post}[method]
        return f(url)  # here
    """,
    """
    import requests
    def call(method, url):
        func = getattr(requests, method)
        return func(url)  # here
    """,
    """
    from requests import Session
    from requests.adapters import HTTPAdapter
    class A(HTTPAdapter):
        def get_connection(self, url):
            return 1
    def f():
        with Session() as s:
            s.mount("http://x/", A())
            return s.get("http://x/")  # here
    """,
    """
    import requests
    from requests.adapters import HTTPAdapter, Retry
    def f(url):
        s = requests.Session()
        s.mount("http://", HTTPAdapter(max_retries=Retry(3)))
        return s.get(url)  # here
    """,
    """
    import requests
    class Api(requests.Session):
        def users(self):
            return self.get("x/users")  # here
    def g():
        api = Api()
        return api.post("x")  # here
    """,
    """
    import requests
    class Api(requests.Session):
        def request(self, method, url, **kwargs):
            return super().request(method, self.base + url, **kwargs)  # here
    """,
    """
    import requests
    class Api:
        def __init__(self):
            self.session = requests.Session()
        def _request(self, method, url, **kwargs):
            return self.session.request(method, self.base + url, **kwargs)  # here
    """,
    """
    import requests
    def get(*args, **kwargs):
        return requests.get(*args, **kwargs)  # here
    """,
    """
    import requests
    def get(session, url):
        return session.get(url)  # here
    """,
    """
    import requests
    class A:
        def __init__(self, s=None):
            self.s = s or requests.Session()
        def get(self, url):
            return self.s.get(url)  # here
    """,
    """
    import requests
    def go(req):
        s = requests.Session()
        return s.send(req.prepare())  # here
    """,
    """
    from urllib.request import urlopen as uo, Request
    def go(u):
        with uo(Request(u)) as f:  # here
            return f.read()
    """,
    """
    from urllib.request import urlretrieve
    def go(u):
        urlretrieve(u, "x")  # here
    """,
    """
    import urllib.request
    def go(u):
        return urllib.request.urlopen(u).read()  # here
    """,
    """
    import urllib.request
    def go(u):
        opener = urllib.request.build_opener()
        return opener.open(u).read()  # here
    """,
    """
    try:
        from urllib2 import urlopen
    except ImportError:
        from urllib.request import urlopen
    def go(u):
        return urlopen(u)  # here
    """,
    """
    import urllib3
    http = urllib3.PoolManager()  # here
    def go(u):
        return http.request("GET", u)
    """,
    """
    import psycopg2
    def conn():
        return psycopg2.connect(host="db", dbname="x")  # here
    """,
    """
    import redis
    client = redis.Redis(host="x")  # here
    def go():
        return client.get("a")
    """,
    """
    import redis
    client = redis.from_url("redis://")  # here
    """,
    """
    import MySQLdb
    def go():
        return MySQLdb.connect(host="x")  # here
    """,
    """
    from pymemcache.client.base import Client
    c = Client(("x", 1))  # here
    """,
    """
    import xmlrpc.client
    p = xmlrpc.client.ServerProxy("http://x")  # here
    """,
    """
    import ldap3
    def f():
        server = ldap3.Server("x")  # here
        return ldap3.Connection(server)  # here
    """,
    """
    import grpc
    import pb_grpc
    class C:
        def __init__(self):
            self.stub = pb_grpc.GreeterStub(grpc.insecure_channel("x"))
        def hello(self, req):
            return self.stub.SayHello(req)  # here
    """,
    """
    import zmq
    def ask(x):
        ctx = zmq.Context()
        s = ctx.socket(zmq.REQ)
        s.connect("tcp://x")
        s.send_json(x)
        return s.recv_json()  # here
    """,
    """
    import serial
    def f():
        s = serial.Serial("/dev/x", 9600)  # here
        return s.readline()
    """,
    """
    import asyncio
    async def f(x):
        return await asyncio.wait_for(x.get(), None)  # here
    """,
    """
    import asyncio
    async def f(x):
        return await asyncio.wait_for(x.get(), timeout=None)  # here
    """,
    """
    import asyncio
    class C:
        async def call(self, msg):
            fut = asyncio.get_running_loop().create_future()
            self._pending[msg.id] = fut
            await self.send(msg)
            return await fut  # here
    """,
    """
    import threading
    class C:
        def call(self, msg):
            event = threading.Event()
            self._pending[msg.id] = event
            self.send(msg)
            event.wait()  # here
            return msg.reply
    """,
    """
    import asyncio
    def call(coro, loop):
        return asyncio.run_coroutine_threadsafe(coro, loop).result()  # here
    """,
    """
    import asyncio
    def call(coro, loop):
        future = asyncio.run_coroutine_threadsafe(coro, loop)
        return future.result()  # here
    """,
    """
    import subprocess
    class S:
        def start(self):
            self.proc = subprocess.Popen(["x"])
        def stop(self):
            self.proc.terminate()
            self.proc.wait()  # here
    """,
    """
    import multiprocessing
    class S:
        def start(self):
            self.proc = multiprocessing.Process(target=print)
            self.proc.start()
        def stop(self):
            self.proc.terminate()
            self.proc.join()  # here
    """,
    """
    import socket
    class C:
        def connect(self):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.sock.connect(("x", 1))  # here
        def ask(self, data):
            self.sock.sendall(data)
            return self.sock.recv(1024)
    """,
    """
    import asyncio
    async def run(cmd):
        proc = await asyncio.create_subprocess_exec(*cmd)
        out, _ = await proc.communicate()  # here
        return out
    """,
    """
    import asyncio
    class C:
        async def connect(self):
            self.reader, self.writer = await asyncio.open_connection("h", 1)  # here
        async def ask(self):
            self.writer.write(b"x")
            await self.writer.drain()
            return await self.reader.readline()  # here
    """,
    """
    import websocket
    def f(url):
        ws = websocket.WebSocket()
        ws.connect(url)  # here
        return ws.recv()
    """,
    """
    import httpx
    client = httpx.AsyncClient(timeout=None)  # here
    """,
    """
    import paramiko
    def f(h):
        c = paramiko.SSHClient()
        c.connect(h, timeout=5)
        stdin, stdout, stderr = c.exec_command("ls")  # here
        return stdout.read()
    """,
    """
    import smtplib
    def f():
        with smtplib.SMTP("x", 25) as s:  # here
            s.sendmail("a", "b", "c")
    """,
    """
    import subprocess
    def f():
        return subprocess.check_output(["nvidia-smi"])  # here
    """,
    """
    import httplib2
    h = httplib2.Http()  # here
    """,
    """
    import functools, requests
    get = functools.partial(requests.get, headers={})  # here
    """,
    """
    import requests
    def f(u, session):
        return requests.post(u, timeout=None)  # here
    """,
    """
    import requests
    class C:
        def __init__(self, timeout=10):
            self.timeout = timeout
        def f(self, u):
            return requests.post(u)  # here
    """,
    """
    import requests
    def load(url, timeout=10):
        return requests.get(url)  # here
    """,
]
GOOD = [
    """
    import aiohttp
    class C:
        def __init__(self):
            self.session = aiohttp.ClientSession()
        async def fetch(self, url):
            async with self.session.get(url, timeout=10) as r:
                return await r.text()
    """,
    """
    from requests import Session
    from requests.adapters import HTTPAdapter
    class A(HTTPAdapter):
        def send(self, request, **kw):
            kw["timeout"] = 5
            return super().send(request, **kw)
    def f():
        with Session() as s:
            s.mount("http://x/", A())
            return s.get("http://x/")
    """,
    """
    import asyncio
    class C:
        async def call(self, msg):
            fut = asyncio.get_running_loop().create_future()
            self._pending[msg.id] = fut
            await self.send(msg)
            return await asyncio.wait_for(fut, 10)
    """,
    """
    from openai import AsyncOpenAI
    client = AsyncOpenAI()
    """,
    """
    import boto3
    s3 = boto3.client("s3")
    """,
    """
    import treq
    """,
    """
    import aiohttp
    class Client:
        def __init__(self):
            self.session = aiohttp.ClientSession()
        async def fetch(self, url):
            async with self.session.get(url, timeout=10) as answer:
                return await answer.text()
    """,
    """
    import aiohttp
    async def fetch(url, limit):
        async with aiohttp.ClientSession(timeout=limit) as session, session.get(url) as answer:
            return await answer.text()
    """,
    """
    import aiohttp, asyncio
    async def fetch(url):
        async with asyncio.timeout(10):
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return await answer.text()
    """,
    """
    import requests
    class Client:
        def call(self, method, url):
            return method(url, timeout=10)
        def get(self, url):
            return self.call(requests.get, url)
    """,
    """
    import requests
    def call(method, url, **options):
        return method(url, **options)
    def get(url):
        return call(requests.get, url)
    """,
    """
    import requests
    def call(verb, url):
        function = {"get": fetch, "put": store}[verb]
        return function(url)
    """,
    """
    from requests import Session
    from requests.adapters import HTTPAdapter
    class Limited(HTTPAdapter):
        def send(self, request, **options):
            options["timeout"] = 5
            return super().send(request, **options)
    def load(url):
        session = Session()
        session.mount("https://", Limited())
        return session.get(url)
    """,
    """
    import psycopg2, redis
    def main(dsn, options):
        psycopg2.connect(dsn)
        psycopg2.connect(host="db", connect_timeout=3)
        redis.Redis(host="db", socket_timeout=5)
        redis.Redis(connection_pool=options)
        redis.Redis(**options)
        redis.from_url("redis://db?socket_timeout=5")
    """,
    """
    class Redis:
        def __init__(self, host): ...
    def main():
        return Redis(host="db")
    """,
    """
    import grpc
    import greeter_grpc
    def hello(request):
        stub = greeter_grpc.GreeterStub(grpc.insecure_channel("host"))
        return stub.SayHello(request, timeout=3)
    """,
    """
    import zmq
    def ask(question):
        socket = zmq.Context().socket(zmq.REQ)
        socket.setsockopt(zmq.RCVTIMEO, 1000)
        socket.send_json(question)
        return socket.recv_json()
    """,
    """
    import zmq
    def serve():
        socket = zmq.Context().socket(zmq.REP)
        while True:
            socket.send_json(answer(socket.recv_json()))
    """,
    """
    import asyncio
    class Client:
        async def call(self, message):
            answer = asyncio.get_running_loop().create_future()
            self._pending[message.id] = answer
            await self.send(message)
            return await asyncio.wait_for(answer, 10)
    """,
    """
    import asyncio
    class Client:
        async def call(self, message):
            loop = asyncio.get_running_loop()
            answer = loop.create_future()
            self._pending[message.id] = answer
            loop.call_later(10, answer.cancel)
            await self.send(message)
            return await answer
    """,
    """
    import asyncio
    class Gate:
        async def enter(self):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
    """,
    """
    import threading
    class Client:
        def call(self, message):
            done = threading.Event()
            self._pending[message.id] = done
            self.send(message)
            if not done.wait(10):
                raise TimeoutError
        def run(self):
            while True:
                self._wake.wait()
                self.send_all()
    """,
    """
    import asyncio
    def call(work, loop, pool):
        pool.submit(work).result()
        return asyncio.run_coroutine_threadsafe(work(), loop).result(10)
    """,
    """
    import asyncio
    async def take(queue, seconds=None):
        return await asyncio.wait_for(queue.get(), seconds)
    """,
    """
    import subprocess
    class Server:
        def start(self):
            self.process = subprocess.Popen(["server"])
        def stop(self):
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
    """,
    """
    from aiohttp import web
    async def handle(request):
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        return await ws.receive()
    """,
    """
    import aiohttp
    async def main(session: aiohttp.ClientSession):
        async with session.ws_connect("/", heartbeat=30) as ws:
            async for message in ws:
                print(message)
    """,
    """
    import socket
    from urllib.request import urlretrieve
    socket.setdefaulttimeout(10)
    def main(url):
        urlretrieve(url, "file")
    """,
    """
    import requests
    def load(url, timeout=10):
        with limited(timeout):
            return requests.get(url)
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_it_is_found_in_each_shape(source: str) -> None:
    """Finds a wait without a deadline of another shape."""
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_only_looks_like_it_is_left_alone(source: str) -> None:
    """Says nothing of code that differs from the bad one in what matters."""
    assert found_lines(RULE, source) == []
