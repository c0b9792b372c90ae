"""Laws of a whole recommendation, over many workloads."""

from functools import cache
from itertools import cycle, islice
from pathlib import Path

import pytest
from workload_samples import a_workload, python, quantities, workloads

import conc_advisor
from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.concurrency import VerdictId
from conc_advisor.costs.unit_costs import shipped_costs
from conc_advisor.decision.advice import contrasts
from conc_advisor.decision.advice.contrasts import PURPOSES, why_not
from conc_advisor.decision.advice.controls import controls
from conc_advisor.decision.advice.entries import applying
from conc_advisor.decision.advice.pitfalls import pitfalls
from conc_advisor.decision.advice.proofs import proofs
from conc_advisor.decision.advice.templates import templates
from conc_advisor.decision.advice.trade_offs import trade_offs
from conc_advisor.decision.engine import answers_of, decide
from conc_advisor.decision.notes import notes
from conc_advisor.decision.open_questions import open_questions
from conc_advisor.decision.recommend import recommend
from conc_advisor.decision.recommendation import ControlKind, Recommendation
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    ExistingLoop,
    FanOut,
    Gil,
    IoKind,
    Latency,
    OperatingSystem,
    Payload,
    Quantities,
    SharedState,
    TaskDuration,
    Workload,
)

MODEL_TOPICS = """sequential asyncio threads processes asyncio-threads asyncio-processes vectorise free-threading interpreters
distributed"""
CONCEPT_TOPICS = """choosing gil gil-convoy blocking-the-loop taskgroup-vs-gather bounded-fan-out deadlines cancellation lifecycle
leak-detection backpressure connection-pools start-methods serialization chunking shared-state shutdown sizing measuring load-testing
notebooks contextvars"""
PITFALL_TOPICS = """blocking-call-in-coroutine coroutine-never-awaited cancellation-swallowed missing-deadline unlocked-shared-state
nested-asyncio-run task-not-stored lock-order executor-per-call unpicklable-work unbounded-fan-out unseen-exceptions async-without-await
loop-from-another-thread global-event-loop threads-for-cpu processes-for-io unbounded-queue client-per-request lock-across-await
missing-shutdown fork-with-threads async-generator-left-open worker-blocked-forever signal-handling sleep-polling
thread-locals-and-contextvars daemon-threads chatty-ipc"""
TOPICS = {*f"{MODEL_TOPICS} {CONCEPT_TOPICS} {PITFALL_TOPICS}".split(), *VerdictId}
TEMPLATE_NAMES = """
async-fan-out async-queue async-http-client async-deadlines async-cancellation async-shutdown async-offload
async-periodic async-background-tasks thread-fan-out thread-queue thread-locks thread-local-resources thread-periodic
process-fan-out process-kill shared-memory process-progress process-shutdown async-process-pipeline interpreter-pool
free-threaded-pool dask-cluster leak-fixture shutdown-test benchmark load-test race-stress-test loop-lag-test
"""
TEMPLATES = {*TEMPLATE_NAMES.split()}
UNREGISTERED_COMMANDS = ("scaffold", "compare", "review", "diagnose", "trial")


@cache
def recommendations() -> tuple[Recommendation, ...]:
    """Return the recommendations for many workloads and quantities."""
    return tuple(recommend(workload, numbers) for workload, numbers in zip(workloads(300), cycle(quantities(40)), strict=False))


def texts(recommendation: Recommendation) -> list[str]:
    """Return every sentence that a user reads, but for the rows' own."""
    return [
        *(other.because for other in recommendation.alternatives),
        *recommendation.trade_offs,
        *(control.text for control in recommendation.controls),
        *(pitfall.text for pitfall in recommendation.pitfalls),
        *(form.text for form in recommendation.forms),
        *(proof.text for proof in recommendation.proofs),
        *(hand_over.when for hand_over in recommendation.hand_overs),
        *recommendation.notes,
    ]


def test_the_table_decides() -> None:
    for recommendation in recommendations():
        choice = decide(TABLE, recommendation.workload)
        assert recommendation.model is choice.model
        assert recommendation.why[0] == choice.why[0]
        assert recommendation.open_questions == open_questions(recommendation.workload)


def test_the_row_for_those_who_know_nothing_is_no_further_reason() -> None:
    """It says that nobody knows where the time goes, which is false where another row decided."""
    for recommendation in recommendations():
        assert all(reason.factors for reason in recommendation.why[1:])
    assert recommend(Workload()).why[0].factors == ()


def test_nothing_is_said_twice() -> None:
    for recommendation in recommendations():
        for said in (
            recommendation.trade_offs,
            recommendation.controls,
            recommendation.pitfalls,
            recommendation.forms,
            recommendation.proofs,
        ):
            assert len(set(said)) == len(said)
        assert len(set(recommendation.templates)) == len(recommendation.templates)
        assert len({size.name for size in recommendation.sizes}) == len(recommendation.sizes)


@pytest.mark.parametrize("model", Model)
def test_every_model_has_all_that_is_promised(model: Model) -> None:
    """For every workload, likely for that model or not: advice of each kind, in all four kinds of control."""
    for workload in workloads(60):
        assert len(trade_offs(model, workload)) >= 2
        assert len(pitfalls(model, workload)) >= 2
        assert len(proofs(model, workload)) >= 1
        assert len(templates(model, workload)) >= 1
        assert {control.kind for control in controls(model, workload)} == set(ControlKind)


@pytest.mark.parametrize("model", Model)
def test_topics_and_templates_are_those_that_exist(model: Model) -> None:
    for workload in workloads(200):
        assert {pitfall.topic for pitfall in pitfalls(model, workload)} <= TOPICS
        assert set(templates(model, workload)) <= TEMPLATES


@pytest.mark.parametrize("model", Model)
def test_every_pitfall_has_its_page(model: Model) -> None:
    """`explain` shows it."""
    pages = {page.stem for page in (Path(conc_advisor.__file__).parent / "guide" / "pages").rglob("*.md")}
    named = {pitfall.topic for workload in workloads(200) for pitfall in pitfalls(model, workload)}
    assert named - pages == set()


@pytest.mark.parametrize("model", Model)
def test_why_another_model_fits_better_is_one_sentence(model: Model) -> None:
    for workload in islice(workloads(200), 200):
        for chosen in set(Model) - {model}:
            sentence = why_not(model, chosen, workload)
            assert sentence.startswith(PURPOSES[model])
            assert sentence.endswith(".")
            assert sentence.count(". ") == 0


def test_where_the_work_must_leave_the_process_every_other_model_hears_that() -> None:
    """Where the time goes does not matter then."""
    for answers, words in (({"durable": True}, "outlive the process"), ({"beyond_one_machine": True}, "outgrows one machine")):
        recommendation = recommend(a_workload(**answers))
        assert recommendation.model is Model.DISTRIBUTED
        assert all(words in other.because for other in recommendation.alternatives if other.reason is None)


def test_every_clause_is_said_of_some_workload() -> None:
    """None stands below one that always speaks first."""
    silent = {entry.says for entry in contrasts._HERE}
    for workload in workloads(3_000):
        if not silent:
            return
        for model in Model:
            silent -= set(applying(contrasts._HERE, model, workload)[:1])
    assert silent == set()


def test_texts_are_sentences_and_name_only_commands_that_exist() -> None:
    for recommendation in recommendations():
        for text in texts(recommendation):
            assert text.endswith((".", ".)")), text
            assert not any(f"conc-advisor {command}" in text for command in UNREGISTERED_COMMANDS)


def test_commands_of_the_proofs_are_ours_and_exist() -> None:
    commands = {proof.command for recommendation in recommendations() for proof in recommendation.proofs}
    assert commands == {"", "conc-advisor profile app.py"}


def test_the_advice_speaks_of_what_cannot_be_pickled() -> None:
    found = controls(Model.PROCESSES, a_workload(payload=Payload.UNPICKLABLE))
    assert any("initializer" in control.text for control in found)
    assert not any("initializer" in control.text for control in controls(Model.PROCESSES, a_workload(payload=Payload.SMALL)))


def test_the_advice_speaks_of_shared_state() -> None:
    found = controls(Model.PROCESSES, a_workload(shared_state=SharedState.MUTABLE))
    assert any("merge" in control.text for control in found)
    assert "race-stress-test" in templates(Model.THREADS, a_workload(shared_state=SharedState.MUTABLE))
    assert "race-stress-test" not in templates(Model.THREADS, a_workload(shared_state=SharedState.NONE))


@pytest.mark.parametrize(
    ("model", "workload", "first"),
    [
        (Model.ASYNCIO, a_workload(io_kind=IoKind.HTTP, fan_out=FanOut.HUNDREDS), "async-http-client"),
        (Model.ASYNCIO, a_workload(io_kind=IoKind.SOCKET, fan_out=FanOut.THOUSANDS), "async-queue"),
        (Model.ASYNCIO, a_workload(latency=Latency.HARD_TIMEOUT), "async-deadlines"),
        (Model.ASYNCIO, a_workload(task_duration=TaskDuration.LONG_LIVED), "async-background-tasks"),
        (Model.ASYNCIO, Workload(), "async-fan-out"),
        (Model.THREADS, Workload(), "thread-fan-out"),
        (Model.THREADS, a_workload(io_kind=IoKind.SERIAL), "thread-queue"),
        (Model.PROCESSES, Workload(), "process-fan-out"),
        (Model.PROCESSES, a_workload(need_kill=True), "process-kill"),
        (Model.ASYNCIO_THREADS, Workload(), "async-offload"),
        (Model.ASYNCIO_PROCESSES, Workload(), "async-process-pipeline"),
        (Model.FREE_THREADED, Workload(), "free-threaded-pool"),
        (Model.INTERPRETERS, Workload(), "interpreter-pool"),
        (Model.DISTRIBUTED, a_workload(beyond_one_machine=True), "dask-cluster"),
        (Model.SEQUENTIAL, Workload(), "benchmark"),
    ],
)
def test_the_first_template_is_the_one_to_begin_with(model: Model, workload: Workload, first: str) -> None:
    assert templates(model, workload)[0] == first


def engines(workload: Workload) -> list[str]:
    """Return the names of the engines that a recommendation hands over to."""
    return [hand_over.engine for hand_over in recommend(workload).hand_overs]


def test_work_for_one_machine_is_handed_to_nobody() -> None:
    """Neither when more than one machine was ruled out, nor when nobody spoke of it."""
    assert engines(Workload()) == []
    assert engines(a_workload(bottleneck=Bottleneck.CPU, gil=Gil.HOLDS)) == []
    assert engines(a_workload(bottleneck=Bottleneck.IO, fan_out=FanOut.FEW, durable=False, beyond_one_machine=False)) == []


def test_durable_work_goes_to_a_task_queue_and_steps_to_a_workflow_engine() -> None:
    assert engines(a_workload(durable=True))[0] == "Celery, RQ or Dramatiq"
    assert engines(a_workload(durable=True, pipeline=True))[0] == "Temporal"


def test_what_outgrows_a_machine_goes_to_dask_or_ray() -> None:
    assert engines(a_workload(beyond_one_machine=True, vectorisable=True))[0] == "Dask"
    assert engines(a_workload(beyond_one_machine=True, vectorisable=False))[0] == "Ray"


def test_state_that_many_machines_change_goes_to_a_store() -> None:
    found = engines(a_workload(beyond_one_machine=True, shared_state=SharedState.MUTABLE))
    assert any("store" in engine for engine in found)


def notes_of(workload: Workload, numbers: Quantities | None = None) -> str:
    """Return the notes as one text, without that about the costs."""
    recommendation = recommend(workload, numbers or Quantities())
    return "\n".join(note for note in recommendation.notes if not note.startswith("The costs"))


@pytest.mark.parametrize(
    "workload",
    [
        Workload(),
        a_workload(bottleneck=Bottleneck.CPU, gil=Gil.HOLDS, vectorisable=False),
        a_workload(bottleneck=Bottleneck.IO, io_kind=IoKind.HTTP, async_lib=AsyncLib.YES, fan_out=FanOut.HUNDREDS),
        a_workload(bottleneck=Bottleneck.IO, gil=Gil.NA, vectorisable=False, own_threads=False),
        a_workload(bottleneck=Bottleneck.CPU, async_lib=AsyncLib.NA, single_writer=False),
        a_workload(bottleneck=Bottleneck.MIXED, io_kind=IoKind.HTTP, gil=Gil.HOLDS),
        a_workload(bottleneck=Bottleneck.CPU, gil=Gil.RELEASES, own_threads=True),
        a_workload(bottleneck=Bottleneck.CPU, python=python("3.14t")),
        a_workload(notebook=True, bottleneck=Bottleneck.CPU),
    ],
)
def test_ordinary_answers_get_no_note(workload: Workload) -> None:
    assert notes_of(workload) == ""


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        (a_workload(bottleneck=Bottleneck.CPU, io_kind=IoKind.HTTP, async_lib=AsyncLib.YES), "io_kind=http, async_lib=yes"),
        (a_workload(bottleneck=Bottleneck.IO, gil=Gil.HOLDS, vectorisable=True), "gil=holds, vectorisable=true"),
        (a_workload(bottleneck=Bottleneck.CPU, gil=Gil.HOLDS, own_threads=True), "own_threads=true with gil=holds"),
        (a_workload(bottleneck=Bottleneck.CPU, gil=Gil.NA), "gil=na do not fit"),
        (a_workload(bottleneck=Bottleneck.CPU, python=python("3.13t")), "experimental"),
        (a_workload(notebook=True, existing_loop=ExistingLoop.NONE), "top level"),
    ],
)
def test_doubtful_answers_get_a_note(workload: Workload, words: str) -> None:
    assert words in notes_of(workload)


def test_an_answer_that_a_row_asked_for_is_not_called_unused() -> None:
    """Serial devices and child programs count for computing work too, where a row says so."""
    for workload in workloads(300, bottleneck=Bottleneck.CPU):
        asked = {factor for row in TABLE if row.fires(answers_of(workload)) for factor in row.when}
        unused = [note for note in notes(TABLE, Model.SEQUENTIAL, workload, Quantities(), shipped_costs(None)) if "did not count" in note]
        assert not any(f"{factor.value}=" in note for note in unused for factor in asked)


@pytest.mark.parametrize(
    ("workload", "numbers", "words"),
    [
        (a_workload(task_duration=TaskDuration.TINY), Quantities(item_seconds=2.0), "does not fit task_duration=<1ms"),
        (a_workload(fan_out=FanOut.FEW), Quantities(items=500), "does not fit fan_out=2-20"),
        (Workload(), Quantities(item_seconds=1.0, cpu_seconds=2.0), "more than item_seconds"),
        (a_workload(bottleneck=Bottleneck.IO), Quantities(item_seconds=1.0, cpu_seconds=0.9), "that is computing"),
        (a_workload(bottleneck=Bottleneck.CPU), Quantities(item_seconds=1.0, cpu_seconds=0.1), "that is waiting"),
        (Workload(), Quantities(memory_mb=100, worker_mb=200), "takes more than"),
    ],
)
def test_numbers_that_contradict_an_answer_get_a_note(workload: Workload, numbers: Quantities, words: str) -> None:
    assert words in notes_of(workload, numbers)


@pytest.mark.parametrize(
    ("workload", "numbers"),
    [
        (a_workload(task_duration=TaskDuration.TINY), Quantities(item_seconds=1e-7)),
        (a_workload(task_duration=TaskDuration.SECONDS), Quantities(item_seconds=10.0)),
        (a_workload(fan_out=FanOut.FEW), Quantities(items=20)),
        (a_workload(bottleneck=Bottleneck.IO), Quantities(item_seconds=1.0, cpu_seconds=0.1)),
        (a_workload(bottleneck=Bottleneck.CPU), Quantities(item_seconds=1.0, cpu_seconds=1.0)),
        (Workload(), Quantities(item_seconds=0.0, cpu_seconds=0.0)),
        (Workload(), Quantities(memory_mb=200, worker_mb=200)),
    ],
)
def test_numbers_that_fit_get_no_note(workload: Workload, numbers: Quantities) -> None:
    assert notes_of(workload, numbers) == ""


def test_costs_that_were_not_measured_here_are_named() -> None:
    """`calibrate` mends it."""
    workload = a_workload(bottleneck=Bottleneck.CPU, gil=Gil.HOLDS, os=OperatingSystem.LINUX)
    assert any("conc-advisor calibrate" in note for note in recommend(workload).notes)
    assert not any("conc-advisor calibrate" in note for note in recommend(a_workload(bottleneck=Bottleneck.IO)).notes)


SLOW_CLIENT = "httpx.AsyncClient"


@pytest.mark.parametrize("fan_out", [FanOut.TENS, FanOut.HUNDREDS, FanOut.THOUSANDS])
@pytest.mark.parametrize("kind", [IoKind.HTTP, None])
def test_the_slow_client_is_named_first(kind: IoKind | None, fan_out: FanOut) -> None:
    """Where there are dozens of requests, or nobody knows what is waited for."""
    said = pitfalls(Model.ASYNCIO, Workload(bottleneck=Bottleneck.IO, io_kind=kind, fan_out=fan_out))
    assert SLOW_CLIENT in said[0].text


@pytest.mark.parametrize(
    ("model", "workload"),
    [
        (Model.ASYNCIO, a_workload(io_kind=IoKind.HTTP, fan_out=FanOut.FEW)),
        (Model.ASYNCIO, a_workload(io_kind=IoKind.DB, fan_out=FanOut.HUNDREDS)),
        (Model.ASYNCIO, a_workload(io_kind=IoKind.HTTP)),
        (Model.THREADS, a_workload(io_kind=IoKind.HTTP, fan_out=FanOut.HUNDREDS)),
        (Model.ASYNCIO_PROCESSES, a_workload(bottleneck=Bottleneck.CPU, fan_out=FanOut.HUNDREDS)),
    ],
)
def test_the_slow_client_is_not_named_where_it_does_not_matter(model: Model, workload: Workload) -> None:
    assert not any(SLOW_CLIENT in pitfall.text for pitfall in pitfalls(model, workload))


def topics(model: Model, **answers: object) -> set[str]:
    """Return the topics of the pitfalls."""
    return {pitfall.topic for pitfall in pitfalls(model, Workload(**answers))}  # type: ignore[arg-type]  # each test names factors


@pytest.mark.parametrize("model", [Model.PROCESSES, Model.ASYNCIO_PROCESSES])
def test_windows_hears_nothing_of_fork(model: Model) -> None:
    """There is none."""
    assert "fork-with-threads" not in topics(model, os=OperatingSystem.WINDOWS)
    for system in (None, OperatingSystem.LINUX, OperatingSystem.MACOS, OperatingSystem.ANY):
        assert "fork-with-threads" in topics(model, os=system)


@pytest.mark.parametrize(
    ("fan_out", "duration", "told"),
    [
        (FanOut.THOUSANDS, TaskDuration.LONG_LIVED, True),
        (FanOut.MORE, TaskDuration.LONG_LIVED, True),
        (FanOut.TENS, TaskDuration.LONG_LIVED, False),
        (FanOut.THOUSANDS, TaskDuration.SHORT, False),
        (FanOut.THOUSANDS, None, False),
    ],
)
def test_thousands_of_connections_that_stay_meet_the_limit_on_open_files(
    fan_out: FanOut, duration: TaskDuration | None, *, told: bool
) -> None:
    said = pitfalls(Model.ASYNCIO, Workload(bottleneck=Bottleneck.IO, fan_out=fan_out, task_duration=duration))
    assert any("RLIMIT_NOFILE" in pitfall.text for pitfall in said) is told


@pytest.mark.parametrize(("cores", "notes"), [(1, 1), (2, 0), (None, 0)])
def test_one_core_computes_no_faster_with_workers(cores: int | None, notes: int) -> None:
    found = recommend(a_workload(bottleneck=Bottleneck.CPU, gil=Gil.HOLDS), Quantities(cores=cores)).notes
    assert sum(note.startswith("With one core") for note in found) == notes


def test_one_core_is_no_reason_against_a_process_that_can_be_killed() -> None:
    found = recommend(a_workload(bottleneck=Bottleneck.CPU, need_kill=True), Quantities(cores=1)).notes
    assert not any(note.startswith("With one core") for note in found)
