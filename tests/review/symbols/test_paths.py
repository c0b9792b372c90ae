"""What an expression evaluates to, as a path."""

import ast

import pytest
from review_symbols import raw, scope, symbols

from conc_advisor.review.symbols.paths import Paths


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("a", "lib.a"),
        ("a.b.c", "lib.a.b.c"),
        ("a()", "lib.a()"),
        ("a().b()", "lib.a().b()"),
        ("a()()", "lib.a()()"),
        ("await a()", "lib.a()"),
        ("(b := a)", "lib.a"),
        ("[*a]", "<lib.a>"),
        ("[a(), 1]", "<lib.a()>"),
        ("[]", "<>"),
        ("{a()}", "<lib.a()>"),
        ("{}", "{}"),
        ("{1: a()}", "{lib.a()}"),
        ("{**a}", "{lib.a}"),
        ("(a, a())", "(lib.a,lib.a())"),
        ("()", "()"),
        ("[a() for _ in x]", "<lib.a()>"),
        ("{1: a() for _ in x}", "{lib.a()}"),
        ("(a() for _ in x)", "<lib.a()>"),
        ("a()[0]", "lib.a()[]"),
        ("a[int]", "lib.a"),
        ("[a()][0]", "lib.a()"),
        ("[a()][1:]", "<lib.a()>"),
        ("(a, a())[1]", "lib.a()"),
        ("(a, a())[x]", "lib.a"),
        ("{1: a()}[x]", "lib.a()"),
        ("{1: a()}.get(x)", "lib.a()"),
        ("{1: a()}.values()", "<lib.a()>"),
        ("[a()].pop()", "lib.a()"),
        ("[a()].append(1)", ""),
        ("a() or b", "lib.a()"),
        ("None or a()", "lib.a()"),
        ("a() if x else None", "lib.a()"),
        ("None if x else a()", "lib.a()"),
        ("a() / 'x'", "lib.a().__truediv__()"),
        ("1 / 2", ""),
        ("'a' + b", "str()"),
        ("'a' % b", "str()"),
        ("[a()] + x", "<lib.a()>"),
        ("f'{a}'", "str()"),
        ("None", "None"),
        ("1", "int()"),
        ("1.5", "float()"),
        ("True", "bool()"),
        ("b'x'", "bytes()"),
        ("...", ""),
        ("1j", ""),
        ("not a", ""),
        ("a < b", ""),
        ("unknown", ""),
        ("unknown()", ""),
        ("open('x')", "open()"),
        ("list(a())", "<lib.a()[]>"),
        ("list()", "list()"),
        ("sorted([a()])", "<lib.a()>"),
        ("next(iter([a()]))", "lib.a()"),
        ("list(enumerate([a()]))[0][1]", "lib.a()"),
        ("list(zip([a()], [1]))[0][0]", "lib.a()"),
        ("getattr(a, 'b')", "lib.a.b"),
        ("getattr(a, b)", "getattr()"),
        ("lambda: a", ""),
        ("super().x", ""),
    ],
)
def test_each_kind_of_expression_has_its_path(expression: str, path: str) -> None:
    tree = symbols(f"async def f(x, b):\n    from lib import a\n    y = ({expression})\n")
    place = scope(tree, "f")
    (assigned,) = place.of(ast.Assign)
    assert Paths(tree).of(assigned.value, place) == path


@pytest.mark.parametrize(
    ("annotation", "path"),
    [
        ("A", "lib.A()"),
        ("'A'", "lib.A()"),
        ("lib.A", "lib.A()"),
        ("A | None", "lib.A()"),
        ("None | A", "lib.A()"),
        ("None | 'A' | int", "lib.A()"),
        ("Optional[A]", "lib.A()"),
        ("Union[None, A]", "lib.A()"),
        ("Annotated[A, 1]", "lib.A()"),
        ("Final[A]", "lib.A()"),
        ("ClassVar[Optional[A]]", "lib.A()"),
        ("Awaitable[A]", "lib.A()"),
        ("Coroutine[int, int, A]", "lib.A()"),
        ("type[A]", "lib.A"),
        ("list[A]", "<lib.A()>"),
        ("Sequence['A']", "<lib.A()>"),
        ("AsyncIterator[A]", "<lib.A()>"),
        ("tuple[A, ...]", "<lib.A()>"),
        ("tuple[A, int]", "(lib.A(),int())"),
        ("dict[str, A]", "{lib.A()}"),
        ("dict[str, list[A]]", "{<lib.A()>}"),
        ("A[int]", "lib.A()"),
        ("Callable[[], A]", ""),
        ("Literal['A']", ""),
        ("Any", ""),
        ("object", ""),
        ("None", ""),
        ("'not python('", ""),
        ("1", ""),
        ("list[()]", "<>"),
        ("Optional[()]", ""),
    ],
)
def test_each_kind_of_annotation_has_its_path(annotation: str, path: str) -> None:
    assert raw(f"import lib\nfrom lib import A\ndef f(x: {annotation}): pass\n", "x", "f") == path


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("x = a()\nx = b()", "lib.b()"),
        ("x = a()\nx = None", "lib.a()"),
        ("x: a = b()", "lib.a()"),
        ("x: Any = b()", "lib.b()"),
        ("x, y = a(), b()", "lib.a()"),
        ("y, x = pair()", "lib.pair()[]"),
        ("for x in [a()]: pass", "lib.a()"),
        ("for i, x in enumerate([a()]): pass", "lib.a()"),
        ("for i, x in {1: a()}.items(): pass", "lib.a()"),
        ("for x in a(): pass", "lib.a()[]"),
        ("with a() as x: pass", "lib.a()"),
        ("with contextlib.closing(a()) as x: pass", "lib.a()"),
        ("x = stack.enter_context(a())", "lib.a()"),
        ("x = []\nx.append(a())", "<lib.a()>"),
        ("x = typing.cast(a, b())", "lib.a()"),
        ("x = typing.cast('a', b())", "lib.a()"),
        ("x = functools.partial(a, 1)", "functools.partial()"),
        ("x = copy.copy(a())", "lib.a()"),
        ("x = y\ny = a()", "lib.a()"),
        ("x = a()\nx = x.b()", "lib.a()"),
        ("x = y\ny = x", ""),
        ("x = x", ""),
        ("x = a\nx += 1", "lib.a"),
        ("try: pass\nexcept a as x: pass", ""),
    ],
)
def test_a_name_has_the_last_value_that_says_anything(body: str, path: str) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    imports = "import contextlib, copy, functools, typing\nfrom typing import Any\nfrom lib import a, b, pair\n"
    assert raw(f"{imports}def f(stack):\n{lines}", "x", "f") == path


def test_the_value_before_a_use_counts_more_than_one_after_it() -> None:
    tree = symbols("from lib import a, b\ndef f():\n    x = a()\n    x.go()\n    x = b()\n    x.go()\n")
    place = scope(tree, "f")
    assert [Paths(tree).of(each.func, place) for each in place.of(ast.Call) if isinstance(each.func, ast.Attribute)] == [
        "lib.a().go",
        "lib.b().go",
    ]


@pytest.mark.parametrize(
    ("expression", "place", "path"),
    [
        ("self", "A.f", "app.A()"),
        ("self.x", "A.f", "app.A().x"),
        ("super().x", "A.f", "lib.B().x"),
        ("cls", "A.g", "app.A"),
        ("cls()", "A.g", "app.A()"),
        ("A().f", "", "app.A().f"),
        ("helper()", "A.f", "app.helper()"),
        ("self", "A.h", ""),
    ],
)
def test_an_instance_a_class_and_its_base_are_known_in_methods(expression: str, place: str, path: str) -> None:
    source = """
    from lib import B
    def helper(): pass
    class A(B):
        def f(self): pass
        @classmethod
        def g(cls): pass
        @staticmethod
        def h(self): pass
    """
    assert raw(source, expression, place) == path


def test_a_name_that_nothing_binds_may_come_by_a_star() -> None:
    assert raw("from lib import *\n", "x") == "app.x"
    assert raw("import lib\n", "x") == ""
    assert raw("from lib import *\n", "open") == "open"


def test_a_function_defined_inside_of_another_goes_by_both_names() -> None:
    tree = symbols("def f():\n    def g(): pass\n    g()\n")
    place = scope(tree, "f")
    (call,) = place.of(ast.Call)
    assert Paths(tree).of(call.func, place) == "app.f.g"
    assert Paths(tree).qualified(tree.root) == "app"


def test_a_circle_of_names_does_not_hide_what_one_of_them_is() -> None:
    tree = symbols("from lib import a\ndef f():\n    x = y\n    y = x or a()\n    x.go()\n    y.go()\n")
    place = scope(tree, "f")
    paths = Paths(tree)
    found = {paths.of(each.func, place) for each in place.of(ast.Call) if isinstance(each.func, ast.Attribute)}
    assert found == {"lib.a().go"}
