"""Projects on disk, for tests that scan them."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from conc_advisor.scanning.inventory import Inventory
from conc_advisor.scanning.scan import scan


def write_project(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, by their path below the root, and return the root."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
    return root


def scan_project(root: Path, files: Mapping[str, str | bytes]) -> Inventory:
    """Return what a scan says of a project of these files."""
    return scan([write_project(root, files)])


def scan_code(root: Path, code: str) -> Inventory:
    """Return what a scan says of one module."""
    return scan_project(root, {"app.py": code})
