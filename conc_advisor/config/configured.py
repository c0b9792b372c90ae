"""What the nearest pyproject.toml says: of `profile`, of templates, of `review`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conc_advisor.config.review import REVIEW_KEYS, WHERE, ConfiguredReview, read_review
from conc_advisor.config.tables import ROOT, Kinds, number, parse, refuse_unknown, refuse_wrong_types, subtable, text, texts
from conc_advisor.errors import UsageError
from conc_advisor.files import is_folder, is_regular

PROFILE: Final = f"{ROOT}.profile"
KEYS: Final[Kinds] = {
    "engine": (str,),
    "fail-on": (str,),
    "max-overhead": (str, int, float),
    "python": (str,),
    "stall-ms": (int, float),
}
"""The keys of `[tool.conc-advisor.profile]` and what they may hold."""
_ELSEWHERE: Final = {
    key: " or ".join(f"[{where}]" for where, keys in ((PROFILE, KEYS), (WHERE, REVIEW_KEYS)) if key in keys)
    for key in {**KEYS, **REVIEW_KEYS}
}
"""Keys that are easily written one table too high, and the tables that know them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What the configuration says; None where it says nothing.

    `file` is where it was read from; `max_overhead` is as written; a relative `python` is taken from the file's own folder, and so are the
    folders of `templates`, which `scaffold` offers beside the bundled ones.  `review` is for `review`, all others are for `profile`.
    """

    file: Path | None = None
    engine: str | None = None
    fail_on: str | None = None
    max_overhead: str | None = None
    python: Path | None = None
    stall_ms: float | None = None
    templates: tuple[Path, ...] = ()
    review: ConfiguredReview = field(default_factory=ConfiguredReview)


def read_configuration(folder: Path) -> Configured:
    """Return what the nearest pyproject.toml, in `folder` or above, says; raises `UsageError` when it is wrong."""
    file = _nearest_file(folder)
    if file is None:
        return Configured()
    table = subtable(parse(file), "tool", file, prefix="")
    table = subtable(table, "conc-advisor", file, prefix="tool.")
    refuse_unknown(table, ("profile", "review", "templates"), file, where=ROOT, elsewhere=_ELSEWHERE)
    profile = subtable(table, "profile", file, prefix=f"{ROOT}.")
    refuse_unknown(profile, tuple(KEYS), file, where=PROFILE)
    refuse_wrong_types(profile, KEYS, file, where=PROFILE)
    return Configured(
        file=file,
        engine=text(profile, "engine"),
        fail_on=text(profile, "fail-on"),
        max_overhead=text(profile, "max-overhead"),
        python=_python(profile, file),
        stall_ms=number(profile, "stall-ms"),
        templates=_folders(table, "templates", file),
        review=read_review(table, file),
    )


def working_folder() -> Path:
    """Return the working directory; the root where it has been removed: there is no configuration then."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")


def has_working_folder() -> bool:
    """Tell whether the working directory is there; it may have been removed."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def _nearest_file(folder: Path) -> Path | None:
    candidates = (place / "pyproject.toml" for place in (folder, *folder.parents))
    return next((file for file in candidates if is_regular(file)), None)


def _folders(table: Mapping[str, object], key: str, file: Path) -> tuple[Path, ...]:
    """Return the folders that are named, relative ones taken from the file's own; raises `UsageError` for what is not there."""
    named = texts(table.get(key, []), f"{key} in [{ROOT}] of {file}", example=f'{key} = ["folder"]')
    folders = tuple(file.parent / Path(each).expanduser() for each in named)
    for folder in folders:
        if not is_folder(folder):
            raise UsageError(
                f"{key} in [{ROOT}] of {file} names {folder}, which is not a folder", hint="a relative one counts from that file"
            )
    return folders


def _python(table: Mapping[str, object], file: Path) -> Path | None:
    """Return the interpreter: a bare name such as `python3.12` is left to PATH, anything with a slash counts from the file's folder."""
    written = text(table, "python")
    if written is None:
        return None
    path = Path(written).expanduser()
    # `Path` drops the point of `./python`: the text itself tells.
    return path if path.is_absolute() or path.name == written else file.parent / path
