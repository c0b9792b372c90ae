"""The rules of a review as SARIF writes them: what each is called, what it means, and its page."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from conc_advisor.findings import Finding, Severity
from conc_advisor.reports.review.rule_page import help_address, markdown
from conc_advisor.reports.sanitise import encodable
from conc_advisor.review.rule import Rule

LEVELS: Final[dict[Severity, str]] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def descriptors(findings: Iterable[Finding], rules: dict[str, Rule]) -> list[dict[str, Any]]:
    """Return each rule that some of the findings come from, by code; those of other tools with what the findings say of them."""
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.rule, finding)
    return list(_descriptors(first, rules))


def _descriptors(first: dict[str, Finding], rules: dict[str, Rule]) -> Iterator[dict[str, Any]]:
    for code in sorted(first):
        yield _descriptor(rules[code]) if code in rules else _foreign(code, first[code].severity)


def _descriptor(rule: Rule) -> dict[str, Any]:
    page = markdown(rule)
    found: dict[str, Any] = {
        "id": rule.code,
        # Pascal case is what the specification recommends for names, in its section 3.49.7.
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": ["concurrency", rule.group.value, *([rule.pitfall] if rule.pitfall else [])]},
    }
    if (address := help_address(rule)) is not None:
        found["helpUri"] = address
    return found


def _foreign(code: str, severity: Severity) -> dict[str, Any]:
    text = f"ruff's rule {encodable(code)}."
    return {
        "id": encodable(code),
        "shortDescription": {"text": text},
        "help": {"text": f"`ruff rule {encodable(code)}` shows its page."},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"tags": ["concurrency", "ruff"]},
    }
