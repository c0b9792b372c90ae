"""A review from the request to the exit code: settle, look, fix where that was asked for, write, say what is next."""

from typing import assert_never

from conc_advisor.cli.job_summary import add_to_job_summary
from conc_advisor.cli.outlet import Outlet, outlet_for
from conc_advisor.cli.review_look import look
from conc_advisor.cli.review_next import next_command
from conc_advisor.cli.review_request import Action, Request
from conc_advisor.cli.review_settings import Settled, settle
from conc_advisor.cli.review_unread import check_something_read, say_unread
from conc_advisor.cli.signalled import SignalledError, ended_by_signals
from conc_advisor.config import has_working_folder, working_folder
from conc_advisor.errors import ExitCode
from conc_advisor.reports.plain import Paper
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.registry import ReviewFormat, render
from conc_advisor.review.cards import CARDS
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.rule import Rule
from conc_advisor.review.silence.known import known_codes


def carry_out(request: Request) -> int:
    """Do what was asked and return the exit code, or minus the number of the signal to end by."""
    settled = settle(request, known_codes(CARDS))
    outlet = outlet_for(request.form.output, force=request.form.force)
    try:
        with ended_by_signals():
            return _carried_out(request, settled, outlet)
    except SignalledError as error:
        return -error.number


def _carried_out(request: Request, settled: Settled, outlet: Outlet) -> int:
    # What only one of the actions needs is imported there: a plain review, of an editor's buffer for example, is to be quick.
    outcome = look(settled, request)
    match request.action:
        case Action.REVIEW:
            return _report(outcome, request, settled, outlet)
        case Action.FIX:
            from conc_advisor.cli.review_diff import tell_mended  # noqa: PLC0415
            from conc_advisor.cli.review_fix import mend  # noqa: PLC0415

            outcome, mended = mend(outcome, settled, lambda: look(settled, request), unsafe=request.unsafe)
            tell_mended(mended, outcome, request)
            return _report(outcome, request, settled, outlet)
        case Action.DIFF:
            from conc_advisor.cli.review_diff import show_diff  # noqa: PLC0415

            say_unread(outcome, request, settled)
            show_diff(outcome, request, settled, outlet)
            return _ending(outcome, settled)
        case Action.BASELINE:
            from conc_advisor.cli.review_baseline import keep  # noqa: PLC0415

            check_something_read(outcome)
            say_unread(outcome, request, settled)
            keep(outcome, settled.write_baseline, request, settled)
            return ExitCode.DONE
        case _:
            assert_never(request.action)


def _ending(outcome: Outcome, settled: Settled) -> int:
    check_something_read(outcome)
    return ExitCode.FINDINGS if settled.fail_on is not None and outcome.at_least(settled.fail_on) else ExitCode.DONE


def _report(outcome: Outcome, request: Request, settled: Settled, outlet: Outlet) -> int:
    options = _options(request, settled, outlet)
    if request.form.statistics:
        from conc_advisor.reports.review import statistics  # noqa: PLC0415  # seldom asked for

        outlet.write([statistics.render(outcome, options)])
    else:
        outlet.write(render(ReviewFormat(request.form.format), outcome, options))
    add_to_job_summary(lambda: render(ReviewFormat.MARKDOWN, outcome, options), request.voice)
    say_unread(outcome, request, settled)
    status = _ending(outcome, settled)
    request.voice.say(f"next: {next_command(outcome, request, CARDS)}")
    return status


def _options(request: Request, settled: Settled, outlet: Outlet) -> ReviewOptions:
    look_of_it = outlet.look
    return ReviewOptions(
        paper=Paper(width=look_of_it.width, color=look_of_it.color, unicode=look_of_it.unicode, verbose=request.voice.verbose),
        rules=_rules(request),
        paths=tuple(request.scope.paths) or (".",),
        base=str(working_folder()) if has_working_folder() else "",
        python=settled.review.python,
    )


def _rules(request: Request) -> tuple[Rule, ...]:
    """Return the rules as a report needs them: SARIF tells the whole page of each, which only the rule itself has."""
    if request.form.format != ReviewFormat.SARIF:
        return CARDS
    from conc_advisor.review.rules import ALL  # noqa: PLC0415  # loading them takes longer than a review whose findings are all known

    return ALL
