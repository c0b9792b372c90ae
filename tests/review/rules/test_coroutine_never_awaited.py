"""CA201."""

import pytest
from review_builder import found_lines, marked_lines

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
    "import asyncio\nasync def save(): ...\nasync def main():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(save())\n",
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
