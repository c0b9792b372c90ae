"""What the rules say of themselves, without the rules: a review whose findings are all known from the last one needs no more of them.

`cards.json` beside this file holds it.  `python -m conc_advisor.review.cards` writes it anew from the rules; a test keeps both the same.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from conc_advisor.findings import Severity
from conc_advisor.review.rule import Rule

if TYPE_CHECKING:
    from conc_advisor.findings import Finding
    from conc_advisor.review.context import FileContext

FILE: Final = Path(__file__).with_name("cards.json")


class _Card(msgspec.Struct, frozen=True, kw_only=True):
    """All of a `Rule` but what it does."""

    code: str
    name: str
    pitfall: str
    topic: str
    summary: str
    severity: Severity
    also: tuple[str, ...]
    template: str | None
    in_tests: bool

    def rule(self) -> Rule:
        return Rule(**msgspec.structs.asdict(self), check=_late(self.code))


def written(rules: Iterable[Rule]) -> str:
    """Return what `cards.json` is to hold."""
    cards = [_Card(**{name: getattr(rule, name) for name in _Card.__struct_fields__}) for rule in rules]
    return msgspec.json.format(msgspec.json.encode(cards), indent=2).decode() + "\n"


def _late(code: str) -> "Callable[[FileContext], Iterator[Finding]]":
    """Return what loads the rule of a code when it is first asked."""

    def check(context: "FileContext") -> "Iterator[Finding]":
        from conc_advisor.review.rules import ALL  # noqa: PLC0415  # which is what is put off

        return next(rule for rule in ALL if rule.code == code).check(context)

    return check


if __name__ == "__main__":
    from conc_advisor.review.rules import ALL

    FILE.write_text(written(ALL))
else:
    CARDS: Final[tuple[Rule, ...]] = tuple(card.rule() for card in msgspec.json.decode(FILE.read_bytes(), type=tuple[_Card, ...]))
    """Every rule, by code, as `rules.ALL` has them."""
