"""Reading the catalogue's file, and finding libraries in it."""

from pathlib import Path
from typing import Final

import pytest

from conc_advisor.catalogue.catalogue import CatalogueError, load_catalogue, read_catalogue
from conc_advisor.catalogue.library import GilUse

ENTRY: Final = """
[[library]]
name = "fetchlib"
imports = ["fetch", "fetch_core"]
category = "http"
role = "io"
api = "sync"
async_twin = []
gil = "mixed"
gil_rows = [
    { call = "get", verdict = "releases", held = 0, freeze = 0.1, speedup = [1.5, 1.9] },
    { call = "parse", verdict = "holds", held = 0.9, freeze = 0.8 },
]
thread_safety = "safe"
fork = "safe"
free_threaded = "pure"
advice = "Use it."
"""


def written(folder: Path, text: str) -> Path:
    """Write a catalogue."""
    file = folder / "libraries.toml"
    file.write_text(f"schema = 1\n{text}")
    return file


def test_an_entry_becomes_a_library(tmp_path: Path) -> None:
    """Optional keys may be missing; one measured number stands for a range of itself."""
    [library] = read_catalogue(written(tmp_path, ENTRY)).libraries
    assert (library.name, library.imports, library.gil) == ("fetchlib", ("fetch", "fetch_core"), GilUse.MIXED)
    assert [row.speedup for row in library.gil_rows] == [(1.5, 1.9), None]
    assert (library.version, library.own_threads, library.note, library.sources) == ("", None, "", {})


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('advice = "Use it."', 'advise = "Use it."', "'advice' is missing"),
        ('advice = "Use it."', 'advice = "Use it."\nowns_threads = "one"', "'owns_threads' is not a key; did you mean 'own_threads'"),
        ('role = "io"', 'role = "network"', "role is 'network', not one of io, db"),
        ('gil = "mixed"', "gil = true", "gil is True, not one of"),
        ('imports = ["fetch", "fetch_core"]', 'imports = "fetch"', "imports is not a list of texts"),
        ('advice = "Use it."', "advice = 3", "advice is not a text"),
        ("held = 0.9", 'held = "most"', "gil_rows 'parse': held is not a number"),
        ("held = 0.9", "hold = 0.9", "gil_rows 'parse': 'held' is missing"),
        ('verdict = "holds"', 'verdict = "bad"', "verdict is 'bad', not one of"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """The complaint names the file, the entry and the key."""
    file = written(tmp_path, ENTRY.replace(old, new))
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(file)
    assert complaint in str(caught.value)
    assert str(file) in str(caught.value)
    assert "'fetchlib'" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ENTRY + ENTRY.replace("fetchlib", "other"), "the import 'fetch' belongs to 'fetchlib' and to 'other'"),
        (ENTRY + ENTRY.replace('"fetch", "fetch_core"', '"x"').replace("fetchlib", "FetchLib"), "the name 'fetchlib' belongs to"),
        ("[[package]]", "'library' is missing"),
        ("not toml", "libraries.toml"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    """Nothing is there twice, and it is a catalogue."""
    with pytest.raises(CatalogueError, match=complaint):
        read_catalogue(written(tmp_path, text))


def test_a_missing_file_and_a_newer_schema_are_refused(tmp_path: Path) -> None:
    """Both name the file."""
    with pytest.raises(CatalogueError, match=r"nowhere\.toml"):
        read_catalogue(tmp_path / "nowhere.toml")
    newer = tmp_path / "newer.toml"
    newer.write_text(f"schema = 2\n{ENTRY}")
    with pytest.raises(CatalogueError, match="schema is 2, not 1"):
        read_catalogue(newer)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("requests", "requests"),
        ("requests.adapters", "requests"),
        ("google.cloud.storage.blob", "google-cloud-storage"),
        ("botocore.exceptions", "boto3"),
        ("urllib.request.urlopen", "urllib.request"),
        ("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ThreadPoolExecutor"),
        # No library: a longer word, a namespace, a relative import, nothing.
        ("requestsx", None),
        ("google.cloud", None),
        ("google", None),
        ("urllib.parse", None),
        ("concurrent.futures", None),
        (".requests", None),
        ("", None),
    ],
)
def test_the_longest_beginning_of_an_import_decides(module: str, name: str | None) -> None:
    """Only whole words count."""
    library = load_catalogue().by_import(module)
    assert (library.name if library else None) == name


@pytest.mark.parametrize("spelling", ["beautifulsoup4", "BeautifulSoup4", " beautifulsoup4 "])
def test_a_name_is_found_however_it_is_spelled(spelling: str) -> None:
    """As on PyPI."""
    library = load_catalogue().by_name(spelling)
    assert library is not None
    assert library.imports == ("bs4",)


def test_dashes_underscores_and_dots_are_the_same() -> None:
    """curl_cffi and curl-cffi, discord.py and discord-py."""
    catalogue = load_catalogue()
    assert catalogue.by_name("curl-cffi") is catalogue.by_name("curl_cffi") is not None
    assert catalogue.by_name("Discord-PY") is catalogue.by_name("discord.py") is not None


def test_near_names_what_may_have_been_meant() -> None:
    """The nearest first; nothing for nonsense."""
    catalogue = load_catalogue()
    assert catalogue.near("reqests")[0] == "requests"
    assert catalogue.near("numpi")[0] == "numpy"
    assert catalogue.near("qqqqqqqq") == ()
    assert catalogue.by_name("reqests") is None


def test_the_catalogue_is_read_once() -> None:
    """Everyone shares it."""
    assert load_catalogue() is load_catalogue()
