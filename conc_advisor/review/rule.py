"""What a rule is, and how it says what it found."""

import ast
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from conc_advisor.findings import Confidence, Finding, Fix, Severity, Step
from conc_advisor.review.wording.older_python import as_known_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conc_advisor.review.context import FileContext


class Group(StrEnum):
    """The seeds of trouble, behind what is said of the comments that silence rules; the first digit of a code tells the group."""

    SUPPRESSIONS = "suppressions"
    BLOCKING = "blocking"
    LIFETIME = "lifetime"
    CANCELLATION = "cancellation"
    BOUNDS = "bounds"
    SHARING = "sharing"
    PROCESSES = "processes"
    MODEL = "model"

    @property
    def digit(self) -> str:
        """The first digit of the codes of this group, "0" to "7"."""
        return str(list(type(self)).index(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One pitfall that can be seen in source.  The docstring of its module is its page.

    `code` (`CA101`) and `name` (`blocking-call-in-coroutine`) are stable; `pitfall` is the number of the pitfall in the list that the
    rules were made from (`P01`), "" for others; `topic` is the guide's page about it.  `severity` is the usual one.  `also` are the
    rules of other tools that say the same of some code.  `template` is the scaffold template whose code mends it, None where none does.
    `in_tests`: it is looked for in test code, too.  `check` yields the findings of one file.
    """

    code: str
    name: str
    pitfall: str
    topic: str
    summary: str
    severity: Severity
    check: "Callable[[FileContext], Iterator[Finding]]"
    also: tuple[str, ...] = ()
    template: str | None = None
    in_tests: bool = False

    @property
    def group(self) -> Group:
        """The group that the code's first digit names."""
        return next(group for group in Group if self.code[2] == group.digit)

    def finding(  # noqa: PLR0913  # all but the first three by name
        self,
        context: "FileContext",
        node: ast.AST,
        message: str,
        *,
        advice: str,
        confidence: Confidence,
        severity: Severity | None = None,
        steps: tuple[Step, ...] = (),
        fix: Fix | None = None,
    ) -> Finding:
        """Return what this rule says of a node; `severity` is the rule's own unless given."""
        return Finding(
            rule=self.code,
            severity=self.severity if severity is None else severity,
            confidence=confidence,
            message=message,
            advice=as_known_to(context.python, advice),
            location=context.location(node),
            steps=steps,
            fix=fix,
        )
