"""Reviews source: finds the files, reads them, looks for pitfalls, and leaves out what the user has silenced."""

from dataclasses import replace
from typing import Final

from conc_advisor.review.engine.cache import Cache, key_of
from conc_advisor.review.engine.crew import Crew
from conc_advisor.review.engine.listing import Listing, list_files
from conc_advisor.review.engine.overlaps import with_overlaps
from conc_advisor.review.engine.packing import facts_in
from conc_advisor.review.engine.phases import Looked, Progress, look, silent
from conc_advisor.review.engine.sources import Sources
from conc_advisor.review.linters.duplicates import merge
from conc_advisor.review.linters.second_opinion import ask_ruff
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.settings import ReviewSettings
from conc_advisor.review.silence.silencing import TWINS, silence
from conc_advisor.scanning.inventory import Inventory, Skipped
from conc_advisor.scanning.scan import promoted
from conc_advisor.scanning.sums import sum_up
from conc_advisor.scanning.walk import SourceFile

_REPORT: Final = "please report it, with the lines of code that it is about if you may show them"


def review(settings: ReviewSettings, *, progress: Progress = silent) -> Outcome:
    """Return what there is to say of some files; nothing that is read is imported or run.

    Raises `TargetError` for a path that is not there, `UsageError` for a glob or a baseline that cannot be read.
    """
    listing = list_files(settings)
    cache = Cache(settings.cache, listing.task)
    with Crew(listing.task, jobs=settings.jobs) as crew:
        looked = _asked_for(look(listing, crew, cache, progress), listing)
    sources = Sources(listing.orders)
    heard = ask_ruff([listing.orders[each.number] for each in looked.reviewed], settings, listing, cache, sources)
    findings = merge((finding for each in looked.reviewed for finding in each.findings), heard.findings, with_overlaps(TWINS))
    mentions = frozenset(reading.number for reading in looked.readings if reading.mentions)
    sifted, gone = silence(findings, mentions, settings, listing, sources, cache)
    skipped, notes = _skipped(looked, listing)
    inventory = _inventory(looked, listing, skipped, cache)
    unsaved = cache.save()
    shown = sources.of([*sifted.kept, *(each.finding for each in sifted.silenced)])
    return Outcome(
        findings=sifted.kept,
        silenced=sifted.silenced,
        skipped=skipped,
        notes=(*listing.notes, *notes, *heard.notes, *((gone,) if gone is not None else ())),
        details=(unsaved,) if unsaved is not None else (),
        files=len(looked.readings),
        lines=sum(reading.lines for reading in looked.readings),
        cached=looked.cached,
        inventory=inventory,
        sources=shown,
        paths={order.file: order.path for order in listing.orders if order.file in shown},
    )


def _asked_for(looked: Looked, listing: Listing) -> Looked:
    """Return what came of the files that are reviewed, without those that were read only for what they say of these."""
    return replace(
        looked,
        readings=tuple(each for each in looked.readings if each.number < listing.around),
        unread=tuple(each for each in looked.unread if each.number < listing.around),
    )


def _skipped(looked: Looked, listing: Listing) -> tuple[tuple[Skipped, ...], tuple[str, ...]]:
    """Return what was not read, or not by all rules, and a note where that is our own fault."""
    unread = [(each.number, each.why) for each in looked.unread]
    failed = [(each.number, why) for each in looked.reviewed for why in each.failed]
    skipped = [Skipped(file=listing.orders[number].file, why=why) for number, why in sorted((*unread, *failed))]
    bugs = sum(each.bug for each in looked.unread) + sum(bool(each.failed) for each in looked.reviewed)
    note = f"{bugs} file{'s were' if bugs != 1 else ' was'} not reviewed in full by a bug of ours: {_REPORT}"
    return (*listing.found.skipped, *skipped), ((note,) if bugs else ())


def _inventory(looked: Looked, listing: Listing, skipped: tuple[Skipped, ...], cache: Cache) -> Inventory:
    """Return what the files say of the project's concurrency, as a scan would."""
    orders = [listing.orders[reading.number] for reading in looked.readings]
    parts = [file.part for file in promoted([SourceFile(path=order.path, shown=order.file, part=order.part) for order in orders])]
    found, ground = listing.found, listing.ground

    def made() -> Inventory:
        facts = (facts_in(reading.facts) for reading in looked.readings)
        return sum_up(ground, zip(parts, facts, strict=True), skipped, notebooks=found.notebooks, ignored=found.ignored)

    key = key_of(
        repr((ground.metadata, sorted(ground.own), sorted(ground.foreign), skipped, found.notebooks, found.ignored)),
        *parts,
        *(reading.facts for reading in looked.readings),
    )
    return cache.inventory(key, made)
