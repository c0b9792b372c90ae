"""The laws of the verdict's table, and one verdict for each kind of program."""

import math
import random
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from builders import MAIN, SAMPLING, RecordingBuilder, blocked, frame, gil_wait, loop_idle, native, runnable, running
from scenarios import HEALTHY, PARSE, SCENARIOS, SLOW, cpu_bound_single, gil_bound, healthy_loop, in_turn, io_bound_single, stalled_loop

from conc_advisor.concurrency import BlockKind, VerdictId
from conc_advisor.findings import Confidence, Severity
from conc_advisor.profiling.analysis import thresholds
from conc_advisor.profiling.analysis.diagnose import diagnose
from conc_advisor.profiling.analysis.evidence import Evidence
from conc_advisor.profiling.analysis.next_steps import next_step_for
from conc_advisor.profiling.analysis.sentences import sentence_for
from conc_advisor.profiling.analysis.shares import Shares
from conc_advisor.profiling.analysis.verdict import RULES, decide, figures_of
from conc_advisor.profiling.diagnosis import Verdict
from conc_advisor.profiling.recording import Header, Machine, Recording


def shares_with(**values: Any) -> Shares:  # noqa: ANN401  (int or float, as the field has it)
    """Return the figures of a program that did nothing for a minute, but for these."""
    return Shares(**{each.name: 0 for each in fields(Shares)} | {"seconds": 60.0, "samples": 6000} | values)


def verdict_of(recording: Recording) -> Verdict:
    return diagnose(recording).verdict


def random_shares(chance: random.Random) -> Shares:
    """Any figures, contradictions included; now and then exactly on a threshold."""
    limits = [limit.value for limit in thresholds.THRESHOLDS]
    values = {
        each.name: chance.choice([0.0, 0.0, 0.0, 1.0, chance.random(), chance.choice(limits), float("inf")]) for each in fields(Shares)
    }
    return shares_with(**values | {"samples": chance.choice([0, 19, 1000, 1000, 1000]), "seconds": chance.choice([0.1, 0.3, 60, 60, 60])})


@pytest.mark.parametrize(("program", "expected"), SCENARIOS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_each_kind_of_program_gets_its_verdict(program: Callable[[Path], Recording], expected: VerdictId, tmp_path: Path) -> None:
    assert verdict_of(program(tmp_path)).id is expected


def test_every_verdict_has_a_program() -> None:
    assert {expected for _, expected in SCENARIOS} == set(VerdictId)


@pytest.mark.parametrize("program", HEALTHY, ids=lambda value: value.__name__)
def test_a_healthy_program_gets_no_alarm(program: Callable[[Path], Recording], tmp_path: Path) -> None:
    assert [finding for finding in diagnose(program(tmp_path)).findings if finding.severity is not Severity.INFO] == []


def test_any_figures_get_exactly_one_verdict_with_words() -> None:
    """Neither the table nor the sentences fail, whatever the figures and however little else is known."""
    chance = random.Random(7)  # noqa: S311  (test data)
    evidence = empty_evidence()
    seen = set()
    for _ in range(5000):
        shares = random_shares(chance)
        rule = decide(shares)
        known = replace(evidence, shares=shares)
        assert sentence_for(rule, known).endswith(".")
        assert next_step_for(rule, known).endswith(".")
        assert all(figure.source for figure in figures_of(rule, shares))
        seen.add(rule.verdict)
    assert len(seen) > 8


def test_the_last_rule_has_no_conditions_and_no_other_is_like_it() -> None:
    assert [bool(rule.conditions) for rule in RULES] == [True] * (len(RULES) - 1) + [False]


def test_every_rule_is_reached_by_some_figures() -> None:
    """For each rule there are figures for which it is the first that holds."""
    chance = random.Random(3)  # noqa: S311  (test data)
    reached = set()
    names = [each.name for each in fields(Shares) if each.name not in {"seconds", "samples"}]
    for _ in range(20_000):
        values = {chance.choice(names): chance.choice([0.1, 1.0, 2.0]) for _ in range(chance.randrange(1, 4))}
        for condition in chance.choice(RULES).conditions:
            values[condition.figure] = condition.threshold.value * (2 if condition.at_least else 0.5)
        reached.add(RULES.index(decide(shares_with(**values))))
    assert reached == set(range(len(RULES)))


def test_every_threshold_has_a_reason_and_every_condition_a_threshold_of_the_table() -> None:
    assert all(limit.source and limit.name and limit.unit for limit in thresholds.THRESHOLDS)
    assert len({limit.name for limit in thresholds.THRESHOLDS}) == len(thresholds.THRESHOLDS)
    assert {condition.threshold for rule in RULES for condition in rule.conditions} <= set(thresholds.THRESHOLDS)


def test_conditions_name_figures_that_exist() -> None:
    names = {each.name for each in fields(Shares)}
    assert {condition.figure for rule in RULES for condition in rule.conditions} <= names


def empty_evidence() -> Evidence:
    return Evidence(
        header=small_header(),
        shares=shares_with(),
        contention=(),
        blocking=(),
        loops=(),
        stalls=(),
        pools=(),
        hot=(),
        locks=(),
        uncounted_loops=(),
        cpu_without_stack=0.0,
    )


def small_header() -> Header:
    return Header(
        tool_version="",
        created="",
        command=(),
        attached=False,
        working_directory="",
        library_paths=(),
        duration_seconds=1,
        exit_status=None,
        machine=Machine(system="", cores=1, others_busy=None),
        sampling=SAMPLING,
        processes=(),
        threads=(),
        event_loops=(),
        limits=(),
    )


def test_the_next_step_names_the_hottest_line(tmp_path: Path) -> None:
    assert "parse() (parse.py:41)" in verdict_of(gil_bound(tmp_path)).next_step


@pytest.mark.parametrize(("second", "named"), [(0.5, True), (0.1, False)], ids=["comparable", "dwarfed"])
def test_a_second_line_is_named_only_beside_a_comparable_first(tmp_path: Path, second: float, named: bool) -> None:  # noqa: FBT001  (a parameter of the test)
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    builder.run(main, running(*MAIN, frame("parse", "/app/parse.py", 41)), 1)
    builder.run(main, running(*MAIN, frame("render", "/app/render.py", 5)), second)
    assert ("render() (render.py:5)" in verdict_of(builder.build()).next_step) is named


def test_the_sentence_names_the_line_that_stalls(tmp_path: Path) -> None:
    verdict = verdict_of(stalled_loop(tmp_path))
    assert "slow() (serve.py:40)" in verdict.sentence
    assert "asyncio.sleep" in verdict.next_step


def test_nothing_to_change_is_said_to_a_healthy_program(tmp_path: Path) -> None:
    assert verdict_of(healthy_loop(tmp_path)).next_step.startswith("There is nothing to change")


def test_a_parent_that_waits_does_not_dilute_its_children(tmp_path: Path) -> None:
    """Nine idle processes beside one whose threads fight for the GIL."""
    builder = RecordingBuilder(tmp_path)
    idle = [builder.thread("MainThread", process=builder.process(pid=10 + number)) for number in range(9)]
    busy = builder.process(pid=99)
    threads = [builder.thread(name, process=busy) for name in ("a", "b")]
    waits = blocked(BlockKind.JOIN, *MAIN, frame("Process.join", "/usr/lib/python3.12/multiprocessing/popen_fork.py", 40))
    for turn in range(100):
        now = {threads[turn % 2]: running(*PARSE), threads[1 - turn % 2]: gil_wait(*PARSE)}
        builder.during(0.01, now | dict.fromkeys(idle, waits))
    assert verdict_of(builder.build()).id is VerdictId.GIL_BOUND


@pytest.mark.parametrize(
    ("stalled", "contended", "expected"),
    [(0.6, 0.4, VerdictId.LOOP_STALLED), (0.2, 0.8, VerdictId.GIL_BOUND)],
    ids=["stalls", "contention"],
)
def test_the_larger_of_two_problems_names_the_verdict(stalled: float, contended: float, expected: VerdictId, tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main, one, other = (builder.thread(name) for name in ("MainThread", "a", "b"))
    builder.loop(main)
    for _ in range(5):
        both = {main: blocked(BlockKind.SLEEP, *SLOW).counted(1), one: running(*PARSE), other: blocked(BlockKind.SOCKET, *PARSE)}
        builder.during(stalled, both)
        builder.during(contended, {main: loop_idle().counted(2), one: running(*PARSE), other: gil_wait(*PARSE)})
    assert verdict_of(builder.build()).id is expected


def test_a_little_contention_is_not_gil_bound(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    threads = [builder.thread(name) for name in ("a", "b")]
    for _ in range(20):
        builder.during(0.09, {threads[0]: running(*PARSE), threads[1]: blocked(BlockKind.SOCKET, *PARSE)})
        builder.during(0.01, {threads[0]: running(*PARSE), threads[1]: gil_wait(*PARSE)})
    diagnosis = diagnose(builder.build())
    assert diagnosis.verdict.id is VerdictId.CPU_BOUND_SINGLE
    assert diagnosis.findings == ()


def test_a_machine_busy_with_others_is_no_oversubscription(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path, cores=2).machine(others_busy=0.9)
    threads = [builder.thread(name) for name in "abcd"]
    for turn in range(100):
        builder.during(0.01, {thread: (native if thread == threads[turn % 4] else runnable)(*PARSE) for thread in threads})
    diagnosis = diagnose(builder.build())
    assert diagnosis.verdict.id is VerdictId.NOT_ENOUGH_EVIDENCE
    assert "idle machine" in diagnosis.verdict.next_step
    assert diagnosis.findings == ()


def test_a_busy_machine_does_not_matter_to_a_program_that_waits(tmp_path: Path) -> None:
    recording = io_bound_single(tmp_path)
    busy = replace(recording, header=replace(recording.header, machine=replace(recording.header.machine, others_busy=0.9)))
    verdict = verdict_of(busy)
    assert verdict.id is VerdictId.IO_BOUND
    assert verdict.confidence is Confidence.LOW
    assert any("90%" in doubt for doubt in verdict.doubts)


def test_the_sentence_about_waiting_says_the_share_that_decided(tmp_path: Path) -> None:
    verdict = verdict_of(io_bound_single(tmp_path))
    (share,) = [figure.value for figure in verdict.figures if figure.name == thresholds.IO_TIME.name]
    assert f"{share:.0%} of the time it only waited" in verdict.sentence


def test_full_evidence_is_high_confidence_without_doubts(tmp_path: Path) -> None:
    verdict = verdict_of(cpu_bound_single(tmp_path))
    assert (verdict.confidence, verdict.doubts) == (Confidence.HIGH, ())


def test_few_samples_lower_confidence(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    verdict = verdict_of(builder.run(builder.thread("MainThread"), running(*MAIN), 0.32).build())
    assert verdict.id is VerdictId.CPU_BOUND_SINGLE
    assert verdict.confidence is Confidence.LOW


@pytest.mark.parametrize(
    ("failed", "expected"), [(0, Confidence.HIGH), (30, Confidence.MEDIUM), (100, Confidence.LOW)], ids=["none", "some", "many"]
)
def test_failed_samples_lower_confidence(tmp_path: Path, failed: int, expected: Confidence) -> None:
    builder = RecordingBuilder(tmp_path).sampling(failed_samples=failed)
    verdict = verdict_of(builder.run(builder.thread("MainThread"), running(*MAIN), 2).build())
    assert verdict.confidence is expected


def test_mostly_failed_samples_are_no_evidence(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path).sampling(failed_samples=500)
    verdict = verdict_of(builder.run(builder.thread("MainThread"), running(*MAIN), 2).build())
    assert verdict.id is VerdictId.NOT_ENOUGH_EVIDENCE


@pytest.mark.parametrize(
    ("overhead", "expected"), [(0.05, Confidence.HIGH), (0.059, Confidence.HIGH), (0.061, Confidence.HIGH), (0.5, Confidence.MEDIUM)]
)
def test_a_budget_that_was_overdrawn_is_said_and_lowers_confidence_only_when_it_was_far(
    tmp_path: Path, overhead: float, expected: Confidence
) -> None:
    builder = RecordingBuilder(tmp_path).sampling(overhead=overhead, max_overhead=0.05)
    verdict = verdict_of(builder.run(builder.thread("MainThread"), running(*MAIN), 2).build())
    assert verdict.confidence is expected
    assert any("budget" in doubt for doubt in verdict.doubts) is (overhead > 1.2 * 0.05)


def test_a_figure_without_a_finite_value_is_left_out() -> None:
    """Nothing divided by nothing cannot be shown; the others are."""
    chance = random.Random(11)  # noqa: S311  (test data)
    for _ in range(2000):
        shares = random_shares(chance)
        rule = decide(shares)
        finite = [each for each in rule.conditions if math.isfinite(each.value(shares))]
        decided = [figure for figure in figures_of(rule, shares) if figure.threshold is not None]
        assert [figure.value for figure in decided] == [each.value(shares) for each in finite]
        assert [figure.name for figure in decided] == [each.threshold.name for each in finite]


def test_an_estimated_gil_lowers_confidence(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    builder.process(gil_measured=False)
    threads = [builder.thread(name) for name in ("a", "b")]
    in_turn(builder, threads, running(*PARSE), gil_wait(*PARSE), rounds=200)
    verdict = verdict_of(builder.build())
    assert (verdict.id, verdict.confidence) == (VerdictId.GIL_BOUND, Confidence.MEDIUM)


def test_a_figure_close_to_its_threshold_is_a_doubt(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for _ in range(20):
        builder.run(main, running(*MAIN), 0.07).run(main, blocked(BlockKind.FILE, *MAIN), 0.03)
    verdict = verdict_of(builder.build())
    assert verdict.confidence is Confidence.MEDIUM
    assert any("close to its threshold" in doubt for doubt in verdict.doubts)


def test_a_verdict_that_was_missed_only_just_is_a_doubt(tmp_path: Path) -> None:
    """On CPU for 68% of the time, where 70% would be `cpu-bound-single`."""
    builder = RecordingBuilder(tmp_path)
    main = builder.thread("MainThread")
    for _ in range(10):
        builder.run(main, running(*MAIN), 0.34).run(main, blocked(BlockKind.FILE, *MAIN), 0.16)
    verdict = verdict_of(builder.build())
    assert (verdict.id, verdict.confidence) == (VerdictId.MIXED, Confidence.MEDIUM)
    assert any("close to its threshold" in doubt for doubt in verdict.doubts)


def test_a_recording_too_short_for_a_verdict_is_too_short_for_findings(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path, step=0.005)
    in_turn(builder, [builder.thread(name) for name in "ab"], running(*PARSE), gil_wait(*PARSE), rounds=20)
    diagnosis = diagnose(builder.build())
    assert diagnosis.contention[0].waiting_share > 0.4
    assert diagnosis.findings == ()


def test_no_samples_at_all_is_not_enough_evidence(tmp_path: Path) -> None:
    builder = RecordingBuilder(tmp_path).header(duration_seconds=5.0)
    builder.thread("MainThread")
    assert verdict_of(builder.build()).id is VerdictId.NOT_ENOUGH_EVIDENCE


def test_figures_are_shares_and_carry_the_threshold_that_decided(tmp_path: Path) -> None:
    figures = verdict_of(gil_bound(tmp_path)).figures
    contended = next(figure for figure in figures if figure.name == thresholds.GIL_CONTENDED.name)
    assert contended.value == pytest.approx(1.0)
    assert contended.threshold == thresholds.GIL_CONTENDED.value


def test_a_neighbour_counts_for_more_where_states_are_estimated(tmp_path: Path) -> None:
    """What waits for a core then looks like computing."""
    recording = cpu_bound_single(tmp_path)
    machine = replace(recording.header.machine, others_busy=0.3)
    measured = replace(recording, header=replace(recording.header, machine=machine))
    estimated = replace(measured, header=replace(measured.header, sampling=replace(measured.header.sampling, estimated=True)))
    assert verdict_of(measured).confidence is Confidence.MEDIUM
    assert verdict_of(estimated).confidence is Confidence.LOW


@pytest.mark.parametrize(("count", "verdict"), [(2, VerdictId.LOOP_HEALTHY), (3, VerdictId.LOOP_STALLED)])
def test_one_or_two_estimated_stalls_are_no_verdict(tmp_path: Path, count: int, verdict: VerdictId) -> None:
    """Where nobody sees how long a loop waited for a core, they may be the machine's doing."""
    builder = RecordingBuilder(tmp_path)
    builder.sampling(estimated=True)
    main = builder.thread("MainThread")
    builder.loop(main)
    for number in range(10):
        builder.run(main, loop_idle().counted(2), 0.2).run(main, running(*SLOW).counted(2), 0.01)
        if number < count:
            builder.run(main, blocked(BlockKind.SLEEP, *SLOW).counted(1), 0.12)
    assert verdict_of(builder.run(main, loop_idle().counted(2), 0.2).build()).id is verdict
