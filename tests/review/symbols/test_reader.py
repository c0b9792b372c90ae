"""Scopes, what they bind, and where each node lies."""

import ast
import sys

import pytest
from review_symbols import scope, symbols

from conc_advisor.review.symbols.reader import SymbolTree, first_line, has_async_comprehension, is_generator
from conc_advisor.review.symbols.scopes import BindingKind, ScopeKind


def kinds(tree: SymbolTree, qualname: str, name: str) -> list[BindingKind]:
    """Return in which ways a name of a scope comes by its value."""
    return [each.kind for each in scope(tree, qualname).bindings.get(name, [])]


def loaded_in(tree: SymbolTree, name: str) -> list[str]:
    """Return the dotted names of the scopes in which a name is used."""
    return [each.qualname for each in tree.root.walk() if name in each.loads]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("x = 1", BindingKind.ASSIGNED),
        ("y = x = 1", BindingKind.ASSIGNED),
        ("x, y = 1, 2", BindingKind.ASSIGNED),
        ("[x, y] = f()", BindingKind.ITEM),
        ("(x, (y, z)) = (1, f())", BindingKind.ASSIGNED),
        ("(y, (x, z)) = f()", BindingKind.OTHER),
        ("y, *x = f()", BindingKind.OTHER),
        ("x: int", BindingKind.ANNOTATED),
        ("x += 1", BindingKind.OTHER),
        ("print(x := 1)", BindingKind.ASSIGNED),
        ("[(x := y) for y in z]", BindingKind.ASSIGNED),
        ("(lambda: (x := 1))", BindingKind.ASSIGNED),
        ("for x in y: pass", BindingKind.ELEMENT),
        ("for x, z in y: pass", BindingKind.ELEMENT_ITEM),
        ("[x for x in y]", BindingKind.ELEMENT),
        ("{x: z for x, z in y}", BindingKind.ELEMENT_ITEM),
        ("with y as x: pass", BindingKind.ENTERED),
        ("with y as (x, z): pass", BindingKind.OTHER),
        ("import x", BindingKind.IMPORTED),
        ("import x.y", BindingKind.IMPORTED),
        ("import z as x", BindingKind.IMPORTED),
        ("from y import x", BindingKind.IMPORTED),
        ("from y import z as x", BindingKind.IMPORTED),
        ("def x(): pass", BindingKind.FUNCTION),
        ("async def x(): pass", BindingKind.FUNCTION),
        ("class x: pass", BindingKind.CLASS),
        ("try: pass\nexcept y as x: pass", BindingKind.OTHER),
        ("match y:\n    case x: pass", BindingKind.OTHER),
        ("match y:\n    case [1, *x]: pass", BindingKind.OTHER),
        ("match y:\n    case {1: 2, **x}: pass", BindingKind.OTHER),
        ("match y:\n    case A(b=x): pass", BindingKind.OTHER),
        ("match y:\n    case A() | B() as x: pass", BindingKind.OTHER),
    ],
)
def test_each_way_of_binding_a_name_is_known(source: str, kind: BindingKind) -> None:
    assert kinds(symbols(source), "", "x") == [kind]


def test_an_annotation_with_a_value_is_both_and_the_annotation_comes_last() -> None:
    assert kinds(symbols("x: int = f()"), "", "x") == [BindingKind.ASSIGNED, BindingKind.ANNOTATED]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import a", "a"),
        ("import a.b", "a"),
        ("import a.b as x", "a.b"),
        ("from a import b as x", "a.b"),
        ("from . import b as x", "pkg.b"),
        ("from .a import b as x", "pkg.a.b"),
        ("from .. import b as x", "b"),
        ("from ..a import b as x", "a.b"),
        ("from ........ import b as x", "b"),
    ],
)
def test_an_import_is_kept_by_its_full_name(source: str, name: str) -> None:
    tree = symbols(source, "pkg.mod")
    (bindings,) = tree.root.bindings.values()
    assert [each.name for each in bindings] == [name]


@pytest.mark.parametrize(
    ("source", "star"), [("from . import *", "pkg.sub"), ("from .. import *", "pkg"), ("from .x import *", "pkg.sub.x")]
)
def test_a_relative_import_of_a_package_starts_at_the_package_itself(source: str, star: str) -> None:
    assert symbols(source, "pkg.sub", package=True).root.stars == [star]


def test_what_an_import_is_called_before_is_kept() -> None:
    assert symbols("from a import b as c, d\nimport e as f\n").renamed == {"c": "b"}


@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("@use(x)\ndef f(): pass", ""),
        ("def f(a=x): pass", ""),
        ("def f(*, a=x): pass", ""),
        ("def f(a: x): pass", ""),
        ("def f() -> x: pass", ""),
        ("async def f(*a: x, **b: x): pass", ""),
        ("class f(x): pass", ""),
        ("class f(metaclass=x): pass", ""),
        ("f = lambda a=x: a", ""),
        ("f = lambda: x", "<lambda>"),
        ("def f(): x", "f"),
        ("class f:\n    x", "f"),
        ("class f:\n    def g(self, a=x): pass", "f"),
        ("def f():\n    return [x for y in z]", "f"),
        ("def f():\n    def g(): x", "f.g"),
        ("@(lambda: x)\ndef f(): pass", "<lambda>"),
    ],
)
def test_a_header_belongs_to_the_scope_around_and_a_body_to_its_own(source: str, inside: str) -> None:
    tree = symbols(source)
    assert set(loaded_in(tree, "x")) == {inside}
    uses = [each for place in tree.root.walk() for each in place.loads.get("x", [])]
    assert {tree.scope_of(each).qualname for each in uses} == {inside}


def test_the_node_of_a_function_lies_in_the_scope_around_it() -> None:
    tree = symbols("class A:\n    def f(self): pass\n")
    assert tree.scope_of(scope(tree, "A.f").node).qualname == "A"
    assert tree.scope_of(scope(tree, "A").node).qualname == ""


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("def f(self)", BindingKind.SELF),
        ("async def f(self, /)", BindingKind.SELF),
        ("@classmethod\n    def f(self)", BindingKind.CLS),
        ("def __new__(self)", BindingKind.CLS),
        ("def __init_subclass__(self)", BindingKind.CLS),
        ("@pydantic.field_validator('x')\n    def f(self)", BindingKind.CLS),
        ("@staticmethod\n    def f(self)", BindingKind.PARAMETER),
        ("def f(*self)", BindingKind.PARAMETER),
        ("def f(*, self)", BindingKind.PARAMETER),
    ],
)
def test_the_first_parameter_of_a_method_is_the_instance_or_the_class(header: str, kind: BindingKind) -> None:
    tree = symbols(f"class A:\n    {header}: pass\n")
    name = next(each.qualname for each in tree.root.walk() if each.kind is ScopeKind.FUNCTION)
    assert kinds(tree, name, "self") == [kind]


@pytest.mark.parametrize(
    ("signature", "values"),
    [
        ("a, b=1", {"a": None, "b": 1}),
        ("a=1, /, b=2", {"a": 1, "b": 2}),
        ("*, a, b=3", {"a": None, "b": 3}),
        ("a, *b, c=4, **d", {"a": None, "b": None, "c": 4, "d": None}),
    ],
)
def test_a_parameter_has_its_own_default(signature: str, values: dict[str, int | None]) -> None:
    bindings = scope(symbols(f"def f({signature}): pass"), "f").bindings
    found = {name: each.value.value if isinstance(each.value, ast.Constant) else None for name, (each,) in bindings.items()}
    assert found == values


@pytest.mark.parametrize(
    ("source", "place", "binder"),
    [
        ("x = 1\ndef f(): x", "f", ""),
        ("x = 1\ndef f():\n    x = 2", "f", "f"),
        ("x = 1\ndef f():\n    global x\n    x = 2", "f", ""),
        ("def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2", "f.g", "f"),
        ("class A:\n    x = 1\n    def f(self): x", "A.f", None),
        ("class A:\n    x = 1\n    y = x", "A", "A"),
        ("def f(x):\n    class A:\n        def g(self): x", "f.A.g", "f"),
        ("x = 1\nclass A:\n    x = 2\n    class B:\n        def f(self): x", "A.B.f", ""),
        ("def f(): x", "f", None),
        ("f = lambda x: x", "<lambda>", "<lambda>"),
    ],
)
def test_a_use_means_the_nearest_scope_that_binds_the_name(source: str, place: str, binder: str | None) -> None:
    found = scope(symbols(source), place).binder("x")
    assert (found.qualname if found is not None else None) == binder


def test_attributes_that_are_assigned_are_kept_by_scope() -> None:
    source = """
    class A:
        def f(self):
            self.a = 1
            self.b: int = 2
            self.c, other.d = 3, 4
            for self.e in x: pass
            with y as self.g: pass
            self.h += 1
    """
    assert [target.attr for target, _ in scope(symbols(source), "A.f").assigned_attributes] == ["a", "b", "b", "c", "d", "e", "g"]


def test_nodes_stand_in_the_order_of_the_source_in_the_scope_that_runs_them() -> None:
    tree = symbols("a()\ndef f():\n    b()\n    (lambda: c())()\n    [d() for _ in e()]\nh()\n")

    def names(qualname: str) -> list[str]:
        return [each.func.id for each in scope(tree, qualname).of(ast.Call) if isinstance(each.func, ast.Name)]

    assert (names(""), names("f"), names("f.<lambda>")) == (["a", "h"], ["b", "d", "e"], ["c"])


def test_every_node_but_names_and_contexts_has_a_parent() -> None:
    tree = ast.parse("class A(B):\n    x: int = f(1)[2:3]\n    async def g(self, *, y=[z for z in w if z]): return await (yield)\n")
    table = SymbolTree(tree, "app")
    lost = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.stmt, ast.expr, ast.comprehension, ast.ExceptHandler)) and node not in table.parents
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("body", "generator", "asynchronous"),
    [
        ("yield 1", True, False),
        ("yield from x", True, False),
        ("return [i async for i in x]", False, True),
        ("return {i: j async for i, j in x}", False, True),
        ("def g(): yield 1", False, False),
        ("return [i for i in x]", False, False),
    ],
)
def test_generators_and_async_comprehensions_are_told_by_their_own_nodes(body: str, generator: bool, asynchronous: bool) -> None:  # noqa: FBT001
    place = scope(symbols(f"{'async ' if asynchronous else ''}def f(x):\n    {body}\n"), "f")
    assert (is_generator(place), has_async_comprehension(place)) == (generator, asynchronous)


def test_the_first_line_of_no_nodes_is_zero() -> None:
    assert first_line([]) == 0
    assert first_line(ast.parse("\n\nx\ny").body) == 3


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with 3.12")
def test_type_parameters_do_no_harm() -> None:
    tree = symbols("type X[T] = list[T]\nclass A[T: int]:\n    def f[**P](self, x: T) -> X[T]: ...\n")
    assert scope(tree, "A.f").binder("x") is not None
