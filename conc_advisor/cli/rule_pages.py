"""The pages of the rules of `review`, as `explain` shows those of the guide."""

import difflib
import re
from collections.abc import Mapping
from typing import Final

from conc_advisor.errors import UsageError
from conc_advisor.guide.guide import Page, Topic, TopicKind
from conc_advisor.review.rule import Rule
from conc_advisor.review.rules import ALL

_CODE: Final = re.compile(r"[A-Za-z]{1,8}\d{3}")
_SHOWN: Final = 3
"""How many near names are worth showing."""


def looks_like_a_code(word: str) -> bool:
    """Tell whether a word can be a rule's code, ours or another tool's, and nothing else that has a page."""
    return _CODE.fullmatch(word.strip()) is not None


def rule_topics() -> Mapping[str, Topic]:
    """Return the topic of every rule by its code."""
    return {rule.code: _topic(rule) for rule in ALL}


def find_rule(word: str) -> Rule | None:
    """Return the rule of that code or name, in any capitals; of another tool's code the rule of ours that says the same."""
    plain = word.strip().lower().replace("_", "-")
    named = (rule for rule in ALL if plain in {rule.code.lower(), rule.name})
    same = (rule for rule in ALL if plain in {each.lower().rpartition(" ")[2] for each in rule.also})
    return next(named, None) or next(same, None)


def rule_page(rule: Rule) -> Page:
    """Return the page of a rule."""
    from conc_advisor.reports.review.rule_page import markdown  # noqa: PLC0415  # who only looks for one needs no page

    return Page(topic=_topic(rule), text=markdown(rule))


def asked_rule(word: str) -> Rule:
    """Return the rule that was asked for; raises `UsageError` with the nearest."""
    rule = find_rule(word)
    if rule is None:
        near = near_rules(word)
        if near:
            hint = f"did you mean {' or '.join(near)}?"
        elif looks_like_a_code(word) and not word.strip().lower().startswith("ca"):
            hint = f"the rules of ruff are its own: ruff rule {word.strip().upper()}"
        else:
            hint = "conc-advisor explain lists the rules"
        raise UsageError(f"there is no rule {word!r}", hint=hint)
    return rule


def near_rules(word: str) -> tuple[str, ...]:
    """Return the codes and names of rules that look most like a word, best first."""
    spelled = {each.lower(): each for rule in ALL for each in (rule.code, rule.name)}
    return tuple(spelled[found] for found in difflib.get_close_matches(word.strip().lower(), spelled, n=_SHOWN, cutoff=0.7))


def after_rule(rule: Rule) -> str:
    """Return the command to run after a rule's page, without our own name."""
    if rule.template is not None:
        return f"scaffold {rule.template} --show"
    return f"explain {rule.topic}" if rule.topic else "review"


def _topic(rule: Rule) -> Topic:
    return Topic(name=rule.name, title=f"{rule.code} {rule.name}", summary=rule.summary, kind=TopicKind.RULE)
