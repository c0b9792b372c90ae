"""What `choose` says: values only, no computation."""

from dataclasses import dataclass
from enum import StrEnum

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.findings import Confidence
from conc_advisor.workload import Evidence, Factor, Quantities, Value, Workload


class Standing(StrEnum):
    """How a model that was not chosen stands."""

    RULED_OUT = "ruled out"
    """It cannot work here."""
    AVOIDED = "avoided"
    """It works, and something known speaks against it."""
    POSSIBLE = "possible"
    """Nothing known speaks against it; another fits better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One row of the decision table that fired: what it says, why, where that comes from, and the answers it rests on."""

    row: str
    because: str
    source: str
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One answer that would be enough, alone, to make `model` the recommendation."""

    factor: Factor
    value: Value
    model: ConcurrencyModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A model that was not chosen.

    `reason`: the row that speaks against it; None when another simply fits better.  `because`: one sentence, always there.
    `better_when`: single answers that would make it the recommendation.
    """

    model: ConcurrencyModel
    standing: Standing
    because: str
    reason: Reason | None
    better_when: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A factor that is unknown, and the answers to it that would change the recommendation."""

    factor: Factor
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A number to start from.

    `value` is None where nothing is known to compute it from; `formula` is in words and symbols, `inputs` says with which numbers and
    where each comes from, `measured` whether all of them were measured or given by the user.
    """

    name: str
    value: int | None
    unit: str
    formula: str
    inputs: str
    measured: bool
    source: str


class ControlKind(StrEnum):
    """What a compensating control is for."""

    TESTS = "tests"
    OBSERVABILITY = "observability"
    MIGRATION = "migration"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Something to do because of a weakness of the chosen model."""

    kind: ControlKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the model is written on this Python and platform: a sentence, the code it speaks of (may be empty), and to what it applies."""

    text: str
    code: str
    applies: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pitfall:
    """A mistake that this model invites; `topic` is the page that `explain` shows."""

    text: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What to measure before and after, and the command for it ('' where it is no command of ours)."""

    text: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """An engine outside of this tool's remit, and when it is the one to take."""

    engine: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the decision table alone says of a workload.

    `why`: the row that decided first, then the others that prefer the same model.  `ruled_out`, `avoided`: by model, the first row that
    speaks against it.  `runners_up`: the other models that some row prefers, best first.
    """

    model: ConcurrencyModel
    why: tuple[Reason, ...]
    ruled_out: dict[ConcurrencyModel, Reason]
    avoided: dict[ConcurrencyModel, Reason]
    runners_up: tuple[ConcurrencyModel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The whole answer.  `runners_up` are the first of `alternatives`, best first."""

    workload: Workload
    quantities: Quantities
    model: ConcurrencyModel
    confidence: Confidence
    why: tuple[Reason, ...]
    runners_up: tuple[Alternative, ...]
    alternatives: tuple[Alternative, ...]
    open_questions: tuple[OpenQuestion, ...]
    trade_offs: tuple[str, ...]
    controls: tuple[Control, ...]
    sizes: tuple[Size, ...]
    pitfalls: tuple[Pitfall, ...]
    forms: tuple[Form, ...]
    templates: tuple[str, ...]
    proofs: tuple[Proof, ...]
    hand_overs: tuple[HandOver, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two sources that do not agree: the answer that counts, and the evidence that it goes against."""

    kept: Evidence
    against: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Consultation:
    """A recommendation with the answers it rests on and where each came from: what a report shows."""

    recommendation: Recommendation
    evidence: dict[Factor, Evidence]
    contradictions: tuple[Contradiction, ...]
    notes: tuple[str, ...]
    again: str
    """The command line that gives the same answer without questions."""
    next_commands: tuple[str, ...]
    """Commands to run next, the most useful first."""
