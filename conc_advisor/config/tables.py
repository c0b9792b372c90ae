"""Tables of a TOML file: what kind of value a key holds, and what to say of one that cannot be meant."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from conc_advisor.errors import UsageError

ROOT: Final = "tool.conc-advisor"
"""The table that all of ours are below."""
_TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    list: "a list",
    bool: "true or false",
}
_README: Final = "see the README, section Configuration"

Kinds = Mapping[str, tuple[type, ...]]
"""The keys of a table and what each may hold; a list is one of texts."""


def parse(file: Path) -> dict[str, object]:
    """Return what a TOML file says; raises `UsageError`."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"cannot read {file}: {error.strerror or error}", hint="check its permissions, or run from another folder"
        ) from error
    except ValueError as error:
        # TOMLDecodeError and UnicodeDecodeError both are ValueErrors.
        raise UsageError(
            f"{file} is not valid TOML: {error}", hint="mend the file, or run from a folder outside of that project"
        ) from error


def subtable(table: Mapping[str, object], key: str, file: Path, *, prefix: str, example: str = f"{ROOT}.profile") -> dict[str, object]:
    """Return the table at a key, an empty one where there is none; raises `UsageError` for anything else."""
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(f"{prefix}{key} in {file} is {type_name(value)}, not a table", hint=f"write [{example}] and the keys below it")
    return value


def refuse_unknown(
    table: Mapping[str, object], known: tuple[str, ...], file: Path, *, where: str, elsewhere: Mapping[str, str] | None = None
) -> None:
    """Raise `UsageError` for a key that is not known; `elsewhere` names the tables that keys of others belong into."""
    for key in table:
        if key in known:
            continue
        if other := (elsewhere or {}).get(key):
            hint = f"it belongs into the table {other}"
        elif near := difflib.get_close_matches(key.replace("_", "-").lower(), known, n=1, cutoff=0.5):
            hint = f"did you mean {near[0]}?"
        else:
            hint = f"known there: {', '.join(known)}"
        raise UsageError(f"{key!r} in [{where}] of {file} is not a setting", hint=hint)


def refuse_wrong_types(table: Mapping[str, object], kinds: Kinds, file: Path, *, where: str) -> None:
    """Raise `UsageError` for a value of another type than its key takes; the keys are known."""
    for key, value in table.items():
        allowed = kinds[key]
        # bool is an int to Python, and never meant by one.
        if isinstance(value, bool) is (bool in allowed) and isinstance(value, allowed):
            if list in allowed:
                texts(value, f"{key} in [{where}] of {file}", example=f'{key} = ["…"]')
            continue
        wanted = " or ".join(_TYPE_NAMES[kind] for kind in allowed if not (kind is int and float in allowed))
        raise UsageError(f"{key} in [{where}] of {file} is {type_name(value)}, not {wanted}", hint=_README)


def texts(value: object, name: str, *, example: str) -> tuple[str, ...]:
    """Return a list of texts; raises `UsageError`, which calls it `name` and shows how it would be right."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    kind = "a list that holds something else" if isinstance(value, list) else type_name(value)
    raise UsageError(f"{name} is {kind}, not a list of texts", hint=f"write {example}")


def type_name(value: object) -> str:
    """Return the type of a value in TOML's words."""
    return _TYPE_NAMES.get(type(value), f"of type {type(value).__name__}")


def text(table: Mapping[str, object], key: str) -> str | None:
    """Return the text at a key, None where there is none."""
    return str(table[key]) if key in table else None


def number(table: Mapping[str, object], key: str) -> float | None:
    """Return the number at a key, None where there is none."""
    value = table.get(key)
    return float(value) if isinstance(value, int | float) else None


def flag(table: Mapping[str, object], key: str) -> bool | None:
    """Return the truth value at a key, None where there is none."""
    value = table.get(key)
    return value if isinstance(value, bool) else None
