"""What the page of a consultation says, leaves out, and never lets through."""

import re
from dataclasses import replace

import pytest
from choice_builder import (
    HOSTILE,
    Model,
    alternative,
    change,
    consultation,
    contradiction,
    evidence,
    hostile_consultation,
    reason,
    rich_consultation,
    size,
)

from conc_advisor.decision.recommendation import Consultation, Contradiction, Form, OpenQuestion, Pitfall, Standing
from conc_advisor.findings import Confidence
from conc_advisor.reports.choice.text import render_text
from conc_advisor.reports.plain import Paper, cell_width
from conc_advisor.workload import AsyncLib, Bottleneck, Factor, FanOut, Gil, Origin, Quantities, Workload

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
TITLES = (
    "Why",
    "What is known",
    "Contradictions",
    "Why not",
    "Better when",
    "Sizes to start from",
    "What it costs",
    "What makes up for it",
    "How to write it",
    "Mistakes to avoid",
    "How to prove it",
    "Take an engine for it",
    "What would change the answer",
    "Notes",
    "The same answer without questions",
    "Next",
)


def shown(what: Consultation, *, width: int = 80, verbose: bool = False, unicode: bool = True) -> str:
    return render_text(what, Paper(width=width, verbose=verbose, unicode=unicode))


def section(page: str, title: str) -> str:
    """Return a section's lines, or nothing where it is not there."""
    return next((part for part in page.split("\n\n") if part.startswith(f"{title}\n")), "")


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("confidence", Confidence)
def test_model_confidence_and_the_deciding_sentence_come_first(confidence: Confidence) -> None:
    page = shown(consultation(confidence=confidence, why=(reason(because="So it is."),)), unicode=False)
    assert re.match(rf"\S+ asyncio \({confidence} confidence\): So it is\.", page)


def test_every_section_is_there_in_its_order() -> None:
    """When each would be better stands under why not, unless all is asked for."""
    for verbose in (True, False):
        page = shown(rich_consultation(), verbose=verbose)
        found = [title for part in page.split("\n\n")[1:] if (title := part.split("\n")[0])]
        assert [title for title in found if title in TITLES] == [title for title in TITLES if verbose or title != "Better when"]


def test_a_section_without_anything_to_say_is_not_there() -> None:
    page = shown(consultation(workload=Workload(), again="", next_commands=()))
    for title in TITLES[1:]:
        assert not section(page, title), title


def test_a_reason_names_its_row_its_source_and_the_answers_that_it_rests_on() -> None:
    why = one_line(section(shown(rich_consultation(), verbose=True), "Why"))
    assert "decided by thousands-at-once [fan_out 1k-100k, async_lib yes; measured: 1,000 requests" in why
    assert "Every library that waits has an async client. [async-client-for-all: async_lib yes; catalogue: aiohttp]" in why


def test_a_reason_that_rests_on_nothing_has_its_source_alone() -> None:
    why = section(shown(consultation(workload=Workload(), why=(reason("default", source="habit"),))), "Why")
    assert why == "Why\n  - decided by default [habit]"


def test_every_answer_says_who_gave_it() -> None:
    known = Workload(bottleneck=None, gil=Gil.HOLDS, notebook=True)
    said = consultation(
        workload=known,
        evidence={
            Factor.GIL: evidence(Factor.GIL, Gil.HOLDS, Origin.PROFILE, "92% with the GIL", Confidence.LOW),
            Factor.NOTEBOOK: evidence(Factor.NOTEBOOK, True),  # noqa: FBT003  # the answer itself
        },
        quantities=Quantities(cores=8, item_seconds=0.05),
    )
    lines = [one_line(line) for line in section(shown(said, verbose=True), "What is known").splitlines()]
    assert lines[1:] == ["gil holds profile: 92% with the GIL (low confidence)", "notebook true you", "cores 8", "item_seconds 0.05"]


@pytest.mark.parametrize("origin", Origin)
def test_everyone_who_says_something_can_contradict(origin: Origin) -> None:
    said = Contradiction(kept=evidence(Factor.GIL, Gil.HOLDS), against=evidence(Factor.GIL, Gil.RELEASES, origin, "so it is"))
    assert "says releases (so it is)" in one_line(shown(consultation(contradictions=(said,)))).replace(" say ", " says ")


def test_answers_of_one_source_stand_together() -> None:
    known = Workload(bottleneck=Bottleneck.IO, gil=Gil.HOLDS, notebook=True)
    found = {
        Factor.BOTTLENECK: evidence(Factor.BOTTLENECK, Bottleneck.IO, Origin.YOU, "--set"),
        Factor.GIL: evidence(Factor.GIL, Gil.HOLDS, Origin.PROFILE, "92% with the GIL", Confidence.LOW),
        Factor.NOTEBOOK: evidence(Factor.NOTEBOOK, True, Origin.YOU, "--set"),  # noqa: FBT003  # the answer itself
    }
    said = consultation(workload=known, evidence=found, quantities=Quantities(cores=8, items=5))
    lines = [one_line(line) for line in section(shown(said), "What is known").splitlines()]
    assert lines[1:] == [
        "- bottleneck io, notebook true [you: --set]",
        "- gil holds [profile: 92% with the GIL (low confidence)]",
        "- cores 8, items 5",
    ]


def test_a_contradiction_shows_both_sides_and_which_counts() -> None:
    said = one_line(section(shown(consultation(contradictions=(contradiction(),))), "Contradictions"))
    assert "you say io; the profile says cpu (92% of the time on CPU with the GIL). The recommendation goes by io." in said


def test_every_other_model_has_its_sentence_and_its_standing_in_words() -> None:
    page = shown(rich_consultation(), verbose=True)
    against = one_line(section(page, "Why not"))
    for other in rich_consultation().recommendation.alternatives:
        assert f"{other.model} ({other.standing}): {other.because}" in against
    assert against.index("ruled out") < against.index("avoided") < against.index("possible")


def test_possible_models_that_nothing_speaks_for_share_a_line() -> None:
    """The others keep their sentences: ruled out, avoided, runners-up."""
    said = rich_consultation().recommendation
    against = one_line(section(shown(rich_consultation()), "Why not"))
    assert "- also possible, nothing known speaks for them: asyncio+processes, distributed" in against
    near = {other.model for other in said.runners_up}
    for other in said.alternatives:
        kept = other.standing is not Standing.POSSIBLE or other.model in near
        assert (f"{other.model} ({other.standing}): {other.because}" in against) is kept


def test_a_single_possible_model_keeps_its_sentence() -> None:
    others = (alternative(Model.THREADS, Standing.POSSIBLE, "It waits."), alternative(Model.PROCESSES, Standing.AVOIDED, "Too slow."))
    against = section(shown(consultation(alternatives=others)), "Why not")
    assert "- threads (possible): It waits." in against
    assert "also possible" not in against


def test_models_of_which_the_same_is_said_share_it() -> None:
    others = (alternative(Model.THREADS, Standing.AVOIDED, "Too slow."), alternative(Model.PROCESSES, Standing.AVOIDED, "Too slow."))
    assert "! threads, processes (avoided): Too slow." in shown(consultation(alternatives=others))


def test_the_row_against_a_model_is_named_where_all_is_asked_for() -> None:
    said = consultation(alternatives=(alternative(Model.THREADS, Standing.RULED_OUT, "It cannot."),))
    assert "no-threads" not in shown(said)
    assert "[no-threads; read: the documentation" in one_line(shown(said, verbose=True))


def test_runners_up_say_when_they_are_better() -> None:
    """With their sentence, unless all is asked for."""
    better = one_line(section(shown(rich_consultation(), verbose=True), "Better when"))
    assert "threads would be better if async_lib is no or partial, or fan_out is 2-20." in better
    assert "asyncio+threads would be better if async_lib is partial." in better
    against = one_line(section(shown(rich_consultation()), "Why not"))
    assert "start slower than tasks. Better if async_lib is no or partial, or fan_out is 2-20." in against
    assert "all of these have one. Better if async_lib is partial." in against


def test_runners_up_that_share_a_sentence_say_each_when_they_are_better() -> None:
    others = tuple(
        alternative(model, Standing.AVOIDED, "Too slow.", change(model, Factor.ASYNC_LIB, value))
        for model, value in ((Model.THREADS, AsyncLib.NO), (Model.PROCESSES, AsyncLib.NA))
    )
    against = one_line(section(shown(consultation(alternatives=others, runners_up=others)), "Why not"))
    assert "threads, processes (avoided): Too slow. -" in against
    assert "threads would be better if async_lib is no." in against
    assert "processes would be better if async_lib is na." in against


def test_open_questions_say_which_answer_leads_where() -> None:
    changes = (change(Model.THREADS, Factor.ASYNC_LIB, AsyncLib.NO), change(Model.SEQUENTIAL, Factor.ASYNC_LIB, AsyncLib.NA))
    said = consultation(open_questions=(OpenQuestion(factor=Factor.ASYNC_LIB, changes=changes),))
    assert "? async_lib: no → threads; na → sequential" in shown(said)
    assert "? async_lib: no -> threads; na -> sequential" in shown(said, unicode=False)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (size(value=8, unit="workers", measured=True), "8 workers = min("),
        (size(value=12000, unit="", measured=False), "12 000 (estimated) = min("),
        (size(value=None, unit="workers"), "unknown = min("),
    ],
)
def test_a_size_says_how_it_was_got_and_whether_it_is_an_estimate(one: object, words: str) -> None:
    assert words in one_line(section(shown(consultation(sizes=(one,))), "Sizes to start from"))


def test_what_went_into_a_size_is_told_where_all_is_asked_for() -> None:
    said = consultation(sizes=(size(inputs="200 a second (assumed)", source="Little's law"),))
    assert "assumed" not in shown(said)
    assert "the numbers behind the sizes (-v shows all)" in one_line(shown(said))
    assert "200 a second (assumed) [Little's law]" in one_line(shown(said, verbose=True))
    assert "-v shows" not in shown(said, verbose=True)


def test_code_stands_as_it_is_written() -> None:
    code = "with pool:\n    for item in items:\n        run(item)\n"
    page = shown(consultation(forms=(Form(text="A pool.", code=code, applies="3.11"),)), width=40)
    assert "\n      with pool:\n          for item in items:\n              run(item)\n" in page


def test_a_pitfall_names_the_command_that_explains_it() -> None:
    page = shown(consultation(pitfalls=(Pitfall(text="Too many at once.", topic="unbounded-fan-out"),)))
    assert "conc-advisor explain unbounded-fan-out" in page


def test_no_text_tells_to_run_what_does_not_exist() -> None:
    """Templates are named for programs; there is no command yet that writes them."""
    assert "scaffold" not in shown(rich_consultation(), verbose=True)
    assert "async-fan-out" not in shown(rich_consultation(), verbose=True)


def test_the_page_ends_with_what_to_type() -> None:
    page = shown(rich_consultation())
    assert page.endswith("\nNext\n  conc-advisor profile app.py\n")
    assert "--set fan_out=1k-100k" in section(page, "The same answer without questions")


def test_verbose_leaves_nothing_out_and_says_so_nowhere() -> None:
    page, everything = one_line(shown(rich_consultation(), verbose=True)), rich_consultation().recommendation
    assert "-v shows" not in page
    texts = [*everything.trade_offs, *everything.notes]
    texts += [each.text for part in (everything.controls, everything.pitfalls, everything.forms, everything.proofs) for each in part]
    assert [text for text in texts if text not in page] == []


def test_the_usual_page_is_short_and_counts_what_it_leaves_out() -> None:
    page, everything = shown(rich_consultation()), shown(rich_consultation(), verbose=True)
    assert len(page.splitlines()) < len(everything.splitlines())
    words = (
        "1 more reason, 3 more trade-offs, 3 more controls, 2 more forms, 2 more mistakes, 1 more measurement, the numbers behind the sizes"
    )
    assert f"… {words} (-v shows all)" in one_line(page)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("verbose", [True, False])
def test_no_line_is_wider_than_the_terminal_but_for_code(width: int, *, verbose: bool) -> None:
    said = rich_consultation()
    code = {line.strip() for form in said.recommendation.forms for line in form.code.splitlines()}
    lines = [line for line in shown(said, width=width, verbose=verbose).splitlines() if line.strip() not in code]
    assert [line for line in lines if cell_width(line) > width] == []


def test_without_color_there_is_no_escape_code_at_all() -> None:
    assert "\x1b" not in shown(rich_consultation(), verbose=True)


def test_color_adds_only_escape_codes() -> None:
    colored = render_text(rich_consultation(), Paper(color=True))
    assert ESCAPE.search(colored)
    assert ESCAPE.sub("", colored) == shown(rich_consultation())


def test_where_only_ascii_can_be_shown_nothing_else_is() -> None:
    assert shown(rich_consultation(), unicode=False, verbose=True).isascii()


@pytest.mark.parametrize("verbose", [True, False])
def test_hostile_text_is_inert(*, verbose: bool) -> None:
    page = shown(hostile_consultation(), verbose=verbose)
    assert all(line.isprintable() for line in page.splitlines())
    assert page.count("\\x1b[2J") >= 10
    colored = render_text(hostile_consultation(), Paper(color=True, verbose=verbose))
    assert ESCAPE.sub("", colored).replace("\n", "").isprintable()


def test_markup_of_others_is_shown_as_it_is() -> None:
    page = shown(consultation(notes=("[bold]x[/bold] **y** <b>z</b>",)))
    assert "[bold]x[/bold] **y** <b>z</b>" in page


def test_the_same_note_is_told_once() -> None:
    said = consultation(notes=("Once.",))
    twice = replace(said, recommendation=replace(said.recommendation, notes=("Once.",)))
    assert shown(twice).count("Once.") == 1


def test_a_wide_script_fits_too() -> None:
    said = consultation(
        workload=Workload(fan_out=FanOut.FEW),
        evidence={Factor.FAN_OUT: evidence(Factor.FAN_OUT, FanOut.FEW, Origin.CODE, "日本語の名前 " * 12)},
    )
    assert max(map(cell_width, shown(said, width=60).splitlines())) <= 60
    assert HOSTILE not in shown(said)
