"""What the libraries that compute, and the loops around them, answer."""

from collections.abc import Mapping
from typing import Final

from conc_advisor.catalogue.library import GilUse, Role
from conc_advisor.findings import Confidence
from conc_advisor.scanning.inventory import Inventory, LibraryUse, TraitKind
from conc_advisor.scanning.statement import places, say
from conc_advisor.workload import Evidence, Factor, Gil, Payload

_COMPUTES: Final = frozenset(
    {
        *("numeric", "dataframe", "ml", "image", "graph", "geo", "science", "stats", "symbolic", "compiler", "nlp", "pdf"),
        *("markup", "db"),
    }
)
"""Categories whose libraries are imported to compute.

Serialising, validating, templates, plots and cryptography are left out: most programs do a little of them, and few are slow by it.
A compressor counts when several files use it: one file is how an HTTP client decodes what it gets.
`db` is there for DuckDB, the one database that computes in the process.
"""

_OFTEN: Final = 3

_GIL: Final[Mapping[GilUse, Gil]] = {
    GilUse.RELEASES: Gil.RELEASES,
    GilUse.MOSTLY: Gil.RELEASES,
    GilUse.PARTIAL: Gil.MIXED,
    GilUse.MIXED: Gil.MIXED,
    GilUse.UNSTABLE: Gil.MIXED,
    GilUse.HOLDS: Gil.HOLDS,
    GilUse.HOLDS_SWITCHING: Gil.HOLDS,
    GilUse.NO_GAIN: Gil.HOLDS,
    GilUse.SLOWER: Gil.HOLDS,
}
"""What each class means for the choice: where two threads gain nothing, it is as if the GIL were held."""

_ALL_CORES: Final = frozenset(
    {"polars", "duckdb", "torch", "tensorflow", "jax", "xgboost", "lightgbm", "onnxruntime", "pyarrow", "scikit-learn", "opencv-python"}
)
"""Libraries whose usual calls run on all cores by themselves.

NumPy and SciPy are not among them: only their linear algebra does.
"""


def computing_libraries(inventory: Inventory) -> list[LibraryUse]:
    """Return the libraries that the main code imports to compute, the one in most files first."""
    return [
        use
        for use in inventory.main_libraries()
        if use.library.role is Role.CPU
        and (use.library.category in _COMPUTES or (use.library.category == "compress" and use.files >= _OFTEN))
    ]


def gil(inventory: Inventory) -> Evidence | None:
    """Return what the computing libraries do with the GIL, by the catalogue; the code around them is not counted."""
    known = [(use, kind) for use in computing_libraries(inventory) if (kind := _GIL.get(use.library.gil)) is not None]
    if not known:
        return None
    kinds = {kind for _, kind in known}
    value = kinds.pop() if len(kinds) == 1 else Gil.MIXED
    classes = ", ".join(f"{use.library.name} {use.library.gil}" for use, _ in known[:3])
    detail = f"{places([use for use, _ in known])}; by the catalogue: {classes}; it depends on the calls"
    return say(Factor.GIL, value, Confidence.LOW, detail)


def vectorisable(inventory: Inventory) -> Evidence | None:
    """Return that there are loops over single elements or rows; whether they are the hot ones, only a profile tells."""
    trait = inventory.trait(TraitKind.ELEMENT_LOOP)
    if trait is None:
        return None
    return say(Factor.VECTORISABLE, value=True, confidence=Confidence.LOW, detail=f"{trait.first[0]}; if that loop is the slow one")


def payload(inventory: Inventory) -> Evidence | None:
    """Return that something is handed to a process pool which pickle cannot send."""
    trait = inventory.trait(TraitKind.UNPICKLABLE)
    if trait is None:
        return None
    return say(
        Factor.PAYLOAD,
        Payload.UNPICKLABLE,
        Confidence.MEDIUM,
        f"{trait.first[0].location.file}:{trait.first[0].location.line} hands {trait.first[0].what}",
    )


def own_threads(inventory: Inventory) -> Evidence | None:
    """Return that a library computes on all cores by itself; surer where it is the only one that computes."""
    computing = computing_libraries(inventory)
    threaded = [use for use in computing if use.library.name in _ALL_CORES]
    if not threaded:
        return None
    sure = Confidence.MEDIUM if len(threaded) == len(computing) else Confidence.LOW
    detail = f"{places(threaded)}; its own threads: {threaded[0].library.own_threads}"
    return say(Factor.OWN_THREADS, value=True, confidence=sure, detail=detail)
