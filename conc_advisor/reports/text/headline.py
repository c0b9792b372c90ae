"""The verdict, the numbers that matter for it, and the next step."""

from typing import Final

from rich.text import Text

from conc_advisor.findings import Confidence
from conc_advisor.reports.summary import command_words, key_numbers, run_words
from conc_advisor.reports.text.grid import Column, grid
from conc_advisor.reports.text.page import Page, Paragraph, Section
from conc_advisor.reports.text.signs import VERDICT_SIGNS

CONFIDENCE_WORDS: Final[dict[Confidence, str]] = {
    Confidence.LOW: "low confidence",
    Confidence.MEDIUM: "medium confidence",
    Confidence.HIGH: "high confidence",
}


def headline(page: Page) -> Section:
    """Return the conclusion: a sign, the verdict's name, how sure it is, and the sentence."""
    verdict = page.diagnosis.verdict
    sign = VERDICT_SIGNS[verdict.id]
    text = Text.assemble(
        (verdict.id.value, sign.style),
        (f" ({CONFIDENCE_WORDS[verdict.confidence]}): ", ""),
        (page.say(verdict.sentence), "bold"),
    )
    return Section("", (Paragraph(text, mark=page.sign(sign.unicode, sign.ascii), style=sign.style),))


def numbers(page: Page) -> Section:
    """Return what was run, and the few numbers behind the conclusion."""
    command = page.fit(page.say(command_words(page.diagnosis)), page.options.width)
    rows = [(f"  {number.name}", page.say(number.value)) for number in key_numbers(page.diagnosis)]
    columns = (Column(), Column(flexible=True, style="bold"))
    return Section(
        "", (Text(command), Text(f"  {page.fit(page.say(run_words(page.diagnosis)), page.inner_width)}"), *grid(page, columns, rows))
    )


def next_step(page: Page) -> Section | None:
    """Return what to do about it."""
    step = page.diagnosis.verdict.next_step
    return Section("Next step", (Paragraph(Text(page.say(step)), mark=page.sign("→", "->"), style="bold green"),)) if step else None
