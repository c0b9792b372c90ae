"""What the text report says, leaves out, and never lets through."""

import re
from dataclasses import replace

import pytest
from diagnosis_builder import (
    SAMPLING,
    at,
    contention,
    diagnosis,
    event_loop,
    figure,
    finding,
    holder,
    hot_function,
    hot_node,
    lane,
    process,
    rich_diagnosis,
    site,
    stall,
    thread,
    verdict,
)
from rich.cells import cell_len

from conc_advisor.concurrency import BlockKind, StallCause, ThreadState, VerdictId
from conc_advisor.findings import Confidence, Severity
from conc_advisor.profiling.diagnosis import AsleepHolding, Diagnosis, HotPaths
from conc_advisor.profiling.recording import Limit, Machine
from conc_advisor.reports import text

HOSTILE = "\x1b[2J[bold]x[/bold]\u202e\x9b31m"


def shown(what: Diagnosis, *, width: int = 80, unicode: bool = True, verbose: bool = False) -> str:
    return text.render(what, text.TextOptions(width=width, unicode=unicode, verbose=verbose, working_directory="/app"))


def section(report: str, title: str) -> str:
    """Return a section's lines, or nothing where it is not there."""
    return next((part for part in report.split("\n\n") if part.startswith(title)), "")


def one_line(report: str) -> str:
    return " ".join(report.split())


@pytest.mark.parametrize("verdict_id", VerdictId)
def test_every_verdict_has_a_sign_and_says_its_name_confidence_and_sentence_first(verdict_id: VerdictId) -> None:
    report = shown(diagnosis(verdict=verdict(verdict_id, confidence=Confidence.MEDIUM, sentence="So it is.")), unicode=False)
    assert re.match(rf"\S+ {verdict_id} \(medium confidence\): So it is\.", one_line(report))


@pytest.mark.parametrize("verdict_id", [VerdictId.LOOP_HEALTHY, VerdictId.IO_BOUND, VerdictId.IDLE, VerdictId.CPU_BOUND_SINGLE])
def test_a_program_that_does_what_it_must_is_not_marked_as_a_problem(verdict_id: VerdictId) -> None:
    assert not shown(diagnosis(verdict=verdict(verdict_id))).startswith("!")


def test_a_plain_program_has_no_section_without_anything_to_say() -> None:
    report = shown(diagnosis())
    for title in ("The GIL", "Event loop", "Stalls", "Waiting", "Hot functions", "Heaviest stacks", "Findings"):
        assert not section(report, title), title


def test_a_diagnosis_of_nothing_is_still_a_report() -> None:
    empty = diagnosis(duration_seconds=0.0, processes=(), timeline=(), sampling=replace(SAMPLING, samples=0))
    report = shown(empty)
    assert "no sample was taken" in report
    assert "Timeline" not in report
    assert "Threads" not in report


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_wider_than_the_terminal(width: int, *, unicode: bool) -> None:
    lines = shown(rich_diagnosis(), width=width, unicode=unicode, verbose=True).splitlines()
    assert max(map(cell_len, lines)) <= width


def test_a_wide_terminal_gets_a_wider_timeline() -> None:
    narrow, wide = (section(shown(rich_diagnosis(), width=width), "Timeline") for width in (80, 140))
    assert max(map(len, wide.splitlines())) == max(map(len, narrow.splitlines())) + 60


def test_without_color_there_is_no_escape_code_at_all() -> None:
    assert "\x1b" not in shown(rich_diagnosis())


def test_color_adds_only_escape_codes() -> None:
    colored = text.render(rich_diagnosis(), text.TextOptions(color=True, working_directory="/app"))
    assert "\x1b[" in colored
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in plain.splitlines()] == shown(rich_diagnosis()).splitlines()


def test_the_environment_of_the_reader_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = (text.TextOptions(width=120, color=True), text.TextOptions(width=120))
    before = [text.render(rich_diagnosis(), options) for options in looks]
    for name, value in (("FORCE_COLOR", "1"), ("COLUMNS", "40"), ("TERM", "dumb"), ("NO_COLOR", "1")):
        monkeypatch.setenv(name, value)
    assert [text.render(rich_diagnosis(), options) for options in looks] == before


def test_where_only_ascii_can_be_shown_nothing_else_is() -> None:
    report = shown(diagnosis(verdict=verdict(sentence="2\N{EN DASH}3 \N{MULTIPLICATION SIGN} é")), unicode=False)
    assert report.isascii()
    assert "2-3 x \\xe9" in report
    assert shown(rich_diagnosis(), unicode=False).isascii()


def _hostile() -> Diagnosis:
    """Return a diagnosis in which every string that the target can choose is hostile."""
    place = replace(at("x.py:1"), file=f"/app/{HOSTILE}.py", function=HOSTILE)
    name = f"{HOSTILE}-1"
    return diagnosis(
        command=(HOSTILE,),
        verdict=verdict(sentence=HOSTILE, next_step=HOSTILE, doubts=(HOSTILE,), figures=(figure(HOSTILE, 1.0),)),
        processes=(
            process(thread(name, running=1), command=HOSTILE),
            process(thread("other", running=1), pid=2, command=HOSTILE),
        ),
        contention=(
            contention(
                replace(holder(name, HOSTILE, "x.py:1"), location=place),
                asleep_holding=(AsleepHolding(thread=HOSTILE, location=place, seconds=1, others_waited_seconds=1),),
            ),
        ),
        blocking=(site(name, location=place),),
        event_loops=(event_loop(name),),
        stalls=(stall(location=place, thread=name), stall(location=place, thread=HOSTILE)),
        hot_paths=HotPaths(
            cpu_seconds=1.0,
            functions=(replace(hot_function("f", "x.py:1", 1, 1), location=place),),
            tree=(replace(hot_node(HOSTILE, 1.0), location=place),),
        ),
        timeline=(lane(name, (ThreadState.RUNNING, 10)),),
        findings=(replace(finding(), message=HOSTILE, advice=HOSTILE, location=place),),
        limits=(Limit(what=HOSTILE, why=HOSTILE),),
        machine=Machine(system=HOSTILE, cores=1, others_busy=None),
        sampling=replace(SAMPLING, mode=HOSTILE),
    )


@pytest.mark.parametrize("unicode", [True, False])
def test_hostile_names_are_inert_wherever_they_appear(*, unicode: bool) -> None:
    report = shown(_hostile(), width=200, unicode=unicode, verbose=True)
    assert all(char.isprintable() for line in report.split("\n") for char in line)
    assert report.count("[bold]x[/bold]") >= 20


def test_hostile_names_add_no_escape_code_to_a_colored_report() -> None:
    report = text.render(_hostile(), text.TextOptions(width=200, color=True))
    assert all(char.isprintable() for char in re.sub(r"\x1b\[[0-9;]*m|\n", "", report))


def number_names(what: Diagnosis) -> list[str]:
    lines = shown(what).split("\n\n")[1].splitlines()[2:]
    return [line.strip().split("  ")[0] for line in lines]


def test_the_numbers_are_those_of_the_verdict() -> None:
    assert number_names(rich_diagnosis()) == ["CPU used", "GIL held", "GIL waits", "event loop"]


@pytest.mark.parametrize("verdict_id", VerdictId)
def test_there_are_at_least_three_and_at_most_five_numbers_where_there_is_enough_to_tell(verdict_id: VerdictId) -> None:
    names = number_names(replace(rich_diagnosis(), verdict=verdict(verdict_id)))
    assert 3 <= len(names) <= 5
    assert len(set(names)) == len(names)


def test_numbers_beside_the_verdict_only_fill_up_to_three() -> None:
    names = number_names(replace(rich_diagnosis(), verdict=verdict(VerdictId.NOT_ENOUGH_EVIDENCE)))
    assert names == ["CPU used", "GIL held", "GIL waits"]


def test_numbers_that_are_nothing_are_left_out() -> None:
    head = shown(diagnosis()).split("\n\n")[1]
    assert "GIL" not in head
    assert "event loop" not in head


@pytest.mark.parametrize(
    ("status", "words"), [(0, "exit status 0"), (3, "exit status 3"), (-11, "ended by SIGSEGV"), (-99, "ended by signal 99")]
)
def test_the_end_of_the_target_is_said_in_words(status: int, words: str) -> None:
    assert words in shown(diagnosis(exit_status=status))


def test_an_unknown_end_is_not_guessed() -> None:
    assert "exit status" not in shown(diagnosis(exit_status=None))


def test_shares_of_the_states_stand_beside_each_thread_and_states_that_no_thread_had_are_no_column() -> None:
    table = section(shown(diagnosis(processes=(process(thread("cpu-1", running=1, gil_wait=3)),))), "Threads")
    assert one_line(table.splitlines()[-1]) == "cpu-1 4.00 s 25% 75%"
    assert "lock" not in table


def test_threads_that_only_waited_for_work_are_one_line() -> None:
    report = shown(rich_diagnosis())
    assert "+14 threads that only waited for work" in report
    assert "pool_3" not in report


def test_a_program_of_nothing_but_plumbing_still_shows_its_threads() -> None:
    idle = diagnosis(
        processes=(process(thread("pool_0", plumbing=True, blocked={BlockKind.QUEUE: 5.0})),),
        timeline=(lane("pool_0", (ThreadState.BLOCKED, 10)),),
    )
    assert "pool_0" in section(shown(idle), "Timeline")
    assert "only waited for work" not in shown(idle)


def test_long_lists_are_cut_and_say_so_unless_all_is_asked_for() -> None:
    many = diagnosis(processes=(process(*(thread(f"cpu-{number}", running=1) for number in range(30))),))
    assert "… 18 more threads (-v shows all)" in shown(many)
    assert "more threads" not in shown(many, verbose=True)
    assert "cpu-29" in shown(many, verbose=True)


def test_contention_says_who_held_the_gil_where_while_another_waited() -> None:
    part = one_line(section(shown(diagnosis(contention=(contention(holder("cpu-2", "cpu-0", "parse.py:41")),))), "The GIL"))
    assert "while cpu-2 waited, cpu-0 held it at parse.py:41 in work: 70% of that wait, 3.00 s" in part
    assert "2 to 3.2 times as fast, assuming: the threads share no data and a core is free for each." in part


def test_alike_threads_that_hold_the_gil_at_one_place_in_turn_are_one_line() -> None:
    holders = tuple(holder("cpu-0", f"cpu-{number}", "parse.py:41", seconds=1.0, share=0.2) for number in range(1, 5))
    part = one_line(section(shown(diagnosis(contention=(contention(*holders),))), "The GIL"))
    assert "while cpu-0 waited, cpu-1, cpu-2, cpu-3 and others held it at parse.py:41 in work: 80% of that wait, 4.00 s" in part
    assert part.count("while") == 1


def test_waits_of_different_threads_or_for_different_places_are_not_added_up() -> None:
    holders = (holder("a", "c", "x.py:1"), holder("b", "c", "x.py:1"), holder("a", "c", "x.py:2"))
    assert section(shown(diagnosis(contention=(contention(*holders),))), "The GIL").count("while") == 3


def test_a_gil_that_nobody_waited_for_is_one_line_without_a_promise() -> None:
    calm = contention(holder("a", "b", "x.py:1"), held=0.3, waited=0.001, share=0.0004)
    lines = section(shown(diagnosis(contention=(calm,))), "The GIL").splitlines()
    assert "as fast" not in "".join(lines)
    assert "while" not in "".join(lines)


def test_an_estimate_of_the_gil_is_called_one() -> None:
    assert "(estimated)" in one_line(section(shown(diagnosis(contention=(contention(measured=False),))), "The GIL"))
    assert "(estimated)" not in shown(diagnosis(contention=(contention(),)))


def test_a_stall_names_line_cause_count_total_and_longest() -> None:
    found = diagnosis(event_loops=(event_loop(),), stalls=(stall("app.py:12", cause=StallCause.SOCKET, count=3, longest=0.2),))
    assert one_line(section(shown(found), "Stalls").splitlines()[-1]) == "app.py:12 in work blocking socket 3 600 ms 200 ms"


def test_stalls_that_could_not_be_counted_are_marked() -> None:
    assert "~3" in section(shown(diagnosis(stalls=(stall(estimated=True),))), "Stalls")
    assert "~" not in section(shown(diagnosis(stalls=(stall(),))), "Stalls")


def test_a_loop_without_stalls_is_said_to_have_none_and_a_program_without_a_loop_is_not() -> None:
    assert "No callback was seen to keep the loop for 50 ms or more." in shown(diagnosis(event_loops=(event_loop(),)))
    assert "callback" not in shown(diagnosis())


def test_threads_that_waited_at_one_place_share_a_row() -> None:
    many = diagnosis(
        blocking=tuple(site(f"w-{number}") for number in range(3)),
        processes=(process(*(thread(f"w-{number}", blocked={BlockKind.SOCKET: 10.0}) for number in range(3))),),
    )
    assert one_line(section(shown(many), "Waiting").splitlines()[-1]) == "app.py:33 in fetch on a socket 3 threads 120 24.0 s"


def test_what_threads_wait_for_between_two_jobs_is_no_row() -> None:
    pool = thread("pool_0", plumbing=True, blocked={BlockKind.QUEUE: 10.0})
    waiting = diagnosis(processes=(process(thread("main", running=1), pool),), blocking=(site("pool_0", kind=BlockKind.QUEUE),))
    assert not section(shown(waiting), "Waiting")


def test_waits_that_could_not_be_counted_have_a_question_mark_instead_of_a_number() -> None:
    assert one_line(section(shown(diagnosis(blocking=(site("m", count=None),))), "Waiting")).endswith("m ? 8.00 s")


def test_code_of_libraries_is_told_apart_from_the_users() -> None:
    hot = HotPaths(
        cpu_seconds=10.0,
        functions=(hot_function("mine", "a.py:1", 5, 9), hot_function("theirs", "b.py:2", 4, 4, user_code=False)),
        tree=(),
    )
    rows = section(shown(diagnosis(hot_paths=hot)), "Hot functions").splitlines()
    assert one_line(rows[2]) == "50% 90% mine a.py:1"
    assert one_line(rows[3]) == "40% 40% theirs b.py:2 library"


def test_steps_on_the_way_are_left_to_the_tree_unless_all_is_asked_for() -> None:
    hot = HotPaths(
        cpu_seconds=10.0,
        functions=(hot_function("mine", "a.py:1", 10, 10), hot_function("bootstrap", "t.py:2", 0, 10, user_code=False)),
        tree=(),
    )
    assert "bootstrap" not in shown(diagnosis(hot_paths=hot))
    assert "1 more function" in shown(diagnosis(hot_paths=hot))
    assert "bootstrap" in shown(diagnosis(hot_paths=hot), verbose=True)


def test_where_there_was_next_to_no_cpu_time_its_places_are_one_line() -> None:
    hot = HotPaths(cpu_seconds=0.021, functions=(hot_function("f", "a.py:1", 0.021, 0.021),), tree=(hot_node("f", 0.021),))
    assert "Only 21 ms on CPU in all" in shown(diagnosis(hot_paths=hot))
    assert "Heaviest stacks" not in shown(diagnosis(hot_paths=hot))
    assert "Heaviest stacks" in shown(diagnosis(hot_paths=hot), verbose=True)


def test_a_long_path_gives_way_before_the_line_number_does() -> None:
    deep = at("/srv/application/releases/current/packages/billing/reports.py:41", "monthly")
    row = section(shown(diagnosis(stalls=(stall(location=deep),))), "Stalls").splitlines()[-1]
    assert "/billing/reports.py:41 in monthly" in row
    assert row.endswith("200 ms")
    assert "/srv/application/releases/current/packages/billing/reports.py:41" in shown(diagnosis(stalls=(stall(location=deep),)), width=140)


def test_the_tree_shows_callers_above_callees_and_leaves_small_branches_out() -> None:
    tree = (hot_node("main", 10.0, hot_node("parse", 8.0, hot_node("lex", 5.0)), hot_node("write", 1.9), hot_node("tiny", 0.1)),)
    hot = HotPaths(cpu_seconds=10.0, functions=(), tree=tree)
    rows = section(shown(diagnosis(hot_paths=hot), unicode=False), "Heaviest stacks").splitlines()[1:]
    assert [row.strip() for row in rows] == ["100%  main", "80%  |-parse", "50%  | `-lex", "19%  `-write"]


def test_a_very_deep_tree_can_be_shown() -> None:
    node = hot_node("f", 1.0)
    for _ in range(3000):
        node = hot_node("f", 1.0, node)
    report = shown(diagnosis(hot_paths=HotPaths(cpu_seconds=1.0, functions=(), tree=(node,))), verbose=True)
    assert len(section(report, "Heaviest stacks").splitlines()) == 3002


def test_the_grounds_name_samples_rates_overhead_and_what_decided() -> None:
    decided = verdict(figures=(figure("waiting_share", 0.74, threshold=0.2),), doubts=("The run was short.",))
    part = one_line(section(shown(diagnosis(verdict=decided)), "How sure are we"))
    for words in ("waiting share 74% (threshold 20%)", "8 000 samples", "200 times a second", "1.8% of one core; the budget was 5%"):
        assert words in part
    assert "in doubt: The run was short." in part


def test_failed_samples_are_counted_and_none_are_not_invented() -> None:
    assert "no sample failed" in shown(diagnosis())
    failing = diagnosis(sampling=replace(SAMPLING, failed_samples=2000))
    assert "2 000 samples failed (20%)" in one_line(shown(failing))


def test_a_broken_budget_is_owned_up_to() -> None:
    assert "was not kept" not in shown(diagnosis())
    assert "was not kept" not in shown(diagnosis(sampling=replace(SAMPLING, overhead=1.15 * SAMPLING.max_overhead)))
    assert "and was not kept" in shown(diagnosis(sampling=replace(SAMPLING, overhead=1.25 * SAMPLING.max_overhead)))
    assert "and was not kept" in shown(diagnosis(sampling=replace(SAMPLING, overhead=0.09)))


def test_sources_of_thresholds_are_shown_when_asked_for() -> None:
    decided = diagnosis(verdict=verdict(figures=(figure("x", 0.7, threshold=0.2),)))
    assert "measured on the demos" not in shown(decided)
    assert "measured on the demos" in one_line(shown(decided, verbose=True))


def test_what_could_not_be_seen_is_named_with_its_reason() -> None:
    assert "not seen: stacks (no permission)" in shown(diagnosis(limits=(Limit(what="stacks", why="no permission"),)))


def test_the_next_step_is_last() -> None:
    assert shown(rich_diagnosis()).rstrip().endswith("Move parse() to a process pool: conc-advisor explain processes")


@pytest.mark.parametrize("depth", [1, 10, 60])
def test_a_sentence_names_a_place_in_few_words_whatever_its_path(depth: int) -> None:
    deep = replace(holder("a", "b", "x.py:1"), location=at(f"/srv{'/folder' * depth}/{'x' * depth}.py:7", "work"))
    part = one_line(section(shown(diagnosis(contention=(contention(deep),))), "The GIL"))
    place = part.partition("held it at ")[2].partition(": ")[0]
    assert place.endswith(f"{'x' * depth}.py:7 in work")
    assert len(place) <= max(48, depth + len(".py:7 in work"))


def test_a_finding_does_not_repeat_its_place_or_the_next_step() -> None:
    told = replace(finding(), message="It slept at fast.py:7.", advice="Report it.")
    report = one_line(shown(diagnosis(findings=(told,), verdict=verdict(next_step="Report it."))))
    assert report.count("fast.py:7") == 1
    assert report.count("Report it.") == 1


def test_findings_stand_with_their_advice_and_place() -> None:
    part = one_line(section(shown(diagnosis(findings=(finding(),))), "Findings"))
    assert "(fast.py:7 in work) Report it to the extension's authors." in part


def test_mere_information_is_counted_and_told_only_where_all_is_asked_for() -> None:
    what = diagnosis(findings=(finding(), finding(rule="loop-stall", severity=Severity.INFO)))
    assert "loop-stall" not in section(shown(what), "Findings")
    assert "1 more finding" in section(shown(what), "Findings")
    assert "info loop-stall" in one_line(shown(what, verbose=True))
