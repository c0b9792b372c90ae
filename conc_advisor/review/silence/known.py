"""All codes that can be selected: those of our rules, and those that are taken from ruff."""

from collections.abc import Iterable

from conc_advisor.review.linters.ruff_rules import RULES, RuffRule
from conc_advisor.review.rule import Rule
from conc_advisor.review.silence.selection import Known


def known_codes(rules: Iterable[Rule], of_ruff: Iterable[RuffRule] = RULES) -> tuple[Known, ...]:
    """Return ours first, each in their order; a rule of ruff's is in the group of the rules of ours about the same pitfall."""
    ours = tuple(rules)
    groups = {rule.pitfall: rule.group for rule in reversed(ours) if rule.pitfall}
    return (
        *(Known(code=rule.code, name=rule.name, group=rule.group, pitfall=rule.pitfall) for rule in ours),
        *(
            Known(
                code=rule.code,
                name=rule.name,
                group=groups.get(rule.pitfall, ""),
                pitfall=rule.pitfall,
                covered_by=frozenset(each.code for each in ours if rule.code in {also.rpartition(" ")[2] for also in each.also}),
            )
            for rule in of_ruff
        ),
    )
