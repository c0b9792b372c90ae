"""What `choose` could be told, as lines to copy into a command line: for those whom nobody can ask."""

import shlex
from collections.abc import Iterator
from typing import Final

from conc_advisor.decision.open_questions import relevant
from conc_advisor.decision.questions import in_order, question_for
from conc_advisor.decision.values import UNKNOWN, written_choices
from conc_advisor.workload import Factor, Workload

_TEXTS: Final = {Factor.DURABLE: "Must the work outlive the program?"}
"""Where the wizard's question asks for more than the one factor."""


def missing_answers(workload: Workload) -> Iterator[str]:
    """Yield a line for each factor that may still matter, the most telling first.

    Each begins with what can be pasted; its values stand behind a #, which a shell takes for a comment.
    """
    yield "missing answers, the most telling first; each may stay unknown:"
    factors = [factor for factor in in_order(workload) if factor in relevant(workload)]
    width = max((len(_option(factor)) for factor in factors), default=0)
    for factor in factors:
        values = ", ".join(map(shlex.quote, written_choices(factor)))
        yield f"  {_option(factor):{width}}  # {_TEXTS.get(factor, question_for(factor).text)} {values}"


def _option(factor: Factor) -> str:
    return f"--set {factor.value}={UNKNOWN}"
