"""What the rules say of themselves is the same beside them and in them."""

from dataclasses import replace

from review_builder import context_of

from conc_advisor.review.cards import CARDS, FILE, written
from conc_advisor.review.rules import ALL


def test_the_cards_are_those_of_the_rules() -> None:
    """`python -m conc_advisor.review.cards` writes them anew."""
    assert FILE.read_text() == written(ALL)


def test_a_card_is_its_rule_but_for_the_function_behind_it() -> None:
    assert tuple(replace(card, check=rule.check) for card, rule in zip(CARDS, ALL, strict=True)) == ALL


def test_a_card_finds_what_its_rule_finds() -> None:
    context = context_of("import time\nasync def f():\n    time.sleep(1)\n")
    found = [finding.rule for card in CARDS for finding in card.check(context)]
    assert "CA101" in found
    assert found == [finding.rule for rule in ALL for finding in rule.check(context)]
