"""The table `[tool.conc-advisor.review]`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.config.tables import ROOT, Kinds, flag, refuse_unknown, refuse_wrong_types, subtable, text, texts

WHERE: Final = f"{ROOT}.review"
REVIEW_KEYS: Final[Kinds] = {
    "baseline": (str,),
    "cache": (bool,),
    "exclude": (list,),
    "fail-on": (str,),
    "ignore": (list,),
    "min-confidence": (str,),
    "per-file-ignores": (dict,),
    "python": (str,),
    "ruff": (bool,),
    "select": (list,),
}
"""The keys of the table and what they may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredReview:
    """What the configuration says of `review`, as written; None where it says nothing.

    `baseline` is taken from the file's own folder; `exclude` and the globs of `per_file_ignores` count from there, too.
    """

    baseline: Path | None = None
    cache: bool | None = None
    exclude: tuple[str, ...] = ()
    fail_on: str | None = None
    ignore: tuple[str, ...] = ()
    min_confidence: str | None = None
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    python: str | None = None
    ruff: bool | None = None
    select: tuple[str, ...] | None = None


def read_review(parent: Mapping[str, object], file: Path) -> ConfiguredReview:
    """Return what the table `review` of `[tool.conc-advisor]` says; raises `UsageError` when it is wrong."""
    table = subtable(parent, "review", file, prefix=f"{ROOT}.", example=WHERE)
    refuse_unknown(table, tuple(REVIEW_KEYS), file, where=WHERE)
    refuse_wrong_types(table, REVIEW_KEYS, file, where=WHERE)
    baseline = text(table, "baseline")
    return ConfiguredReview(
        baseline=None if baseline is None else file.parent / Path(baseline).expanduser(),
        cache=flag(table, "cache"),
        exclude=_list(table, "exclude") or (),
        fail_on=text(table, "fail-on"),
        ignore=_list(table, "ignore") or (),
        min_confidence=text(table, "min-confidence"),
        per_file_ignores=_per_file(table, file),
        python=text(table, "python"),
        ruff=flag(table, "ruff"),
        select=_list(table, "select"),
    )


def _list(table: Mapping[str, object], key: str) -> tuple[str, ...] | None:
    value = table.get(key)
    return tuple(map(str, value)) if isinstance(value, list) else None


def _per_file(table: Mapping[str, object], file: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return glob and codes of each row, in the order of the file."""
    rows = subtable(table, "per-file-ignores", file, prefix=f"{WHERE}.", example=f"{WHERE}.per-file-ignores")
    where = f"[{WHERE}.per-file-ignores] of {file}"
    return tuple((glob, texts(codes, f"{glob!r} in {where}", example=f'{glob!r} = ["CA101"]')) for glob, codes in rows.items())
