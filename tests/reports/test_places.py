"""File names are shown as short as they can be and no shorter."""

import pytest

from conc_advisor.findings import Location
from conc_advisor.profiling.recording import Frame
from conc_advisor.reports.places import Places, frame_name


@pytest.mark.parametrize("file", ["app.py", "<string>", "<frozen importlib._bootstrap>", "", "/etc/x.py"])
def test_names_that_cannot_be_shortened_stay(file: str) -> None:
    assert Places(working_directory="/home/me/project").file(file) == file


def test_a_file_below_the_working_directory_is_relative() -> None:
    assert Places(working_directory="/home/me/project").file("/home/me/project/web/app.py") == "web/app.py"


def test_a_file_beside_the_working_directory_is_relative_only_where_that_is_shorter() -> None:
    assert Places(working_directory="/home/me/project").file("/home/me/lib/x.py") == "../lib/x.py"
    assert Places(working_directory="/a/b/c/d").file("/e/x.py") == "/e/x.py"


def test_without_a_working_directory_paths_are_whole() -> None:
    assert Places().file("/home/me/app.py") == "/home/me/app.py"


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("/v/lib/python3.12/site-packages/requests/api.py", "requests/api.py"),
        ("/usr/lib/python3/dist-packages/yaml/loader.py", "yaml/loader.py"),
        ("/usr/lib/python3.12/json/decoder.py", "json/decoder.py"),
        ("/opt/lib/python3.13t/asyncio/events.py", "asyncio/events.py"),
    ],
)
def test_installed_modules_are_shown_from_their_package_on(file: str, shown: str) -> None:
    assert Places(working_directory="/v").file(file) == shown


def test_an_unknown_line_or_place_is_said_so() -> None:
    assert Places().line("app.py", 0) == "app.py"
    assert Places().location(None) == "an unknown place"
    assert Places().location(Location(file="app.py", line=3, function="f")) == "app.py:3"


def test_a_frame_without_a_file_is_its_function() -> None:
    assert frame_name(Frame("sort", "", 0)) == "sort"
    assert frame_name(Frame("f", "/app/a.py", 0)) == "f (/app/a.py)"
    assert frame_name(Frame("f", "/app/a.py", 3)) == "f (/app/a.py:3)"
