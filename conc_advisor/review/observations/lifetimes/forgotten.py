"""Finds what a method that closes an instance forgets: its timers, and pools and schedulers that only their names tell."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.findings import Confidence
from conc_advisor.review.context import FileContext, last_name
from conc_advisor.review.knowledge.lifetimes import CLOSING
from conc_advisor.review.observations.lifetimes.fate import fate_of, fate_of_attribute
from conc_advisor.review.observations.lifetimes.makings import makings
from conc_advisor.review.observations.lifetimes.owners import closing_method, owner_of
from conc_advisor.review.wording.remark import Remark

# --- timers -----------------------------------------------------------------------------------------------------------------------


def uncancelled_timers(context: FileContext) -> Iterator[Remark]:
    """Yield the methods that close an instance and leave its timer to go off afterwards."""
    for making in makings(context, ("threading.Timer",)):
        fate = fate_of(context, making.scope, making.call, frozenset({"cancel", "join"}))
        kept = fate.attributes[0] if len(fate.attributes) == 1 else None
        owner = owner_of(context, making.scope, kept) if kept is not None else None
        closing = closing_method(owner) if owner is not None else None
        if kept is None or owner is None or closing is None or fate.ended or fate.handed_on:
            continue
        whole = fate_of_attribute(context, kept.attr, frozenset({"cancel", "join"}))
        if not (whole.ended or whole.handed_on):
            yield Remark(
                node=closing.node,
                message=f"`{owner.name}.{closing.name}` does not cancel the timer in `self.{kept.attr}`: "
                "it goes off afterwards, and unless it is a daemon the program waits for it",
                advice=f"call `self.{kept.attr}.cancel()` in it",
                confidence=Confidence.MEDIUM,
                steps=(context.step(making.call, f"self.{kept.attr} is made here"),),
            )


# --- pools by their names ---------------------------------------------------------------------------------------------------------

_POOLS: Final = re.compile(r"(?:ThreadPool|ProcessPool|WorkerPool|Executor|BackgroundScheduler|AsyncIOScheduler|QueueListener)$|^Observer$")
_POOL_ENDS: Final = frozenset({*CLOSING, "wait", "drain", "terminate"})


def forgotten_pools(context: FileContext) -> Iterator[Remark]:
    """Yield methods that close an instance and forget its pool, which is of a class that only its name tells."""
    for scope in context.functions():
        for kept, binding in scope.assigned_attributes:
            made = binding.value
            if not isinstance(made, ast.Call) or not _POOLS.search(last_name(made)):
                continue
            if context.path(made).startswith(("concurrent.", "multiprocessing.")):
                continue
            owner = owner_of(context, scope, kept)
            closing = closing_method(owner) if owner is not None else None
            if owner is None or closing is None:
                continue
            fate = fate_of_attribute(context, kept.attr, _POOL_ENDS)
            if fate.calls and not (fate.ended or fate.handed_on):
                yield Remark(
                    node=closing.node,
                    message=f"`{owner.name}.{closing.name}` does not end the `{last_name(made)}` in `self.{kept.attr}`: "
                    "its threads live on",
                    advice=f"end `self.{kept.attr}` in it, as its class `{last_name(made)}` says",
                    steps=(context.step(made, f"self.{kept.attr} is made here"),),
                )
