"""Asks ruff about the files of a review, but for those whose answer is known."""

import importlib.util
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache as remembered
from pathlib import Path
from typing import Final

from conc_advisor.findings import Finding
from conc_advisor.review.engine.cache import Cache, key_of
from conc_advisor.review.engine.listing import Listing
from conc_advisor.review.engine.orders import FileOrder
from conc_advisor.review.engine.sources import Sources
from conc_advisor.review.linters import ruff
from conc_advisor.review.linters.enclosing import NOWHERE, Enclosing, enclosing
from conc_advisor.review.linters.ruff_rules import IN_TESTS, wanted
from conc_advisor.review.settings import ReviewSettings
from conc_advisor.scanning.inventory import Part
from conc_advisor.scanning.source import UnreadableError

_MOST_RETOLD: Final = 100
"""How many files are given to ruff one by one: each takes a process, some 10 ms."""


def ask_ruff(orders: Sequence[FileOrder], settings: ReviewSettings, listing: Listing, cache: Cache, sources: Sources) -> ruff.Heard:
    """Return what ruff finds in some files; raises nothing."""
    codes = wanted(settings.codes)
    if not settings.ruff or not codes:
        return ruff.Heard()
    python = listing.task.python
    key = key_of("ruff", _version(), repr(settings.noqa), repr(python), *sorted(codes))
    known = {order.file: found for order in orders if (found := cache.found(order, key)) is not None}
    new = [order for order in orders if order.file not in known]
    asked = ruff.Asked(
        files={order.path: order.file for order in new if order.data is None},
        codes=frozenset(codes),
        stdin=next(((order.path, _utf8(order, sources)) for order in new if order.data is not None), None),
        noqa=settings.noqa,
        python=python,
    )
    heard = _heard(asked, new, sources)
    if not heard.notes:
        _keep(heard.findings, new, key, cache)
    tests = {order.file for order in orders if order.part is Part.TESTS}
    findings = (*(each for found in known.values() for each in found), *heard.findings)
    findings = tuple(each for each in findings if each.rule in IN_TESTS or each.location is None or each.location.file not in tests)
    return ruff.Heard(findings=findings, notes=heard.notes)


def _heard(asked: ruff.Asked, orders: Sequence[FileOrder], sources: Sources) -> ruff.Heard:
    """Return what ruff finds; files in another encoding than UTF-8, which it does not read, are given to it as text, one by one."""
    around = _Surroundings(sources)
    heard = ruff.ask(asked, around)
    by_name = {order.file: order for order in orders}
    unread = list(dict.fromkeys(heard.unread))
    for name in unread[:_MOST_RETOLD]:
        order = by_name[name]
        again = ruff.ask(replace(asked, files={}, stdin=(order.path, _utf8(order, sources)), name=name), around)
        notes = dict.fromkeys((*heard.notes, *again.notes))
        heard = replace(heard, findings=(*heard.findings, *again.findings), notes=tuple(notes))
    if (rest := len(unread) - _MOST_RETOLD) > 0:
        note = f"what only ruff finds is missing for {rest:,} files that are not in UTF-8, {unread[_MOST_RETOLD]} among them"
        heard = replace(heard, notes=(*heard.notes, note))
    return heard


def _utf8(order: FileOrder, sources: Sources) -> bytes:
    """Return a file's text in UTF-8, and unchanged where it is that already."""
    if order.data is not None:
        with suppress(UnicodeDecodeError):
            order.data.decode()
            return order.data
    return "\n".join(sources.lines(order.file)).encode("utf-8", "replace")


def _keep(findings: Sequence[Finding], orders: Sequence[FileOrder], key: bytes, cache: Cache) -> None:
    by_file: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_file[finding.location.file if finding.location is not None else ""].append(finding)
    for order in orders:
        cache.keep_found(order, key, tuple(by_file[order.file]))


class _Surroundings:
    """Tells what lies around a line of a file; each file is parsed once, and only if it is asked about."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._around = remembered(self._lines_of)

    def __call__(self, file: str, line: int) -> Enclosing:
        return self._around(file).get(line, NOWHERE)

    def _lines_of(self, file: str) -> Mapping[int, Enclosing]:
        try:
            return enclosing(self._sources.tree(file))
        except UnreadableError:
            return {}


def _version() -> str:
    """Return what tells the ruff that is installed from others: its version, by the folder that installers make beside every package."""
    # `importlib.metadata` says the same, and takes as long to load as a third of a review whose findings are all known.
    spec = importlib.util.find_spec("ruff")
    if spec is None or spec.origin is None:
        return ""
    packages = Path(spec.origin).parents[1]
    return " ".join(sorted(each.name for each in packages.glob("ruff-*.dist-info")))
