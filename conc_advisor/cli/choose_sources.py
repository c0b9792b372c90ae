"""Where the answers of `choose` come from: files, `--set`, a recording, the code, the machine.

Only what was asked for is imported: with `--answers` alone, neither profiling nor scanning.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final, NamedTuple

from conc_advisor.cli.this_machine import evidence_of_machine, quantities_of_machine
from conc_advisor.decision.answers import MOST_BYTES, Answers, read_answers, read_pairs
from conc_advisor.decision.evidence import evidence_of_quantities
from conc_advisor.errors import UsageError
from conc_advisor.findings import Confidence
from conc_advisor.workload import Evidence, Factor, Origin, Quantities

STDIN: Final = "-"
"""`--answers -`: standard input."""
_FILE_HINT: Final = "give a JSON or TOML file of answers, or - for standard input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What the sources say: the evidence, best first within each source; who was asked and cannot tell; the numbers.

    `given` are the user's own numbers, `quantities` those with what this machine says of the others; `recorded` is what the
    recording says beside its evidence.
    """

    evidence: tuple[Evidence, ...]
    unknown: frozenset[Factor]
    given: Quantities
    quantities: Quantities
    recorded: "Recorded"
    unseen: str = ""
    """What the scan did not read and why, in a sentence."""


class Recorded(NamedTuple):
    """What a recording says: evidence, its verdict in sentences ("" for none), and the command line of its program.

    `program` is empty where the program was running already when it was recorded.
    """

    evidence: tuple[Evidence, ...] = ()
    verdict: str = ""
    program: tuple[str, ...] = ()


class Scanned(NamedTuple):
    """What code says: evidence, and what of it was not read and why, in a sentence ("" for all was)."""

    evidence: tuple[Evidence, ...] = ()
    unseen: str = ""


def gather(*, answers: str | None, pairs: Sequence[str], recording: str | None, scan: Sequence[Path]) -> Gathered:
    """Return what all the sources say, each as it is named on the command line.

    Raises `UsageError`, `RecordingError` or `TargetError` for one that cannot be read.
    """
    set_here = read_pairs(pairs)
    name = "standard input" if answers == STDIN else answers or ""
    file = Answers() if answers is None else read_answers(_text_of(answers, name), name)
    given = _first_known(set_here.quantities, file.quantities)
    recorded = Recorded() if recording is None else evidence_of_recording(recording)
    scanned = evidence_of_code(scan) if scan else Scanned()
    evidence = [
        *_said(set_here, Origin.YOU, "--set"),
        # A key of --set replaces the file's: one who tries something out does not contradict himself.
        *(each for each in _said(file, Origin.SAVED if file.saved else Origin.YOU, name) if each.factor not in set_here.said),
        *evidence_of_quantities(given),
        *recorded.evidence,
        *scanned.evidence,
        *file.found,
        *evidence_of_machine(),
    ]
    unknown = frozenset(factor for factor, value in {**file.said, **set_here.said}.items() if value is None)
    return Gathered(
        evidence=tuple(evidence),
        unknown=unknown,
        given=given,
        quantities=_first_known(given, quantities_of_machine()),
        recorded=recorded,
        unseen=scanned.unseen,
    )


def evidence_of_recording(recording: str) -> Recorded:
    """Return what a recording made by `profile` says of the work; raises `RecordingError`."""
    from conc_advisor.cli.saved_recordings import newest_recording  # noqa: PLC0415  # only --from waits for profiling
    from conc_advisor.cli.settings import DEFAULT_STALL_MS  # noqa: PLC0415
    from conc_advisor.cli.sources import LAST  # noqa: PLC0415
    from conc_advisor.profiling.analysis.diagnose import diagnose  # noqa: PLC0415
    from conc_advisor.profiling.recording import Recording  # noqa: PLC0415

    path = newest_recording() if recording == LAST else Path(recording)
    seen = Recording.load(path)
    diagnosis = diagnose(seen, stall_seconds=DEFAULT_STALL_MS / 1000)
    return Recorded(
        evidence=diagnosis.evidence,
        verdict=f"The profile's verdict is {diagnosis.verdict.id}. {diagnosis.verdict.sentence}",
        program=() if seen.header.attached else seen.header.command,
    )


def evidence_of_code(paths: Sequence[Path]) -> Scanned:
    """Return what the code below some folders says; raises `TargetError` for a path that is not there."""
    from conc_advisor.scanning.coverage import unseen  # noqa: PLC0415  # only --scan waits for the catalogue
    from conc_advisor.scanning.evidence import evidence_of  # noqa: PLC0415  # as above
    from conc_advisor.scanning.scan import scan  # noqa: PLC0415

    inventory = scan(paths)
    return Scanned(evidence_of(inventory), unseen(inventory))


def _said(answers: Answers, origin: Origin, detail: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(factor=factor, value=value, origin=origin, confidence=Confidence.HIGH, detail=detail)
        for factor, value in answers.said.items()
        if value is not None
    )


def _first_known(first: Quantities, then: Quantities) -> Quantities:
    missing = [field.name for field in fields(first) if getattr(first, field.name) is None]
    return replace(first, **{name: getattr(then, name) for name in missing})


def _text_of(source: str, name: str) -> str:
    """Return the text of a file or of standard input, of which never more than `MOST_BYTES` are read; raises `UsageError`."""
    try:
        if source == STDIN:
            raw = sys.stdin.buffer.read(MOST_BYTES + 1) if sys.stdin is not None else b""
        else:
            with Path(source).open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
    except IsADirectoryError as error:
        raise UsageError(f"{name} is a folder", hint=_FILE_HINT) from error
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {name}", hint=_FILE_HINT) from error
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}", hint=_FILE_HINT) from error
    if len(raw) > MOST_BYTES:
        raise UsageError(f"{name} is larger than {MOST_BYTES // 1_000_000} MB: too large to be answers", hint=_FILE_HINT)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text (byte {error.start})", hint="save it as UTF-8") from error
