"""Names a finding so that it is known again after lines above it came or went: for baselines, and for services that follow alerts."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from conc_advisor.findings import Finding

DIGITS: Final = 16
"""Hexadecimal digits: 64 bits, so that among 100,000 findings two share a name with a probability of 3 in 10,000,000,000."""


def fingerprint(finding: Finding, lines: Sequence[str], occurrence: int) -> str:
    """Return the finding's name, 16 hexadecimal digits.

    It is made from the code, the file, the function and the source line, in which a change of indentation or of blanks changes nothing;
    neither the line's number nor the message is in it.  `lines` are the file's, without line ends; empty where they are not known.
    `occurrence` tells apart findings that are equal in all of that: 0 for the first in the file.
    """
    parts = (*_identity(finding, lines), str(occurrence))
    # A separator that is in none of the parts; names of files may hold lone surrogates.
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def fingerprints(findings: Iterable[Finding], sources: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the name of each finding, in the given order, in which equal ones are counted.

    `sources` gives the lines of a file by its name as shown.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    names = []
    for finding in findings:
        lines = sources.get(finding.location.file, ()) if finding.location else ()
        identity = _identity(finding, lines)
        names.append(fingerprint(finding, lines, seen[identity]))
        seen[identity] += 1
    return names


def _identity(finding: Finding, lines: Sequence[str]) -> tuple[str, ...]:
    place = finding.location
    if place is None:
        return (finding.rule, "", "", "")
    text = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    return (finding.rule, place.file, place.function, " ".join(text.replace("\0", " ").split()))
