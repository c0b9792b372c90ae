"""Who calls whom, and what runs where."""

import pytest
from review_builder import parsed

from conc_advisor.review.project.project import Project, link
from conc_advisor.review.project.reach import MOST_STEPS, Way
from conc_advisor.review.project.summaries import CallSite, FunctionSummary, Runner
from conc_advisor.review.symbols.summary import summarise


def project(source: str, **others: str) -> Project:
    """Return the project of the module `app` and some others."""
    return link(summarise(parsed(text, name)) for name, text in {"app": source, **others}.items())


def way(source: str, target: str = "time.sleep", **others: str) -> Way | None:
    """Return the way from `app.f` to a call."""

    def hit(path: str, _site: CallSite, _function: FunctionSummary) -> bool:
        return path == target

    linked = project(source, **others)
    return linked.reach.way(linked.functions["app.f"], hit, "test")


def walked(source: str, **others: str) -> list[str]:
    """Return the functions on the way from `app.f` to `time.sleep`, each by its last name."""
    found = way(source, **others)
    return [caller.name.rpartition(".")[2] for caller, _ in found.calls] if found is not None else []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import time\ndef f(): time.sleep(1)", ["f"]),
        ("import time\ndef f(): g()\ndef g(): time.sleep(1)", ["f", "g"]),
        ("import time\ndef f():\n    g()\n    time.sleep(1)\ndef g(): time.sleep(1)", ["f"]),
        ("import time\ndef f():\n    g()\n    h()\ndef g(): i()\ndef i(): time.sleep(1)\ndef h(): time.sleep(1)", ["f", "h"]),
        ("import time\ndef f(): f()\n", []),
        ("import time\ndef f(): g()\ndef g(): f()\n", []),
        ("import time\ndef f(): g()\nasync def g(): time.sleep(1)", []),
        ("import time\ndef f(): g()\ndef g():\n    yield time.sleep(1)", []),
        (
            (
                "import time\nfrom contextlib import contextmanager\ndef f():\n    with g(): pass\n@contextmanager\n"
                "def g():\n    yield time.sleep(1)"
            ),
            ["f", "g"],
        ),
        ("import time\nclass A:\n    def __init__(self): time.sleep(1)\ndef f(): A()", ["f", "__init__"]),
        ("import time\nclass A:\n    def m(self): time.sleep(1)\nclass B(A): ...\ndef f(b: B): b.m()", ["f", "m"]),
        ("import asyncio, time\ndef f():\n    if asyncio.get_running_loop() is None: g()\ndef g(): time.sleep(1)", []),
        ("import time, threading\ndef f(): threading.Thread(target=g)\ndef g(): time.sleep(1)", []),
    ],
)
def test_the_shortest_way_of_plain_calls_is_found(source: str, names: list[str]) -> None:
    assert walked(source) == names


def test_a_way_leads_through_modules_and_says_where() -> None:
    found = way("from b import g\ndef f():\n    if g:\n        g()\n", b="import time\ndef g():\n    time.sleep(1)\n")
    assert found is not None
    assert found.conditions == 1
    assert found.target == "time.sleep"
    assert [(step.text, step.location.file, step.location.line) for step in found.steps() if step.location is not None] == [
        ("f() calls g()", "app.py", 4),
        ("g() calls time.sleep()", "b.py", 3),
    ]


@pytest.mark.parametrize(("length", "found"), [(MOST_STEPS, True), (MOST_STEPS + 1, False)])
def test_a_way_has_an_end(length: int, found: bool) -> None:  # noqa: FBT001
    names = ["f", *(f"g{number}" for number in range(1, length))]
    calls = [*(f"{name}()" for name in names[1:]), "time.sleep(1)"]
    source = "import time\n" + "".join(f"def {name}(): {call}\n" for name, call in zip(names, calls, strict=True))
    assert (way(source) is not None) is found


def test_the_callers_of_a_function_are_found_with_those_that_modules_make_by_themselves() -> None:
    linked = project("from b import g\ndef f(): g()\ng()\n", b="def g(): ...\n", c="import b\nclass A:\n    def m(self): b.g()\n")
    assert sorted(caller.name for caller, _ in linked.reach.callers("b.g")) == ["app.<module>", "app.f", "c.A.m"]
    assert list(linked.reach.callers("app.f")) == []


@pytest.mark.parametrize(
    ("source", "runner"),
    [
        ("import threading\ndef g(): ...\ndef f(): threading.Thread(target=g)", Runner.THREAD),
        ("import threading\ndef g(): ...\nthreading.Thread(target=g)", Runner.THREAD),
        ("import threading\ndef g(): ...\ndef h(): g()\ndef f(): threading.Thread(target=h)", Runner.THREAD),
        ("import threading\ndef g(): ...\ndef f(): threading.Timer(1, lambda: g())", Runner.THREAD),
        ("import multiprocessing\ndef g(): ...\ndef f(): multiprocessing.Process(target=g)", Runner.PROCESS),
        ("import asyncio\ndef g(): ...\nasync def f(): await asyncio.to_thread(g)", Runner.THREAD_POOL),
        ("def g(): ...\nasync def f(loop): await loop.run_in_executor(None, g)", Runner.THREAD_POOL),
        ("from concurrent.futures import ThreadPoolExecutor as T\ndef g(): ...\ndef f(pool: T): pool.submit(g)", Runner.THREAD_POOL),
        ("from concurrent.futures import ProcessPoolExecutor as P\ndef g(): ...\ndef f(pool: P): pool.map(g, [])", Runner.PROCESS_POOL),
        ("import multiprocessing as m\ndef g(): ...\ndef f():\n    with m.Pool() as pool: pool.map(g, [])", Runner.PROCESS_POOL),
        ("def g(): ...\ndef f(loop): loop.call_soon(g)", Runner.LOOP),
        ("def g(): ...\ndef f(form): form.submit(g)", None),
        ("import threading\nasync def g(): ...\ndef f(): threading.Thread(target=g)", None),
        ("def g(): ...\ndef f(): g()", None),
    ],
)
def test_what_is_handed_over_runs_there_with_all_that_it_calls(source: str, runner: Runner | None) -> None:
    found = {each.runner for each in project(source).reach.running("app.g")}
    assert found == ({runner} if runner is not None else set())


def test_what_a_callback_of_a_loop_calls_is_not_said_to_be_one() -> None:
    reach = project("def g(): ...\ndef h(): g()\ndef f(loop): loop.call_soon(h)").reach
    assert [each.runner for each in reach.running("app.h")] == [Runner.LOOP]
    assert reach.running("app.g") == ()


def test_only_threads_of_the_same_process_count_as_threads() -> None:
    source = (
        "import multiprocessing, threading\ndef g(): ...\ndef h(): ...\nmultiprocessing.Process(target=g)\nthreading.Thread(target=h)\n"
    )
    reach = project(source).reach
    assert reach.in_threads("app.g") == ()
    assert [each.entry for each in reach.in_threads("app.h")] == ["app.h"]


def test_classes_that_are_threads_or_handle_requests_run_their_methods_there() -> None:
    source = """
    import multiprocessing, socketserver
    from base import Base
    from http.server import BaseHTTPRequestHandler
    class Worker(Base):
        def run(self): self.step()
        def step(self): ...
    class Job(multiprocessing.Process):
        def run(self): ...
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self): ...
    """
    reach = project(source, base="import threading\nclass Base(threading.Thread): ...\n").reach
    assert [each.runner for each in reach.running("app.Worker.step")] == [Runner.THREAD]
    assert [each.runner for each in reach.running("app.Job.run")] == [Runner.PROCESS]
    assert [each.hand_over.many for each in reach.running("app.Pages.do_GET")] == [True]


def test_who_hands_over_is_known() -> None:
    (running,) = project("import threading\ndef g(): ...\ndef f():\n    threading.Thread(target=g).start()\n").reach.running("app.g")
    assert running.by is not None
    assert (running.by.name, running.hand_over.line, running.entry) == ("app.f", 4, "app.g")
