"""The rules, one a file; each module's docstring is the rule's page."""

from typing import Final

from conc_advisor.review.rule import Rule
from conc_advisor.review.rules import coroutine_never_awaited

ALL: Final[tuple[Rule, ...]] = (coroutine_never_awaited.RULE,)
"""Every rule, by code.  A test keeps that no module of this package is missing."""
