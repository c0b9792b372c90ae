"""What a module tells the others."""

import pytest
from review_builder import parsed

from conc_advisor.review.project.summaries import CallSite, FunctionSummary, ModuleSummary, Runner
from conc_advisor.review.symbols.summary import summarise


def summary(source: str) -> ModuleSummary:
    """Return the summary of the module `app`."""
    return summarise(parsed(source))


def function(body: str, header: str = "def f(x):") -> FunctionSummary:
    """Return the summary of a function with some lines for a body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return summary(f"import asyncio, threading, time\nfrom lib import lock, pool, work\n{header}\n{lines}").functions["app.f"]


def site(body: str, header: str = "def f(x):") -> CallSite:
    """Return the call of `work` in a function with some lines for a body."""
    return next(each for each in function(body, header).calls if each.target == "lib.work")


@pytest.mark.parametrize(
    ("body", "guarded", "conditional"),
    [
        ("work()", False, False),
        ("with x:\n    work()", False, False),
        ("for y in x: work()", False, False),
        ("if x: work()", False, True),
        ("if x: pass\nelse: work()", False, True),
        ("if work(): pass", False, False),
        ("y = work() if x else 1", False, True),
        ("try: work()\nfinally: pass", False, False),
        ("try: x()\nexcept ValueError: work()", False, True),
        ("try: x()\nexcept RuntimeError: work()", True, True),
        ("try: x()\nexcept (ValueError, RuntimeError): work()", True, True),
        ("try: work()\nexcept BlockingIOError: pass", True, True),
        ("try: asyncio.get_running_loop()\nexcept ValueError: pass\nelse: work()", True, True),
        ("if asyncio.get_event_loop().is_running(): work()", True, True),
        ("if loop is None: work()", True, True),
        ("if x:\n    with x:\n        if loop: work()", True, True),
    ],
)
def test_a_call_behind_a_test_for_a_loop_is_guarded_and_any_branch_is_a_condition(body: str, guarded: bool, conditional: bool) -> None:  # noqa: FBT001
    found = site(body)
    assert (found.guarded, found.conditional) == (guarded, conditional)


@pytest.mark.parametrize(
    ("body", "held"),
    [
        ("work()", ()),
        ("with lock: work()", ("lib.lock",)),
        ("with lock, x.y: work()", ("lib.lock",)),
        ("with lock:\n    with pool:\n        work()", ("lib.lock", "lib.pool")),
        ("with lock: pass\nwork()", ()),
        ("with work(): pass", ()),
        ("with lock:\n    pass\nwith pool:\n    work()", ("lib.pool",)),
        ("with lock:\n    def g(): work()", None),
    ],
)
def test_what_is_held_at_a_call_are_the_withs_around_it(body: str, held: tuple[str, ...] | None) -> None:
    assert [each.held for each in function(body).calls if each.target == "lib.work"] == ([] if held is None else [held])


@pytest.mark.parametrize(
    ("body", "awaited"), [("await work()", True), ("work()", False), ("await x(work())", False), ("async with work(): pass", False)]
)
def test_a_call_is_awaited_where_await_stands_before_it(body: str, awaited: bool) -> None:  # noqa: FBT001
    assert site(body, "async def f(x):").awaited is awaited


def test_a_call_of_the_own_instance_is_told_from_others() -> None:
    calls = summary("class A:\n    def f(self, other: 'A'):\n        self.g()\n        other.g()\n").functions["app.A.f"].calls
    assert [each.own for each in calls] == [True, False]


@pytest.mark.parametrize(
    ("body", "locks"),
    [
        ("with lock: pass", [("lib.lock", (), True)]),
        ("lock.acquire()", [("lib.lock", (), True)]),
        ("lock.acquire(timeout=1)", [("lib.lock", (), False)]),
        ("lock.acquire(False)", [("lib.lock", (), False)]),
        ("with lock, pool: pass", [("lib.lock", (), True), ("lib.pool", ("lib.lock",), True)]),
        ("with lock:\n    pool.acquire()", [("lib.lock", (), True), ("lib.pool", ("lib.lock",), True)]),
        ("x.acquire()", []),
    ],
)
def test_a_lock_is_taken_by_with_or_acquire_beside_what_is_held(body: str, locks: list[tuple[str, tuple[str, ...], bool]]) -> None:
    assert [(each.lock, each.held, each.waits) for each in function(body).acquisitions] == locks


@pytest.mark.parametrize(
    ("body", "target", "runner", "many"),
    [
        ("threading.Thread(target=work)", "lib.work", Runner.THREAD, False),
        ("for y in x: threading.Thread(target=work)", "lib.work", Runner.THREAD, True),
        ("[threading.Thread(target=work) for y in x]", "lib.work", Runner.THREAD, True),
        ("threading.Timer(1, work)", "lib.work", Runner.THREAD, False),
        ("asyncio.to_thread(work, 1)", "lib.work", Runner.THREAD_POOL, False),
        ("pool.submit(work)", "lib.work", Runner.POOL, False),
        ("pool.map(work, x)", "lib.work", Runner.POOL, True),
        ("pool.submit(lambda: work(1))", "lib.work", Runner.POOL, False),
        ("import functools\npool.submit(functools.partial(work, 1))", "lib.work", Runner.POOL, False),
        ("x.run_in_executor(None, work)", "lib.work", Runner.POOL, False),
        ("x.call_soon(work)", "lib.work", Runner.LOOP, False),
        ("x.call_later(1, work)", "lib.work", Runner.LOOP, False),
        ("threading.Thread(target=x.y)", None, None, None),
        ("threading.Thread()", None, None, None),
        ("map(work, x)", None, None, None),
    ],
)
def test_what_is_handed_over_is_kept_with_who_runs_it(body: str, target: str | None, runner: Runner | None, many: bool | None) -> None:  # noqa: FBT001
    found = [(each.target, each.runner, each.many) for each in function(body).hand_overs]
    assert found == ([] if target is None else [(target, runner, many)])


@pytest.mark.parametrize(
    ("body", "header", "path"),
    [
        ("return work()", "def f(x):", "lib.work()"),
        ("return None\nreturn work()", "def f(x):", "lib.work()"),
        ("pass", "def f(x) -> pool:", "lib.pool()"),
        ("return work()", "def f(x) -> None:", "lib.work()"),
        ("yield work()", "def f(x):", "<lib.work()>"),
        ("yield work()", "from contextlib import contextmanager\n@contextmanager\ndef f(x):", "lib.work()"),
        ("pass", "import contextlib\nfrom typing import Iterator\n@contextlib.contextmanager\ndef f(x) -> Iterator[pool]:", "lib.pool()"),
        ("return await work()", "async def f(x):", "lib.work()"),
        ("return x", "def f(x):", ""),
        ("def g(): return work()", "def f(x):", ""),
    ],
)
def test_what_a_function_gives(body: str, header: str, path: str) -> None:
    assert function(body, header).returns == path


@pytest.mark.parametrize(
    ("body", "gives"),
    [
        ("print()", False),
        ("return", False),
        ("return 1", True),
        ("yield", True),
        ("...", True),
        ("raise ValueError", True),
        ("'Doc.'", True),
    ],
)
def test_a_function_gives_nothing_only_where_it_is_seen_to(body: str, gives: bool) -> None:  # noqa: FBT001
    assert function(body).gives is gives
    assert function("print()", "def f(x) -> int:").gives
    assert not function("print()", "def f(x) -> None:").gives


@pytest.mark.parametrize(
    ("body", "cleans_up"),
    [
        ("yield 1", False),
        ("with x: yield 1", True),
        ("async with x: yield 1", True),
        ("try: yield 1\nfinally: x()", True),
        ("try: yield 1\nexcept ValueError: x()", False),
        ("try: x()\nfinally: yield 1", False),
        ("with x: pass\nyield 1", False),
        ("with (yield 1): pass", False),
    ],
)
def test_a_generator_cleans_up_where_it_yields_inside_of_something(body: str, cleans_up: bool) -> None:  # noqa: FBT001
    assert function(body, "async def f(x):").cleans_up is cleans_up


@pytest.mark.parametrize(
    ("source", "variables"),
    [
        ("from lib import a\nX = a()", {"X": "lib.a()"}),
        ("from lib import a\nX: a = None", {"X": "lib.a()"}),
        ("from lib import a\nX = None\ndef f():\n    global X\n    X = a()", {"X": "lib.a()"}),
        ("from lib import a\nX = []\ndef f():\n    X.append(a())", {"X": "<lib.a()>"}),
        ("X = {}", {"X": "{}"}),
        ("X = unknown", {}),
        ("X = Y\nY = X", {"X": "app.Y", "Y": "app.X"}),
        ("def X(): pass\nX = 1", {}),
    ],
)
def test_the_variables_of_a_module_have_the_paths_of_their_values(source: str, variables: dict[str, str]) -> None:
    assert summary(source).variables == variables


def test_the_attributes_of_a_class_come_from_its_body_and_from_its_methods() -> None:
    source = """
    from lib import a, b, c
    class A(a, b.B):
        x = a()
        y: b
        z: "c | None" = None
        def __init__(self, given: c):
            self.w = given
            self.v = []
            self.v.append(a())
            def later():
                self.u = b()
        def f(self):
            self.x2, self.x3 = a(), b()
        @classmethod
        def g(cls):
            cls.t = a()
        @staticmethod
        def h(self):
            self.s = a()
        def i(self, other):
            other.r = a()
    """
    found = summary(source).classes["app.A"]
    assert found.bases == ("lib.a", "lib.b.B")
    assert found.methods == ("__init__", "f", "g", "h", "i")
    assert found.attributes == {
        "x": "lib.a()",
        "y": "lib.b()",
        "z": "lib.c()",
        "w": "lib.c()",
        "v": "<lib.a()>",
        "u": "lib.b()",
        "x2": "lib.a()",
        "x3": "lib.b()",
        "t": "lib.a()",
    }


def test_of_two_definitions_the_last_one_counts() -> None:
    assert summary("def f(): pass\nasync def f(): pass\n").functions["app.f"].is_async


def test_what_a_module_does_by_itself_is_kept_apart_from_its_functions() -> None:
    found = summary(
        "import threading\nfrom lib import go, work\nif __name__ == '__main__':\n    threading.Thread(target=work).start()\ngo()\n"
    )
    assert found.functions == {}
    assert found.body is not None
    assert ("lib.go", False) in [(each.target, each.conditional) for each in found.body.calls]
    assert [each.target for each in found.body.hand_overs] == ["lib.work"]
    assert summary("x = 1\n").body is None


@pytest.mark.parametrize(
    ("header", "decorators"),
    [("@lib.a", ("lib.a",)), ("@lib.a(1)", ("lib.a",)), ("@lib.a.b[0]", ("lib.a.b",)), ("@(lambda f: f)", ("",)), ("@unknown", ("",))],
)
def test_a_decorator_goes_by_the_path_of_its_function(header: str, decorators: tuple[str, ...]) -> None:
    assert summary(f"import lib\n{header}\ndef f(): pass\n").functions["app.f"].decorators in {decorators, tuple(filter(None, decorators))}
