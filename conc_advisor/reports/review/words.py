"""Words that several formats share."""

from typing import Final

from conc_advisor.findings import Finding, Location
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.rule import Rule

_ENDS: Final = (".", "!", "?", ":", "…")
NO_PLACE: Final = "-"
"""Stands for the file of a finding that has none."""


def sentence(text: str) -> str:
    """Return the text with a full stop where it has no end, so that another sentence may follow."""
    text = text.strip()
    return text if not text or text.endswith(_ENDS) else f"{text}."


def told(finding: Finding) -> str:
    """Return what is wrong and what to do about it."""
    advice = f" Help: {sentence(finding.advice)}" if finding.advice.strip() else ""
    return sentence(finding.message) + advice


def place(location: Location | None) -> str:
    """Return `file:line:column`, as far as it is known."""
    if location is None:
        return NO_PLACE
    numbers = [location.line, location.column] if location.column > 0 else [location.line]
    return ":".join([location.file, *map(str, numbers)]) if location.line > 0 else location.file


def log_place(location: Location | None) -> str:
    """Return `place(location)` for the beginning of a line of text.

    A line that begins with two colons is a command to GitHub, and a file may be named so; `./` before it names the same file.
    """
    words = place(location)
    return f"./{words}" if words.lstrip().startswith("::") else words


def template_rules(rules: list[Rule], outcome: Outcome) -> list[tuple[str, list[str]]]:
    """Return each template that mends findings, with the codes of its rules; the one for most findings first."""
    found: dict[str, int] = {}
    codes: dict[str, list[str]] = {}
    for rule in rules:
        if rule.template is not None:
            number = sum(finding.rule == rule.code for finding in outcome.findings)
            found[rule.template] = found.get(rule.template, 0) + number
            codes.setdefault(rule.template, []).append(rule.code)
    return [(template, codes[template]) for template in sorted(found, key=lambda template: -found[template])]
