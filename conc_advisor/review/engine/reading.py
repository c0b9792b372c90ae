"""Reads one file for a review: parses it, and takes from it what the others need to know."""

from dataclasses import dataclass
from typing import Final

from conc_advisor.review.engine.file_data import data_of, digest_of
from conc_advisor.review.engine.orders import FileOrder, Reading, Task, Unread
from conc_advisor.review.engine.packing import packed
from conc_advisor.review.parsed import ParsedModule
from conc_advisor.review.silence.directives import mentioned
from conc_advisor.review.symbols.paths import Paths
from conc_advisor.review.symbols.reader import SymbolTree
from conc_advisor.review.symbols.summary import summarise, symbols_of
from conc_advisor.scanning.facts import facts_of
from conc_advisor.scanning.source import UnreadableError, parse
from conc_advisor.scanning.words import Words

TOO_DEEP: Final = "nested too deeply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file's syntax tree with what was worked out about it; `words` are those of its text."""

    digest: bytes
    words: Words
    parsed: ParsedModule
    symbols: SymbolTree
    paths: Paths


def opened(order: FileOrder, task: Task) -> Opened:
    """Return a file's syntax tree and what is known of it; raises `UnreadableError`."""
    data = data_of(order)
    try:
        source = parse(data)
    except UnreadableError as error:
        error.digest = digest_of(data)
        raise
    parsed = ParsedModule(
        path=order.path,
        file=order.file,
        name=order.name,
        package=order.package,
        part=order.part,
        lines=source.lines,
        tree=source.tree,
        python=task.python,
    )
    symbols = symbols_of(parsed)
    return Opened(digest=digest_of(data), words=Words(source.text), parsed=parsed, symbols=symbols, paths=Paths(symbols))


def read_module(order: FileOrder, task: Task) -> tuple[Reading, Opened] | Unread:
    """Return what one file tells the others, and its tree; or why it cannot be read.  Raises nothing."""
    try:
        module = opened(order, task)
        parsed = module.parsed
        reading = Reading(
            number=order.number,
            lines=len(parsed.lines) - (not parsed.lines[-1]),
            digest=module.digest,
            mentions=bool(mentioned(parsed.lines)),
            summary=packed(summarise(parsed, module.symbols, module.paths)),
            facts=packed(facts_of(parsed.tree, parsed.file, task.foreign, module.words)),
        )
    except Exception as error:  # noqa: BLE001  # a bug of ours costs one file, not the whole review
        return unread(order, error)
    return reading, module


def unread(order: FileOrder, error: Exception) -> Unread:
    """Return what an exception means for a file."""
    match error:
        case UnreadableError():
            return Unread(number=order.number, why=str(error), digest=error.digest)
        case RecursionError() | MemoryError():
            return Unread(number=order.number, why=TOO_DEEP)
        case _:
            return Unread(number=order.number, why=f"a bug of ours in the symbol table: {said(error)}", bug=True)


def said(error: Exception) -> str:
    """Return the kind of an exception and its text on one line, shortened: it may hold a piece of the code."""
    text = f"{type(error).__name__}: {error}".replace("\n", " ")
    return text if len(text) <= 200 else f"{text[:199]}…"  # noqa: PLR2004  # a line of a terminal or two
