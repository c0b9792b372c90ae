"""The summary on a GitHub job's page is short, and nothing of the target's is read as markup."""

import re

import pytest
from diagnosis_builder import at, diagnosis, event_loop, rich_diagnosis, stall, verdict

from conc_advisor.concurrency import VerdictId
from conc_advisor.reports import step_summary


def test_verdict_numbers_stalls_and_next_step_are_there() -> None:
    page = step_summary.render(rich_diagnosis(), working_directory="/app")
    assert page.startswith("### gil-bound: Four threads compute Python code in turn")
    assert "CPU used: **1\\.16 of 4 cores**" in page
    assert re.search(r"\| <code>app&#46;py&#58;12</code> \| sleep \| 3 \| 600 ms \| 200 ms \|", page)
    assert "**Next step:** Move parse" in page


def test_it_is_short_however_much_was_found() -> None:
    many = diagnosis(stalls=tuple(stall(f"app.py:{line}") for line in range(1, 201)), event_loops=(event_loop(),))
    page = step_summary.render(many)
    assert len(page.splitlines()) < 40
    assert "190 more places" in page


@pytest.mark.parametrize("verdict_id", [each for each in VerdictId if each is not VerdictId.LOOP_HEALTHY])
def test_only_a_healthy_program_gets_the_green_mark(verdict_id: VerdictId) -> None:
    assert "✅" not in step_summary.render(diagnosis(verdict=verdict(verdict_id)))
    assert "✅" in step_summary.render(diagnosis(verdict=verdict(VerdictId.LOOP_HEALTHY)))


def test_what_was_not_found_is_not_mentioned() -> None:
    page = step_summary.render(diagnosis(verdict=verdict(next_step="")))
    for words in ("|", "Next step", "doubt", "event loop"):
        assert words not in page


def test_hostile_text_is_inert() -> None:
    evil = "</code><script>|`![x](http://evil)\n# head"
    page = step_summary.render(
        diagnosis(command=(evil,), verdict=verdict(sentence=evil, doubts=(evil,)), stalls=(stall(location=at("a.py:1", evil)),))
    )
    assert "<script>" not in page
    assert "\n# head" not in page
    assert "![x](" not in page
    assert set(re.findall(r"<[^>]*>", page)) == {"<code>", "</code>"}
