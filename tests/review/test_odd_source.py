"""Valid Python that nobody writes: the reviewer says what it can, fails nowhere and comes to an end."""

import ast
import sys

import pytest
from review_builder import context_of
from review_symbols import raw, scope, symbols

from conc_advisor.review.rules import ALL
from conc_advisor.review.symbols.paths import Paths


def ring(count: int, line: str) -> str:
    """Return lines whose names lead to each other in circles."""
    return "".join(line.format(number, (number + 1) % count, (number + 7) % count, (number + 13) % count) for number in range(count))


def nested(begin: str, inside: str, end: str, depth: int) -> str:
    """Return an expression inside of itself."""
    return begin * depth + inside + end * depth


def deepened(line: str, depth: int, last: str) -> str:
    """Return blocks inside of each other, each one level deeper."""
    return "".join(f"{'    ' * level}{line.format(level)}\n" for level in range(depth)) + f"{'    ' * depth}{last}\n"


ODD = {
    "a sum of a thousand": "async def f(a):\n    x = " + " + ".join(["a"] * 1000) + "\n    x.go()\n",
    "a power of powers": "async def f(a):\n    x = " + "a ** " * 900 + "a\n    x.go()\n",
    "texts added": "async def f(a):\n    x = " + " + ".join(["'a'"] * 900) + "\n    x.go()\n",
    "ten thousand elements": "T = (" + "open('x'), " * 10_000 + ")\nasync def f():\n    T[3].read()\n",
    "ten thousand keys": "T = {" + "1: len, " * 10_000 + "}\nasync def f():\n    T[3].read()\n",
    "a deep chain of attributes": "async def f(a):\n    a" + ".b" * 500 + "()\n",
    "a deep chain of calls": "async def f(a):\n    await a.b()\n    a" + ".b()" * 500 + "\n",
    "a deep chain of an import": "import a\nx = a" + ".b()" * 500 + "\nasync def f():\n    x.c()\n",
    "a deep chain of subscripts": "async def f(a):\n    a" + "[0]()" * 400 + "\n",
    "two thousand arguments": "async def f(a):\n    f(" + "open(a), " * 2000 + ")\n",
    "two thousand conditions": "async def f(a):\n    if " + " and ".join(["a.b()"] * 2000) + ":\n        pass\n",
    "a union of a thousand": "async def f(x: " + " | ".join(["None"] * 900) + "):\n    x.go()\n",
    "a union of a thousand as a text": "async def f(x: '" + " | ".join(["None"] * 900) + "'):\n    x.go()\n",
    "generics inside of generics": f"async def f(x: {nested('Optional[', 'int', ']', 80)}):\n    x.go()\n",
    "annotations inside of annotations": (
        "async def f(x: '\"\\'f\\'\"', y: '(((y)))', z: 'lambda: 1', w: '*x', v: '\\0'):\n    x.go(); y.go(); z.go(); w.go()\n"
    ),
    "generics of nothing": (
        "async def f(a: Optional[()], b: dict[()], c: tuple[()], d: Awaitable[()], e: type[()], g: Annotated[()]):\n"
        "    a[()].go(); b[...].go(); c[-1].go(); d[1:2].go()\n"
    ),
    "negations": f"async def f(a):\n    if {'not ' * 300}a():\n        pass\n",
    "choices inside of choices": f"async def f(a, b):\n    x = {nested('(a if b else ', 'a', ')', 80)}\n    x.go()\n",
    "lambdas inside of lambdas": f"x = {'lambda: ' * 80}open('x')\nasync def f():\n    x()()()\n",
    "partials inside of partials": (
        "from functools import partial\nimport threading\ndef w(): ...\nasync def f():\n"
        f"    threading.Thread(target={nested('partial(', 'w', ')', 80)})\n"
    ),
    "comprehensions inside of comprehensions": f"async def f(a):\n    return {nested('[', 'x async for x in a', ' for x in x]', 40)}\n",
    "an async comprehension in another": (
        "async def f():\n    return {(k := a): [(v := b) async for b in c if await d] async for a in e}\n"
    ),
    "targets inside of targets": f"async def f():\n    {nested('(', 'a,', ')', 80)} = x\n    a.go()\n",
    "stars everywhere": (
        "async def f(*a, **k):\n    *a, b = [*a, *b]\n    print(*a, *b, **k, **{'x': 1})\n"
        "    (x, *y), [z, *w] = a\n    for i, *j in a: j.go()\n"
    ),
    "two names for each other": "a = b\nb = a\nasync def f():\n    a.go()\n    c = d\n    d = c\n    c.go()\n",
    "circles of local names": "async def f():\n" + ring(40, "    a{} = a{} or a{} or a{}\n") + "    a3.go()\n",
    "circles of the module's names": ring(40, "a{} = a{} or a{} or a{}\n") + "async def f():\n    a3.go()\n",
    "circles of attributes": (
        "class A:\n"
        "    def __init__(self):\n" + ring(40, "        self.a{} = self.a{} or self.a{}\n") + "    async def f(self):\n"
        "        self.a3.go()\n"
    ),
    "circles of methods": (
        "class A:\n"
        + ring(60, "    def m{}(self):\n        return self.m{}() or (self.m{}(), self.m{}())\n")
        + "async def f(a: A):\n    a.m0().go()\n"
    ),
    "tuples that double": (
        "async def f():\n    a0 = open('x')\n" + "".join(f"    a{n + 1} = (a{n}, a{n})\n" for n in range(60)) + "    a60.go()\n"
    ),
    "returns that double": (
        "".join(f"def a{n}():\n    return (a{n + 1}(), a{n + 1}())\n" for n in range(60)) + "async def f():\n    a0()[0][0].go()\n"
    ),
    "a name that grows": "async def f(a):\n" + "    a = a.b()\n" * 300 + "    a.go()\n",
    "functions that return themselves": (
        "def f(n):\n    return f(n - 1).next\ndef g():\n    return [g()]\nclass A:\n    def m(self):\n"
        "        return self.m().m\n    @property\n    def p(self):\n        return self.p.p\nasync def h(a: A):\n"
        "    f(1).go(); g()[0].go(); a.m().go(); a.p.go()\n"
    ),
    "classes that inherit from themselves": (
        "class A(A): ...\nclass B(C): ...\nclass C(B):\n    def m(self):\n        return super().m()\n"
        "async def f():\n    A().go(); B().go(); C().m().go()\n"
    ),
    "a class in a function in a class": (
        "def f():\n    class A:\n        class B(A):\n            async def m(self):\n"
        "                class C(self.B):\n"
        "                    async def n(self): self.m(); super().n(); open('x')\n                return C().n()\n"
        "    return A.B\nasync def g():\n    f()().m().n()\n"
    ),
    "coroutines inside of coroutines": deepened("async def f{}():", 60, "open('x')"),
    "conditions inside of conditions": (
        "async def f():\n    if 1:\n" + deepened("if x{}:", 60, "open('x')").replace("\n", "\n        ").join(("        ", "\n"))
    ),
    "decorators of any kind": (
        "@(lambda f: f)\n@a.b[1]\n@(x := y)\nasync def f(): f.go()\n@property\n@(lambda: (yield))\n"
        "class A(*B, metaclass=M, **k): ...\nasync def g():\n    f()\n"
    ),
    "methods without an instance": (
        "class A:\n    def m(): self.go()\n    def n(*args): args[0].go()\n"
        "    async def o(self, /, *, k): self.x = k\n    @classmethod\n    def p(): ...\n"
    ),
    "globals of nowhere": (
        "global x\nasync def f():\n    global x, y\n    x = open('z')\n    def g():\n        nonlocal q\n        q.go()\n    x.read()\n"
    ),
    "imports from nowhere": "from ....... import x\nfrom ....a.b import *\nfrom . import *\nasync def f():\n    x.go(); q.go()\n",
    "a module that imports itself": (
        "import app\nfrom app import *\nfrom app import app, a as b, b as a\nasync def f():\n    app.app.app.go(); z.go(); a.go()\n"
    ),
    "patterns": (
        "async def f(x):\n    match x:\n        case {'a': [*b, c], **d} | [*b, {'d': c, **d}]:\n"
        "            b.go(); d.go()\n        case A(x=1, y=B() as z) if (w := z.q()):\n            w.go()\n"
        "        case _: pass\n"
    ),
    "names that are no names": (
        "async def f(a):\n    getattr(getattr(a, 'b.c'), '')()\n    getattr(a, '<(')()\n    getattr(a, ')')().x\n    a['<'].c()\n"
    ),
    "texts that cannot be written": "async def f():\n    x = '\\ud800'; open('\\ud800')\n",
    "letters of all the world": "import requests as Ünïcödé\nasync def ſ():\n    'ä'; Ünïcödé.get('ß')\n",  # noqa: RUF001  # a letter that Python takes for s
    "functions that call each other": ring(300, "def f{}():\n    f{}(); f{}(); f{}()\n") + "async def g():\n    f0()\n",
    "contexts by the hundred": (
        "import threading\nL = threading.Lock()\nasync def f():\n"
        "    with " + ", ".join(f"open('x{n}') as f{n}" for n in range(300)) + ":\n"
        "        f3.read()\n" + "    with L:\n        x()\n" * 300
    ),
    "groups of exceptions": "async def f():\n    try: x()\n    except* (A, B) as e: e.go()\n    else: pass\n    finally: open('x')\n",
    "formats inside of formats": "async def f():\n    return f'{open(\"x\")!r:>{await y()}}' f'{(lambda: z.w())()}'\n",
}


@pytest.mark.parametrize("source", ODD.values(), ids=ODD)
def test_odd_source_is_reviewed_by_every_rule(source: str) -> None:
    context = context_of(source)
    for rule in ALL:
        for found in rule.check(context):
            assert found.location is not None
            assert 1 <= found.location.line <= len(context.parsed.lines)
            assert found.location.column >= 1


def test_paths_leave_most_of_the_stack_to_others() -> None:
    """However deep an expression is, working out its path takes a bounded number of frames."""
    tree = symbols("async def f(a):\n    a" + ".b()" * 500 + "\n")
    place = scope(tree, "f")
    calls = place.of(ast.Call)
    limit = sys.getrecursionlimit()
    depth = len(list(_frames()))
    try:
        sys.setrecursionlimit(depth + 120)
        paths = [Paths(tree).of(call, place) for call in calls]
    finally:
        sys.setrecursionlimit(limit)
    assert len(paths) == 500


def test_a_deep_annotation_is_given_up_and_a_wide_one_is_read() -> None:
    wide = " | ".join(["None"] * 900 + ["A"])
    assert raw(f"from lib import A\ndef f(x: {wide}): pass\n", "x", "f") == "lib.A()"
    assert raw(f"from lib import A\ndef f(x: {nested('Optional[', 'A', ']', 60)}): pass\n", "x", "f") == ""
    assert raw(f"from lib import A\ndef f(x: {nested('Optional[', 'A', ']', 10)}): pass\n", "x", "f") == "lib.A()"


def _frames() -> list[object]:
    found: list[object] = []
    frame = sys._getframe()
    while frame.f_back is not None:
        found.append(frame)
        frame = frame.f_back
    return found
