"""Keeps what a review worked out, so that the next one need not look again at what has not changed."""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from conc_advisor.files import is_there
from conc_advisor.findings import Finding
from conc_advisor.review.engine.cache_file import read_cache, write_cache
from conc_advisor.review.engine.file_data import data_of, digest_of
from conc_advisor.review.engine.orders import FileOrder, Reading, Task, Unread
from conc_advisor.review.engine.packing import directives_in, findings_in, inventory_in, packed
from conc_advisor.review.silence.directives import Directive
from conc_advisor.scanning.inventory import Inventory
from conc_advisor.scanning.source import UnreadableError

_KEY_BYTES: Final = 16
_FRESH_NANOSECONDS: Final = 2_000_000_000
"""A file that was changed so shortly before may be changed again under the same time stamp (FAT counts in steps of two seconds)."""
_MOST_FOUND: Final = 6
"""How many lists of findings are kept for a file: ours and ruff's, for a few selections of rules and files."""
_MOST_INVENTORIES: Final = 6
"""How many inventories are kept, of different choices of files."""
_MOST_NAMES: Final = 3
"""How many names and sets of settings one file may be kept under."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """What is known of one file: its size and time stamp when it was listed, what was read in it, and findings by their keys.

    `why` says of a file that cannot be parsed why that is, "" for all others.
    `directives` are its comments that silence findings, packed; None where nobody has asked for them yet.
    """

    path: bytes
    size: int
    modified: int
    reading: Reading
    found: dict[bytes, bytes] = field(default_factory=dict)
    directives: bytes | None = None
    why: str = ""


class _Kept(msgspec.Struct, kw_only=True):
    """All that is in the file: what is known of files, and inventories of whole projects, packed, by what they were summed up from."""

    entries: dict[bytes, Entry] = msgspec.field(default_factory=dict)
    inventories: dict[bytes, bytes] = msgspec.field(default_factory=dict)


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(_Kept)


class Cache:
    """What earlier reviews left, and this one leaves.  Without a folder it keeps nothing."""

    def __init__(self, folder: Path | None, task: Task) -> None:
        self._folder = folder
        self._base = key_of(repr(task.python), *sorted(task.foreign))
        kept = _kept(folder) if folder is not None else _Kept()
        self._entries, self._inventories = kept.entries, kept.inventories
        self._used: dict[bytes, Entry] = {}
        self._keys: dict[int, bytes] = {}
        self._changed = False

    def reading(self, order: FileOrder) -> Reading | Unread | None:
        """Return what was read in a file, or why that failed; None where it has changed since, or was never read under this name."""
        key = self._key(order)
        entry = self._entries.get(key)
        if entry is None or entry.size != order.size:
            return None
        if not order.modified or entry.modified != order.modified:
            if not _same_text(order, entry.reading.digest):
                return None
            self._changed = _stamp(entry, order) or self._changed
        self._used[key] = entry
        return Unread(number=order.number, why=entry.why) if entry.why else replace(entry.reading, number=order.number)

    def keep_reading(self, order: FileOrder, reading: Reading) -> None:
        """Keep what was read in a file."""
        if self._folder is None:
            return
        entry = Entry(path=os.fsencode(order.path.absolute()), size=order.size, modified=0, reading=replace(reading, number=0))
        self._used[self._key(order)] = entry
        _stamp(entry, order)
        self._changed = True

    def keep_unread(self, order: FileOrder, unread: Unread) -> None:
        """Keep why a file could not be read, where its text is why: its rights may change and leave all else as it is."""
        if self._folder is not None and unread.digest:
            self.keep_reading(order, Reading(number=0, lines=0, digest=unread.digest, mentions=False, summary=b"", facts=b""))
            self._used[self._key(order)].why = unread.why

    def found(self, order: FileOrder, key: bytes) -> tuple[Finding, ...] | None:
        """Return what was found in a file that `reading` knows; `key` stands for all that it depends on beside the file itself."""
        entry = self._used.get(self._key(order))
        data = entry.found.get(key) if entry is not None else None
        return findings_in(data) if data is not None else None

    def keep_found(self, order: FileOrder, key: bytes, findings: tuple[Finding, ...]) -> None:
        """Keep what was found in a file."""
        entry = self._used.get(self._key(order))
        if entry is None:
            return
        self._changed = True
        entry.found[key] = packed(findings)
        while len(entry.found) > _MOST_FOUND:
            del entry.found[next(iter(entry.found))]

    def directives(self, order: FileOrder, read: Callable[[], tuple[Directive, ...]]) -> tuple[Directive, ...]:
        """Return a file's comments that silence findings: those that are known, or else what `read` returns, and that is kept."""
        entry = self._used.get(self._key(order))
        if entry is None:
            return read()
        if entry.directives is None:
            entry.directives = packed(read())
            self._changed = True
        return directives_in(entry.directives)

    def inventory(self, key: bytes, made: Callable[[], Inventory]) -> Inventory:
        """Return the inventory that a key stands for: what was kept of it, or else what `made` returns, and that is kept."""
        data = self._inventories.pop(key, None)
        if data is None:
            inventory = made()
            data = packed(inventory)
            self._changed = True
        else:
            inventory = inventory_in(data)
        # The last ones are the latest.
        self._inventories[key] = data
        while len(self._inventories) > _MOST_INVENTORIES:
            del self._inventories[next(iter(self._inventories))]
        return inventory

    def save(self) -> str | None:
        """Write down what has changed; returns why that could not be done, in a clause."""
        if self._folder is None or not self._changed:
            return None
        # The last ones are the latest.
        entries = {**{key: entry for key, entry in self._entries.items() if key not in self._used}, **self._used}
        try:
            write_cache(self._folder, _encoder.encode(_Kept(entries=_bounded(entries), inventories=self._inventories)))
        except OSError as error:
            return f"the cache in {self._folder} cannot be written: {error.strerror or error}"
        return None

    def _key(self, order: FileOrder) -> bytes:
        known = self._keys.get(order.number)
        if known is None:
            known = self._keys[order.number] = key_of(os.fsencode(order.path.absolute()), order.file, order.name, order.part, self._base)
        return known


def key_of(*parts: str | bytes) -> bytes:
    """Return a key that tells these parts, in this order, from any others."""
    state = hashlib.blake2b(digest_size=_KEY_BYTES)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.digest()


def project_key(readings: Iterable[Reading]) -> bytes:
    """Return a key for all that some files say of each other."""
    return key_of(*(reading.summary for reading in readings))


def _kept(folder: Path) -> _Kept:
    body = read_cache(folder)
    try:
        return _decoder.decode(body) if body is not None else _Kept()
    except msgspec.MsgspecError:
        return _Kept()


def _stamp(entry: Entry, order: FileOrder) -> bool:
    """Note the time stamp of a file, unless the file may yet be changed under the same one; tells whether there was another."""
    fresh = time.time_ns() - order.modified < _FRESH_NANOSECONDS
    before, entry.modified = entry.modified, 0 if fresh else order.modified
    return before != entry.modified


def _same_text(order: FileOrder, digest: bytes) -> bool:
    try:
        return digest_of(data_of(order)) == digest
    except UnreadableError:
        return False


def _bounded(entries: dict[bytes, Entry]) -> dict[bytes, Entry]:
    """Return the entries of files that are still there, the latest few of each."""
    names: Counter[bytes] = Counter()
    kept: dict[bytes, Entry] = {}
    for key, entry in reversed(entries.items()):
        names[entry.path] += 1
        if names[entry.path] <= _MOST_NAMES and is_there(Path(os.fsdecode(entry.path))):
            kept[key] = entry
    return dict(reversed(kept.items()))
