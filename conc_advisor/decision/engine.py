"""Reads the decision table: no weights, no numbers, only which rows fire and in which order they stand.

1. A row fires when every factor that it names has one of the values it lists; None among them stands for "nobody knows".
2. What any fired row rules out is out.
3. The first fired row, from the top, whose preferred model is neither ruled out nor avoided decides.
4. If there is none, what is only avoided is allowed.

The last row has no condition and prefers what nothing rules out, so there always is an answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.recommendation import Choice, Reason
from conc_advisor.workload import Factor, PythonKind, PythonVersion, Value, Workload

Listed = Value | PythonKind | None
Conditions = Mapping[Factor, frozenset[Listed]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """One entry of the decision table; a row is equal to itself only, so that a table can be a key.

    `when`: each factor with the values that make the row fire; a Python version stands there as its kind.  `because`: one sentence
    for the user.  `source`: where that is known from.
    """

    name: str
    when: Conditions
    because: str
    source: str
    prefers: ConcurrencyModel | None = None
    avoids: frozenset[ConcurrencyModel] = frozenset()
    rules_out: frozenset[ConcurrencyModel] = frozenset()

    def fires(self, answers: "Answers") -> bool:
        """Tell whether all that the row asks for is so."""
        return all(answers[factor] in allowed for factor, allowed in self.when.items())

    def may_fire(self, answers: "Answers") -> bool:
        """Tell whether the row fires, or would with some answers to what is unknown."""
        return all(answers[factor] is None or answers[factor] in allowed for factor, allowed in self.when.items())

    @property
    def reason(self) -> Reason:
        """The row as the user sees it."""
        return Reason(row=self.name, because=self.because, source=self.source, factors=tuple(self.when))


_FACTORS: Final = tuple(Factor)
_values_of: Final = attrgetter(*(factor.value for factor in Factor))
"""Reads all factors at once, which takes a tenth of the time that one after the other takes."""

Answers = Mapping[Factor, Value | PythonKind | None]
"""The value of every factor as rows list it: a Python version as its kind, None for what is unknown."""


def answers_of(workload: Workload) -> Answers:
    """Return a workload as the rows read it."""
    return {factor: comparable(value) for factor, value in zip(_FACTORS, _values_of(workload), strict=True)}


def comparable(value: Value | None) -> Value | PythonKind | None:
    """Return one value as rows list it."""
    return value.kind if isinstance(value, PythonVersion) else value


def decide(table: Sequence[Row], workload: Workload) -> Choice:
    """Return what the table says of a workload; its last row has to be unconditional and to prefer what no row rules out."""
    fired = fired_rows(tuple(table), answers_of(workload))
    ruled_out = _first_reasons((model, row) for row in fired for model in row.rules_out)
    avoided = _first_reasons((model, row) for row in fired for model in row.avoids if model not in ruled_out)
    ranking = _ranking(fired, frozenset(ruled_out), frozenset(avoided))
    model = ranking[0]
    return Choice(
        model=model,
        why=tuple(row.reason for row in fired if row.prefers is model),
        ruled_out=ruled_out,
        avoided=avoided,
        runners_up=tuple(ranking[1:]),
    )


def decided_model(table: Sequence[Row], answers: Answers) -> ConcurrencyModel:
    """Return the model that `decide` recommends, and no reasons: for asking what other answers would change, a hundred times."""
    fired = fired_rows(tuple(table), answers)
    ruled_out = frozenset(model for row in fired for model in row.rules_out)
    return _ranking(fired, ruled_out, frozenset(model for row in fired for model in row.avoids))[0]


def with_value(answers: Answers, factor: Factor, value: Value) -> Answers:
    """Return the answers with one factor set."""
    return {**answers, factor: comparable(value)}


def fired_rows(table: tuple[Row, ...], answers: Answers) -> list[Row]:
    """Return the rows that fire, in their order: as `Row.fires` says, six times faster for a table that was asked before.

    The decision tree takes some hundred thousand decisions, a recommendation some hundred.
    """
    suits = _suiting(table)
    firing = (1 << len(table)) - 1
    for answer in answers.items():
        if answer not in suits:
            factor, value = answer
            indifferent, asking = _by_factor(table)[factor]
            suits[answer] = indifferent | sum(bit for bit, allowed in asking if value in allowed)
        firing &= suits[answer]
    rows = []
    while firing > 0:
        lowest = firing & -firing
        rows.append(table[lowest.bit_length() - 1])
        firing ^= lowest
    return rows


@lru_cache(maxsize=8)
def _suiting(_table: tuple[Row, ...]) -> dict[tuple[Factor, Value | PythonKind | None], int]:
    """Return what is known already of a table: for an answer, the rows that it suits, a bit a row."""
    return {}


@lru_cache(maxsize=8)
def _by_factor(table: tuple[Row, ...]) -> dict[Factor, tuple[int, list[tuple[int, frozenset[Listed]]]]]:
    """Return for each factor the rows that do not ask for it, a bit a row, and each that does, with what it lists."""
    found: dict[Factor, tuple[int, list[tuple[int, frozenset[Listed]]]]] = {}
    every = (1 << len(table)) - 1
    for factor in _FACTORS:
        asking = [(1 << at, row.when[factor]) for at, row in enumerate(table) if factor in row.when]
        found[factor] = every - sum(bit for bit, _ in asking), asking
    return found


def _ranking(fired: Iterable[Row], ruled_out: frozenset[ConcurrencyModel], avoided: frozenset[ConcurrencyModel]) -> list[ConcurrencyModel]:
    """Return the models that are preferred and not ruled out, first those that nothing avoids."""
    in_order = [row.prefers for row in fired if row.prefers is not None and row.prefers not in ruled_out]
    return list(dict.fromkeys([*(model for model in in_order if model not in avoided), *in_order]))


def _first_reasons(pairs: Iterable[tuple[ConcurrencyModel, Row]]) -> dict[ConcurrencyModel, Reason]:
    found: dict[ConcurrencyModel, Reason] = {}
    for model, row in pairs:
        if model not in found:
            found[model] = row.reason
    return found
