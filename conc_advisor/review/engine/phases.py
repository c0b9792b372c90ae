"""The two halves of a review: every file is read, then, when all that they say of each other is known, pitfalls are looked for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from conc_advisor.review.engine.cache import Cache, key_of, project_key
from conc_advisor.review.engine.crew import Crew
from conc_advisor.review.engine.listing import Listing
from conc_advisor.review.engine.orders import FileOrder, Reading, Reviewed, Unread


class Progress(Protocol):
    """Is told how far a review is."""

    def __call__(self, doing: str, done: int, of: int) -> None:
        """Take it that so many files of so many are done."""


def silent(doing: str, done: int, of: int) -> None:  # as `Progress` is called
    """Show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of all files, each in their order; `unread` could not be read or reviewed.  `cached` of them needed no new look."""

    readings: tuple[Reading, ...]
    reviewed: tuple[Reviewed, ...]
    unread: tuple[Unread, ...]
    cached: int = 0


def look(listing: Listing, crew: Crew, cache: Cache, progress: Progress) -> Looked:
    """Return what is found in all files."""
    half = _Half(progress, unread={})
    readings = _read(listing, crew, cache, half)
    ordered = tuple(readings[order.number] for order in listing.orders if order.number in readings)
    wanted = [(listing.orders[each.number], each.digest) for each in ordered if each.number in listing.wanted]
    key = key_of(project_key(ordered), repr(listing.task.python), *sorted(listing.task.codes))
    known = {order.number: found for order, _ in wanted if (found := cache.found(order, key)) is not None}
    new = [(order, digest) for order, digest in wanted if order.number not in known]
    reviewed = {number: Reviewed(number=number, findings=findings) for number, findings in known.items()}
    if new:
        for number, each in half.through("looking for pitfalls", crew.review(new, [reading.summary for reading in ordered]), len(new)):
            reviewed[number] = each
            if not each.failed:
                cache.keep_found(listing.orders[number], key, each.findings)
    return Looked(
        readings=ordered,
        reviewed=tuple(reviewed[number] for number in sorted(reviewed)),
        unread=tuple(half.unread[number] for number in sorted(half.unread)),
        cached=len(known),
    )


def _read(listing: Listing, crew: Crew, cache: Cache, half: "_Half") -> dict[int, Reading]:
    """Return what each file tells, by number."""
    readings: dict[int, Reading] = {}
    new: list[FileOrder] = []
    for order in listing.orders:
        match cache.reading(order):
            case Reading() as known:
                readings[order.number] = known
            case Unread() as known:
                half.unread[order.number] = known
            case None:
                new.append(order)
    if new:
        for number, reading in half.through("reading", crew.read(new), len(new)):
            readings[number] = reading
            cache.keep_reading(listing.orders[number], reading)
        for order in new:
            if (unread := half.unread.get(order.number)) is not None:
                cache.keep_unread(order, unread)
    return readings


_Result = TypeVar("_Result", Reading, Reviewed)


@dataclass(frozen=True, slots=True)
class _Half:
    """Takes results as they come, and sets apart what could not be read."""

    progress: Progress
    unread: dict[int, Unread]

    def through(self, doing: str, results: Iterable[_Result | Unread], of: int) -> Iterator[tuple[int, _Result]]:
        """Yield each result with its file's number."""
        for done, each in enumerate(results, 1):
            self.progress(doing, done, of)
            if isinstance(each, Unread):
                self.unread[each.number] = each
            else:
                yield each.number, each
