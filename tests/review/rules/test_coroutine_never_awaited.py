"""CA201."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.rules.coroutine_never_awaited import RULE

BAD = [
    """
    async def save(): ...
    async def main():
        save()  # here
    """,
    """
    class Orders:
        async def save(self): ...
        def close(self):
            self.save()  # here
    """,
    """
    import asyncio
    async def main():
        asyncio.sleep(1)  # here
    """,
    """
    class Acl:
        async def allows(self, user): ...
    async def main(acl: Acl, user):
        if not acl.allows(user):  # here
            raise PermissionError
    """,
]
GOOD = [
    "async def save(): ...\nasync def main():\n    await save()\n",
    "async def save(): ...\nasync def main():\n    return save()\n",
    (
        "import asyncio\nasync def save(): ...\nasync def main():\n    async with asyncio.TaskGroup() as group:\n"
        "        group.create_task(save())\n"
    ),
    "from framework import task\n@task\nasync def save(): ...\ndef main():\n    save()\n",
    "def save(): ...\nasync def main():\n    save()\n",
    "async def rows():\n    yield 1\nasync def main():\n    rows()\n",
    "async def save(): ...\ndef main(save):\n    save()\n",
    "class A:\n    async def save(self): ...\nclass B:\n    def save(self): ...\ndef main(b: B):\n    b.save()\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_coroutine_that_is_dropped_or_tested_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_is_awaited_handed_on_or_no_coroutine_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_an_async_method_of_a_base_class_in_another_module_is_known() -> None:
    others = {"base": "class Base:\n    async def save(self): ...\n"}
    source = """
    from base import Base
    class Orders(Base):
        def close(self):
            self.save()  # here
    """
    assert found_lines(RULE, source, others=others) == marked_lines(source)


@pytest.mark.parametrize(
    ("decorator", "confidence"),
    [
        ("import functools\n@functools.wraps(print)\n", Confidence.HIGH),
        ("from abc import abstractmethod\n@abstractmethod\n", Confidence.HIGH),
        ("from tools import retry\n@retry(times=3)\n", Confidence.MEDIUM),
        ("@app.handlers[0]\n", Confidence.MEDIUM),
        ("@(lambda f: f)\n", Confidence.MEDIUM),
    ],
)
def test_a_decorated_function_is_a_coroutine_as_far_as_others_await_it(decorator: str, confidence: Confidence) -> None:
    source = f"{decorator}async def save(): ...\nasync def main():\n    save()\n"
    awaited = f"{source}async def other():\n    await save()\n"
    assert [each.confidence for each in findings(RULE, awaited)] == [confidence]
    assert [each.confidence for each in findings(RULE, source)] == ([confidence] if confidence is Confidence.HIGH else [])


@pytest.mark.parametrize(
    "source",
    [
        "async def a(store):\n    await store.save()\nasync def b(store):\n    store.save()  # here\n",
        "class A:\n    async def a(self):\n        await self.db.save()\n        self.db.save()  # here\n",
        (
            "class A:\n    async def a(self):\n        await self.db['x'].save(1)\n"
            "        if self.db['x'].save(2):  # here\n            pass\n"
        ),
        "class Store:\n    async def save_all(self): ...\nasync def a(store):\n    store.save_all()  # here\n",
    ],
)
def test_a_method_of_an_unknown_object_is_told_by_its_name(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)
    assert {each.confidence for each in findings(RULE, source)} == {Confidence.MEDIUM}


@pytest.mark.parametrize(
    "source",
    [
        "async def a(store):\n    await store.save()\nasync def b(store):\n    store.save()\nasync def c(store):\n    store.save()\n",
        "async def a(store):\n    await store.save()\nasync def b(cache):\n    cache.save()\n",
        "async def a():\n    store = one()\n    await store.save()\nasync def b():\n    store = two()\n    store.save()\n",
        "async def a(store):\n    await store.save()\ndef b(store):\n    store.save()\n",
        (
            "class Store:\n    async def save_all(self): ...\nclass Other:\n    def save_all(self): ...\n"
            "async def a(store):\n    store.save_all()\n"
        ),
        "class Store:\n    async def close(self): ...\nasync def a(store):\n    store.close()\n",
        "class Store:\n    async def set_result(self): ...\nasync def a(store):\n    store.set_result()\n",
        "class Store:\n    async def save_all(self):\n        yield\nasync def a(store):\n    store.save_all()\n",
        "import os\nclass Store:\n    async def save_all(self): ...\nasync def a():\n    os.save_all()\n",
        "class Store:\n    async def save_all(self): ...\ndef a(store):\n    store.save_all()\n",
    ],
)
def test_a_name_that_others_have_or_that_is_common_says_nothing(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_function_without_a_coroutine_of_its_own_is_told_to_run_it_from_one() -> None:
    (outside,) = findings(RULE, "async def save(): ...\ndef main():\n    save()\n")
    (inside,) = findings(RULE, "async def save(): ...\nasync def main():\n    save()\n")
    assert (outside.advice, inside.advice) == ("run it from async code: `await save(…)`", "write `await save(…)`")
    assert outside.severity is Severity.ERROR


def test_a_coroutine_that_a_module_drops_is_found() -> None:
    source = "from jobs import save\nsave()  # here\n"
    assert found_lines(RULE, source, others={"jobs": "async def save(): ...\n"}) == marked_lines(source)


TAKEN = [
    """
    from fastapi import Request
    async def add(request: Request, manager):
        data = request.json()  # here
        await manager.send(1, data)
    """,
    """
    import aiohttp
    async def main():
        session = aiohttp.ClientSession()
        session.close()  # here
    """,
    """
    from sqlalchemy.ext.asyncio import AsyncSession
    async def main(db: AsyncSession):
        found = db.execute("x")  # here
        return found.scalars().all()
    """,
    """
    async def load():
        return [1]
    def total(rows):
        return sum(row for row in rows)
    async def main():
        rows = load()  # here
        return total(rows)
    """,
    """
    async def size(x):
        return x
    async def main(callback):
        await size(1)
        await size(2)
        callback.set_size(size(3))  # here
    """,
    """
    async def load():
        return 1
    async def main():
        with load() as found:  # here
            print(found)
        print(load())  # here
        return {"x": load()}  # here
    """,
    """
    class Store:
        async def get(self):
            return 1
        async def one(self):
            return await self.get()
        async def two(self):
            return self.get()  # here
    """,
    """
    async def load():
        return 1
    async def main():
        await load  # here
    """,
    """
    class Light(Entity):
        async def async_added_to_hass(self):
            super().async_added_to_hass()  # here
    """,
    """
    async def typing(portal, user):
        await portal.join(user)
        await portal.leave(user)
        await portal.mark_read(user)
    async def stop(portal, user):
        portal.set_typing(user)  # here
    """,
    """
    async def write(self, loop, data):
        loop.run_in_executor(None, self.device.write, data)  # here
    """,
    """
    import asyncio
    class Lines(asyncio.Protocol):
        async def close_all(self):
            return 1
    async def connect(loop):
        _, lines = await asyncio.get_running_loop().create_connection(lambda: Lines(), "x", 1)
        lines.close_all()  # here
    """,
]
NOT_TAKEN = [
    "from fastapi import Request\nasync def add(request: Request, m):\n    data = await request.json()\n    m.send(data)\n",
    (
        "import asyncio\nfrom fastapi import Request\nasync def add(r: Request):\n    task = r.json()\n"
        "    return await asyncio.wait_for(task, 1)\n"
    ),
    "from fastapi import Request\nasync def add(r: Request, jobs):\n    jobs.append(r.json())\n",
    "async def load(): ...\ndef keep(coro):\n    return Job(coro)\nasync def main():\n    rows = load()\n    return keep(rows)\n",
    "async def size(x): ...\nasync def main(c):\n    await size(1)\n    await size(2)\n    c.create_task(size(3))\n",
    "async def size(x): ...\nasync def main(c):\n    c.set_size(size(3))\n",
    "async def load(): ...\nasync def main():\n    async with load() as x:\n        pass\n",
    "class A:\n    async def get(self): ...\n    def two(self):\n        return self.get()\n",
    (
        "from collections.abc import Awaitable\nclass A:\n    async def get(self): ...\n    async def a(self):\n        await self.get()\n"
        "    async def two(self) -> Awaitable[int]:\n        return self.get()\n"
    ),
    "async def main(task):\n    await task\n",
    "import asyncio\nasync def main(x):\n    await asyncio.gather(x)\nasync def other(x):\n    asyncio.gather(x)\n",
    "async def make(): ...\ndef load(): ...\nasync def main():\n    await load\n",
    "class Light(Entity):\n    async def turn_on(self):\n        super().turn_off()\n        await super().turn_on()\n",
    "async def a(p):\n    await p.b()\n    await p.c()\n    await p.d()\n    p.update_all()\n    p.append(1)\n",
    "async def a(p):\n    await p.b()\n    await p.c()\n    p.paint(1)\n",
    "async def a(p):\n    await p.b()\n    await p.c()\n    await p.d()\n    p.paint(1)\n    p.draw(1)\n    p.show(1)\n",
    "async def a(writer):\n    await writer.b()\n    await writer.c()\n    await writer.d()\n    writer.finish(1)\n",
    "async def write(loop):\n    await loop.run_in_executor(None, print)\n    done = loop.run_in_executor(None, print)\n    await done\n",
    "def write(loop):\n    loop.run_in_executor(None, print)\n",
]


@pytest.mark.parametrize("source", TAKEN)
def test_more_ways_to_lose_a_coroutine_are_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", NOT_TAKEN)
def test_a_coroutine_that_somebody_may_await_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


UNIONS = [
    "async def size(x: UploadFile | BinaryIO):\n    if isinstance(x, BinaryIO):\n        x.seek(0)\n        return x.read()\n",
    "async def size(x: UploadFile | BinaryIO):\n    x.seek(0)\n",
    "async def size(x: 'UploadFile | BinaryIO'):\n    x.seek(0)\n",
    "from typing import Union\nasync def size(x: Union[UploadFile, BinaryIO, None]):\n    x.seek(0)\n",
    "async def size(x: UploadFile):\n    if isinstance(x, UploadFile):\n        await x.seek(0)\n    else:\n        x.seek(0)\n",
    "async def size(x: UploadFile):\n    if not isinstance(x, UploadFile):\n        x.seek(0)\n",
    "async def size(x: UploadFile):\n    if isinstance(x, UploadFile):\n        return await x.read()\n    x.seek(0)\n",
    "async def size(x: UploadFile):\n    match x:\n        case BinaryIO():\n            x.seek(0)\n",
    "class A:\n    def __init__(self, x):\n        self.x: UploadFile | BinaryIO = x\n    async def run(self):\n        self.x.seek(0)\n",
    "class A:\n    x: UploadFile | BinaryIO\n    async def run(self):\n        self.x.seek(0)\n",
    "async def size(x: UploadFile | BinaryIO):\n    if x.seek(0):\n        return 1\n    return x.read().strip()\n",
]
SURE = [
    "async def size(x: UploadFile | None):\n    x.seek(0)  # here\n",
    "from typing import Optional\nasync def size(x: Optional[UploadFile]):\n    x.seek(0)  # here\n",
    "async def size(x: UploadFile | WebSocket):\n    x.close()  # here\n",
    "async def size(x: UploadFile | BinaryIO):\n    if isinstance(x, UploadFile):\n        x.seek(0)  # here\n",
    "async def size(x: UploadFile, y):\n    if isinstance(y, BinaryIO):\n        x.seek(0)  # here\n",
]
TYPES = "from typing import BinaryIO\nfrom fastapi import UploadFile, WebSocket\n"


@pytest.mark.parametrize("source", UNIONS)
def test_what_may_be_of_another_type_is_left_alone(source: str) -> None:
    assert found_lines(RULE, TYPES + source) == []


@pytest.mark.parametrize("source", SURE)
def test_what_is_async_in_each_of_its_types_is_found(source: str) -> None:
    assert found_lines(RULE, TYPES + source) == marked_lines(TYPES + source)
