"""The table of formats has laws."""

import pytest
from review_outcome_builder import hostile_outcome, options, outcome, rich_outcome

from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.registry import FORMATS, ReviewFormat, entry, render

SAYS_NOTHING_OF_NOTHING = {ReviewFormat.GITHUB}


def test_every_format_has_one_row() -> None:
    assert [row.format for row in FORMATS] == list(ReviewFormat)
    assert all(row.purpose and row.suffix for row in FORMATS)


@pytest.mark.parametrize("review_format", ReviewFormat)
def test_the_row_of_a_format_is_its_own(review_format: ReviewFormat) -> None:
    assert entry(review_format).format is review_format


@pytest.mark.parametrize("review_format", ReviewFormat)
def test_every_format_shows_any_outcome_and_ends_its_last_line(review_format: ReviewFormat) -> None:
    for said in (rich_outcome(), hostile_outcome(), outcome()):
        shown = "".join(render(review_format, said, options()))
        assert shown.endswith("\n") or (review_format in SAYS_NOTHING_OF_NOTHING and not said.findings)


@pytest.mark.parametrize("review_format", ReviewFormat)
def test_every_format_gets_along_without_rules(review_format: ReviewFormat) -> None:
    assert "CA101" in "".join(render(review_format, rich_outcome(), ReviewOptions()))


@pytest.mark.parametrize("review_format", set(ReviewFormat) - {ReviewFormat.FULL, ReviewFormat.CONCISE})
def test_what_programs_read_does_not_depend_on_the_terminal(review_format: ReviewFormat) -> None:
    wide = "".join(render(review_format, rich_outcome(), options(width=200, color=True)))
    assert wide == "".join(render(review_format, rich_outcome(), options(width=20, unicode=False)))
