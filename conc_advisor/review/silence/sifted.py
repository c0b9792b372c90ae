"""Findings parted into what is shown and what is not: values only."""

from dataclasses import dataclass
from typing import Self

from conc_advisor.findings import Finding
from conc_advisor.review.outcome import Silenced


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """Findings after one way of silencing them, each half in the order in which they came."""

    kept: tuple[Finding, ...] = ()
    silenced: tuple[Silenced, ...] = ()

    def then(self, next_one: "Self") -> "Sifted":
        """Return what another sieve made of `kept`, beside what had been silenced before."""
        return Sifted(kept=next_one.kept, silenced=(*self.silenced, *next_one.silenced))
