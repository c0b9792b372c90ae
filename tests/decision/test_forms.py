"""How a model is written on each Python and system: the code compiles, runs, and uses nothing that the Python has not."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from pythons import find_python
from workload_samples import a_workload, python, workloads

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.costs.unit_costs import shipped_costs
from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.forms.written import forms
from conc_advisor.decision.recommendation import Form
from conc_advisor.decision.sizing.sizes import sizes
from conc_advisor.workload import ExistingLoop, FanOut, Latency, OperatingSystem, Payload, PythonVersion, Quantities, Value, Workload

VERSIONS = ("3.6", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", "any")
SINCE = {
    "asyncio.run(": 7,
    "get_running_loop": 7,
    "ProcessPoolExecutor(WORKERS, initializer=": 7,
    "mp_context": 7,
    "process.kill()": 7,
    "shared_memory": 8,
    ":=": 8,
    "to_thread": 9,
    "cancel_futures": 9,
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


@pytest.mark.parametrize("version", ["3.6", "3.8", "3.10"])
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
        ("A.", "Python before 3.11"),
    ]
    assert [one.applies for one in by_version(None, {0: form("A.")})] == ["every Python"]
    assert [one.applies for one in by_version(None, {13: form("C."), 12: form("B."), 0: None})] == ["Python 3.13 and newer", "Python 3.12"]
    assert [(one.text, one.applies) for one in by_version(python("3.12"), ways)] == [("B.", "Python 3.12")]
    assert [one.text for one in by_version(python("3.11"), ways)] == ["B."]
    assert [one.text for one in by_version(python("3.10"), ways)] == ["A."]
    assert by_version(python("3.12"), {13: form("C."), 0: None}) == ()


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
import asyncio, concurrent.futures, inspect

WORKERS, IN_FLIGHT, CHUNK, QUEUE_BOUND, TASKS_PER_CHILD = 2, 3, 2, 4, 5
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
@pytest.mark.parametrize("version", ["3.8", "3.12", "3.13", "3.14"])
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
        assert not calls_main or EXPECTED in ended.stdout, f"{code}\n{ended.stdout}"
