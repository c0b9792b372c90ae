"""The findings of a review, one a line, and a last line with their number: for editors, `grep` and logs."""

from collections.abc import Iterator

from conc_advisor.reports.plain import Style
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.snippet import STYLES
from conc_advisor.reports.review.tally import findings_words, tally_of
from conc_advisor.reports.review.words import log_place
from conc_advisor.review.outcome import Outcome


def render(outcome: Outcome, options: ReviewOptions) -> Iterator[str]:
    """Yield `path:line:column: CODE message` for each finding, then the counts."""
    paper = options.paper
    for finding in outcome.findings:
        where = paper.styled(paper.say(log_place(finding.location)), Style.BOLD)
        code = paper.styled(paper.say(finding.rule), STYLES[finding.severity])
        yield f"{where}: {code} {paper.say(finding.message)}\n"
    yield f"{findings_words(tally_of(outcome))}\n"
