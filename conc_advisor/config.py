"""Reads `[tool.conc-advisor]` from the nearest pyproject.toml.

Says what is written there and complains about keys and types that cannot be meant; what a value means is for the command that uses it.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.errors import UsageError
from conc_advisor.files import is_folder, is_regular

KEYS: Final[Mapping[str, tuple[type, ...]]] = {
    "engine": (str,),
    "fail-on": (str,),
    "max-overhead": (str, int, float),
    "python": (str,),
    "stall-ms": (int, float),
}
"""The keys of `[tool.conc-advisor.profile]` and what they may hold."""

_TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    list: "a list",
    bool: "true or false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What the configuration says; None where it says nothing.

    `file` is where it was read from; `max_overhead` is as written; a relative `python` is taken from the file's own folder, and so are the
    folders of `templates`, which `scaffold` offers beside the bundled ones.  All others are for `profile`.
    """

    file: Path | None = None
    engine: str | None = None
    fail_on: str | None = None
    max_overhead: str | None = None
    python: Path | None = None
    stall_ms: float | None = None
    templates: tuple[Path, ...] = ()


def read_configuration(folder: Path) -> Configured:
    """Return what the nearest pyproject.toml, in `folder` or above, says; raises `UsageError` when it is wrong."""
    file = _nearest_file(folder)
    if file is None:
        return Configured()
    table = _subtable(_parse(file), "tool", file, prefix="")
    table = _subtable(table, "conc-advisor", file, prefix="tool.")
    _refuse_unknown(table, ("profile", "templates"), file, where="tool.conc-advisor")
    profile = _subtable(table, "profile", file, prefix="tool.conc-advisor.")
    _refuse_unknown(profile, tuple(KEYS), file, where="tool.conc-advisor.profile")
    for key, value in profile.items():
        _refuse_wrong_type(key, value, file)
    return Configured(
        file=file,
        engine=_text(profile, "engine"),
        fail_on=_text(profile, "fail-on"),
        max_overhead=_text(profile, "max-overhead"),
        python=_python(profile, file),
        stall_ms=_number(profile, "stall-ms"),
        templates=_folders(table, "templates", file),
    )


def working_folder() -> Path:
    """Return the working directory; the root where it has been removed: there is no configuration then."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def _nearest_file(folder: Path) -> Path | None:
    candidates = (place / "pyproject.toml" for place in (folder, *folder.parents))
    return next((file for file in candidates if is_regular(file)), None)


def _parse(file: Path) -> dict[str, object]:
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


def _subtable(table: Mapping[str, object], key: str, file: Path, *, prefix: str) -> dict[str, object]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(
            f"{prefix}{key} in {file} is {_type_name(value)}, not a table", hint="write [tool.conc-advisor.profile] and the keys below it"
        )
    return value


def _refuse_unknown(table: Mapping[str, object], known: tuple[str, ...], file: Path, *, where: str) -> None:
    for key in table:
        if key in known:
            continue
        if where == "tool.conc-advisor" and key in KEYS:
            hint = "it belongs into the table [tool.conc-advisor.profile]"
        elif near := difflib.get_close_matches(key.replace("_", "-").lower(), known, n=1, cutoff=0.5):
            hint = f"did you mean {near[0]}?"
        else:
            hint = f"known there: {', '.join(known)}"
        raise UsageError(f"{key!r} in [{where}] of {file} is not a setting", hint=hint)


def _refuse_wrong_type(key: str, value: object, file: Path) -> None:
    allowed = KEYS[key]
    # bool is an int to Python, and never meant here.
    if isinstance(value, allowed) and not isinstance(value, bool):
        return
    wanted = " or ".join(_TYPE_NAMES[kind] for kind in allowed if not (kind is int and float in allowed))
    raise UsageError(
        f"{key} in [tool.conc-advisor.profile] of {file} is {_type_name(value)}, not {wanted}", hint="see the README, section Configuration"
    )


def _type_name(value: object) -> str:
    return _TYPE_NAMES.get(type(value), f"of type {type(value).__name__}")


def _text(table: Mapping[str, object], key: str) -> str | None:
    return str(table[key]) if key in table else None


def _number(table: Mapping[str, object], key: str) -> float | None:
    value = table.get(key)
    return float(value) if isinstance(value, int | float) else None


def _folders(table: Mapping[str, object], key: str, file: Path) -> tuple[Path, ...]:
    """Return the folders that are named, relative ones taken from the file's own; raises `UsageError` for what is not there."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        kind = "a list that holds something else" if isinstance(value, list) else _type_name(value)
        raise UsageError(f"{key} in [tool.conc-advisor] of {file} is {kind}, not a list of texts", hint=f'write {key} = ["folder"]')
    folders = tuple(file.parent / Path(each).expanduser() for each in value)
    for folder in folders:
        if not is_folder(folder):
            raise UsageError(
                f"{key} in [tool.conc-advisor] of {file} names {folder}, which is not a folder", hint="a relative one counts from that file"
            )
    return folders


def _python(table: Mapping[str, object], file: Path) -> Path | None:
    """Return the interpreter: a bare name such as `python3.12` is left to PATH, anything with a slash counts from the file's folder."""
    text = _text(table, "python")
    if text is None:
        return None
    path = Path(text).expanduser()
    # `Path` drops the point of `./python`: the text itself tells.
    return path if path.is_absolute() or path.name == text else file.parent / path
