"""How a model is written on each Python and system: the code compiles, runs, and uses nothing that the Python has not."""

import ast
import asyncio
import concurrent.futures
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pythons import find_python
from workload_samples import a_workload, python, workloads

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.costs.unit_costs import shipped_costs
from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.forms.written import forms
from conc_advisor.decision.open_questions import with_answer
from conc_advisor.decision.recommendation import Form
from conc_advisor.decision.sizing.sizes import sizes
from conc_advisor.decision.sizing.waits import waits_too
from conc_advisor.workload import (
    Bottleneck,
    ExistingLoop,
    Factor,
    FanOut,
    IoKind,
    Latency,
    OperatingSystem,
    Payload,
    PythonVersion,
    Quantities,
    Value,
    Workload,
)

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", "any")
SINCE = {
    "TaskGroup": 11,
    "asyncio.timeout(": 11,
    "max_tasks_per_child": 11,
    "batched": 12,
    "QueueShutDown": 13,
    "queue.ShutDown": 13,
    ".shutdown()": 13,
    "process_cpu_count": 13,
    "_is_gil_enabled": 13,
    "buffersize": 14,
    "InterpreterPoolExecutor": 14,
    "terminate_workers": 14,
    "kill_workers": 14,
}
"""The minor version with which each came. `.shutdown()` is that of a queue: pools of older forms are left by their `with`."""
SIZES = {
    "WORKERS": "workers",
    "IN_FLIGHT": "in flight",
    "JOBS": "jobs in flight",
    "CHUNK": "chunk size",
    "QUEUE_BOUND": "queue bound",
    "TASKS_PER_CHILD": "tasks per child",
}


def known_to(model: Model, minor: int, *, free_threaded: bool = False) -> bool:
    """Tell whether a model exists on a Python at all."""
    match model:
        case Model.INTERPRETERS:
            return minor >= 14
        case Model.FREE_THREADED:
            return free_threaded
        case _:
            return True


@cache
def every_form(model: Model, version: str, system: OperatingSystem = OperatingSystem.LINUX, count: int = 150) -> tuple[Form, ...]:
    """Return the different forms of a model on one Python, over many workloads."""
    found = (one for workload in workloads(count, python=python(version), os=system) for one in forms(model, workload))
    return tuple(dict.fromkeys(found))


@pytest.mark.parametrize("model", Model)
def test_every_model_has_a_form_with_code_on_every_python(model: Model) -> None:
    for version in VERSIONS:
        number = python(version)
        if not known_to(model, number.minor or 14, free_threaded=number.free_threaded):
            continue
        for workload in workloads(60, python=number):
            assert any(one.code for one in forms(model, workload)), workload


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("model", Model)
def test_every_code_compiles_and_every_text_is_a_sentence(model: Model, version: str) -> None:
    for system in OperatingSystem:
        for one in every_form(model, version, system, 40):
            compile(one.code, "form", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            assert one.text.endswith((".", ".)"))
            assert one.applies
            assert all(len(line) <= 100 for line in one.code.splitlines()), one.code


@pytest.mark.parametrize("version", [version for version in VERSIONS if version != "any"])
@pytest.mark.parametrize("model", Model)
def test_nothing_is_newer_than_the_python(model: Model, version: str) -> None:
    number = python(version)
    minor = number.minor or 0
    if not known_to(model, minor, free_threaded=number.free_threaded):
        return
    for one in every_form(model, version):
        newer = [name for name, since in SINCE.items() if since > minor and (name in one.code or name in one.text)]
        assert newer == [], one


@pytest.mark.parametrize("version", ["3.9", "3.10"])
def test_old_pythons_parse_the_code_that_is_for_them(version: str) -> None:
    """Syntax, too, has versions."""
    minor = python(version).minor or 0
    for model in Model:
        if not known_to(model, minor):
            continue
        for one in every_form(model, version):
            if "await main(items)" in one.code and "def " not in one.code:
                continue
            ast.parse(one.code, feature_version=(3, minor))


@pytest.mark.parametrize("model", Model)
def test_an_unknown_python_is_told_both_forms_with_their_ranges(model: Model) -> None:
    """`any` and unknown are the same to the forms."""
    for workload in workloads(60, python=PythonVersion()):
        unknown = Workload(**{factor.value: value for factor, value in workload.known().items() if factor.value != "python"})  # type: ignore[arg-type]
        assert forms(model, workload) == forms(model, unknown)


def test_versions_have_ranges_when_the_python_is_unknown() -> None:
    ways = {13: form("C."), 11: form("B."), 0: form("A.")}
    assert [(one.text, one.applies) for one in by_version(None, ways)] == [
        ("C.", "Python 3.13 and newer"),
        ("B.", "Python 3.11 to 3.12"),
        ("A.", "Python 3.9 to 3.10"),
    ]
    assert [one.applies for one in by_version(None, {0: form("A.")})] == ["every Python"]
    assert [one.applies for one in by_version(None, {13: form("C."), 12: form("B."), 0: None})] == ["Python 3.13 and newer", "Python 3.12"]
    assert [(one.text, one.applies) for one in by_version(python("3.12"), ways)] == [("B.", "Python 3.12")]
    assert [one.text for one in by_version(python("3.11"), ways)] == ["B."]
    assert [one.text for one in by_version(python("3.10"), ways)] == ["A."]
    assert by_version(python("3.12"), {13: form("C."), 0: None}) == ()
    assert [one.applies for one in by_version(None, {10: form("B."), 0: form("A.")})] == ["Python 3.10 and newer", "Python 3.9"]


@pytest.mark.parametrize("model", Model)
def test_a_python_that_is_over_gets_the_oldest_form_and_hears_from_when_on_it_works(model: Model) -> None:
    """Nobody writes forms for it any more."""
    if not known_to(model, 8):
        return
    for workload in workloads(40, python=python("3.8")):
        codes = [one.code for one in forms(model, workload)]
        assert codes == [one.code for one in forms(model, with_answer(workload, Factor.PYTHON, python("3.9")))]
    assert {one.applies for one in by_version(python("3.8"), {11: form("B."), 0: form("A.")})} == {
        "Python 3.9 and newer; 3.8 is no longer supported"
    }


@pytest.mark.parametrize("model", Model)
def test_every_size_that_code_names_is_among_the_sizes(model: Model) -> None:
    """A reader who sees IN_FLIGHT looks for it there."""
    for workload in workloads(300):
        names = {size.name for size in sizes(model, workload, Quantities(), shipped_costs(workload.python))}
        code = "\n".join(one.code for one in forms(model, workload))
        words = {node.id for one in forms(model, workload) for node in ast.walk(parsed(one.code)) if isinstance(node, ast.Name)}
        assert {name for word, name in SIZES.items() if word in words} <= names, code


@cache
def parsed(code: str) -> ast.Module:
    """Return the syntax tree of a form."""
    tree = compile(code, "form", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    assert isinstance(tree, ast.Module)
    return tree


def codes(model: Model, **answers: Value) -> str:
    """Return all code of a model for a workload."""
    return "\n".join(one.code for one in forms(model, a_workload(**answers)))


def applies(model: Model, **answers: Value) -> str:
    """Return to what the forms apply."""
    return "; ".join(one.applies for one in forms(model, a_workload(**answers)))


def test_start_methods_follow_the_system_and_the_python() -> None:
    linux, windows = OperatingSystem.LINUX, OperatingSystem.WINDOWS
    assert '"forkserver"' in codes(Model.PROCESSES, os=linux, python=python("3.12"))
    assert '"spawn"' in codes(Model.PROCESSES, os=windows)
    assert '"forkserver"' not in codes(Model.PROCESSES, os=windows)
    assert "Linux, Python before 3.14" in applies(Model.PROCESSES, os=linux, python=python("3.13"))
    assert "Linux, Python 3.14 and newer" in applies(Model.PROCESSES, os=linux, python=python("3.14"))
    assert "Windows" not in applies(Model.PROCESSES, os=linux)
    assert "macOS" in applies(Model.PROCESSES, os=OperatingSystem.ANY)


def test_windows_hears_of_the_guard_and_the_61_workers() -> None:
    texts = " ".join(one.text for one in forms(Model.PROCESSES, a_workload(os=OperatingSystem.WINDOWS)))
    assert "61" in texts
    assert "guard" in texts
    linux = " ".join(one.text for one in forms(Model.PROCESSES, a_workload(os=OperatingSystem.LINUX)))
    assert "61" not in linux


def test_a_notebook_awaits_at_the_top_level_and_imports_its_worker() -> None:
    assert "asyncio.run(" not in codes(Model.ASYNCIO, notebook=True)
    assert "notebooks" in applies(Model.ASYNCIO, notebook=True)
    assert "import work" in codes(Model.PROCESSES, notebook=True)
    assert "import work" not in codes(Model.PROCESSES, notebook=False)


def test_a_running_loop_is_not_started_again() -> None:
    assert "asyncio.run(" not in codes(Model.ASYNCIO, existing_loop=ExistingLoop.ASYNCIO)
    assert "asyncio.run(" in codes(Model.ASYNCIO, existing_loop=ExistingLoop.NONE)


def test_answers_bring_their_own_forms() -> None:
    assert "initializer=" in codes(Model.PROCESSES, payload=Payload.UNPICKLABLE)
    assert "initializer=" not in codes(Model.PROCESSES, payload=Payload.SMALL)
    assert "SharedMemory" in codes(Model.PROCESSES, payload=Payload.LARGE)
    assert "run_within" in codes(Model.PROCESSES, need_kill=True)
    assert "run_within" in codes(Model.PROCESSES, latency=Latency.HARD_TIMEOUT)
    assert "run_within" not in codes(Model.PROCESSES, need_kill=False)
    assert "Queue(" in codes(Model.ASYNCIO, fan_out=FanOut.THOUSANDS)
    assert "Queue(" not in codes(Model.ASYNCIO, fan_out=FanOut.HUNDREDS)
    assert "TASKS_PER_CHILD" in codes(Model.PROCESSES, memory_tight=True)
    assert "executemany" in codes(Model.SEQUENTIAL, single_writer=True)


STAGE = """
import asyncio, concurrent.futures, inspect, time

WORKERS, IN_FLIGHT, JOBS, CHUNK, QUEUE_BOUND, TASKS_PER_CHILD = 2, 3, 2, 2, 4, 5
items, done, cores, path = list(range(7)), [], 2, "nowhere"


def work(item):
    return item + 1

def work_on_part(part):
    return [work(item) for item in part]

async def fetch(item):
    await asyncio.sleep(0.001)
    done.append(item + 1)
    return item + 1

def save(result):
    done.append(result)

def load_items():
    return items

def load(path):
    return 1

def use(resource, item):
    return resource + item

def make_client():
    return object()

async def main(items):
    return [await fetch(item) for item in items]

class Pool(concurrent.futures.ThreadPoolExecutor):
    pass

class Window:
    def __init__(self):
        self.due = []

    def after(self, delay, call, *arguments):
        self.due.append((call, arguments))

    def mainloop(self):
        for each in [items] if "loop" in globals() else items:
            start(each)
        while not shown or (isinstance(shown[0], int) and len(shown) < len(items)):
            time.sleep(0.001)
            call, arguments = self.due.pop()
            call(*arguments)

make_window, shown = Window, []
show = show_error = shown.append

pool = Pool(2)
"""
FINISH = """
def finish(result):
    if inspect.iscoroutine(result):
        result = asyncio.new_event_loop().run_until_complete(result)
    print("result", sorted(result or done))

if __name__ == "__main__":
    if {calls_main}:
        done.clear()
        finish(main(items))
    if shown:
        finish(shown if isinstance(shown[0], int) else shown[0])
    if "run_within" in globals():
        assert run_within(30, 1) == 2
    if "start_worker" in globals():
        finish(pool.map(work, items))
    if "share" in globals():
        block = share(b"abc")
        assert read(block.name, 0, 2) == b"ab"
        block.close()
        block.unlink()
"""
EXPECTED = "result [1, 2, 3, 4, 5, 6, 7]"
FETCHED_AND_COMPUTED = "result [2, 3, 4, 5, 6, 7, 8]"


def runs_alone(one: Form) -> bool:
    """Tell whether a form is a program's piece that can run here: not one that needs a package, a cell or a free-threaded build."""
    tree = parsed(one.code)
    modules = {(node.module or "") for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    if any(module.partition(".")[0] not in sys.stdlib_module_names for module in modules):
        return False
    top_level_await = any(
        isinstance(node, ast.Await) for statement in tree.body if isinstance(statement, ast.Assign) for node in ast.walk(statement)
    )
    return bool(one.code) and not top_level_await and "_is_gil_enabled" not in one.code and "my_package" not in one.code


@pytest.mark.real
@pytest.mark.parametrize("version", ["3.9", "3.12", "3.13", "3.14"])
def test_the_code_runs_on_the_python_that_it_is_for(version: str, tmp_path: Path) -> None:
    """Each piece in a process of its own, with the user's functions and sizes defined before it."""
    interpreter = find_python(version)
    if interpreter is None:
        pytest.skip(f"no CPython {version} here")
    models = [model for model in Model if known_to(model, python(version).minor or 0)]
    pieces = {one.code for model in models for one in every_form(model, version) if runs_alone(one)}
    assert len(pieces) > 20
    for number, code in enumerate(sorted(pieces)):
        program = tmp_path / f"form_{number}.py"
        calls_main = "def main(" in code
        program.write_text(STAGE + code + "\n" + FINISH.format(calls_main=calls_main))
        ended = subprocess.run([interpreter, program], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
        assert ended.returncode == 0, f"{code}\n{ended.stderr}"
        expected = FETCHED_AND_COMPUTED if "fetched" in code else EXPECTED
        assert not (calls_main or "make_window" in code) or expected in ended.stdout, f"{code}\n{ended.stdout}"


# --- a loop beside processes


class FakePool(ThreadPoolExecutor):
    """A pool of threads in the place of one of processes, that notes in which threads it was shut down."""

    shut_down_in: ClassVar[list[int]] = []

    def __init__(self, max_workers: int, mp_context: object) -> None:
        super().__init__(max_workers)
        self.context = mp_context

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  # as it is there
        self.shut_down_in.append(threading.get_ident())
        super().shutdown(wait, cancel_futures=cancel_futures)


@pytest.fixture
def fake_pool(monkeypatch: pytest.MonkeyPatch) -> type[FakePool]:
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", FakePool)
    monkeypatch.setattr(FakePool, "shut_down_in", [])
    return FakePool


def main_of(workload: Workload, **names: object) -> Callable[[Sequence[int]], Coroutine[object, object, list[int]]]:
    """Return the `main` of the loop with processes, with the user's functions and sizes."""
    [code] = [one.code for one in forms(Model.ASYNCIO_PROCESSES, workload) if "async def main(" in one.code]
    namespace: dict[str, object] = {"__name__": "form", "WORKERS": 4, "IN_FLIGHT": 5, "JOBS": 2} | names
    exec(compile(code, "form", "exec"), namespace)  # noqa: S102  # the code under test is ours
    found: Callable[[Sequence[int]], Coroutine[object, object, list[int]]] = namespace["main"]  # type: ignore[assignment]
    return found


MIXED = (
    a_workload(bottleneck=Bottleneck.MIXED, io_kind=IoKind.HTTP, python=python("3.12")),
    a_workload(bottleneck=Bottleneck.MIXED, io_kind=IoKind.HTTP, python=python("3.10")),
)


class Busy:
    """Counts how many are in there at once."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()

    def enter(self) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def leave(self) -> None:
        with self._lock:
            self.now -= 1


@pytest.mark.usefixtures("fake_pool")
@pytest.mark.parametrize("workload", MIXED, ids=["groups", "before groups"])
def test_a_pipeline_waits_for_many_and_computes_few(workload: Workload) -> None:
    """Each stage within its own limit, and all results in their order."""
    waiting, computing = Busy(), Busy()

    async def fetch(item: int) -> int:
        waiting.enter()
        await asyncio.sleep(0.001)
        waiting.leave()
        return item * 10

    def work(fetched: int) -> int:
        computing.enter()
        time.sleep(0.001)
        computing.leave()
        return fetched + 1

    results = asyncio.run(main_of(workload, fetch=fetch, work=work)(range(40)))
    assert results == [item * 10 + 1 for item in range(40)]
    assert waiting.most == 5
    assert 1 <= computing.most <= 2


@pytest.mark.parametrize(
    "workload",
    [*MIXED, *(a_workload(bottleneck=Bottleneck.CPU, python=python(version)) for version in ("3.10", "3.12"))],
    ids=["fetching, groups", "fetching", "computing", "computing, groups"],
)
def test_an_error_ends_the_rest_and_the_pool_is_shut_down_beside_the_loop(workload: Workload, fake_pool: type[FakePool]) -> None:
    """Waiting for a pool in the loop's own thread would stop the loop."""
    begun: list[int] = []

    async def fetch(item: int) -> int:
        await asyncio.sleep(0)
        return item

    def work(item: int) -> int:
        begun.append(item)
        if item == 3:
            raise ValueError(item)
        time.sleep(0.002)
        return item

    with pytest.raises((ValueError, ExceptionGroup)):
        asyncio.run(main_of(workload, fetch=fetch, work=work)(range(1_000)))
    assert len(begun) < 100
    assert len(fake_pool.shut_down_in) == 1
    assert threading.get_ident() not in fake_pool.shut_down_in


def test_only_a_loop_that_waits_has_a_stage_for_it() -> None:
    """A server that hands computation away fetches nothing for it."""
    for workload in workloads(200):
        code = codes_of(Model.ASYNCIO_PROCESSES, workload)
        fetches = "fetch(item)" in code
        assert fetches is waits_too(workload)
        assert ("IN_FLIGHT" in code) is fetches
        assert "JOBS" in code


def codes_of(model: Model, workload: Workload) -> str:
    return "\n".join(one.code for one in forms(model, workload))


# --- killing, interfaces, queues

KILLING = """
import os, time

def work(item):
    if item == 1:
        raise ValueError("the item is bad")
    if item == 2:
        os._exit(3)
    if item == 3:
        time.sleep(60)
    return item

{code}

if __name__ == "__main__":
    for item in range(4):
        try:
            print(run_within(20 if item < 3 else 0.5, item))
        except Exception as error:
            print(type(error).__name__, error)
"""


@pytest.mark.real
def test_what_a_child_raises_is_raised_in_the_parent(tmp_path: Path) -> None:
    """And a child that dies says how; a bare EOFError tells nothing."""
    [code] = [one.code for one in forms(Model.PROCESSES, a_workload(need_kill=True)) if "def run_within(" in one.code]
    (program := tmp_path / "killing.py").write_text(KILLING.format(code=code))
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.splitlines() == [
        "0",
        "ValueError the item is bad",
        "RuntimeError the child died, exit code 3",
        "TimeoutError no result after 0.5 s",
    ]


WITH_A_POOL_OR_A_LOOP = sorted(frozenset(Model) - {Model.SEQUENTIAL, Model.VECTORISE, Model.DISTRIBUTED})


@pytest.mark.parametrize("model", WITH_A_POOL_OR_A_LOOP)
def test_a_gui_hands_over_and_polls_and_nothing_else_is_shown_first(model: Model) -> None:
    """No form for it may wait in the interface's thread."""
    for workload in workloads(100, existing_loop=ExistingLoop.GUI):
        first, *others = forms(model, workload)
        assert "root.after(" in first.code
        assert "Signal" in first.text
        for waiting in (".join()", "inbox.put", "with ThreadPoolExecutor", "with pool", "asyncio.run("):
            assert waiting not in first.code
            assert not any(waiting in other.code for other in others if "process.join" not in other.code)


@pytest.mark.parametrize("existing", [None, *(loop for loop in ExistingLoop if loop is not ExistingLoop.GUI)])
def test_who_has_no_gui_is_shown_none(existing: ExistingLoop | None) -> None:
    workload = Workload(existing_loop=existing)
    assert not any("root.after" in codes_of(model, workload) for model in Model)


def test_starting_work_from_a_gui_returns_at_once() -> None:
    """The result is shown by the timer, and so is an error."""
    gate, shown, failed, due = threading.Event(), [], [], []  # type: ignore[var-annotated]  # filled by the code under test

    def work(item: int) -> int:
        assert gate.wait(30)
        return 10 // item

    class Root:
        def after(self, _delay: int, call: Callable[..., None], *arguments: object) -> None:
            due.append((call, arguments))

    code = forms(Model.THREADS, a_workload(existing_loop=ExistingLoop.GUI))[0].code
    names: dict[str, Any] = {"__name__": "form", "WORKERS": 1, "work": work}
    exec(compile(code, "form", "exec"), names)  # noqa: S102  # the code under test is ours
    for item in (5, 0):
        names["start"](item)
    names["poll"](Root(), shown.append, failed.append)
    assert (shown, failed, len(due)) == ([], [], 1)
    gate.set()
    names["pool"]().shutdown()
    call, arguments = due.pop()
    call(*arguments)
    assert shown == [2]
    assert [type(error) for error in failed] == [ZeroDivisionError]


def test_a_durable_task_comes_back_when_its_worker_dies() -> None:
    """Celery confirms a task whose worker process is gone, unless it is told not to; a broker in memory forgets it."""
    [task] = [one for one in forms(Model.DISTRIBUTED, a_workload(durable=True)) if "celery" in one.code]
    for setting in ("acks_late=True", "reject_on_worker_lost=True", "acks_on_failure_or_timeout=False", "time_limit=600"):
        assert setting in task.code
    assert "appendonly" in task.text
    assert "durable" in task.text


@pytest.mark.parametrize("model", Model)
def test_no_form_fetches_with_the_slow_client(model: Model) -> None:
    """httpx.AsyncClient took 30 times as long as aiohttp with 200 requests in flight."""
    for workload in workloads(100, io_kind=IoKind.HTTP):
        assert "httpx" not in codes_of(model, workload)
