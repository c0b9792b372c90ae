"""What else was noticed: the findings that no section above has said already."""

from typing import Final

from rich.text import Text

from conc_advisor.findings import Finding, Severity
from conc_advisor.reports.text.page import Line, Page, Paragraph, Section

_FINDINGS: Final = 6
_MARKS: Final[dict[Severity, tuple[str, str]]] = {
    Severity.INFO: ("-", ""),
    Severity.WARNING: ("!", "bold yellow"),
    Severity.ERROR: ("!!", "bold red"),
}


def findings(page: Page) -> Section | None:
    """Return the findings, worst first, each with its advice; mere information is only counted, unless all is asked for."""
    found = sorted(page.diagnosis.findings, key=lambda finding: -finding.severity.rank)
    if not found:
        return None
    told = found if page.options.verbose else [finding for finding in found if finding.severity is not Severity.INFO]
    if not told:
        return None
    shown = told[: page.limit(_FINDINGS)]
    lines: tuple[Line, ...] = tuple(_line(page, finding) for finding in shown)
    return Section("Findings", (*lines, *page.more(len(found) - len(shown), "finding")))


def _line(page: Page, finding: Finding) -> Paragraph:
    mark, style = _MARKS[finding.severity]
    advice = "" if finding.advice == page.diagnosis.verdict.next_step else f" {page.say(finding.advice)}"
    text = Text.assemble(
        (f"{finding.severity.value} {page.say(finding.rule)}: ", style),
        f"{page.say(finding.message)}{_where(page, finding)}{advice.rstrip()}",
    )
    return Paragraph(text, mark=mark, style=style)


def _where(page: Page, finding: Finding) -> str:
    """Return the place in brackets, unless the message names it already."""
    if finding.location is None or page.place_names(finding.location)[-1] in page.say(finding.message):
        return ""
    return f" ({page.place(finding.location)})"
