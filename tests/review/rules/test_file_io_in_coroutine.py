"""CA102."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.file_io_in_coroutine import RULE

BAD = [
    """
    async def load(path):
        with open(path) as file:  # here
            return file.read()
    """,
    """
    from pathlib import Path
    async def load(name):
        return Path("a", name).read_text()  # here
    """,
    """
    import pathlib as p
    async def load(name):
        target = p.Path.home() / "x" / name
        target.write_bytes(b"")  # here
    """,
    """
    from pathlib import Path
    async def load(path: Path | None):
        if path is not None:
            return path.read_bytes()  # here
    """,
    """
    from pathlib import Path
    class Store:
        root = Path("data")
        async def load(self, name):
            path = self.root.joinpath(name).with_suffix(".txt")
            return path.read_text()  # here
    """,
    """
    from pathlib import Path
    from dataclasses import dataclass
    @dataclass
    class Store:
        root: Path
        async def load(self):
            for each in self.root.parent.iterdir():  # here
                each.write_text("")  # here
    """,
    """
    import shutil
    async def clean(path):
        shutil.rmtree(path)  # here
    """,
    """
    import io
    async def load(path):
        io.open(path)  # here
    """,
    """
    from os.path import exists
    async def known(path):
        return exists(path)  # here
    """,
    """
    class Log:
        def __init__(self, path):
            self.file = open(path, "a")
        async def add(self, line):
            self.file.write(line)  # here
    """,
]
GOOD = [
    "def load(path):\n    with open(path) as file:\n        return file.read()\n",
    "import aiofiles\nasync def load(path):\n    async with aiofiles.open(path) as file:\n        return await file.read()\n",
    "import anyio\nasync def load(path):\n    return await anyio.Path(path).read_text()\n",
    "from anyio import Path\nasync def load(path):\n    return await Path(path).read_text()\n",
    "import asyncio\nfrom pathlib import Path\nasync def load(path):\n    return await asyncio.to_thread(Path(path).read_text)\n",
    (
        "import asyncio\nasync def load(path):\n    def read():\n        with open(path) as file:\n"
        "            return file.read()\n    return await asyncio.to_thread(read)\n"
    ),
    "from pathlib import Path\nasync def name(path: Path):\n    return path.name + path.parent.as_posix() + str(path / 'x')\n",
    "import os\nasync def name(path):\n    return os.path.join(os.path.dirname(path), os.fspath(path), os.getcwd())\n",
    "from zipfile import ZipFile\nasync def load(open):\n    return open('x')\n",
    "async def open(path): ...\nasync def load():\n    await open('x')\n",
    "import io\nasync def load():\n    return io.StringIO('x').read()\n",
    "class Store:\n    async def read_text(self): ...\nasync def load(path: Store):\n    return await path.read_text()\n",
    "from pathlib import PurePath\nasync def name(a):\n    return PurePath(a).with_suffix('.x')\n",
    "import webbrowser\nasync def show(url):\n    webbrowser.open(url)\n",
]


@pytest.mark.parametrize("source", BAD)
def test_a_call_that_waits_for_the_disk_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_a_thread_does_or_touches_no_file_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_a_path_that_a_base_class_in_another_module_holds_is_known() -> None:
    others = {
        "base": (
            "from pathlib import Path\nclass Base:\n    def __init__(self, root):\n        self.root = Path(root)\n"
            "    @property\n    def file(self) -> Path: ...\n"
        )
    }
    source = """
    from base import Base
    class Store(Base):
        async def load(self):
            self.root.read_text()  # here
            self.file.read_text()  # here
    """
    assert found_lines(RULE, source, others=others) == marked_lines(source)


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        ("async def load(path):\n    open(path)\n", Severity.WARNING),
        ("async def main(path):\n    open(path)\n", Severity.INFO),
        ("async def lifespan(app):\n    open('x')\n    yield\n", Severity.INFO),
        ("from pathlib import Path\nasync def load(path):\n    Path(path).exists()\n", Severity.INFO),
        ("import os\nasync def load(path):\n    os.makedirs(path)\n", Severity.INFO),
        ("from pathlib import Path\nasync def load(path):\n    Path(path).read_text()\n", Severity.WARNING),
    ],
)
def test_a_look_at_an_entry_and_what_runs_once_at_the_start_are_information(source: str, severity: Severity) -> None:
    assert [each.severity for each in findings(RULE, source)] == [severity]


def test_trio_has_files_of_its_own() -> None:
    source = "import trio\nasync def main():\n    open('x').read()\n"
    assert findings(RULE, source)[0].advice == "use trio.open_file or trio.Path, or await trio.to_thread.run_sync(…)"
