"""CA204."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.async_generator_left_open import RULE

ROWS = """
async def rows(pool):
    connection = await pool.acquire()
    try:
        yield connection
    finally:
        await connection.close()
"""
BAD = [
    f"{ROWS}async def first(pool):\n    async for row in rows(pool):\n        return row  # here\n",
    f"{ROWS}async def first(pool):\n    async for row in rows(pool):\n        if row:\n            break  # here\n",
    (
        f"{ROWS}async def first(pool):\n    async for row in rows(pool):\n        for x in row:\n"
        "            if x:\n                return x  # here\n"
    ),
    f"{ROWS}async def first(pool):\n    stream = rows(pool)\n    async for row in stream:\n        return row  # here\n",
    (
        f"{ROWS}async def first(pool):\n    async for row in rows(pool):\n        match row:\n            case 1:\n"
        "                break  # here\n"
    ),
    (
        f"{ROWS}async def first(pool):\n    async for row in rows(pool):\n        try:\n"
        "            return row  # here\n        finally:\n            print()\n"
    ),
    """
    class Store:
        async def rows(self):
            async with self.pool.acquire() as connection:
                async for row in connection:
                    yield row  # here
        async def first(self):
            async for row in self.rows():
                return row  # here
    """,
]
GOOD = [
    "def rows(pool):\n    with pool:\n        yield 1\nasync def first(pool):\n    async for row in rows(pool):\n        return row\n",
    (
        "async def rows(pool):\n    async with pool:\n        return []\nasync def first(pool):\n"
        "    async for row in rows(pool):\n        return row\n"
    ),
    (
        "from contextlib import asynccontextmanager\n@asynccontextmanager\nasync def rows(pool):\n"
        "    async with pool:\n        yield 1\nasync def first(pool):\n    async for row in rows(pool):\n"
        "        return row\n"
    ),
    "async def rows(pool):\n    async with pool:\n        print()\n    yield 1\n",
    "async def every(pool):\n    async for row in unknown(pool):\n        for x in row:\n            while x:\n                break\n",
    f"{ROWS}async def every(pool):\n    async for row in rows(pool):\n        print(row)\n",
    f"{ROWS}async def every(pool):\n    async for row in rows(pool):\n        if row:\n            continue\n",
    f"{ROWS}async def every(pool):\n    async for row in rows(pool):\n        for x in row:\n            break\n",
    f"{ROWS}async def every(pool):\n    async for row in rows(pool):\n        def f():\n            return 1\n",
    f"{ROWS}async def every(pool):\n    return [row async for row in rows(pool)]\n",
    (
        f"from contextlib import aclosing\n{ROWS}async def first(pool):\n"
        "    async with aclosing(rows(pool)) as stream:\n        async for row in stream:\n"
        "            return row\n"
    ),
    (
        f"{ROWS}async def first(pool):\n    stream = rows(pool)\n    try:\n        async for row in stream:\n"
        "            return row\n    finally:\n        await stream.aclose()\n"
    ),
    "async def rows():\n    yield 1\nasync def first():\n    async for row in rows():\n        return row\n",
    (
        "async def rows(x):\n    with x:\n        print()\n    yield 1\nasync def first(x):\n"
        "    async for row in rows(x):\n        return row\n"
    ),
    (
        "async def rows():\n    try:\n        yield 1\n    except ValueError:\n        pass\nasync def first():\n"
        "    async for row in rows():\n        return row\n"
    ),
    "async def first(rows):\n    async for row in rows:\n        return row\n",
    (
        "from contextlib import asynccontextmanager\n@asynccontextmanager\nasync def opened(pool):\n"
        "    async with pool.acquire() as c:\n        yield c\n"
    ),
    "import pytest_asyncio\n@pytest_asyncio.fixture\nasync def opened(pool):\n    async with pool.acquire() as c:\n        yield c\n",
    "async def lifespan(app):\n    async with app.pool:\n        yield\n",
    "def rows(pool):\n    with pool:\n        yield 1\ndef first(pool):\n    for row in rows(pool):\n        return row\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_generator_that_has_to_clean_up_and_is_left_early_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_is_read_to_its_end_closed_or_cleans_up_nothing_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_generator_of_another_module_is_known_and_its_place_is_shown() -> None:
    source = "import db\nasync def first(pool):\n    async for row in db.rows(pool):\n        return row  # here\n"
    (found,) = findings(RULE, source, others={"db": ROWS})
    assert found.location is not None
    assert [found.location.line] == marked_lines(source)
    (step,) = found.steps
    assert step.location is not None
    assert (step.location.file, step.location.function) == ("db.py", "db.rows")


def test_a_generator_that_hands_on_the_values_of_another_is_information() -> None:
    source = f"{ROWS}async def names(pool):\n    async for row in rows(pool):\n        yield row.name  # here\n"
    assert [(each.location.line, each.severity) for each in findings(RULE, source) if each.location] == [
        (line, Severity.INFO) for line in marked_lines(source)
    ]


@pytest.mark.parametrize(("python", "word"), [(9, "aclose()"), (10, "aclosing"), (None, "aclosing")])
def test_the_advice_fits_the_oldest_python(python: int | None, word: str) -> None:
    (found,) = findings(RULE, BAD[0], python=python)
    assert word in found.advice


LEFT = [
    """
    async def first(graph):
        async for part in graph.astream(1):
            return part  # here
    """,
    """
    async def own(self):
        inner = self.transport.subscribe(1)
        async for part in inner:
            if part.errors:
                await inner.aclose()  # here
            yield part
    """,
    """
    import inspect
    async def send(result, channel):
        if inspect.isasyncgen(result):
            async for part in result:  # here
                await channel.send(part)
    """,
    """
    class Finder:
        def __aiter__(self):
            return self
        async def aclose(self):
            pass
    def finder() -> Finder:
        return Finder()
    async def search(found):
        async for peers in finder():  # here
            found.extend(peers)
    """,
    """
    async def lines(file):
        async with file:
            yield 1  # here
    async def copy(file, out):
        async for line in lines(file):  # here
            await out.write(line)
    """,
]
CLOSED = [
    "async def first(graph):\n    async for part in graph.astream(1):\n        print(part)\n",
    "async def first(rows):\n    async for part in rows.every(1):\n        return part\n",
    (
        "async def own(self):\n    inner = self.transport.subscribe(1)\n    try:\n        async for part in inner:\n"
        "            yield part\n    finally:\n        await inner.aclose()\n"
    ),
    "async def own(self, inner):\n    async for part in inner:\n        yield part\n",
    "async def send(result, channel):\n    async for part in result:\n        await channel.send(part)\n",
    (
        "class Rows:\n    def __aiter__(self):\n        return self\nasync def search(found):\n    async for rows in Rows():\n"
        "        found.extend(rows)\n"
    ),
    ("async def numbers():\n    yield 1\nasync def copy(out):\n    async for each in numbers():\n        await out.write(each)\n"),
]


@pytest.mark.parametrize("source", LEFT)
def test_generators_of_others_and_what_may_fail_meanwhile_are_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", CLOSED)
def test_generators_that_are_closed_or_have_nothing_to_close_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
