"""Reads one file for a review: parses it, and takes from it what the others need to know."""

import hashlib

from conc_advisor.review.directives import mentioned
from conc_advisor.review.orders import FileOrder, Reading, Task, Unread
from conc_advisor.review.packing import packed
from conc_advisor.review.parsed import ParsedModule
from conc_advisor.review.symbols.summary import summarise
from conc_advisor.scanning.facts import facts_of
from conc_advisor.scanning.source import UnreadableError, parse, read_data

TOO_DEEP = "nested too deeply"
_DIGEST_BYTES = 16


def digest_of(data: bytes) -> bytes:
    """Return 16 bytes that tell this text from any other."""
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()


def data_of(order: FileOrder) -> bytes:
    """Return what a file holds; raises `UnreadableError`."""
    return read_data(order.path) if order.data is None else order.data


def parse_module(order: FileOrder, task: Task, data: bytes) -> ParsedModule:
    """Return a file's syntax tree and what is known of it; raises `UnreadableError`."""
    source = parse(data)
    return ParsedModule(
        path=order.path,
        file=order.file,
        name=order.name,
        package=order.package,
        part=order.part,
        lines=source.lines,
        tree=source.tree,
        python=task.python,
    )


def read_module(order: FileOrder, task: Task) -> tuple[Reading, ParsedModule] | Unread:
    """Return what one file tells the others, and its tree; or why it cannot be read.  Raises nothing."""
    try:
        data = data_of(order)
        parsed = parse_module(order, task, data)
    except UnreadableError as error:
        return Unread(number=order.number, why=str(error))
    try:
        reading = Reading(
            number=order.number,
            lines=len(parsed.lines) - (not parsed.lines[-1]),
            digest=digest_of(data),
            mentions=bool(mentioned(parsed.lines)),
            summary=packed(summarise(parsed)),
            facts=packed(facts_of(parsed.tree, parsed.file, task.foreign)),
        )
    except (RecursionError, MemoryError):
        return Unread(number=order.number, why=TOO_DEEP)
    except Exception as error:  # noqa: BLE001  # a bug of ours costs one file, not the whole review
        return Unread(number=order.number, why=f"a bug of ours in the symbol table: {said(error)}", bug=True)
    return reading, parsed


def said(error: Exception) -> str:
    """Return the kind of an exception and its text on one line, shortened: it may hold a piece of the code."""
    text = f"{type(error).__name__}: {error}".replace("\n", " ")
    return text if len(text) <= 200 else f"{text[:199]}…"  # noqa: PLR2004  # a line of a terminal or two
