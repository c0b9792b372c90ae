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
    """Return the findings, worst first, each with its advice."""
    found = sorted(page.diagnosis.findings, key=lambda finding: -finding.severity.rank)
    if not found:
        return None
    shown = found[: page.limit(_FINDINGS)]
    lines: tuple[Line, ...] = tuple(_line(page, finding) for finding in shown)
    return Section("Findings", (*lines, *page.more(len(found) - len(shown), "findings")))


def _line(page: Page, finding: Finding) -> Paragraph:
    mark, style = _MARKS[finding.severity]
    where = f" ({page.place(finding.location)})" if finding.location else ""
    text = Text.assemble(
        (f"{finding.severity.value} {page.say(finding.rule)}: ", style),
        page.say(finding.message) + where,
        (f" {page.say(finding.advice)}" if finding.advice else "", ""),
    )
    return Paragraph(text, mark=mark, style=style)
