"""Which model prevails, and how sure that is."""

import pytest

from conc_advisor.findings import Confidence
from conc_advisor.scanning.inventory import ModelKind, ModelUse, Part
from conc_advisor.scanning.main_model import main_model


def use(kind: ModelKind, files: int, part: Part = Part.MAIN) -> ModelUse:
    """Return a model that some files use."""
    return ModelUse(kind=kind, part=part, places=files, files=files, first=())


@pytest.mark.parametrize(
    ("uses", "files", "kind", "confidence"),
    [
        ([use(ModelKind.ASYNCIO, 30), use(ModelKind.THREADS, 3)], 50, ModelKind.ASYNCIO, Confidence.HIGH),
        ([use(ModelKind.ASYNCIO, 30), use(ModelKind.THREADS, 12)], 50, ModelKind.ASYNCIO, Confidence.MEDIUM),
        ([use(ModelKind.ASYNCIO, 30), use(ModelKind.THREADS, 16)], 50, ModelKind.SEVERAL, Confidence.LOW),
        # Not the next one but all others together have to be outweighed.
        ([use(ModelKind.ASYNCIO, 15), use(ModelKind.THREADS, 5), use(ModelKind.PROCESSES, 4)], 50, ModelKind.SEVERAL, Confidence.LOW),
        ([use(ModelKind.THREADS, 1)], 1, ModelKind.THREADS, Confidence.HIGH),
        ([use(ModelKind.THREADS, 1)], 10, ModelKind.THREADS, Confidence.MEDIUM),
        ([use(ModelKind.THREADS, 1)], 20, ModelKind.THREADS, Confidence.MEDIUM),
        ([use(ModelKind.THREADS, 1)], 21, ModelKind.SEQUENTIAL, Confidence.LOW),
        # A bridge between two event loops is an event loop.
        ([use(ModelKind.ASYNCIO, 30), use(ModelKind.TWISTED, 29)], 50, ModelKind.ASYNCIO, Confidence.HIGH),
        ([use(ModelKind.ASYNCIO, 9), use(ModelKind.TRIO, 10)], 50, ModelKind.TRIO, Confidence.HIGH),
        # What stands beside any model.
        ([use(ModelKind.ASYNCIO, 5), use(ModelKind.OFFLOADED, 5)], 10, ModelKind.ASYNCIO, Confidence.HIGH),
        ([use(ModelKind.THREADS, 5), use(ModelKind.SUBPROCESSES, 5)], 10, ModelKind.THREADS, Confidence.HIGH),
        ([use(ModelKind.THREADS, 5), use(ModelKind.SUBPROCESSES, 6)], 10, ModelKind.SEQUENTIAL, Confidence.LOW),
        ([use(ModelKind.SUBPROCESSES, 9)], 10, ModelKind.SEQUENTIAL, Confidence.MEDIUM),
        ([use(ModelKind.THREADS, 9, Part.TESTS)], 10, ModelKind.SEQUENTIAL, Confidence.MEDIUM),
        ([], 10, ModelKind.SEQUENTIAL, Confidence.MEDIUM),
        ([], 0, ModelKind.SEQUENTIAL, Confidence.LOW),
    ],
)
def test_the_model_in_most_files_prevails(uses: list[ModelUse], files: int, kind: ModelKind, confidence: Confidence) -> None:
    """If it is in many more than the others."""
    found = main_model(uses, files)
    assert (found.kind, found.confidence) == (kind, confidence)


def test_the_reason_counts_files() -> None:
    """A user can check them."""
    found = main_model([use(ModelKind.ASYNCIO, 30), use(ModelKind.THREADS, 1)], 50)
    assert found.because == "asyncio in 30 files of 50, threads in 1 file"
    assert main_model([use(ModelKind.SUBPROCESSES, 2)], 3).because == (
        "no threads, processes or event loop in 3 files; other programs are started in 2"
    )
