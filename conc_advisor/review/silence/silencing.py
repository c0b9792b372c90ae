"""Takes all ways together in which findings are silenced: comments, globs of files, a baseline."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache as remembered
from pathlib import Path
from typing import Final

from conc_advisor.files import real
from conc_advisor.findings import Finding
from conc_advisor.review.cards import CARDS
from conc_advisor.review.engine.cache import Cache
from conc_advisor.review.engine.listing import Listing
from conc_advisor.review.engine.orders import FileOrder
from conc_advisor.review.engine.sources import Sources
from conc_advisor.review.linters.duplicates import twins
from conc_advisor.review.settings import ReviewSettings
from conc_advisor.review.silence import baseline, suppressions
from conc_advisor.review.silence.directives import Directive, read_directives
from conc_advisor.review.silence.known import known_codes
from conc_advisor.review.silence.per_file import PerFileIgnores
from conc_advisor.review.silence.selection import words_of
from conc_advisor.review.silence.sifted import Sifted
from conc_advisor.scanning.inventory import Part

_KNOWN: Final = frozenset(rule.code for rule in CARDS)
TWINS: Final = twins((rule.code, rule.also) for rule in CARDS)
"""The codes of other tools that say the same, by our code."""


def silence(  # noqa: PLR0913, PLR0917  # what there is to silence, and all that may say so
    findings: Iterable[Finding], mentions: Collection[int], settings: ReviewSettings, listing: Listing, sources: Sources, cache: Cache
) -> tuple[Sifted, str | None]:
    """Return findings parted into what is shown and what is not, sorted by place, and a note on the baseline.

    `mentions` are the numbers of files with comments that may silence something.
    """
    by_file: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_file[finding.location.file if finding.location is not None else ""].append(finding)
    per_file = PerFileIgnores(settings.per_file_ignores, settings.root)
    parts: list[Sifted] = [Sifted(kept=tuple(by_file.pop("", ())))]
    for order in listing.orders:
        own = sorted(by_file.get(order.file, ()), key=place)
        if own or (order.number in mentions and order.number in listing.wanted):
            commented = _by_comments(own, order, settings, sources, cache) if order.number in mentions else Sifted(kept=tuple(own))
            parts.append(commented.then(per_file.apply(commented.kept, order.path)))
    sifted = Sifted(
        kept=tuple(sorted((each for part in parts for each in part.kept), key=place)),
        silenced=tuple(sorted((each for part in parts for each in part.silenced), key=lambda each: place(each.finding))),
    )
    return _by_baseline(sifted, settings, listing, sources)


def place(finding: Finding) -> tuple[str, int, int, str, str]:
    """Return what findings are sorted by: file, line, column, code, and then the message."""
    where = finding.location
    return (where.file, where.line, where.column, finding.rule, finding.message) if where else ("", 0, 0, finding.rule, finding.message)


def _by_comments(findings: Sequence[Finding], order: FileOrder, settings: ReviewSettings, sources: Sources, cache: Cache) -> Sifted:
    ran = frozenset(rule.code for rule in CARDS if rule.code in settings.codes and (rule.in_tests or order.part is not Part.TESTS))
    names = _names()
    codes = suppressions.Codes(known=_KNOWN, ran=ran, twins=TWINS, names=names)

    def read(lines: Sequence[str]) -> Sequence[Directive]:
        return cache.directives(order, lambda: read_directives(lines, names))

    return suppressions.apply(findings, sources.lines(order.file), codes, file=order.file, honour=settings.noqa, read=read)


@remembered
def _names() -> Mapping[str, frozenset[str]]:
    return words_of(known_codes(CARDS))


def _by_baseline(sifted: Sifted, settings: ReviewSettings, listing: Listing, sources: Sources) -> tuple[Sifted, str | None]:
    if settings.baseline is None:
        return sifted, None
    root = real(settings.root)
    places = {order.file: _below(order.path, root) for order in listing.orders}
    wanted = {places[listing.orders[number].file] for number in listing.wanted}
    compared = baseline.apply(
        sifted.kept,
        baseline.read(settings.baseline),
        sources.of(sifted.kept),
        lambda file: places.get(file, file),
        lambda entry: entry.file in wanted and entry.code in settings.codes,
    )
    return sifted.then(compared.sifted), baseline.note_of(compared.gone, settings.baseline)


def _below(path: Path, root: Path) -> str:
    place = real(path)
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else place.as_posix()
