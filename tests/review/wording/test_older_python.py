"""An advice names nothing that the project's Python does not have."""

from pathlib import Path

import pytest
from review_builder import findings

from conc_advisor.findings import Finding
from conc_advisor.review.linters.enclosing import Enclosing
from conc_advisor.review.linters.ruff import Asked, ask
from conc_advisor.review.programs import Answer
from conc_advisor.review.rule import Rule
from conc_advisor.review.rules import blocking_call_in_coroutine, blocking_wait_in_coroutine, context_lost, nested_event_loop

CALL = "import requests\n\nasync def f():\n    await g()\n    requests.get('https://example.org', timeout=3)\n"
WAIT = "import threading\n\nasync def f(thread: threading.Thread):\n    thread.join()\n"
NESTED = "import asyncio\n\ndef run():\n    asyncio.run(g())\n\nasync def f():\n    run()\n"
LOST = "import asyncio\n\nasync def f(work):\n    await asyncio.get_running_loop().run_in_executor(None, work)\n"
RULES = [
    (blocking_call_in_coroutine.RULE, CALL),
    (blocking_wait_in_coroutine.RULE, WAIT),
    (nested_event_loop.RULE, NESTED),
]


@pytest.mark.parametrize(("rule", "source"), RULES, ids=lambda each: getattr(each, "code", ""))
@pytest.mark.parametrize(
    ("python", "word", "other"), [(8, "await loop.run_in_executor(None, ", "to_thread"), (9, "await asyncio.to_thread(", "loop.")]
)
def test_to_thread_is_advised_from_3_9_on(rule: Rule, source: str, python: int, word: str, other: str) -> None:
    """Before, the loop's own pool is."""
    [found] = findings(rule, source, python=python)
    assert word in found.advice
    assert other not in found.advice


def test_where_the_pool_itself_is_the_matter_it_is_not_advised() -> None:
    """It copies no context."""
    [found] = findings(context_lost.RULE, LOST, python=8)
    assert "copy_context" in found.advice
    assert "run_in_executor" not in found.advice


def ruffs(python: int | None) -> Finding:
    """Return what ruff finds, as it is told for a Python."""
    item = b'[{"code": "ASYNC230", "filename": "/a.py", "message": "m", "location": {"row": 1, "column": 1}}]'
    asked = Asked(files={Path("/a.py"): "a.py"}, codes=frozenset({"ASYNC230"}), python=python)
    answer = Answer(status=0, out=item, err="")
    [found] = ask(
        asked, lambda _file, _line: Enclosing(function="f", coroutine=True), program=lambda *_, **__: answer, binary=lambda: "ruff"
    ).findings
    return found


@pytest.mark.parametrize(
    ("python", "word"), [(7, "loop.run_in_executor(None, …)"), (9, "asyncio.to_thread(…)"), (None, "asyncio.to_thread(…)")]
)
def test_what_ruff_finds_is_told_alike(python: int | None, word: str) -> None:
    """With an advice of ours."""
    assert word in ruffs(python).advice
