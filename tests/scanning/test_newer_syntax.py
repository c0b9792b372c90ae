"""Syntax of newer Pythons is read by every Python, and stands where it stood."""

import ast
import sys
import warnings
from pathlib import Path

import pytest

from conc_advisor.scanning.newer_syntax import NEWEST, rewritten
from conc_advisor.scanning.source import UnreadableError, parse

NEWER: dict[str, str] = {
    "type parameters of a function": "def first[T](items: list[T]) -> T:\n    return call(items)\n",
    "bounds and defaults": "class Box[T: (int, str) = int, *Ts = *tuple[int, ...], **P = [int]](Base):\n    x = call()\n",
    "an async function": "async def first[T: Sized](items: T) -> T:\n    await call(items)\n",
    "parameters over several lines": "def first[\n    T: int,  # why\n\n    S,\n](items):\n    call()\n",
    "a type statement": "type Pair[T] = tuple[T, call()]\n",
    "a plain type statement": "type Url = call(str)\n",
    "a type statement after others": "x = 1; type Url = str; call()\n",
    "a type statement in a class": "class A:\n    type Url = str\n    x = call()\n",
    "a type statement in one line with its condition": "if x: type Url = call()\n",
    "a type statement over lines": "type LongName[\n    T,\n] = (\n    call()\n)\n",
    "a type statement with a backslash": "type \\\n  LongName = call()\n",
    "the same quotes": 'x = f"{d["key"]} and {call("a")}"\n',
    "the same quotes, deep": 'x = f"{f"{f"{call("a")}"}"}"\n',
    "a backslash": "x = f\"{'\\n'.join(call())}\"\n",
    "a comment": 'x = f"{\n    call()  # why }\n}"\n',
    "line breaks": "x = f'{\n  call(\n    1\n  )\n:>{width()}}'\n",
    "conversion, format, debug": 'x = f"{d["a"]!r:>{width("b")}} {call("c") = }"\n',
    "braces in the text": 'x = f"{{not this}} {call("a")} }}"\n',
    "names of characters": 'x = f"\\N{BULLET} {call("a")}"\n',
    "strings side by side": 'x = (\n    \'a\'\n    f"{call("b")}"\n    "c"\n)\n',
    "text that is no ASCII": 'x = f"grün {call("ö")} → {other("é")}"; call()\n',
    "a raw template": 'x = rf"\\{call("a")}\\d"\n',
    "in three quotes": "x = f'''\n{call('''a''')}\n{other()}\n'''\ny = call()\n",
    "a colon in brackets": 'x = f"{d["a":call()]}"\n',
    "a lambda in brackets": 'x = f"{(lambda v: call("a"))(1)}"\n',
    "a star": 'x = f"{*call("a"), 1}"\n',
    "unlike": 'x = f"{a != call("b")}"\n',
    "a t-string": "x = t'hello {call()}'\n",
    "a raw t-string": "x = rt'\\d {call()}' + TR'{call()}'\n",
    "a t-string in a t-string": 'x = t"{t"{call("a")}"} {call()}"\n',
    "a t-string in an f-string": "x = f'{t\"{call()}\"}'\n",
    "exceptions without brackets": "try:\n    call()\nexcept KeyError, ValueError:\n    other()\n",
    "three of them": "try: call()\nexcept KeyError, socket.error, OSError: pass\n",
    "groups of exceptions": "try: call()\nexcept* KeyError, ValueError : pass\n",
    "dotted names": "try: call()\nexcept  aiohttp.ClientError, asyncio.TimeoutError:\n    other()\n",
}
KNOWN = [
    "type = 1\ntype[0] = 2\ntype in x\ntype if x else y\ntype (x)\nx.type = 3\n",
    "def type(x): return type\nmatch type:\n    case 1: pass\n",
    "x = [a for type in b]\nlambda type: type\n{1: type}\n",
    "try: pass\nexcept (A, B): pass\n",
    "try: pass\nexcept A as b: x, y = 1, 2\n",
    "try: pass\nexcept f(a, b): pass\n",
    "x = f'{a}' 'b' f\"{c['d']}\"\n",
    "x = d[a:b], {1: 2}, x[1][2]\nclass A: pass\ndef f(): pass\n",
    "t = 1; t'' if 0 else 1\n" if sys.version_info >= (3, 14) else "t = 1; t if 0 else 1\n",
    "x = 'def f[T]: pass'  # class A[T]: type X = 1\n",
    "x = '''\ntype X = 1\nexcept A, B:\n'''\n",
    "x = 0x1f if 1else 2\n" if sys.version_info < (3, 12) else "x = 0x1f if 1 else 2\n",
]


def tree(text: str) -> ast.Module:
    """Return what is read of a text."""
    return parse(text.encode()).tree


def calls(text: str) -> set[tuple[int, str]]:
    """Return the calls by name that the text itself shows: line and name."""
    return {(number, name) for number, line in enumerate(text.splitlines(), 1) for name in ("call", "other", "width") if f"{name}(" in line}


@pytest.mark.parametrize("name", NEWER)
def test_newer_syntax_is_read(name: str) -> None:
    """Every call in it is found in its line, and stands in the column where its name is written."""
    text = NEWER[name]
    lines = text.encode().split(b"\n")
    nodes = [node for node in ast.walk(tree(text)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    found = {(node.func.lineno, node.func.id) for node in nodes if isinstance(node.func, ast.Name)}
    assert found == calls(text)
    for node in nodes:
        assert isinstance(node.func, ast.Name)
        assert lines[node.lineno - 1][node.col_offset :].startswith(node.func.id.encode())


@pytest.mark.parametrize("name", NEWER)
@pytest.mark.parametrize("minor", range(11, NEWEST + 1))
def test_what_is_rewritten_for_an_older_python_has_the_same_lines(name: str, minor: int) -> None:
    """And is hardly longer than it was: brackets that had no room, a name that moved to the line above."""
    text = NEWER[name]
    new = rewritten(text, minor)
    if new is not None:
        assert new.count("\n") == text.count("\n")
        assert len(new.encode()) <= len(text.encode()) + 4


@pytest.mark.parametrize("text", KNOWN)
@pytest.mark.parametrize("minor", range(11, NEWEST + 1))
def test_what_every_python_knows_is_left_alone(text: str, minor: int) -> None:
    """`type` and `t` are names as well, and what stands in strings and comments is no syntax."""
    assert rewritten(text, minor) is None


def test_the_newest_python_needs_no_rewriting() -> None:
    """Its own parser knows best."""
    assert [name for name, text in NEWER.items() if rewritten(text, NEWEST) is not None] == []


@pytest.mark.parametrize(
    "text",
    [
        "try: x\nexcept ValueError, error: pass\n",
        "try: x\nexcept ValueError, e:\n    pass\n",
    ],
)
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the parser itself takes it there")
def test_a_name_behind_an_exception_is_python_2(text: str) -> None:
    """It was bound to the exception, which is no exception's class."""
    with pytest.raises(UnreadableError, match=r"Python 2 code \(line 2\)"):
        tree(text)


@pytest.mark.parametrize(
    "text",
    ["def f[T(x): pass", "x = f'{a", "x = f'{a:{b}'", "type X[ = 1", "except A, B", "x = '''", "x = f'{'", "x = )", "x = f'{\n", "'\\"],
)
def test_what_is_no_python_at_all_is_said_to_be_none(text: str) -> None:
    """With the error of the parser, not of the rewriting."""
    with pytest.raises(UnreadableError, match=r"not valid for Python 3\.\d+: .* \(line \d+\)"):
        tree(text)


def test_templates_nested_beyond_reason_are_not_followed() -> None:
    """Whatever the parser makes of them."""
    text = "x = " + "f'{" * 200 + "1" + "}'" * 200
    assert rewritten(text, 11) is None


def test_no_warning_is_shown() -> None:
    """About escapes in somebody else's code."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tree("x = '\\d'\ntype Y = '\\q'\nz = f\"{d[\"\\d\"]}\"\n").body


def test_a_tree_and_its_lines_agree(tmp_path: Path) -> None:
    """Lines end where Python says, not at form feeds and the like."""
    path = tmp_path / "app.py"
    path.write_bytes(b"a = 1\r\nb = '\x0c\x1c\xe2\x80\xa8'\rc = 3\n")
    source = parse(path.read_bytes())
    assert source.lines == ("a = 1", "b = '\x0c\x1c\u2028'", "c = 3", "")
    assert source.tree.body[-1].lineno == 3
