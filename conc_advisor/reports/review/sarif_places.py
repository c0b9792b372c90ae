"""Places in code as SARIF writes them.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html, sections 3.4 (artifact locations),
3.28 to 3.30 (locations and regions).
"""

import os
import posixpath
from typing import Any, Final
from urllib.parse import quote

from conc_advisor.findings import Edit, Location
from conc_advisor.reports.sanitise import encodable
from conc_advisor.scanning.file_names import as_on_disk

BASE_ID: Final = "%SRCROOT%"
"""What the names of files are relative to, by the name that GitHub and other consumers know it by."""


def artifact(file: str, base: str) -> dict[str, Any]:
    """Return the location of a file: relative to the base where it lies below it, else by its whole address.

    `base` is an absolute folder, "" where it is not known; then a relative name stays as it is.
    """
    path = posixpath.normpath(as_on_disk(file))
    if base and not posixpath.isabs(path) and path.split("/")[0] == "..":
        path = posixpath.normpath(posixpath.join(base, path))
    if base and posixpath.isabs(path) and path.startswith(base.rstrip("/") + "/"):
        path = posixpath.relpath(path, base)
    if posixpath.isabs(path):
        return {"uri": f"file://{_quoted(path)}"}
    return {"uri": _quoted(path), "uriBaseId": BASE_ID}


def location(place: Location, base: str) -> dict[str, Any]:
    """Return a place with its file, its region and its function, as far as they are known."""
    physical: dict[str, Any] = {"artifactLocation": artifact(place.file, base)}
    if place.line > 0:
        physical["region"] = region(place)
    found: dict[str, Any] = {"physicalLocation": physical}
    if place.function:
        found["logicalLocations"] = [{"fullyQualifiedName": encodable(place.function), "kind": "function"}]
    return found


def region(place: Location | Edit) -> dict[str, int]:
    """Return lines and columns; what is not known is not there.

    Columns count characters from 1, and the end is the one after the last, which is what SARIF means, too.
    """
    found = {"startLine": place.line}
    if place.column > 0:
        found["startColumn"] = place.column
    if (place.end_line, place.end_column) >= (place.line, place.column) and place.end_line > 0:
        found["endLine"] = place.end_line
        if place.end_column > 0:
            found["endColumn"] = place.end_column
    return found


def _quoted(path: str) -> str:
    """Return a path as the path of an address; of a name that is not text, its bytes."""
    return quote(os.fsencode(path), safe="/")
