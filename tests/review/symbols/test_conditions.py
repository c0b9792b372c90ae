"""Whether calls run only under some condition, whatever was asked of their neighbours before."""

import ast

import pytest

from conc_advisor.review.symbols.conditions import Conditions
from conc_advisor.review.symbols.reader import SymbolTree

SOURCE = """
def f(x):
    always()
    if x:
        branch()
        while x:
            nested()
        if asyncio.get_running_loop():
            asked(inside())
            while x:
                deep()
        after()
    try:
        tried()
    except BlockingIOError:
        handled()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        alone(first() if x else second())
    else:
        on_loop()
    one() if x else two()
    if tested():
        pass
    flagged(x, os.WNOHANG)

    @decorated()
    def g(y=default()):
        own()
"""
GUARDED = {"asked", "inside", "deep", "tried", "handled", "alone", "first", "second", "on_loop", "flagged"}
CONDITIONAL = GUARDED | {"branch", "nested", "after", "one", "two"}


@pytest.mark.parametrize("backwards", [False, True])
def test_what_is_told_of_a_call_depends_on_what_lies_around_it_alone(*, backwards: bool) -> None:
    symbols = SymbolTree(ast.parse(SOURCE), "app")
    calls = [(scope, call) for scope in symbols.root.walk() for call in scope.of(ast.Call)]
    conditions = Conditions(symbols.parents)
    told = {
        call.func.id: conditions.of(call, scope)
        for scope, call in (reversed(calls) if backwards else calls)
        if isinstance(call.func, ast.Name)
    }
    assert {name for name, (guarded, _) in told.items() if guarded} == GUARDED
    assert {name for name, (_, conditional) in told.items() if conditional} == CONDITIONAL
    assert len(told) == 20
