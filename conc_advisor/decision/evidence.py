"""Puts together what several sources say of one workload: who counts, and where they contradict each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conc_advisor.decision.recommendation import Contradiction
from conc_advisor.decision.values import task_duration_of, total_work_of
from conc_advisor.findings import Confidence
from conc_advisor.workload import Bottleneck, Evidence, Factor, Origin, PythonVersion, Quantities, Value, Workload

_PEOPLE: Final = frozenset({Origin.YOU, Origin.SAVED})
_WAITS: Final = 0.1
_BOTH: Final = 0.3
_COMPUTES: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What is known of a workload, from whom, and what was said against it.

    `workload` holds the answer that counts for each factor and `chosen` the evidence for it.  `firm` is the workload without what the
    profile or the code only hint at: those factors are still worth asking.
    """

    workload: Workload
    firm: Workload
    chosen: dict[Factor, Evidence]
    contradictions: tuple[Contradiction, ...]

    @property
    def hints(self) -> dict[Factor, Evidence]:
        """The answers to offer first where the question is asked all the same."""
        return {factor: evidence for factor, evidence in self.chosen.items() if not is_firm(evidence)}


def combine(evidence: Iterable[Evidence]) -> Answered:
    """Return what counts: you before saved answers before the profile before the code before this machine.

    Evidence of low confidence counts only where nobody says more.  Of one source, the surest and then the first evidence counts.
    """
    by_factor: dict[Factor, list[Evidence]] = {}
    for each in evidence:
        by_factor.setdefault(each.factor, []).append(each)
    ranked = {factor: sorted(by_factor[factor], key=_rank) for factor in Factor if factor in by_factor}
    chosen = {factor: several[0] for factor, several in ranked.items()}
    return Answered(
        workload=_workload(chosen.values()),
        firm=_workload(each for each in chosen.values() if is_firm(each)),
        chosen=chosen,
        contradictions=tuple(
            Contradiction(kept=several[0], against=other)
            for several in ranked.values()
            for other in _one_per_origin(several[1:])
            if _contradicts(several[0], other)
        ),
    )


def is_firm(evidence: Evidence) -> bool:
    """Tell whether the answer needs no asking: a person gave it, the machine is as it is, or it is more than a hint."""
    return evidence.confidence is not Confidence.LOW or evidence.origin in _PEOPLE or evidence.origin is Origin.ENVIRONMENT


def evidence_of_quantities(quantities: Quantities) -> tuple[Evidence, ...]:
    """Return the answers that the numbers given by the user contain."""
    found: list[tuple[Factor, Value, str]] = []
    seconds, items = quantities.item_seconds, quantities.items
    if seconds is not None:
        found.append((Factor.TASK_DURATION, task_duration_of(seconds), f"item_seconds = {seconds:g}"))
        if items is not None:
            found.append((Factor.TOTAL_WORK, total_work_of(items * seconds), f"items x item_seconds = {items * seconds:g} s"))
        bottleneck = _bottleneck_of(quantities)
        if bottleneck is not None:
            detail = f"cpu_seconds / item_seconds = {quantities.cpu_seconds or 0:g} / {seconds:g}"
            found.append((Factor.BOTTLENECK, bottleneck, detail))
    return tuple(
        Evidence(factor=factor, value=value, origin=Origin.NUMBERS, confidence=Confidence.HIGH, detail=detail)
        for factor, value, detail in found
    )


def _bottleneck_of(quantities: Quantities) -> Bottleneck | None:
    """Return what the time of one item says of its bottleneck; None where it is not given, or could be either.

    A process that is on CPU for less than 0.3 of its time waits, and one for more than 0.8 computes (`time.process_time` over wall time);
    but items overlap, and many that compute for a tenth of their time keep a core busy between them, so that much counts for neither.
    """
    if quantities.item_seconds is None or quantities.cpu_seconds is None or quantities.item_seconds <= 0:
        return None
    share = quantities.cpu_seconds / quantities.item_seconds
    if share < _WAITS:
        return Bottleneck.IO
    if share < _BOTH:
        return None
    return Bottleneck.MIXED if share <= _COMPUTES else Bottleneck.CPU


def _rank(evidence: Evidence) -> tuple[bool, int, int]:
    sure = list(Confidence).index(evidence.confidence)
    hint = evidence.confidence is Confidence.LOW and evidence.origin not in _PEOPLE
    return hint, list(Origin).index(evidence.origin), -sure


def _workload(evidence: Iterable[Evidence]) -> Workload:
    return Workload(**{each.factor.value: each.value for each in evidence})  # type: ignore[arg-type]  # each factor has its type


def _one_per_origin(evidence: Iterable[Evidence]) -> Iterable[Evidence]:
    first: dict[Origin, Evidence] = {}
    for each in evidence:
        first.setdefault(each.origin, each)
    return first.values()


def _contradicts(kept: Evidence, other: Evidence) -> bool:
    """Tell whether a machine says something else than what counts; what people change their minds about is theirs."""
    if other.confidence is Confidence.LOW or other.origin in {kept.origin, *_PEOPLE}:
        return False
    if isinstance(kept.value, PythonVersion) and isinstance(other.value, PythonVersion):
        return not _fits(kept.value, other.value, at_least=other.origin is Origin.CODE)
    return kept.value != other.value


def _fits(kept: PythonVersion, other: PythonVersion, *, at_least: bool) -> bool:
    """Tell whether one program may have both; what code requires is the oldest Python that it allows."""
    if kept.minor is None or other.minor is None:
        return True
    return kept.minor >= other.minor if at_least else kept == other
