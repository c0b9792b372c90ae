"""Trees for tests: the one of the real table, and a small one of three questions at most."""

from functools import cache
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import Row
from conc_advisor.decision.question_texts import Finder, Option, Question
from conc_advisor.decision.tree import Tree, decision_tree
from conc_advisor.workload import Bottleneck, Factor, FanOut, Workload


def question(factor: Factor, text: str, *options: Option) -> Question:
    """Return a question with nothing but its text and its options."""
    return Question(factor=factor, text=text, meaning="", options=options, not_sure="", finder=Finder.NONE)


def row(name: str, model: Model, **when: object) -> Row:
    """Return a row that prefers a model where each factor has the one value given for it."""
    conditions = {Factor(factor): frozenset({value}) for factor, value in when.items()}
    return Row(name=name, when=conditions, because=f"{name}.", source="", prefers=model)  # type: ignore[arg-type]  # values of the factor


WHERE: Final = question(
    Factor.BOTTLENECK,
    "Where?",
    Option(Bottleneck.IO, "waiting", ""),
    Option(Bottleneck.CPU, "computing", ""),
    Option(Bottleneck.MIXED, "both", ""),
)
MANY: Final = question(Factor.FAN_OUT, "How many?", Option(FanOut.FEW, "few", ""), Option(FanOut.HUNDREDS, "many", ""))
SMALL: Final = (
    row("many waits", Model.ASYNCIO, bottleneck=Bottleneck.IO, fan_out=FanOut.HUNDREDS),
    row("waits", Model.THREADS, bottleneck=Bottleneck.IO),
    row("computes", Model.PROCESSES, bottleneck=Bottleneck.CPU),
    row("computes and waits", Model.PROCESSES, bottleneck=Bottleneck.MIXED),
    row("nobody knows", Model.SEQUENTIAL),
)


def ask_small(workload: Workload, asked: frozenset[Factor]) -> Question | None:
    """Ask where the time goes, and how many there are unless it computes."""
    if Factor.BOTTLENECK not in asked:
        return WHERE
    wanted = workload.bottleneck is not Bottleneck.CPU and Factor.FAN_OUT not in asked
    return MANY if wanted else None


def small_tree() -> Tree:
    """Return the tree of the small table."""
    return decision_tree(SMALL, ask_small)


@cache
def whole_tree() -> Tree:
    """Return the tree of the real table; it takes seconds to grow."""
    return decision_tree()
