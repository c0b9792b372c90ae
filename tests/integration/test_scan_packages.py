"""Scans real packages that are installed wherever the tests run.

What is expected was judged by reading their source; it holds for any version of the last years.
"""

import importlib.util
from functools import cache
from pathlib import Path

import pytest

from conc_advisor.findings import Confidence
from conc_advisor.scanning.evidence import evidence_of
from conc_advisor.scanning.inventory import Inventory, ModelKind
from conc_advisor.scanning.scan import scan
from conc_advisor.workload import ExistingLoop, Factor

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]


@cache
def scanned(package: str) -> Inventory:
    """Return what a scan says of an installed package."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return scan([Path(spec.origin).parent])


def models(package: str) -> set[ModelKind]:
    """Return the models that its main code uses."""
    return {use.kind for use in scanned(package).models}


def libraries(package: str) -> set[str]:
    """Return the libraries that its main code uses."""
    return {use.library.name for use in scanned(package).main_libraries()}


@pytest.mark.parametrize(
    ("package", "kinds"),
    [
        # Forks its workers; among them are one of threads, one of greenlets and one that runs asyncio.
        ("gunicorn", {ModelKind.PROCESSES, ModelKind.THREADS, ModelKind.GREENLETS, ModelKind.ASYNCIO}),
        # Runs asyncio; its supervisors start processes.
        ("uvicorn", {ModelKind.ASYNCIO, ModelKind.PROCESSES, ModelKind.THREADS}),
        # Live displays and progress bars refresh from a thread.
        ("rich", {ModelKind.THREADS}),
        # Drives other programs; waits for them in asyncio, or through a thread where there are no pseudo-terminals.
        ("pexpect", {ModelKind.SUBPROCESSES, ModelKind.ASYNCIO, ModelKind.THREADS}),
        # pytester starts pytest in a process of its own.
        ("_pytest", {ModelKind.SUBPROCESSES}),
        # An encoder.
        ("msgspec", set()),
    ],
)
def test_the_models_of_a_package_are_found(package: str, kinds: set[ModelKind]) -> None:
    """All that are there."""
    assert kinds <= models(package)


@pytest.mark.parametrize(
    ("package", "kinds"),
    [
        ("uvicorn", {ModelKind.GREENLETS, ModelKind.GUI, ModelKind.CLUSTER, ModelKind.TWISTED}),
        ("rich", {ModelKind.ASYNCIO, ModelKind.PROCESSES, ModelKind.GUI, ModelKind.CLUSTER}),
        # Has a plugin for other people's threads and reports their exceptions, and starts none.
        ("_pytest", {ModelKind.ASYNCIO, ModelKind.PROCESSES, ModelKind.TRIO, ModelKind.GREENLETS, ModelKind.GUI, ModelKind.THREADS}),
        ("pexpect", {ModelKind.GREENLETS, ModelKind.TRIO, ModelKind.CLUSTER, ModelKind.GUI}),
        ("msgspec", set(ModelKind)),
    ],
)
def test_models_that_a_package_has_not_are_not_found(package: str, kinds: set[ModelKind]) -> None:
    """No false alarm in thousands of lines."""
    assert models(package) & kinds == set()


@pytest.mark.parametrize(
    ("package", "kind"),
    [
        ("uvicorn", ModelKind.ASYNCIO),
        ("gunicorn", ModelKind.SEVERAL),
        ("rich", ModelKind.SEQUENTIAL),
        ("pexpect", ModelKind.SEQUENTIAL),
        ("_pytest", ModelKind.SEQUENTIAL),
        ("msgspec", ModelKind.SEQUENTIAL),
    ],
)
def test_the_main_model_of_a_package_is_named(package: str, kind: ModelKind) -> None:
    """In a word."""
    assert scanned(package).main.kind is kind


def test_libraries_are_found_and_a_package_is_none_of_its_own() -> None:
    """The workers of gunicorn use gevent; uvicorn prefers uvloop."""
    assert {"gevent", "tornado"} <= libraries("gunicorn")
    assert {"uvloop", "websockets"} <= libraries("uvicorn")
    assert "gunicorn" not in libraries("gunicorn")
    assert "uvicorn" not in libraries("uvicorn")
    assert libraries("msgspec") == set()


def test_what_runs_a_server_is_evidence() -> None:
    """An event loop runs uvicorn, nothing runs msgspec."""
    of_uvicorn = {each.factor: each for each in evidence_of(scanned("uvicorn"))}
    assert of_uvicorn[Factor.EXISTING_LOOP].value is ExistingLoop.ASYNCIO
    assert of_uvicorn[Factor.EXISTING_LOOP].confidence is Confidence.HIGH
    of_msgspec = {each.factor: each for each in evidence_of(scanned("msgspec"))}
    assert of_msgspec[Factor.EXISTING_LOOP].value is ExistingLoop.NONE


@pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="needs the source tree")
def test_we_scan_ourselves() -> None:
    """Every module can be read, and our own packages are nobody's library."""
    inventory = scan([ROOT])
    assert [each for each in inventory.skipped if each.file.startswith("conc_advisor/")] == []
    assert "conc_advisor" not in inventory.unknown
    assert inventory.metadata.name == "conc-advisor"
    assert {"rich", "typer"}.isdisjoint(inventory.unknown)
