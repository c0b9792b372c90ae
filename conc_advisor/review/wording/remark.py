"""What a part of a rule says of a place, before the rule puts its code to it."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conc_advisor.findings import Confidence, Finding, Severity, Step
from conc_advisor.review.context import FileContext
from conc_advisor.review.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A message and an advice about a node; the fields are those of `Finding`."""

    node: ast.AST
    message: str
    advice: str
    confidence: Confidence = Confidence.LOW
    severity: Severity = Severity.INFO
    steps: tuple[Step, ...] = ()


def findings_of(rule: Rule, context: FileContext, remarks: Iterable[Remark]) -> Iterator[Finding]:
    """Yield remarks as findings of a rule."""
    for each in remarks:
        yield rule.finding(
            context,
            each.node,
            each.message,
            advice=each.advice,
            confidence=each.confidence,
            severity=each.severity,
            steps=each.steps,
        )
