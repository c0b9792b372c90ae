"""The text of a file of answers, as `choose --save` writes it and `choose --answers` reads it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Final
from zlib import crc32

from conc_advisor.decision.answers import SAVED_SCHEMA
from conc_advisor.decision.values import written
from conc_advisor.workload import FOUND_AGAIN, Evidence, Factor, Origin, Quantities

MARK: Final = "# Answers saved by `conc-advisor choose`."
"""How a file begins that `choose` wrote."""
_CHECKSUM: Final = "# Checksum: "
"""What stands before the CRC-32 of all the following lines: a file whose own one is another has been edited."""


def saved_text(chosen: Mapping[Factor, Evidence], unknown: Iterable[Factor], quantities: Quantities) -> str:
    """Return TOML with every answer but this machine's own: a person's as it is, a found one with who found it.

    `unknown` are the factors that a person could not tell.
    """
    lines = [f"schema = {quoted(SAVED_SCHEMA)}", "", "[answers]"]
    left = set(unknown)
    for factor in Factor:
        if factor in chosen:
            if chosen[factor].origin not in FOUND_AGAIN:
                lines.append(f"{factor.value} = {_answer(chosen[factor])}")
        elif factor in left:
            lines.append(f"{factor.value} = {quoted(written(None))}")
    numbers = ((field.name, getattr(quantities, field.name)) for field in fields(quantities))
    lines += [f"{name} = {number!r}" for name, number in numbers if number is not None]
    text = "\n".join(lines) + "\n"
    return f"{MARK}  To use them: conc-advisor choose --answers THIS-FILE\n{_CHECKSUM}{_checksum(text)}\n{text}"


def is_untouched(text: str) -> bool:
    """Tell whether a text is what `saved_text` returned, to the letter: then it may be written anew."""
    first, _, rest = text.partition("\n")
    second, _, rest = rest.partition("\n")
    return first.startswith(MARK) and second == f"{_CHECKSUM}{_checksum(rest)}"


def _checksum(text: str) -> str:
    return f"{crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def quoted(text: str) -> str:
    """Return a text as TOML writes it, on one line; what is no text (half of a character) is spelled out."""
    spelled = text.encode("utf-8", "backslashreplace").decode("utf-8")
    # JSON's escapes are TOML's too; of the control characters JSON leaves DEL alone, TOML does not.
    return json.dumps(spelled, ensure_ascii=False).replace("\x7f", "\\u007f")


def _answer(evidence: Evidence) -> str:
    value = quoted(written(evidence.value)) if not isinstance(evidence.value, bool) else written(evidence.value)
    if evidence.origin in {Origin.YOU, Origin.SAVED}:
        return value
    parts = (f"{key} = {quoted(str(getattr(evidence, key)))}" for key in ("origin", "confidence", "detail"))
    return f"{{ value = {value}, {', '.join(parts)} }}"
