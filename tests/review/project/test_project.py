"""Names, followed through all modules of a project."""

from collections.abc import Mapping

import pytest
from review_builder import parsed

from conc_advisor.review.project.project import Project, is_telling, link
from conc_advisor.review.symbols.summary import summarise


def project(modules: Mapping[str, str]) -> Project:
    """Return the project of some modules, by dotted name."""
    return link(summarise(parsed(source, name)) for name, source in modules.items())


WORLD = {
    "shop": "from shop.http import Client as HttpClient, fetch\nfrom shop.db import *\nfrom shop import http\n",
    "shop.http": """
        import requests
        from requests import Session as S
        class Base:
            timeout = 5
            def __init__(self):
                self.session = S()
                self.sessions = [S()]
                self.by_name: dict[str, S] = {}
            def open(self):
                return self.session
            @property
            def current(self):
                return self.session
            @classmethod
            def made(cls) -> "Base":
                return cls()
        class Client(Base):
            def __init__(self):
                super().__init__()
                self.pair = (self.session, 1)
            def open_twice(self):
                return self.open()
        def fetch():
            return Client()
        def pages():
            yield Client()
        DEFAULT = Client()
        ALL = [Client()]
        LATE = None
        def start():
            global LATE
            LATE = fetch()
    """,
    "shop.db": "import sqlite3 as sql\nDB = sql.connect('x')\ndef cursor():\n    return DB.cursor()\n",
}


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("", ""),
        ("requests.get", "requests.get"),
        ("shop", "shop"),
        ("shop.http", "shop.http"),
        ("shop.fetch", "shop.http.fetch"),
        ("shop.http.fetch", "shop.http.fetch"),
        ("shop.fetch()", "shop.http.Client()"),
        ("shop.HttpClient", "shop.http.Client"),
        ("shop.HttpClient().session.get", "requests.Session().get"),
        ("shop.HttpClient().open().get", "requests.Session().get"),
        ("shop.HttpClient().open_twice().get", "requests.Session().get"),
        ("shop.HttpClient().current.get", "requests.Session().get"),
        ("shop.HttpClient().sessions[].get", "requests.Session().get"),
        ("shop.HttpClient().sessions.pop().get", "requests.Session().get"),
        ("shop.HttpClient().by_name[].get", "requests.Session().get"),
        ("shop.HttpClient().by_name.get().get", "requests.Session().get"),
        ("shop.HttpClient().pair[0].get", "requests.Session().get"),
        ("shop.HttpClient().timeout", "int()"),
        ("shop.HttpClient.open", "shop.http.Base.open"),
        ("shop.HttpClient.made().session", "requests.Session()"),
        ("shop.HttpClient().unknown", "shop.http.Client().unknown"),
        ("shop.HttpClient.unknown", "shop.http.Client.unknown"),
        ("shop.http.DEFAULT.session", "requests.Session()"),
        ("shop.http.ALL[].session", "requests.Session()"),
        ("shop.http.LATE.session", "requests.Session()"),
        ("shop.http.pages()[].session", "requests.Session()"),
        ("shop.DB", "sqlite3.Connection()"),
        ("shop.cursor().execute", "sqlite3.Cursor().execute"),
        ("shop.http.unknown", "shop.http.unknown"),
        ("shop.unknown", "shop.unknown"),
        ("concurrent.futures.thread.ThreadPoolExecutor().submit().result", "concurrent.futures.Future().result"),
        ("asyncio.events.get_event_loop().run_forever", "asyncio.AbstractEventLoop().run_forever"),
        ("pathlib.Path().parent.resolve().read_text", "pathlib.Path().read_text"),
        ("<shop.fetch()>[].session", "requests.Session()"),
        ("(int(),shop.fetch())[1].session", "requests.Session()"),
    ],
)
def test_a_path_is_followed_as_far_as_it_goes(raw: str, path: str) -> None:
    assert project(WORLD).canonical(raw) == path


@pytest.mark.parametrize(
    ("modules", "raw", "path"),
    [
        ({"a": "from b import *", "b": "from c import *", "c": "def f(): ..."}, "a.f", "c.f"),
        ({"a": "from b import *\nfrom c import *", "b": "x = 1", "c": "def f(): ..."}, "a.f", "c.f"),
        ({"a": "from b import *", "b": "from a import *\nfrom c import *", "c": "from a import *\ndef f(): ..."}, "b.f", "c.f"),
        ({"a": "from b import *", "b": "from a import *"}, "a.f", "a.f"),
        ({"a": "from b import *\ndef f(): ...", "b": "def f(): ..."}, "a.f", "a.f"),
        ({"a": "from threading import *"}, "a.Lock()", "threading.Lock()"),
        ({"a": "from b import *", "b": "from threading import *"}, "a.Lock", "threading.Lock"),
        ({"p": "from p.m import *", "p.m": "x = 1", "p.n": "def f(): ..."}, "p.n.f", "p.n.f"),
        ({"p": "from .m import f", "p.m": "from .n import g as f", "p.n": "def g(): ..."}, "p.m.f", "p.n.g"),
        ({"p.m": "from ..q import f", "q": "def f(): ..."}, "p.m.f", "q.f"),
        ({"a": "from b import x", "b": "from a import x"}, "a.x", "a.x"),
        ({"a": "from b import x as y", "b": "import a\nx = a.y.z"}, "a.y.w", "b.x.z.w"),
        ({"a": "x = y\ny = x"}, "a.x", "a.x"),
        ({"a": "def f(): return g()\ndef g(): return f()"}, "a.f()", "a.f()"),
        ({"a": "def f(): return [f()]"}, "a.f()", "<a.f()>"),
        ({"a": "class A:\n    @property\n    def p(self): return self.p\n"}, "a.A().p", "a.A().p"),
        ({"a": "class A:\n    def __init__(self):\n        self.x = self.y\n        self.y = self.x\n"}, "a.A().x", "a.A().x"),
        ({"a": "class A(A): ..."}, "a.A().x", "a.A().x"),
        ({"a": "from b import B\nclass A(B): ...", "b": "from a import A\nclass B(A): ..."}, "a.A().x", "a.A().x"),
    ],
)
def test_stars_and_circles_end_where_they_should(modules: dict[str, str], raw: str, path: str) -> None:
    assert project(modules).canonical(raw) == path


def test_a_name_that_was_cut_on_a_long_way_is_followed_when_it_is_asked_for_itself() -> None:
    chain = {f"m{number}": f"from m{number + 1} import f" for number in range(40)} | {"m40": "def f(): ..."}
    linked = project(chain)
    assert linked.canonical("m0.f") != "m40.f"
    assert linked.canonical("m30.f") == "m40.f"


def test_modules_that_all_have_the_stars_of_all_take_no_longer() -> None:
    modules = {f"m{a}": "".join(f"from m{b} import *\n" for b in range(14) if b != a) for a in range(14)}
    assert project(modules).canonical("m0.x") == "m0.x"


CLASSES = {
    "base": "import threading\nclass Root: ...\nclass Base(Root, threading.Thread): ...\n",
    "app": "from base import Base\nclass A(Base): ...\nclass B(A): ...\nclass C: ...\n",
}


def test_a_class_has_the_bases_of_its_bases_and_is_what_they_are() -> None:
    linked = project(CLASSES)
    assert linked.mro("app.B") == ("app.B", "app.A", "base.Base", "base.Root", "threading.Thread")
    assert linked.is_a("app.B()", "threading.Thread")
    assert linked.is_a("app.B()", "socket.socket", "base.Root")
    assert not linked.is_a("app.B", "threading.Thread")
    assert not linked.is_a("app.C()", "threading.Thread")
    assert linked.is_a("threading.Thread()", "threading.Thread")
    assert not linked.is_a("", "threading.Thread")


def test_derived_classes_are_found_through_all_modules() -> None:
    linked = project(CLASSES)
    assert sorted(linked.derived("threading.Thread")) == ["app.A", "app.B", "base.Base"]
    assert linked.derived("app.C") == ()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("shop.fetch", "shop.http.fetch"),
        ("shop.HttpClient", "shop.http.Client.__init__"),
        ("shop.HttpClient.open", "shop.http.Base.open"),
        ("requests.get", None),
        ("shop.DB", None),
    ],
)
def test_a_function_is_found_by_path_and_a_class_is_its_constructor(path: str, name: str | None) -> None:
    found = project(WORLD).function(path)
    assert (found.name if found is not None else None) == name


def test_a_method_is_known_by_a_telling_name_that_only_it_has() -> None:
    linked = project(
        {"a": "class A:\n    def send_it(self): ...\n    def get(self): ...\n    def both_of(self): ...\ndef both_of(): ...\n"}
    )
    found = linked.by_name("send_it")
    assert found is not None
    assert found.name == "a.A.send_it"
    assert linked.by_name("get") is None
    assert linked.by_name("both_of") is None
    assert linked.by_name("missing_one") is None


@pytest.mark.parametrize(
    ("name", "telling"), [("upload_image", True), ("get", False), ("_close", False), ("set_result", False), ("read_text", False)]
)
def test_a_name_is_telling_if_it_is_compound_and_of_no_common_type(name: str, telling: bool) -> None:  # noqa: FBT001
    assert is_telling(name) is telling


def test_methods_that_are_called_on_attributes_are_known_by_their_last_two_words() -> None:
    linked = project({"a": "class A:\n    def f(self):\n        self.pool.shutdown()\n        g()\n"})
    assert ("pool", "shutdown") in linked.method_calls
