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
