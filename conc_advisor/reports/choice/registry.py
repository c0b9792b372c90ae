"""The formats of a consultation's report, in one literal table."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, assert_never

from conc_advisor.decision.recommendation import Consultation
from conc_advisor.reports.plain import Paper


class ChoiceFormat(StrEnum):
    """What `choose --format` takes."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


PURPOSES: Final[Mapping[ChoiceFormat, str]] = {
    ChoiceFormat.TEXT: "a page to read in the terminal",
    ChoiceFormat.JSON: "everything, for programs (schema conc-advisor.choice/1)",
    ChoiceFormat.MARKDOWN: "a design record, an issue or a pull request",
}


def render_choice(choice_format: ChoiceFormat, consultation: Consultation, paper: Paper) -> str:
    """Return the report, which ends with a newline; only the text looks at `paper`, the others leave out nothing."""
    # Imported here, each by itself: the answer is to come as fast as --help.
    match choice_format:
        case ChoiceFormat.TEXT:
            from conc_advisor.reports.choice.text import render_text  # noqa: PLC0415

            return render_text(consultation, paper)
        case ChoiceFormat.JSON:
            from conc_advisor.reports.choice.json import render_json  # noqa: PLC0415

            return render_json(consultation)
        case ChoiceFormat.MARKDOWN:
            from conc_advisor.reports.choice.markdown import render_markdown  # noqa: PLC0415

            return render_markdown(consultation)
        case _:
            assert_never(choice_format)
