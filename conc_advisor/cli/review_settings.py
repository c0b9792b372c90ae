"""The settings of `review` once the command line, the configuration and the defaults have been put together."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conc_advisor.cli.choices import checked_choice
from conc_advisor.cli.quoting import shell_command
from conc_advisor.cli.review_options import CONFIGURED, DEFAULT_BASELINE
from conc_advisor.cli.review_request import STDIN, Request
from conc_advisor.config import Configured, has_working_folder, read_configuration, working_folder
from conc_advisor.errors import TargetError, UsageError
from conc_advisor.files import is_folder, is_there, real, why_not_there
from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.settings import ReviewSettings, StandardInput
from conc_advisor.review.silence.per_file import check_globs
from conc_advisor.review.silence.selection import Known, Layer, codes_of, select

NEVER: Final = "never"
"""`--fail-on never`: findings do not change the exit code."""
_CACHE: Final = ".conc_advisor_cache"
_STDIN_HINT: Final = "send source to it, or give files or folders in place of -"
_PYTHON_HINT: Final = "write it like 3.11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What counts.

    `start` is the nearest folder that holds all that is to be reviewed, `inside` the folder outside of which nothing is written.
    `fail_on` None: findings do not change the exit code.  Findings that are less sure than `confidence` are left out.  `write_baseline`
    is the file to keep the findings in when that is asked for.
    """

    review: ReviewSettings
    start: Path
    inside: Path
    configured: Configured
    fail_on: Severity | None
    confidence: Confidence
    write_baseline: Path


def settle(request: Request, known: Sequence[Known]) -> Settled:
    """Return what counts: the command line before the configuration before the default.

    The configuration is the one nearest to all that is to be reviewed.  Raises `UsageError` for a value that means nothing, `TargetError`
    where something counts from the working directory and that has been removed.
    """
    _check_working_folder(request)
    paths = (Path(request.scope.stdin or STDIN),) if request.scope.from_stdin else tuple(map(_called, request.scope.paths)) or (Path(),)
    start = _shared_folder(paths)
    configured = read_configuration(start)
    table, rules = configured.review, request.rules
    where = f" in {configured.file}" if configured.file else ""
    root = _root(start, configured)
    fail_on = request.fail_on or checked_choice("fail-on", table.fail_on, (*Severity, NEVER), where) or Severity.WARNING
    confidence = rules.confidence or checked_choice("min-confidence", table.min_confidence, tuple(Confidence), where)
    ruff = rules.ruff and table.ruff is not False
    layers = (
        Layer(select=table.select, ignore=table.ignore, source=where),
        Layer(select=_words("--select", rules.select), ignore=_words("--ignore", rules.ignore) or (), source=" on the command line"),
    )
    check_globs(request.scope.exclude, source="--exclude")
    check_globs(table.exclude, source=f"exclude{where}")
    written = request.write_baseline
    if written == CONFIGURED:
        _check_no_file_is_meant(request.scope.paths)
    review = ReviewSettings(
        paths=() if request.scope.from_stdin else paths,
        codes=select(layers, known),
        root=root,
        stdin=_standard_input(paths[0]) if request.scope.from_stdin else None,
        per_file_ignores=tuple((glob, codes_of(words, known, source=f"per-file-ignores{where}")) for glob, words in table.per_file_ignores),
        noqa=rules.noqa,
        baseline=_baseline(request, configured) if written is None else None,
        python=_minor("--python", rules.python) or _minor(f"python{where}", table.python),
        exclude=(*table.exclude, *request.scope.exclude),
        force_exclude=request.scope.as_found,
        around=True,
        jobs=_jobs(request.jobs),
        cache=root / _CACHE if request.cache and table.cache is not False else None,
        ruff=ruff,
    )
    return Settled(
        review=review,
        start=start,
        inside=root if start.is_relative_to(root) else start,
        configured=configured,
        fail_on=None if fail_on == NEVER else Severity(fail_on),
        confidence=Confidence(confidence or Confidence.LOW),
        write_baseline=Path(written) if written else table.baseline or root / DEFAULT_BASELINE,
    )


def _check_working_folder(request: Request) -> None:
    """Raise `TargetError` where a path counts from the working directory and that is not there."""
    scope = request.scope
    names = (scope.stdin or STDIN,) if scope.from_stdin else scope.paths or (".",)
    written = (request.baseline, request.write_baseline, request.form.output)
    relative = [name for name in (*names, *written) if name and not Path(name).is_absolute()]
    if relative and not has_working_folder():
        hint = "change to a folder that is there, or give absolute paths" + (" (--stdin-filename)" if scope.from_stdin else "")
        raise TargetError("the working directory has been removed", hint=hint)


def _called(text: str) -> Path:
    """Return a path as it is called from the working directory, so that reports name files alike however they were asked for."""
    path, here = Path(text), working_folder()
    below = path.is_absolute() and path.is_relative_to(here) and has_working_folder()
    return path.relative_to(here) if below else path


def _shared_folder(paths: Iterable[Path]) -> Path:
    """Return the nearest folder that holds all paths; a file that is a link is where the link is."""
    places = [working_folder() / path for path in paths]
    return Path(os.path.commonpath([real(place if is_folder(place) else place.parent) for place in places]))


def _root(start: Path, configured: Configured) -> Path:
    """Return the folder of the project: of its pyproject.toml, else of its repository, else the working directory, if that is there."""
    if configured.file is not None:
        return configured.file.parent
    repository = next((folder for folder in (start, *start.parents) if is_there(folder / ".git")), None)
    return repository or (working_folder() if has_working_folder() else start)


def _words(option: str, values: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the words of an option that takes several with commas between, as often as one likes; None where it was not given."""
    if not values:
        return None
    words = tuple(word.strip() for value in values for word in value.split(","))
    if not all(words):
        raise UsageError(f"{option} is given nothing", hint=f"name rules after {option}, or leave it out; ALL means every one")
    return words


def _minor(name: str, text: str | None) -> int | None:
    """Return 11 for 3.11; raises `UsageError`."""
    if text is None:
        return None
    major, _, minor = text.strip().partition(".")
    if major != "3" or not minor.isdecimal() or not minor.isascii():
        raise UsageError(f"{name} is a version of Python 3, and {text!r} is not", hint=_PYTHON_HINT)
    return int(minor)


def _jobs(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not text.isascii() or int(text) == 0:
        raise UsageError(f"--jobs is a number of processes, and {text!r} is not", hint="give 1 or more, or leave it out")
    return int(text)


def _baseline(request: Request, configured: Configured) -> Path | None:
    if request.baseline is None:
        return configured.review.baseline
    if not request.baseline:
        raise UsageError("--baseline is given nothing", hint="name the file that --write-baseline wrote")
    return Path(request.baseline)


def _check_no_file_is_meant(paths: Iterable[str]) -> None:
    """Raise `TargetError` for a path behind a lone `--write-baseline` that is not there: it may be the file to write."""
    for path in paths:
        if not is_there(Path(path)) and not why_not_there(Path(path)):
            option = shell_command([f"--write-baseline={path}"])
            raise TargetError(f"there is no file or folder {path}", hint=f"to keep the findings there write {option}, with the =")


def _standard_input(name: Path) -> StandardInput:
    """Return all that comes on standard input; raises `TargetError` where nothing can."""
    if sys.stdin is None:
        raise TargetError("standard input is closed", hint=_STDIN_HINT)
    try:
        return StandardInput(data=sys.stdin.buffer.read(), name=name)
    except OSError as error:
        raise TargetError(f"cannot read standard input: {error.strerror or error}", hint=_STDIN_HINT) from error
