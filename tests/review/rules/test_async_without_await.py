"""CA703."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.async_without_await import RULE

BAD = [
    """
    from framework import View
    class A(View):
        async def _parse(self, line):  # here
            return line.split()
        async def get(self):
            await self.send(await self._parse(1))
    """,
    """
    async def __parse(line):  # here
        return line.split()
    async def main(line):
        await __parse(line)
    """,
    """
    async def parse(line):  # here
        return [part.strip() for part in line.split(",")]
    async def main(lines):
        for line in lines:
            await parse(line)
    """,
    """
    class Store:
        async def _key(self, name):  # here
            return name.lower().encode()
        async def get(self, name):
            return await self.read(await self._key(name))
        async def read(self, key):
            await self.socket.read(key)
    """,
    """
    class Store:
        @staticmethod
        async def key(name):  # here
            return name.lower()
        async def get(self, name):
            await self.db.read(await Store.key(name))
    """,
    """
    from abc import ABC
    class Store(ABC):
        async def total(self, rows):  # here
            count = 0
            for row in rows:
                count += row
            return count
        async def get(self, rows):
            await self.db.send(await self.total(rows))
    """,
    """
    async def parse(line):  # here
        return line.split()
    """,
    """
    import asyncio
    async def parse(line):  # here
        return line.split()
    async def main(lines):
        await asyncio.gather(*(parse(line) for line in lines))
    """,
    """
    async def outer():
        async def inner(x):  # here
            return x.strip()
        await inner(" x")
    """,
]
BODY = "    return line.split()\n"
GOOD = [
    "class A:\n    async def __call__(self, line):\n        return line.split()\nasync def main(a: A):\n    await a.__call__(1)\n",
    "def outer():\n    async def inner(x):\n        return x.strip()\n    return 1\n",
    "@unknown\nasync def parse(line):\n    return line.split()\nasync def main(l):\n    await parse(l)\n",
    "import own\n@own.x\n@staticmethod\nasync def parse(line):\n    return line.split()\nasync def main(l):\n    await parse(l)\n",
    f"class A:\n    async def parse(self, line):\n    {BODY}",
    f"import asyncio\nasync def parse(line):\n{BODY}def main(l):\n    asyncio.run(parse(l))\n",
    f"import asyncio\nasync def parse(line):\n{BODY}asyncio.run(parse('x'))\n",
    f"def parse(line):\n{BODY}def main(l):\n    parse(l)\n",
    "async def parse(line):\n    await line\nasync def main(l):\n    await parse(l)\n",
    "async def parse(line):\n    async with line:\n        pass\nasync def main(l):\n    await parse(l)\n",
    "async def parse(lines):\n    async for line in lines:\n        print(line)\nasync def main(l):\n    await parse(l)\n",
    "async def parse(lines):\n    return [line async for line in lines]\nasync def main(l):\n    await parse(l)\n",
    "async def parse(line):\n    yield line\nasync def main(l):\n    async for x in parse(l):\n        print(x)\n",
    f"async def parse(line):\n{BODY}async def main(l, use):\n    use(parse)\n    await parse(l)\n",
    f"import web\n@web.get('/')\nasync def parse(line):\n{BODY}async def main(l):\n    await parse(l)\n",
    "async def parse(line):\n    raise NotImplementedError\nasync def main(l):\n    await parse(l)\n",
    "async def parse(line):\n    '''Doc.'''\n    return None\nasync def main(l):\n    await parse(l)\n",
    "async def parse(line):\n    pass\nasync def main(l):\n    await parse(l)\n",
    (
        "class Base:\n    async def parse(self, line): ...\nclass A(Base):\n    async def parse(self, line):\n"
        f"    {BODY}async def main(a: A):\n    await a.parse(1)\n"
    ),
    (
        f"class A:\n    async def parse(self, line):\n    {BODY}class B(A):\n    async def parse(self, line):\n"
        "        await line\nasync def main(a: A):\n    await a.parse(1)\n"
    ),
    (
        "from framework import View\nclass A(View):\n    async def parse(self, line):\n"
        f"    {BODY}    async def get(self):\n        await self.parse(1)\n"
    ),
    "class A:\n    async def __aenter__(self):\n        return self.x()\nasync def main(a: A):\n    await a.__aenter__()\n",
    "import time\nasync def parse(line):\n    time.sleep(1)\n    return line.split()\nasync def main(l):\n    await parse(l)\n",
]


@pytest.mark.parametrize("source", BAD)
def test_an_async_function_that_awaits_nothing_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_awaits_or_is_not_free_to_be_plain_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


USED = "from app import parse\nasync def main(l):\n    await parse(l)\n"
RUN = "from app import parse\nimport asyncio\ndef main(l):\n    asyncio.run(parse(l))\n"
RUN_AT_ONCE = "from app import parse\nimport asyncio\nif __name__ == '__main__':\n    asyncio.run(parse('x'))\n"


@pytest.mark.parametrize(("other", "count"), [(USED, 1), (RUN, 0), (RUN_AT_ONCE, 0), (USED + RUN, 0), ("", 1)])
def test_how_another_module_uses_it_counts(other: str, count: int) -> None:
    found = findings(RULE, f"async def parse(line):\n{BODY}", others={"other": other})
    assert [each.severity for each in found] == [Severity.INFO] * count


def test_a_base_class_in_another_module_that_has_the_method_binds_it() -> None:
    source = (
        "from base import Base\nclass A(Base):\n    async def parse(self, line):\n"
        f"    {BODY}    async def get(self):\n        await self.parse(1)\n"
    )
    assert findings(RULE, source, others={"base": "class Base:\n    async def parse(self, line): ...\n"}) == []
    assert len(findings(RULE, source, others={"base": "class Base:\n    async def other(self): ...\n"})) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import click\n@click.command()\nasync def main():  # here\n    await work()\n",
        "import click\n@click.group()\ndef cli(): ...\n@cli.command()\nasync def form():  # here\n    await work()\n",
        "import typer\napp = typer.Typer()\n@app.command()\nasync def main():  # here\n    await work()\n",
    ],
)
def test_a_command_that_is_async_is_a_warning(source: str) -> None:
    lines = [number for number, line in enumerate(source.splitlines(), start=1) if line.startswith("async def")]
    assert [each.severity for each in findings(RULE, source)] == [Severity.WARNING]
    assert found_lines(RULE, source) == lines


@pytest.mark.parametrize(
    "source",
    [
        "import click\n@click.command()\n@run_async\nasync def main():\n    await work()\n",
        "import asyncclick as click\n@click.command()\nasync def main():\n    await work()\n",
        "@bot.command()\nasync def ping(ctx):\n    await ctx.send('x')\n",
        "@room.on('joined')\nasync def joined(who):\n    await greet(who)\n",
        "@app.get('/x')\nasync def show():\n    return 1\n",
    ],
)
def test_commands_that_are_run_and_callbacks_that_await_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_an_async_callback_of_an_emitter_that_awaits_nothing_is_found() -> None:
    assert found_lines(RULE, "@room.on('joined')\nasync def joined(who):\n    who.greet(1)\n") == [2]


def test_a_method_whose_name_is_the_only_one_of_its_kind_is_found_in_a_class_that_awaits_elsewhere() -> None:
    source = (
        "class Jobs:\n    async def offer(self, job):\n        self.jobs.append(job)\n        self.count += 1\n"
        "    async def take(self):\n        await self.some.acquire()\n        return self.jobs.pop()\n"
    )
    assert found_lines(RULE, source) == [2]
    assert found_lines(RULE, source, others={"other": "class Other:\n    async def offer(self): ...\n"}) == []
    assert found_lines(RULE, source.replace("offer", "on_offer")) == []


@pytest.mark.parametrize(
    "signature",
    [
        *("on_message(line)", "handle_line(line)", "error_handler(line, error)", "setup(line)", "line_callback(line)", "lifespan(line)"),
        *("main(line)", "_start(line)", "parse(request)", "parse(update, line)", "parse(ctx, line)"),
    ],
)
def test_what_looks_like_a_hook_and_is_called_by_nobody_is_left_alone(signature: str) -> None:
    source = f"async def {signature}:\n    return print(1)\n"
    assert found_lines(RULE, source) == []
    name = signature.partition("(")[0]
    assert found_lines(RULE, f"{source}async def go(x):\n    await {name}(x)\n") == [1]


@pytest.mark.parametrize("name", ["async_setup_entry", "async_unload_entry", "async_get_options", "_async_update_data"])
def test_the_functions_that_home_assistant_looks_up_are_left_alone(name: str) -> None:
    source = f"from homeassistant.core import HomeAssistant\nasync def {name}(entry):\n{BODY}async def go(x):\n    await {name}(x)\n"
    assert found_lines(RULE, source) == []
    assert found_lines(RULE, source.replace("homeassistant", "mine")) == [2]


@pytest.mark.parametrize(
    ("other", "count"),
    [
        ("from app import parse\nuse(parse)\n", 0),
        ("from app import parse\n__all__ = ['parse']\n", 0),
        ("import app\nuse(app.parse)\n", 0),
        ("from app import *\n", 0),
        ("from app import other\nuse(other)\n", 1),
        ("from app import parse\nasync def main(l):\n    return await parse(l)\n", 1),
    ],
)
def test_what_another_module_hands_on_is_left_alone(other: str, count: int) -> None:
    assert len(findings(RULE, f"async def parse(line):\n{BODY}", others={"other": other})) == count


def test_what_one_module_calls_and_another_hands_on_is_left_alone() -> None:
    calls = "from app import parse\nasync def main(l):\n    return await parse(l)\n"
    hands_on = "from app import parse\nuse(parse)\n"
    assert findings(RULE, f"async def parse(line):\n{BODY}", others={"calls": calls, "hands_on": hands_on}) == []
