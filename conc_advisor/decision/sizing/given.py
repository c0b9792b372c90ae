"""The numbers that sizes are computed from: what was given, else what an answer means, and from where."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conc_advisor.costs.unit_costs import UnitCosts
from conc_advisor.decision.recommendation import Size
from conc_advisor.decision.sizing.doubts import doubts
from conc_advisor.decision.table.words import MEASURED
from conc_advisor.workload import Quantities, TaskDuration, Workload

COMPUTED: Final = "a formula of this tool, from the numbers beside it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A number, where it comes from in words, and whether it was measured or given by the user; None is unknown."""

    value: float | None
    words: str
    measured: bool = False

    @property
    def whole(self) -> int | None:
        """The number without its fraction."""
        return None if self.value is None else math.floor(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that sizes may rest on."""

    workload: Workload
    quantities: Quantities
    costs: UnitCosts

    @property
    def cores(self) -> Given:
        """Cores that may be used."""
        return self._quantity("cores", self.quantities.cores)

    @property
    def limit(self) -> Given:
        """What the other side takes at once."""
        return self._quantity("downstream_limit", self.quantities.downstream_limit)

    @property
    def items(self) -> Given:
        """Items to work on: as given, else the most that the answer means."""
        if self.quantities.items is not None:
            return self._quantity("items", self.quantities.items)
        if self.workload.fan_out is None:
            return Given(value=None, words="items or fan_out: not known")
        most = self.workload.fan_out.bounds[1]
        return Given(value=most, words=f"fan_out={self.workload.fan_out}: {most:,} taken")

    @property
    def item_seconds(self) -> Given:
        """Time of an item: as given, else the middle of what the answer means (the root of the product of its ends)."""
        if self.quantities.item_seconds is not None:
            return self._quantity("item_seconds", self.quantities.item_seconds)
        duration = self.workload.task_duration
        if duration is None or duration is TaskDuration.LONG_LIVED:
            return Given(value=None, words="item_seconds or task_duration: not known")
        middle = math.sqrt(math.prod(duration.bounds))
        return Given(value=middle, words=f"task_duration={duration}: {_shown(middle)} taken")

    @property
    def useful_by_gil(self) -> Given | None:
        """How many items at once one core of Python code can serve; None without both times.

        `1 + wait / cpu`, which is the whole time of an item over its computing time.
        """
        whole, cpu = self.quantities.item_seconds, self.quantities.cpu_seconds
        if not whole or not cpu:
            return None
        return Given(value=max(1.0, whole / cpu), words=f"item_seconds={whole:g}, cpu_seconds={cpu:g} (given)", measured=True)

    def unit_costs(self, seconds: float | None) -> Given:
        """Return one of the costs as an input of a size."""
        if seconds is None:
            return Given(value=None, words=f"its cost: not known ({self.costs.source})")
        measured = self.costs.measured_here and not self._doubts
        return Given(value=seconds, words=f"{_shown(seconds)} ({self.costs_source})", measured=measured)

    @property
    def costs_source(self) -> str:
        """Where the costs come from, and why they may not hold here."""
        return "; ".join((self.costs.source, *self._doubts))

    @property
    def _doubts(self) -> tuple[str, ...]:
        return doubts(self.costs, self.workload, self.quantities.cores)

    def _quantity(self, name: str, value: float | None) -> Given:
        if value is None:
            return Given(value=None, words=f"{name}: not known")
        return Given(
            value=value, words=f"{name}={value:g} (given)" if isinstance(value, float) else f"{name}={value} (given)", measured=True
        )


def size(  # a size has this many parts
    name: str, unit: str, value: float | None, formula: str, *inputs: Given, source: str = COMPUTED
) -> Size:
    """Return a size, at least 1, whole; it counts as measured when all its inputs do."""
    return Size(
        name=name,
        value=None if value is None or math.isinf(value) else max(1, math.floor(value)),
        unit=unit,
        formula=formula,
        inputs="; ".join(dict.fromkeys(given.words for given in inputs)) or "a constant",
        measured=value is not None and bool(inputs) and all(given.measured for given in inputs),
        source=source,
    )


def as_input(computed: Size) -> Given:
    """Return a size as an input of another one."""
    shown = "not known" if computed.value is None else f"{computed.value:,}"
    return Given(value=computed.value, words=f"{computed.name}: {shown}", measured=computed.measured)


def deciding(bounds: Sequence[Given], value: float) -> list[Given]:
    """Return the bounds that made `value` the smallest: when a measured one did, what was not measured played no part."""
    found = [bound for bound in bounds if bound.value is not None]
    measured = [bound for bound in found if bound.measured]
    return measured if any(bound.value == value for bound in measured) else found


def from_measurements(detail: str) -> str:
    """Return the source of a figure that was measured for this tool."""
    return f"{MEASURED}: {detail}"


def _shown(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds:.3g} s"
