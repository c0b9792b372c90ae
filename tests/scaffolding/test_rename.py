"""Renaming by token: what changes, what stays, what is refused."""

import ast

import pytest

from conc_advisor.errors import UsageError
from conc_advisor.scaffolding.names import check_name, read_names
from conc_advisor.scaffolding.rename import Renamed, defined_in, methods_in, rename

MODULES = frozenset({"tool"})


def renamed(source: str, *, methods: frozenset[str] = frozenset(), **names: str) -> str:
    """Return what becomes of a source."""
    return rename(source, Renamed(names=names, modules=MODULES, methods=methods), file="tool.py")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def old(): pass\nold()\n", "def new(): pass\nnew()\n"),
        ("async def old(): pass\n", "async def new(): pass\n"),
        ("@old\nclass old: pass\n", "@new\nclass new: pass\n"),
        ("old = 1\nprint(old, old.x)\n", "new = 1\nprint(new, new.x)\n"),
        ("import tool\ntool.old()\n", "import tool\ntool.new()\n"),
        ("import tool as t\nt.old.x()\n", "import tool as t\nt.new.x()\n"),
        ("from tool import old, other\nold()\n", "from tool import new, other\nnew()\n"),
        ("from tool import old as o\no()\n", "from tool import new as o\no()\n"),
        ("from queue import old\nold()\n", "from queue import old as new\nnew()\n"),
        ("from queue import x as old\nold()\n", "from queue import x as new\nnew()\n"),
        ("__all__ = ['old', \"other\"]\n", "__all__ = ['new', \"other\"]\n"),
        ("def f(x: 'old[int]') -> \"old\": ...\n", "def f(x: 'new[int]') -> \"new\": ...\n"),
        ("x: 'list[old]' = []\n", "x: 'list[new]' = []\n"),
        ("T = TypeVar('T', bound='old')\n", "T = TypeVar('T', bound='new')\n"),
        ("y = typing.cast('old', x)\n", "y = typing.cast('new', x)\n"),
        ("def f():\n    global old\n    old = 1\n", "def f():\n    global new\n    new = 1\n"),
        ("match x:\n    case old(): pass\n", "match x:\n    case new(): pass\n"),
        ("print(f'{old} old {{old}} {x:{old}} {old!r:>{old}}')\n", "print(f'{new} old {{old}} {x:{new}} {new!r:>{new}}')\n"),
        ("print(f'''\n{old}\n''', rf'{old}\\d')\n", "print(f'''\n{new}\n''', rf'{new}\\d')\n"),
        ('"""Says `old`, ``old.x`` and `f(old)`, not old."""\n', '"""Says `new`, ``new.x`` and `f(new)`, not old."""\n'),
        ("x = 1  # see `old`, not old\n", "x = 1  # see `new`, not old\n"),
        ("é = 1; old = 'é'; print(é, old)\n", "é = 1; new = 'é'; print(é, new)\n"),
        ("old \\\n  .x\n", "new \\\n  .x\n"),
        ("x = 1\f\nold = 2\n", "x = 1\f\nnew = 2\n"),
    ],
)
def test_every_mention_of_the_name_changes(before: str, after: str) -> None:
    """Definitions, uses, imports, types in quotes, and backquotes in docstrings and comments."""
    assert renamed(before, old="new") == after


@pytest.mark.parametrize(
    "source",
    [
        "x.old()\n",
        "self.old = 1\n",
        "import other\nother.old()\n",
        "f(old=1)\n",
        "class C:\n    def old(self): return self.old()\n",
        "class C:\n    async def old(self): pass\n",
        "old_one = older = bold = 1\n",
        "print('old', \"`old`\", b'old')\n",
        "raise ValueError('old failed')\n",
        "from old import x\n",
        "import x.old\n",
        "from tool import other\n",
        "x = '''\n`old`\n'''\n",
        "print(f'old `old` {{old}} {x.old}')\n",
    ],
)
def test_what_is_only_called_the_same_stays(source: str) -> None:
    """Attributes, methods, keyword arguments, other names, texts."""
    assert renamed(source, old="new") == source


def test_a_declared_method_changes_with_all_its_calls() -> None:
    """Functions and names that are no attributes stay."""
    before = 'class C:\n    def old(self):\n        """See `C.old` and `old`."""\n        old = 1\n        self.old(old)\n'
    after = 'class C:\n    def new(self):\n        """See `C.new` and `new`."""\n        old = 1\n        self.new(old)\n'
    assert renamed(before, methods=frozenset({"old"}), old="new") == after


def test_names_can_change_places() -> None:
    """All at once, not one after the other."""
    assert renamed("def a(): b()\ndef b(): a()\n", a="b", b="a") == "def b(): a()\ndef a(): b()\n"


def test_nothing_to_rename_changes_nothing() -> None:
    """Not a byte."""
    assert renamed("x=1 ;y = 2\n") == "x=1 ;y = 2\n"


@pytest.mark.parametrize(
    "source",
    [
        "def old(new): pass\n",
        "new = 1\nold = 2\n",
        "import new\nold = 1\n",
        "old = 1\nf(new=1)\n",
        "old = f'{new}'\n",
        "class new: pass\nold = 1\n",
    ],
)
def test_a_name_that_is_taken_is_refused(source: str) -> None:
    """In whatever way it is used."""
    with pytest.raises(UsageError, match=r"old cannot become new: tool\.py of the template uses that name"):
        renamed(source, old="new")


@pytest.mark.parametrize(
    "source",
    [
        "def f(old): pass\n",
        "lambda old: old\n",
        "class C:\n    old = 1\n",
        "class C:\n    old: int\n",
        "try: pass\nexcept E as old: pass\n",
        "match x:\n    case [*old]: pass\n",
        "match x:\n    case int() as old: pass\n",
    ],
)
def test_a_name_that_means_two_things_is_refused(source: str) -> None:
    """Before anything is guessed."""
    with pytest.raises(UsageError, match="old cannot be renamed"):
        renamed(source, old="new")


def test_what_a_module_defines() -> None:
    """At its top level, below conditions too; methods apart."""
    source = (
        "import x\nif x:\n    def a(): pass\nelse:\n    b: int = 1\ntry:\n    c = d = 1\nexcept E:\n    e = 1\n"
        "class F:\n    g = 1\n    def h(self): i = 1\n"
    )
    assert defined_in(source) == {"a", "b", "c", "d", "e", "F"}
    assert methods_in(source) == {"h"}


ALLOWED = {"fetch": "a function", "Client": "a class"}


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], {}),
        (["fetch=load"], {"fetch": "load"}),
        ([" fetch = load "], {"fetch": "load"}),
        (["fetch=fetch"], {}),
        (["fetch=load", "fetch=load"], {"fetch": "load"}),
        (["fetch=Client", "Client=fetch"], {"fetch": "Client", "Client": "fetch"}),
        (["fetch=_load2"], {"fetch": "_load2"}),
    ],
)
def test_names_are_read(pairs: list[str], expected: dict[str, str]) -> None:
    """As they were typed."""
    assert read_names(pairs, ALLOWED) == expected


@pytest.mark.parametrize(
    ("pairs", "message", "hint"),
    [
        (["fetch"], "takes old=new", "--name"),
        (["=load"], "takes old=new", "--name"),
        (["fetch="], "takes old=new", "--name"),
        (["fetsh=load"], "'fetsh' is not a name", "did you mean fetch?"),
        (["zzz=load"], "'zzz' is not a name", "may be renamed: fetch, Client"),
        (["fetch=a", "fetch=b"], "two new names", "give it one"),
        (["fetch=load", "Client=load"], "so would another", "of its own"),
        (["fetch=Client"], "so would another", "of its own"),
        (["fetch=a=b"], "not an identifier", "take another"),
    ],
)
def test_wishes_that_cannot_be_met(pairs: list[str], message: str, hint: str) -> None:
    """With what to do instead."""
    with pytest.raises(UsageError, match=message) as error:
        read_names(pairs, ALLOWED)
    assert hint in error.value.hint


@pytest.mark.parametrize("name", ["load", "Load", "_load", "load_2", "LOAD", "x", "selfish", "classes"])
def test_good_names(name: str) -> None:
    """Plain identifiers."""
    check_name(name)
    ast.parse(f"{name} = 1")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("class", "keyword"),
        ("None", "keyword"),
        ("match", "keyword"),
        ("type", "of Python"),
        ("_", "keyword"),
        ("list", "builtin"),
        ("TimeoutError", "builtin"),
        ("2x", "identifier"),
        ("a-b", "identifier"),
        ("a b", "identifier"),
        ("a.b", "identifier"),
        ("__secret", "underscores"),
        ("__name__", "builtin"),
        ("\N{CYRILLIC SMALL LETTER A}bc", "ASCII"),
        ("\N{LATIN SMALL LIGATURE FI}le", "ASCII"),
        ("\N{MATHEMATICAL BOLD SMALL A}", "ASCII"),
        ("größe", "ASCII"),
        ("a\x1b[2J", "identifier"),
        ("a\n", "identifier"),
    ],
)
def test_bad_names_and_why(name: str, why: str) -> None:
    """Each with its own reason."""
    with pytest.raises(UsageError, match=why):
        check_name(name)
