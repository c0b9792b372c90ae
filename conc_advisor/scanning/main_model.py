"""Says which of the models in the main code prevails.

A model's weight is the number of files that use it: one file of many calls is a corner, a model in every file is how the program works.
The event loops (asyncio, trio, Twisted) are weighed together, because a bridge between two of them is still an event loop.
"""

from collections.abc import Sequence
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.scanning.inventory import MainModel, ModelKind, ModelUse, Part

_LOOPS: Final = frozenset({ModelKind.ASYNCIO, ModelKind.TRIO, ModelKind.TWISTED})
_BESIDE: Final = frozenset({ModelKind.SUBPROCESSES, ModelKind.OFFLOADED})
"""What any program does beside its own work, and what only exists behind an event loop."""
_PREVAILS: Final = 2
"""A model prevails when it is in twice as many files as all others together …"""
_CLEARLY: Final = 4
"""… and clearly when it is in four times as many as the next one."""
_CORNER: Final = 20
"""In fewer than one file in so many, it is a corner of a program that is sequential elsewhere.

These three were chosen by reading two dozen packages from PyPI: Django 6.1 has asyncio in 41 of 900 files, pylint 4.1 processes in 1 of
191, black 26.10 its event loop and its pools in 4 of 42.
"""
_SURE_FILES: Final = 3
"""Fewer files than this, and a file that was overlooked would change the answer."""


def main_model(models: Sequence[ModelUse], main_files: int) -> MainModel:
    """Return the model that prevails in `main_files` files of main code."""
    uses = [use for use in models if use.part is Part.MAIN]
    leading = [use for use in uses if use.kind not in _BESIDE]
    if not leading:
        return _sequential(uses, main_files)
    groups = _grouped(leading)
    first, first_files = groups[0]
    started = next((use.files for use in uses if use.kind is ModelKind.SUBPROCESSES), 0)
    if started > first_files:
        because = f"other programs are started in {_files(started)} of {main_files}, {first.kind} is in only {first_files}"
        return MainModel(kind=ModelKind.SEQUENTIAL, confidence=Confidence.LOW, because=because)
    second, second_files = groups[1] if len(groups) > 1 else (first, 0)
    if first_files * _CORNER < main_files:
        return MainModel(
            kind=ModelKind.SEQUENTIAL, confidence=Confidence.LOW, because=f"{first.kind} in only {first_files} of {_files(main_files)}"
        )
    if first_files < _PREVAILS * sum(files for _, files in groups[1:]):
        kinds = ", ".join(f"{use.kind} in {_files(use.files)}" for use in sorted(leading, key=lambda use: -use.files))
        return MainModel(kind=ModelKind.SEVERAL, confidence=Confidence.LOW, because=kinds)
    clear = first_files >= _CLEARLY * second_files and first_files >= min(_SURE_FILES, main_files)
    because = f"{first.kind} in {_files(first_files)} of {main_files}"
    if second_files:
        because += f", {second.kind} in {_files(second_files)}"
    return MainModel(kind=first.kind, confidence=Confidence.HIGH if clear else Confidence.MEDIUM, because=because)


def _grouped(uses: Sequence[ModelUse]) -> list[tuple[ModelUse, int]]:
    """Return the models with their weight, the heaviest first; the event loops as one, under the name of the heaviest."""
    loops = sorted((use for use in uses if use.kind in _LOOPS), key=lambda use: -use.files)
    groups = [(use, use.files) for use in uses if use.kind not in _LOOPS]
    if loops:
        groups.append((loops[0], loops[0].files))
    return sorted(groups, key=lambda group: -group[1])


def _sequential(uses: Sequence[ModelUse], main_files: int) -> MainModel:
    if main_files == 0:
        return MainModel(kind=ModelKind.SEQUENTIAL, confidence=Confidence.LOW, because="there is no code to read")
    started = next((use for use in uses if use.kind is ModelKind.SUBPROCESSES), None)
    because = f"no threads, processes or event loop in {_files(main_files)}"
    if started is not None:
        because += f"; other programs are started in {started.files}"
    return MainModel(kind=ModelKind.SEQUENTIAL, confidence=Confidence.MEDIUM, because=because)


def _files(number: int) -> str:
    return f"{number} file{'s' * (number != 1)}"
