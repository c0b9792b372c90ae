"""CA506."""

import pytest
from review_builder import found_lines, marked_lines

from conc_advisor.review.rules.thread_local_in_coroutine import RULE

LOCAL = "import threading\nctx = threading.local()\n"
BAD = [
    f"""{LOCAL}async def handle(user):
    ctx.user = user  # here
    await work()
async def work():
    await g()
    return ctx.user  # here
""",
    f"{LOCAL}def set_user(user):\n    ctx.user = user\nasync def handle(user):\n    set_user(user)  # here\n    await work()\n",
    """\
import threading
class A:
    def __init__(self):
        self.ctx = threading.local()
    async def f(self, u):
        self.ctx.user = u  # here
        await g()
        return self.ctx.user
""",
    """\
import threading
class Ctx(threading.local):
    user = None
ctx = Ctx()
async def f(u):
    ctx.user = u  # here
    await g()
""",
]
GOOD = [
    f"{LOCAL}def handle(user):\n    ctx.user = user\n    return work()\n",
    f"{LOCAL}async def handle(user):\n    ctx.user = user\n    work()\n",
    f"{LOCAL}async def client():\n    if not hasattr(ctx, 'client'):\n        ctx.client = await connect()\n    return ctx.client\n",
    f"{LOCAL}async def client():\n    try:\n        return ctx.client\n    except AttributeError:\n        ctx.client = await connect()\n",
    f"{LOCAL}async def handle():\n    await work()\n    return ctx.connection\n",
    "from contextvars import ContextVar\nuser = ContextVar('user')\nasync def f(u):\n    user.set(u)\n    await g()\n",
    "class Ctx: ...\nctx = Ctx()\nasync def f(u):\n    ctx.user = u\n    await g()\n",
    f"{LOCAL}def reset():\n    ctx.depth = 0\nasync def f():\n    reset()\n    await g()\n",
    f"{LOCAL}async def f(u):\n    def work():\n        ctx.user = u\n    await run(work)\n",
]


@pytest.mark.parametrize("source", BAD)
def test_state_of_a_coroutine_in_a_variable_of_the_thread_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_threads_keep_for_themselves_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_the_variable_may_come_from_another_module() -> None:
    source = "from state import ctx\nasync def f(u):\n    ctx.user = u  # here\n    await g()\n"
    assert found_lines(RULE, source, others={"state": LOCAL}) == marked_lines(source)


WIDER_BAD = [
    """
    import threading
    from contextlib import contextmanager
    class Prompt:
        _current = None
        @contextmanager
        def showing(self, cmds):
            old = self._current
            try:
                self._current = cmds  # here
                yield
            finally:
                self._current = old
    """,
    """
    class Client:
        async def as_user(self, user, call):
            before = self.user
            self.user = user  # here
            try:
                return await call()
            finally:
                self.user = before
    """,
]
WIDER_GOOD = [
    """
    from contextlib import contextmanager
    class Prompt:
        @contextmanager
        def showing(self, cmds):
            old = self._current
            try:
                self._current = cmds
                yield
            finally:
                self._current = old
    """,
    """
    class Client:
        async def as_user(self, user, call):
            before = self.user
            self.user = user
            try:
                return call()
            finally:
                self.user = before
    """,
    """
    class Client:
        async def as_user(self, user, call):
            async with self._lock:
                before = self.user
                self.user = user
                try:
                    return await call()
                finally:
                    self.user = before
    """,
]


@pytest.mark.parametrize("source", WIDER_BAD)
def test_the_same_mistake_in_other_shapes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", WIDER_GOOD)
def test_what_only_looks_like_these_shapes_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
