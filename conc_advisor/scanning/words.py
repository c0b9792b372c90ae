"""Takes source apart into words, without looking at what they mean: what lacks a name in its text does not use it."""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

_ASCII: Final = 128
_PARTING: Final = bytes(code if code >= _ASCII or chr(code).isalnum() or code == ord("_") else ord(" ") for code in range(256))


class Words:
    """The names, keywords and numbers of a text, those in comments and strings included."""

    __slots__ = ("_text", "all")

    def __init__(self, text: str) -> None:
        # Python compares identifiers in this form (PEP 3131); what it does to the text leaves every line end where it is.
        self._text = text if text.isascii() else unicodedata.normalize("NFKC", text)
        self.all = frozenset(self._text.encode(errors="replace").translate(_PARTING).decode().split())

    def counted(self, words: Iterable[str]) -> list[int]:
        """Return for each line, from 0, how many of the lines up to it hold one of some words; parts of longer words count as well."""
        text = self._text
        begins = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
        counts = [0] * len(begins)
        for word in self.all.intersection(words):
            place = text.find(word)
            while place >= 0:
                line = bisect_right(begins, place)
                counts[line] = 1
                place = text.find(word, begins[line])
        return list(accumulate(counts))
