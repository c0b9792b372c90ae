"""`review --diff`: shows what the fixes of findings would do, for `git apply`, and what `--fix` did."""

import sys

from conc_advisor.cli.outlet import Outlet
from conc_advisor.cli.review_fix import FileFix, Mended, differences, file_fixes, work_tree
from conc_advisor.cli.review_next import after_diff
from conc_advisor.cli.review_request import Request
from conc_advisor.cli.review_settings import Settled
from conc_advisor.cli.review_unread import counted
from conc_advisor.config import working_folder
from conc_advisor.errors import OutputError
from conc_advisor.files import real
from conc_advisor.reports.plain import Paper
from conc_advisor.review.fixes import Left
from conc_advisor.review.outcome import Outcome


def show_diff(outcome: Outcome, request: Request, settled: Settled, outlet: Outlet) -> None:
    """Write the difference, say what is in it and what is next."""
    files = list(file_fixes(outcome, settled, unsafe=request.unsafe))
    _write(differences(files), outlet)
    _say_out_of_reach(files, request)
    for left in (each for file in files for each in file.fixed.left):
        _say_left(left, request)
    applied = sum(len(file.fixed.applied) for file in files)
    request.voice.say(f"{_what_it_mends(applied, outcome)}; nothing was written{_unsafe_ones(outcome, request)}")
    request.voice.say(f"next: {after_diff(request, anything=bool(applied))}")


def _say_out_of_reach(files: list[FileFix], request: Request) -> None:
    """Say that `git apply` works on the working directory only, without a word, where that would leave something out."""
    top, here = work_tree(), real(working_folder())
    if top not in {None, here} and any(file.fixed.applied and not real(file.path).is_relative_to(here) for file in files):
        request.voice.say(f"note: git apply leaves out what lies outside of the working directory: run it in {top}")


def tell_mended(mended: Mended, outcome: Outcome, request: Request) -> None:
    """Say what was mended; `outcome` is what was found after that."""
    done = (
        f"mended: {counted(mended.applied, 'finding')} in {counted(len(mended.files), 'file')}" if mended.applied else "nothing was mended"
    )
    request.voice.say(done + _unsafe_ones(outcome, request))
    for why in mended.refused:
        request.voice.say(f"note: {why}")
    for left in mended.left:
        _say_left(left, request)


def _write(diff: bytes, outlet: Outlet) -> None:
    """Write a difference: to people harmless, to anything else byte for byte."""
    stream = sys.stdout
    if stream is None or stream.isatty() or not hasattr(stream, "buffer"):
        from conc_advisor.reports.scaffold.text import diff_lines  # noqa: PLC0415  # who pipes does not wait for it

        look = outlet.look
        paper = Paper(width=look.width, color=look.color, unicode=look.unicode)
        outlet.write(f"{line}\n" for line in diff_lines(diff, paper))
        return
    try:
        stream.flush()
        stream.buffer.write(diff)
        stream.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"cannot write to standard output: {error.strerror or error}", hint="send it somewhere else, or make room there"
        ) from error


def _what_it_mends(applied: int, outcome: Outcome) -> str:
    rest = len(outcome.findings) - applied
    if not outcome.findings:
        return "there is nothing to mend"
    return f"{counted(applied, 'finding')} can be mended this way, {rest:,} cannot"


def _unsafe_ones(outcome: Outcome, request: Request) -> str:
    unsafe = 0 if request.unsafe else sum(finding.fix is not None and not finding.fix.safe for finding in outcome.findings)
    return f"; --unsafe-fixes mends {unsafe:,} more, and may change more" if unsafe else ""


def _say_left(left: Left, request: Request) -> None:
    place = left.finding.location
    where = f" in {place.file}" if place is not None else ""
    request.voice.say(f"note: {left.finding.rule}{where} is not mended: {left.why}")
