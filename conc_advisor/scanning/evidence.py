"""Turns what a scan found into answers about the workload, each with what it rests on.

Only the main code speaks.  Source shows what a program can do, never how long it does it: what a profile would measure is answered with
low confidence or not at all.
"""

from collections.abc import Callable
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.scanning.computing_evidence import gil, own_threads, payload, vectorisable
from conc_advisor.scanning.coverage import is_partial
from conc_advisor.scanning.inventory import Inventory, ModelKind, ModelUse, Part, TraitKind
from conc_advisor.scanning.io_evidence import async_lib, bottleneck, io_kind, single_writer
from conc_advisor.scanning.statement import counted, say
from conc_advisor.scanning.walk import part_of
from conc_advisor.workload import Evidence, ExistingLoop, Factor, PythonVersion

_EVENT_LOOPS: Final = (ModelKind.ASYNCIO, ModelKind.TRIO)
_CORNER: Final = 10
"""An event loop in fewer than one file in so many is a corner of the program, not what runs it."""


def evidence_of(inventory: Inventory) -> tuple[Evidence, ...]:
    """Return what the code can answer, in the order of the factors; what it cannot answer is not there."""
    found = [evidence for answer in _ANSWERS if (evidence := answer(inventory)) is not None]
    return tuple(sorted(found, key=lambda evidence: list(Factor).index(evidence.factor)))


def existing_loop(inventory: Inventory) -> Evidence | None:
    """Return what already runs the program: an event loop, a graphical interface, or nothing that was found."""
    gui = inventory.trait(TraitKind.RUNS_GUI)
    loop = max((use for kind in _EVENT_LOOPS if (use := inventory.model(kind)) is not None), key=lambda use: use.files, default=None)
    windows = inventory.model(ModelKind.GUI)
    if gui is not None and windows is not None and not _in_a_corner(windows, inventory) and (loop is None or windows.files >= loop.files):
        sure = Confidence.HIGH if inventory.main.kind in {ModelKind.GUI, ModelKind.SEVERAL} else Confidence.MEDIUM
        return say(Factor.EXISTING_LOOP, ExistingLoop.GUI, sure, str(gui.first[0]))
    if loop is not None:
        return _event_loop(inventory, loop)
    return _no_loop(inventory)


def _event_loop(inventory: Inventory, loop: ModelUse) -> Evidence:
    started = inventory.trait(TraitKind.RUNS_LOOP)
    files = f"{loop.kind} in {loop.files} of {counted(inventory.read[Part.MAIN], 'file')}"
    detail = f"{started.first[0] if started else loop.first[0]}; {files}"
    if _in_a_corner(loop, inventory) or inventory.main.kind not in {*_EVENT_LOOPS, ModelKind.SEVERAL}:
        return say(Factor.EXISTING_LOOP, ExistingLoop.ASYNCIO, Confidence.LOW, detail)
    sure = Confidence.HIGH if started and inventory.main.kind in _EVENT_LOOPS else Confidence.MEDIUM
    return say(Factor.EXISTING_LOOP, ExistingLoop.ASYNCIO, sure, detail)


def _in_a_corner(use: ModelUse, inventory: Inventory) -> bool:
    return use.files * _CORNER < inventory.read[Part.MAIN]


def _no_loop(inventory: Inventory) -> Evidence | None:
    if inventory.read[Part.MAIN] == 0:
        return None
    unread = [each for each in inventory.skipped if each.file.endswith(".py") and part_of(each.file, packaged=True) is Part.MAIN]
    others = [kind for kind in (ModelKind.TWISTED, ModelKind.GREENLETS, ModelKind.GUI) if inventory.model(kind) is not None]
    sure = Confidence.LOW if unread or others or is_partial(inventory) else Confidence.MEDIUM
    detail = f"no async function and no event loop in {counted(inventory.read[Part.MAIN], 'file')}"
    if others:
        detail += f", but {' and '.join(others)}"
    return say(Factor.EXISTING_LOOP, ExistingLoop.NONE, sure, detail + (f"; {len(unread)} could not be read" if unread else ""))


def python(inventory: Inventory) -> Evidence | None:
    """Return the oldest Python that the project says it runs on."""
    said = inventory.metadata
    if said.lowest_python is None:
        return None
    return say(Factor.PYTHON, PythonVersion(said.lowest_python), Confidence.MEDIUM, f"{said.file} asks for Python {said.requires_python}")


def notebook(inventory: Inventory) -> Evidence | None:
    """Return whether the work is done in notebooks; nothing where there are both."""
    modules = inventory.files_read
    if inventory.notebooks and not modules:
        return say(
            Factor.NOTEBOOK,
            value=True,
            confidence=Confidence.HIGH,
            detail=f"{counted(inventory.notebooks, 'notebook')} and no .py file",
        )
    if modules and not inventory.notebooks:
        partial = is_partial(inventory)
        detail = f"{counted(modules, '.py file')} and no notebook" + (", in the part that was read" if partial else "")
        return say(Factor.NOTEBOOK, value=False, confidence=Confidence.LOW if partial else Confidence.MEDIUM, detail=detail)
    return None


_ANSWERS: Final[tuple[Callable[[Inventory], Evidence | None], ...]] = (
    bottleneck,
    io_kind,
    async_lib,
    gil,
    vectorisable,
    payload,
    python,
    existing_loop,
    notebook,
    single_writer,
    own_threads,
)
