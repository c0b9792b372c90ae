"""The function around a line."""

import ast

import pytest

from conc_advisor.review.linters.enclosing import NOWHERE, enclosing

AROUND = enclosing(
    ast.parse(
        """\
import a

@deco
async def f():
    try:
        x = 1
    except ValueError:
        y = (
            2
        )
    def inner():
        return lambda: 3
    class Local:
        z = 4
    match x:
        case 1:
            await x

class C:
    x = 1
    async def m(self): await self
    def n(self):
        async with a:
            async def deep():
                pass
            x = 2
        with a:
            x = 3
        async for x in a:
            x = 4
"""
    )
)


@pytest.mark.parametrize(
    ("line", "function", "coroutine"),
    [
        (1, "<module>", False),
        (2, "<module>", False),
        (3, "<module>", False),
        (4, "f", True),
        (6, "f", True),
        (7, "f", True),
        (9, "f", True),
        (11, "f.inner", False),
        (12, "f.inner", False),
        (14, "f", True),
        (17, "f", True),
        (18, "<module>", False),
        (20, "<module>", False),
        (21, "C.m", True),
        (23, "C.n", False),
        (25, "C.n.deep", True),
        (30, "C.n", False),
        (99, "<module>", False),
    ],
)
def test_the_innermost_function_counts(line: int, function: str, *, coroutine: bool) -> None:
    """Through every kind of block, and through classes."""
    found = AROUND.get(line, NOWHERE)
    assert (found.function, found.coroutine) == (function, coroutine)


@pytest.mark.parametrize(("line", "entered"), [(6, False), (21, False), (23, True), (25, False), (26, True), (28, False), (30, False)])
def test_an_async_with_counts_in_its_own_function(line: int, *, entered: bool) -> None:
    """Not in a function that is defined in it, and not a plain `with`."""
    assert AROUND.get(line, NOWHERE).entered is entered
