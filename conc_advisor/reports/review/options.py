"""What a report of `review` is given beside the outcome."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from conc_advisor.findings import Finding
from conc_advisor.reports.plain import Paper
from conc_advisor.review.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """How a report is to look, and what it cannot read from the outcome.

    Only the formats `full` and `concise` look at `paper`.  `rules` are all rules that there are; `paths` what was asked to be reviewed,
    as it was typed; `base` the absolute folder that the names of files are relative to, "" where that is not known; `python` the lowest
    minor version of Python 3 that the code was said to run on, None: each project's own.
    """

    paper: Paper = field(default_factory=Paper)
    rules: tuple[Rule, ...] = ()
    paths: tuple[str, ...] = (".",)
    base: str = ""
    python: int | None = None

    def by_code(self) -> dict[str, Rule]:
        """Return the rules by their codes."""
        return {rule.code: rule for rule in self.rules}

    def fired(self, findings: Iterable[Finding]) -> list[Rule]:
        """Return the rules that some of the findings come from, in the order of the rules."""
        codes = {finding.rule for finding in findings}
        return [rule for rule in self.rules if rule.code in codes]
