"""Which libraries of the catalogue a project uses, and which of its imports nobody knows."""

from pathlib import Path

import pytest
from project_builder import scan_code, scan_project

from conc_advisor.scanning.inventory import Part


def libraries(inventory_code: str, folder: Path) -> list[str]:
    """Return the names of what one module uses."""
    return [use.library.name for use in scan_code(folder, inventory_code).main_libraries()]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import requests", "requests"),
        ("import requests.adapters as a", "requests"),
        ("from bs4 import BeautifulSoup", "beautifulsoup4"),
        ("from google.cloud import storage", "google-cloud-storage"),
        ("def f():\n    import boto3", "boto3"),
        ("try:\n    import orjson\nexcept ImportError:\n    orjson = None", "orjson"),
        ("from redis.asyncio import *", "redis"),
        ("import sqlite3\nsqlite3.connect('x')", "sqlite3"),
        ("from urllib import request\nrequest.urlopen('x')", "urllib.request"),
        ("import socket as s\ns.create_connection(('x', 1))", "socket"),
        ("from subprocess import check_output as out\nout(['ls'])", "subprocess"),
    ],
)
def test_an_import_names_its_library(tmp_path: Path, code: str, name: str) -> None:
    """In a function, in a try, by another name; of the standard library, what does I/O when it is called."""
    assert libraries(code, tmp_path) == [name]


@pytest.mark.parametrize(
    "code",
    [
        "import requestsx",
        "from . import requests",
        "from .requests import get",
        "from mine import requests",
        "requests.get('x')",
        "'import requests'",
        "# import requests",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import requests",
        "from google.cloud import other",
        # The standard library, for a constant, an exception, a type, or by the way.
        "import socket\nsocket.AF_INET",
        "import socket\nsocket.gethostname()",
        "from http.client import responses",
        "from urllib import request",
        "import urllib.parse\nurllib.parse.quote('x')",
        "import sqlite3\ntry: pass\nexcept sqlite3.Error: pass",
        "import subprocess\nsubprocess.PIPE",
        "import json, re, csv, logging, pickle, zlib\njson.loads(re.sub('a', 'b', x))",
        "import time\ntime.sleep(1)",
        "import sqlite4 as sqlite3\nsqlite3.connect('x')",
    ],
)
def test_what_is_no_use_of_a_library_is_left_alone(tmp_path: Path, code: str) -> None:
    """No false alarm."""
    assert libraries(code, tmp_path) == []


def test_a_library_says_where_and_in_how_many_files(tmp_path: Path) -> None:
    """The first import of each file counts."""
    code = "import requests\nfrom requests import Session"
    [use] = scan_project(tmp_path, {"a.py": code, "b.py": code}).main_libraries()
    assert use.files == 2
    assert [str(place) for place in use.first] == ["a.py:1 imports requests", "b.py:1 imports requests"]


def test_libraries_of_the_tests_are_kept_apart(tmp_path: Path) -> None:
    """The program does not need them."""
    inventory = scan_project(tmp_path, {"app.py": "", "tests/test_app.py": "import requests"})
    assert inventory.main_libraries() == ()
    assert [(use.library.name, use.part) for use in inventory.libraries] == [("requests", Part.TESTS)]


def test_what_nobody_knows_is_said(tmp_path: Path) -> None:
    """Of the main code; neither the standard library, nor the project's own, nor what everybody has."""
    files = {
        "app.py": "import os, shop, shop.db, legacy, click, numpy, strangelib.sub, _private",
        "shop/__init__.py": "from . import db\nimport otherlib",
        "shop/db.py": "",
        "src/legacy.py": "",
        "tests/test_app.py": "import testlib",
    }
    assert scan_project(tmp_path, files).unknown == ("otherlib", "strangelib")
