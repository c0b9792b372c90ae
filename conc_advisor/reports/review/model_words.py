"""What a review says of the concurrency model that the code uses: the same that `choose --scan` reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conc_advisor.catalogue.library import Api
from conc_advisor.scanning.inventory import Inventory, LibraryUse, ModelUse, Part
from conc_advisor.scanning.io_evidence import waiting_libraries

_SHOWN: Final = 4
"""Libraries of a kind, and models of a part, that a line names; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that is known: what it is about, and the words."""

    name: str
    text: str


def prevailing(inventory: Inventory) -> str:
    """Return the main code's model with how sure that is and why."""
    main = inventory.main
    return f"{main.kind} ({main.confidence} confidence): {main.because}"


def rows(inventory: Inventory, *, everything: bool = False) -> list[Row]:
    """Return the models of each part of the project, and the libraries of the main code that wait for something outside."""
    shown = None if everything else _SHOWN
    return [*_model_rows(inventory, shown), *_library_rows(inventory, shown)]


def _model_rows(inventory: Inventory, shown: int | None) -> Iterator[Row]:
    for part in Part:
        uses = sorted((use for use in inventory.models if use.part is part), key=lambda use: -use.files)
        if uses:
            yield Row(name="main code" if part is Part.MAIN else part, text=_listed([_model(use) for use in uses], shown))


def _model(use: ModelUse) -> str:
    files = f"{use.files:,} file{'s' * (use.files != 1)}"
    return f"{use.kind} in {files} ({use.first[0]})" if use.first else f"{use.kind} in {files}"


def _library_rows(inventory: Inventory, shown: int | None) -> Iterator[Row]:
    waiting = waiting_libraries(inventory)
    kinds = {Api.SYNC: "blocking libraries", Api.ASYNC: "async libraries", Api.BOTH: "blocking and async"}
    for api, name in kinds.items():
        uses = [use for use in waiting if use.library.api is api]
        if uses:
            yield Row(name=name, text=_listed([_library(use) for use in uses], shown))


def _library(use: LibraryUse) -> str:
    place = use.first[0].location if use.first else None
    where = f" ({place.file}:{place.line})" if place else ""
    twins = use.library.async_twin
    return use.library.name + where + (f", async: {twins[0]}" if use.library.api is Api.SYNC and twins else "")


def _listed(items: Sequence[str], shown: int | None) -> str:
    kept = items[:shown]
    return "; ".join(kept) + (f"; {len(items) - len(kept)} more" if len(items) > len(kept) else "")
