"""What holds for every library of the catalogue."""

import re
import sys

import pytest

from conc_advisor.catalogue.catalogue import CLAIMS, load_catalogue
from conc_advisor.catalogue.library import GilUse, Library

CATALOGUE = load_catalogue()
OTHER_PACKAGES = {
    *("aiodocker", "aioftp", "aiohttp", "aiomqtt", "aiomysql", "aioodbc", "aiosmtplib", "asynch", "bonsai", "gcloud-aio-storage"),
    *("kubernetes_asyncio", "miniopy-async", "pyserial-asyncio", "quart", "scrapli", "taskiq", "aiobotocore"),
}
"""Async twins on PyPI that have no entry of their own."""
SOURCES = (
    "unverified: general knowledge",
    "https://",
    "measured 20",
    "read in the wheel",
    "PyPI ",
    "part of the library itself",
    "the module's own",
)

every_library = pytest.mark.parametrize("library", CATALOGUE.libraries, ids=lambda library: library.name)


@every_library
def test_an_entry_is_complete(library: Library) -> None:
    """A name as on PyPI, something to import, and advice in a sentence."""
    assert library.name == library.name.strip()
    assert library.imports
    assert all(re.fullmatch(r"[A-Za-z_][\w.]*", module) for module in library.imports)
    assert re.fullmatch(r"[a-z-]+", library.category)
    assert library.advice.endswith(".")


@every_library
def test_every_claim_has_a_source(library: Library) -> None:
    """Nothing is said without saying where it is known from; what is not said needs none."""
    claimed = {claim for claim in CLAIMS if getattr(library, claim) not in {"n/a", "unknown", None, ()}}
    assert claimed <= library.sources.keys()
    assert all(source.startswith(SOURCES) for source in library.sources.values())


@every_library
def test_no_source_is_out_of_reach(library: Library) -> None:
    """What was measured is described; no script that a reader cannot have is named."""
    text = " ".join(library.sources.values())
    assert not re.search(r"\bm\d+[a-z]?_\w+|/work\b|/tmp\b|\bhere\b", text)
    assert not re.search(r"measured(?! 20\d\d-\d\d on )", text)


@every_library
def test_an_async_twin_can_be_found(library: Library) -> None:
    """It is in the catalogue, a dotted name of something that is or of the standard library, or a package that is listed above."""
    for twin in library.async_twin:
        known = CATALOGUE.by_name(twin) or CATALOGUE.by_import(twin)
        assert known or twin.partition(".")[0] in sys.stdlib_module_names or twin in OTHER_PACKAGES
    assert library.name not in library.async_twin


@every_library
def test_measured_rows_are_plausible(library: Library) -> None:
    """Shares are shares, two threads are no three, and what depends on the call shows its calls."""
    for row in library.gil_rows:
        assert 0 <= row.held <= 1
        assert 0 <= row.freeze <= 1
        assert row.speedup is None or 0 < row.speedup[0] <= row.speedup[1] < 3
    assert library.gil is not GilUse.MIXED or len(library.gil_rows) > 1
    if library.gil_rows:
        assert library.verified("gil")


@every_library
def test_a_library_is_found_by_its_imports_and_its_name(library: Library) -> None:
    """Whatever of it is imported, and however its name is spelled."""
    for module in library.imports:
        assert CATALOGUE.by_import(module) is library
        assert CATALOGUE.by_import(f"{module}.any.thing") is library
    assert CATALOGUE.by_name(library.name.upper().replace("-", "_")) is library


def test_the_libraries_that_most_programs_use_are_documented() -> None:
    """Whether threads may share them is what their makers say, not what we believe."""
    names = [
        *("requests", "httpx", "aiohttp", "sqlite3", "psycopg", "psycopg2", "asyncpg", "sqlalchemy", "redis", "boto3", "pymongo"),
        *("numpy", "scipy", "pandas", "pillow", "lxml"),
    ]
    libraries = [library for name in names if (library := CATALOGUE.by_name(name)) is not None]
    assert len(libraries) == len(names)
    assert [library.name for library in libraries if not library.verified("thread_safety")] == []


@pytest.mark.parametrize("name", ["requests", "urllib3", "urllib.request", "http.client"])
def test_the_async_twin_of_an_http_client_is_the_one_that_was_measured_to_keep_up(name: str) -> None:
    """`httpx.AsyncClient` did not, and the advice says so."""
    library = CATALOGUE.by_name(name)
    assert library is not None
    assert library.async_twin[:2] == ("aiohttp", "httpx")
    assert library.verified("async_twin")
    assert "aiohttp" in library.advice
    assert "measured" in library.advice
