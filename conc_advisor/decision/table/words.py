"""The short words that the rows of the decision table are written in."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.engine import Row
from conc_advisor.workload import Bottleneck, ExistingLoop, Factor, FanOut, Gil, IoKind, PythonKind, Value

Listed = Value | PythonKind | None
Condition = Listed | tuple[Listed, ...]
Models = ConcurrencyModel | tuple[ConcurrencyModel, ...]

UNKNOWN: Final = None
"""Listed where a row fires as long as nobody said otherwise."""

CPU: Final = Bottleneck.CPU
IO: Final = Bottleneck.IO
MIXED: Final = Bottleneck.MIXED

NO_LOOP: Final = (ExistingLoop.NONE, UNKNOWN)
NO_ASYNCIO: Final = (ExistingLoop.NONE, ExistingLoop.GUI, UNKNOWN)
KEEPS_GIL: Final = (Gil.HOLDS, Gil.MIXED, Gil.NA, UNKNOWN)
"""Not known to release the GIL."""
MANY: Final = (FanOut.HUNDREDS, FanOut.THOUSANDS, FanOut.MORE)
SEVERAL: Final = (FanOut.FEW, FanOut.TENS)
WITH_GIL: Final = (PythonKind.BEFORE_TASK_GROUPS, PythonKind.TASK_GROUPS, PythonKind.INTERPRETERS, PythonKind.ANY)
FREE_THREADED_BUILD: Final = (PythonKind.TRIAL_FREE_THREADED, PythonKind.FREE_THREADED)
NOT_FREE_THREADED: Final = (*WITH_GIL, UNKNOWN)

NO_CHILDREN: Final = (IoKind.HTTP, IoKind.SOCKET, IoKind.DB, IoKind.DISK, IoKind.SERIAL, IoKind.QUEUE, UNKNOWN)
"""Not known to wait for child programs."""

MEASURED: Final = "measured in November 2026 on Linux, 2 cores"
PYTHON_DOCS: Final = "https://docs.python.org/3"


def prefer(model: ConcurrencyModel, name: str, because: str, source: str, **when: Condition) -> Row:
    """Return a row that speaks for a model."""
    return Row(name=name, when=_conditions(when), because=because, source=source, prefers=model)


def avoid(models: Models, name: str, because: str, source: str, **when: Condition) -> Row:
    """Return a row that speaks against models: they are taken only when nothing else is left."""
    return Row(name=name, when=_conditions(when), because=because, source=source, avoids=_models(models))


def rule_out(models: Models, name: str, because: str, source: str, **when: Condition) -> Row:
    """Return a row that says what cannot work."""
    return Row(name=name, when=_conditions(when), because=because, source=source, rules_out=_models(models))


def _conditions(when: dict[str, Condition]) -> dict[Factor, frozenset[Listed]]:
    return {Factor(name): frozenset(allowed if isinstance(allowed, tuple) else (allowed,)) for name, allowed in when.items()}


def _models(models: Models) -> frozenset[ConcurrencyModel]:
    return frozenset(models if isinstance(models, tuple) else (models,))
