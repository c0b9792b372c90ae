"""Words of a text, and the lines that hold them."""

import ast

import pytest

from conc_advisor.scanning.facts import facts_of
from conc_advisor.scanning.words import Words


def test_words_are_names_keywords_and_numbers_wherever_they_stand() -> None:
    assert Words("import os.path  # not x1\n's t'\n").all == {"import", "os", "path", "not", "x1", "s", "t"}


def test_a_name_is_found_in_the_form_that_python_compares() -> None:
    assert "fork" in Words("os.ﬁrst\nos.\N{MATHEMATICAL BOLD SMALL F}ork").all


def test_what_is_no_ascii_parts_no_word() -> None:
    assert "größe" in Words("größe = 1").all


@pytest.mark.parametrize(
    ("text", "words", "counts"),
    [
        ("a\nb\na b\n", {"a"}, [0, 1, 1, 2, 2]),
        ("a\nb\na b\n", {"c"}, [0, 0, 0, 0, 0]),
        ("aa\n", {"a"}, [0, 0, 0]),
        ("a a a", {"a"}, [0, 1]),
        ("a\naa", {"a"}, [0, 1, 2]),
        ("", {"a"}, [0, 0]),
    ],
)
def test_lines_with_a_word_are_counted_once_each(text: str, words: set[str], counts: list[int]) -> None:
    assert Words(text).counted(words) == counts


SOURCES = {
    "nothing is imported": "def f():\n    return os.fork()\n",
    "an import below its use": "def f():\n    return os.fork()\nimport os\n",
    "an import in a function": "def f():\n    import threading\n    threading.Thread(target=f)\n",
    "another name": "import threading as t\nx = [t.Thread()]\n",
    "a statement over lines": "import subprocess\nsubprocess.run(\n    1,\n)\n",
    "a decorator above": "import threading\n@threading.Thread\n\ndef f(): ...\n",
    "a name of its own hides it": "import threading\ndef f(threading):\n    threading.Thread()\n",
    "bound in a loop elsewhere": "import os\ndef f():\n    for os in ():\n        os.fork()\n",
    "a star": "from threading import *\nThread()\n",
    "coroutines": "import asyncio\nclass A:\n    async def f(self):\n        async with x: ...\n",
    "a method of an unknown loop": "import asyncio\ndef f(self):\n    self.loop.run_in_executor(\n        None, f)\n",
    "only for type checkers": "if TYPE_CHECKING:\n    import asyncio\n    asyncio.run\nelse:\n    import os\n    os.fork()\n",
    "what is given to a pool": "from multiprocessing import Pool\npool = Pool()\ndef f():\n    pool.map(lambda: 1, [])\n",
    "something else of that name": "from multiprocessing import Pool\np = Pool()\ndef f():\n    p = g()\n    p.map(lambda: 1, [])\n",
    "an executor's": "from concurrent.futures import ProcessPoolExecutor as P\nwith P() as p:\n    p.submit(\n        lambda: 1)\n",
    "rows of a table": "import pandas\ndef f(t):\n    for row in t.iterrows(): ...\n",
    "elements of an array": "import numpy\nfor i in range(9):\n    for j in range(9):\n        x[i, j] = 1\n",
    "signs that are no ASCII": "import os\n# …½\nos.\N{MATHEMATICAL BOLD SMALL F}ork()\n",
    "decorated and relative": "from . import threading\n@a\nclass C(threading.Thread): ...\n",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_a_file_says_does_not_depend_on_its_words_being_known(source: str) -> None:
    tree = ast.parse(source)
    assert facts_of(tree, "a.py", frozenset(), Words(source)) == facts_of(tree, "a.py", frozenset())


def test_a_file_that_imports_something_and_uses_it_says_so() -> None:
    source = SOURCES["another name"]
    assert facts_of(ast.parse(source), "a.py", frozenset(), Words(source)).uses
