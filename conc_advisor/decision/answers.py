"""Answers that were written down: in a JSON or TOML file, or as `key=value`.

Reads text, not files.  What a single value means is for `conc_advisor.decision.values`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from conc_advisor.decision.values import UNKNOWN, nearest, parse_answer, parse_count, parse_duration, shown
from conc_advisor.errors import UsageError
from conc_advisor.findings import Confidence
from conc_advisor.workload import Evidence, Factor, Origin, Quantities, Value

__all__ = ["Answers", "known_key", "parse_answer", "parse_quantity", "read_answers", "read_pairs"]

MOST_BYTES: Final = 1_000_000
"""An answers file longer than this is some other file."""
SAVED_SCHEMA: Final = "conc-advisor.answers/1"
"""What `choose --save` writes."""
REPORT_SCHEMA: Final = "conc-advisor.choice/1"
"""The JSON report of `choose`, whose `answers` can be handed in again."""
QUANTITIES: Final[Mapping[str, str]] = {
    "cores": "a whole number of cores, at least 1",
    "memory_mb": "a whole number of megabytes, at least 1",
    "worker_mb": "a whole number of megabytes, at least 1",
    "items": "a whole number of items, at least 1",
    "item_seconds": "a time above 0, in seconds or like 5ms",
    "cpu_seconds": "a time of 0 or more, in seconds or like 5ms",
    "downstream_limit": "a whole number of connections or requests, at least 1",
}
"""The keys that stand for numbers, and what each may be."""
_LARGEST: Final = 10**18
"""More than anything that is counted here."""
_TIMES: Final = frozenset({"item_seconds", "cpu_seconds"})
_EXAMPLE: Final = 'for example: bottleneck = "io" (TOML) or {"bottleneck": "io"} (JSON)'
_YAML_LINE: Final = re.compile(r"^(?:---|%YAML|-\s|[\w \"'-]+:(?:\s|$))", re.MULTILINE)
_MARKDOWN: Final = re.compile(r"^(?:#{2,6} \S|```|\| ?-{3})", re.MULTILINE)
_Key = TypeVar("_Key")
_Raw = TypeVar("_Raw")
_NOT_OURS: Final = "hand in answers of your own, or those that `conc-advisor choose --save` wrote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was written down.

    `said` are a person's answers, None where unknown was written; `found` is the evidence of an earlier run that was kept with them;
    `saved` whether `choose` wrote it.
    """

    said: dict[Factor, Value | None] = field(default_factory=dict)
    found: tuple[Evidence, ...] = ()
    quantities: Quantities = field(default_factory=Quantities)
    saved: bool = False


def read_answers(text: str, name: str) -> Answers:
    """Return the answers of a JSON or TOML text; raises `UsageError`.

    The keys stand at the top or below `answers`; what `choose --save` wrote and the JSON report of `choose` are read too.  `name` is how
    messages call the text.
    """
    table = _parsed(text.removeprefix("\ufeff"), name)
    schema = table.get("schema")
    if schema is not None:
        _check_schema(schema, name)
    where = f" in {name}"
    flat = _answers_table(table, reported=schema == REPORT_SCHEMA, name=name)
    said: dict[Factor, Value | None] = {}
    found: list[Evidence] = []
    numbers: dict[str, int | float | None] = {}
    for written_key, raw in flat.items():
        key = known_key(written_key, where=where)
        if not isinstance(key, Factor):
            _add(numbers, key, parse_quantity(key, _plain(raw), where=where), where)
        elif (evidence := _kept_evidence(key, raw, where)) is None:
            _add(said, key, parse_answer(key, _plain(raw), where=where), where)
        else:
            found.append(evidence)
    quantities = Quantities(**numbers)  # type: ignore[arg-type]  # each key has its type
    kept = tuple(each for each in found if each.origin is not Origin.ENVIRONMENT)
    return Answers(said=said, found=kept, quantities=quantities, saved=schema is not None)


def read_pairs(pairs: Iterable[str]) -> Answers:
    """Return the answers of `key=value` texts as `--set` takes them; raises `UsageError`, also where two of them do not agree."""
    said: dict[Factor, Value | None] = {}
    numbers: dict[str, int | float | None] = {}
    first: dict[str, str] = {}
    for pair in pairs:
        key, equals, raw = pair.partition("=")
        if not equals:
            raise UsageError(f"--set takes key=value, and {pair!r} is none", hint="for example: --set bottleneck=io")
        known = known_key(key, where=" in --set")
        if not raw.strip():
            raise UsageError(f"--set {pair.strip()} has no value", hint=f"for what nobody knows: --set {known}={UNKNOWN}")
        if isinstance(known, Factor):
            value = parse_answer(known, raw, where=" in --set")
            _agree(first, pair, known, value, said.get(known))
            said[known] = value
        else:
            number = parse_quantity(known, raw, where=" in --set")
            _agree(first, pair, known, number, numbers.get(known))
            numbers[known] = number
    return Answers(said=said, quantities=Quantities(**numbers))  # type: ignore[arg-type]  # each key has its type


def known_key(key: str, *, where: str) -> Factor | str:
    """Return the factor, or the name of the quantity, that a key means; raises `UsageError` naming the nearest."""
    plain = key.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in QUANTITIES:
        return plain
    names = {factor.value: factor for factor in Factor}
    if plain in names:
        return names[plain]
    near = nearest(plain, (*names, *QUANTITIES), cutoff=0.6)
    hint = f"did you mean {near}?" if near else f"the keys are: {', '.join((*names, *QUANTITIES))}"
    raise UsageError(f"{key!r}{where} is not a question of choose", hint=hint)


def parse_quantity(key: str, raw: object, *, where: str = "") -> int | float | None:
    """Return the number that `raw` means for a key of `QUANTITIES`, None for unknown; raises `UsageError`."""
    text = UNKNOWN if raw is None else _number_text(raw)
    if text == UNKNOWN or raw == "":
        return None
    if key in _TIMES:
        value: float | None = parse_duration(text)
        wrong = value is None or (value == 0 and key == "item_seconds")
    else:
        value = parse_count(text)
        wrong = not value
    if wrong:
        raise UsageError(f"{key}{where} cannot be {shown(raw)}"[:200], hint=f"it is {QUANTITIES[key]}")
    return value


def _number_text(raw: object) -> str:
    """Return a number as text; "" for what is none, or is larger than anything that is counted."""
    if isinstance(raw, str):
        return raw.strip().lower()
    return str(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < _LARGEST else ""


def _parsed(text: str, name: str) -> dict[str, object]:
    if not text.strip():
        raise UsageError(f"{name} is empty", hint=_EXAMPLE)
    if "\x00" in text:
        raise UsageError(f"{name} is not a text file", hint=_EXAMPLE)
    try:
        return _json(text, name) if text.lstrip().startswith("{") else _toml(text, name)
    except RecursionError as error:
        raise UsageError(f"{name} is nested too deeply to be answers", hint=_EXAMPLE) from error


def _json(text: str, name: str) -> dict[str, object]:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        table = dict(pairs)
        if len(table) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise UsageError(f"{name} has the key {twice!r} twice", hint="leave one of them out")
        return table

    import json  # noqa: PLC0415  # either of the two languages is enough

    try:
        # Numbers with a point stay text: 3.10 is not 3.1.
        table: dict[str, object] = json.loads(text, object_pairs_hook=once, parse_float=str, parse_constant=str)
    except ValueError as error:
        _refuse_long_number(error, name)
        if name.lower().endswith((".yaml", ".yml")):
            raise _looks_like_yaml(name) from error
        raise UsageError(f"{name} is not valid JSON: {error}", hint=_EXAMPLE) from error
    return table


def _toml(text: str, name: str) -> dict[str, object]:
    import tomllib  # noqa: PLC0415  # as above

    try:
        return tomllib.loads(text, parse_float=str)
    except ValueError as error:
        _refuse_long_number(error, name)
        if _MARKDOWN.search(text):
            raise UsageError(
                f"{name} looks like Markdown; choose reads JSON or TOML", hint="hand in what --save wrote, or the result as --format json"
            ) from error
        if _is_other_json(text):
            raise UsageError(f"{name} holds no table of answers", hint=_EXAMPLE) from error
        if name.lower().endswith((".yaml", ".yml")) or (not name.lower().endswith(".toml") and _YAML_LINE.search(text)):
            raise _looks_like_yaml(name) from error
        language = "TOML" if name.lower().endswith(".toml") else "JSON" if name.lower().endswith(".json") else "TOML or JSON"
        raise UsageError(f"{name} is not valid {language}: {error}", hint=_EXAMPLE) from error


def _refuse_long_number(error: ValueError, name: str) -> None:
    """Raise `UsageError` for a number of thousands of digits, at which Python gives up with advice to programmers."""
    if "integer string conversion" in str(error):
        raise UsageError(f"{name} holds a number of thousands of digits", hint=_EXAMPLE) from error


def _looks_like_yaml(name: str) -> UsageError:
    return UsageError(f"{name} looks like YAML; choose reads JSON or TOML", hint=_EXAMPLE)


def _is_other_json(text: str) -> bool:
    import json  # noqa: PLC0415  # as above

    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _check_schema(schema: object, name: str) -> None:
    """Raise `UsageError` for a file of ours that holds no answers, or whose kind is newer than this program."""
    if schema in {SAVED_SCHEMA, REPORT_SCHEMA}:
        return
    kind, _, version = str(schema).rpartition("/")
    known = {each.rpartition("/")[0] for each in (SAVED_SCHEMA, REPORT_SCHEMA)}
    if kind in known and version.isdecimal():
        raise UsageError(f"{name} was written by another version of conc-advisor ({schema})", hint="update conc-advisor, or answer again")
    if kind == "conc-advisor.profile":
        raise UsageError(f"{name} is the report of a profile, not answers", hint="hand in its recording with --from RECORDING")
    raise UsageError(f"{name} holds no answers, but {str(schema)[:60]!r}", hint=_NOT_OURS)


def _answers_table(table: dict[str, object], *, reported: bool, name: str) -> dict[str, object]:
    """Return the table whose keys are the answers."""
    below = table.get("answers")
    if "answers" not in table:
        if reported:
            raise UsageError(f"{name} has no answers", hint=_NOT_OURS)
        return {key: value for key, value in table.items() if key != "schema"}
    beside = [key for key in table if key not in {"answers", "schema"}]
    if beside and not reported:
        raise UsageError(
            f"{beside[0]!r} in {name} stands beside its table of answers", hint="put all the keys into [answers], or all outside of it"
        )
    if not isinstance(below, dict):
        raise UsageError(f"answers in {name} is not a table", hint=_EXAMPLE)
    return below


def _plain(raw: object) -> object:
    """Return the value of an answer that is written with its origin, anything else as it is."""
    return raw["value"] if isinstance(raw, dict) and "value" in raw else raw


_FOUND_BY: Final = frozenset({Origin.NUMBERS, Origin.PROFILE, Origin.CODE, Origin.ENVIRONMENT})


def _kept_evidence(factor: Factor, raw: object, where: str) -> Evidence | None:
    """Return the evidence of an earlier run; None for a person's answer."""
    if not isinstance(raw, dict) or "value" not in raw or raw.get("origin") not in _FOUND_BY:
        return None
    value = parse_answer(factor, raw["value"], where=where)
    if value is None:
        return None
    confidence = raw.get("confidence")
    return Evidence(
        factor=factor,
        value=value,
        origin=Origin(raw["origin"]),
        confidence=Confidence(confidence) if confidence in set(Confidence) else Confidence.LOW,
        detail=str(raw.get("detail") or "kept from an earlier run"),
    )


def _add(table: dict[_Key, _Raw], key: _Key, value: _Raw, where: str) -> None:
    if key in table:
        raise UsageError(f"{key}{where} is written twice", hint="leave one of them out")
    table[key] = value


def _agree(first: dict[str, str], pair: str, known: Factor | str, value: object, before: object) -> None:
    """Raise `UsageError` when the same key was set to something else before."""
    name = str(known)
    if name in first and before != value:
        raise UsageError(f"--set {first[name]} and --set {pair} do not agree", hint="leave one of them out")
    first.setdefault(name, pair)
