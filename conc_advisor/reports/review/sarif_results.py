"""Findings as results of SARIF."""

import re
from dataclasses import dataclass
from typing import Any, Final

from conc_advisor.findings import Confidence, Finding, Fix, Severity
from conc_advisor.reports.review.sarif_places import artifact, location, region
from conc_advisor.reports.review.sarif_rules import LEVELS
from conc_advisor.reports.review.words import told
from conc_advisor.reports.sanitise import encodable
from conc_advisor.review.rule import Rule

FINGERPRINT: Final = "concAdvisorFinding/v1"
"""The name of our fingerprint; its number changes when what it is made from does."""
_LINK: Final = re.compile(r"\[(?=[^\[\]]*\]\()")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the results of a run refer to: the rules by code, their places in the list of the run, the folder that files lie below."""

    rules: dict[str, Rule]
    numbers: dict[str, int]
    base: str


def result(finding: Finding, name: str, scope: Scope) -> dict[str, Any]:
    """Return a finding, whose fingerprint is `name`, without what is said of suppressions."""
    code = encodable(finding.rule)
    found: dict[str, Any] = {
        "ruleId": code,
        "ruleIndex": scope.numbers[code],
        "level": LEVELS[finding.severity],
        "message": {"text": literal(told(finding))},
        "locations": [location(finding.location, scope.base)] if finding.location else [],
        "partialFingerprints": {FINGERPRINT: name},
        "rank": rank(finding),
        "properties": _properties(finding, scope.rules.get(finding.rule)),
    }
    if finding.steps:
        found["codeFlows"] = [{"threadFlows": [{"locations": _steps(finding, scope.base)}]}]
    if finding.fix is not None and finding.location is not None:
        found["fixes"] = [_fix(finding.fix, artifact(finding.location.file, scope.base))]
    return found


def _properties(finding: Finding, rule: Rule | None) -> dict[str, Any]:
    found: dict[str, Any] = {"confidence": finding.confidence.value}
    if rule is not None and rule.pitfall:
        found["pitfall"] = rule.pitfall
    if finding.also:
        found["also"] = [encodable(each) for each in finding.also]
    return found


def _steps(finding: Finding, base: str) -> list[dict[str, Any]]:
    return [
        {"location": {**location(step.location, base), "message": {"text": literal(step.text)}}, "executionOrder": number}
        for number, step in enumerate(finding.steps, 1)
    ]


def _fix(fix: Fix, file: dict[str, Any]) -> dict[str, Any]:
    replacements = [{"deletedRegion": region(edit), "insertedContent": {"text": encodable(edit.text)}} for edit in fix.edits]
    return {
        "description": {"text": literal(fix.title)},
        "artifactChanges": [{"artifactLocation": file, "replacements": replacements}],
        "properties": {"safe": fix.safe},
    }


def rank(finding: Finding) -> float:
    """Return how much a finding matters, 0 to 100: by severity, within it by confidence.  An order, no measure."""
    confidences, severities = len(Confidence), len(Severity)
    place = finding.severity.rank * confidences + list(Confidence).index(finding.confidence)
    return round(100 * (place + 1) / (severities * confidences), 1)


def literal(text: str) -> str:
    """Return text for a message, where braces hold the place of arguments and brackets before parentheses are links (3.11.5, 3.11.6)."""
    return _LINK.sub(r"\\[", encodable(text).replace("{", "{{").replace("}", "}}"))
