"""What else is worth saying: answers that did not count, doubtful combinations, numbers that do not fit the answers."""

from collections.abc import Iterator, Sequence
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.costs.unit_costs import UnitCosts
from conc_advisor.decision.engine import Row, answers_of
from conc_advisor.decision.sizing.doubts import doubts
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    ExistingLoop,
    Factor,
    Gil,
    Latency,
    PythonKind,
    Quantities,
    TaskDuration,
    Workload,
)

_OF_WAITING: Final = (Factor.IO_KIND, Factor.ASYNC_LIB, Factor.SINGLE_WRITER)
_OF_COMPUTING: Final = (Factor.GIL, Factor.VECTORISABLE, Factor.OWN_THREADS)
_SAYS_NOTHING: Final = (AsyncLib.NA, Gil.NA, False)
_FOR_SEVERAL_CORES: Final = frozenset({Model.PROCESSES, Model.INTERPRETERS, Model.FREE_THREADED, Model.THREADS})
_MODELS_SIZED_BY_COSTS: Final = frozenset({Model.PROCESSES, Model.INTERPRETERS})


def notes(  # what a recommendation is made of
    table: Sequence[Row], model: Model, workload: Workload, quantities: Quantities, costs: UnitCosts
) -> tuple[str, ...]:
    """Return the notes, what was left aside first."""
    return (
        *_left_aside(table, workload),
        *_doubtful(model, workload),
        *_numbers(workload, quantities),
        *_memory(quantities),
        *_one_core(model, workload, quantities),
        *(_of_the_costs(workload, quantities, costs) if model in _MODELS_SIZED_BY_COSTS else ()),
    )


def _left_aside(table: Sequence[Row], workload: Workload) -> Iterator[str]:
    """Name the answers about waiting that computing work did not ask for, and the other way round."""
    match workload.bottleneck:
        case Bottleneck.CPU:
            others, goes_into = _OF_WAITING, "computing"
        case Bottleneck.IO:
            others, goes_into = _OF_COMPUTING, "waiting"
        case _:
            return
    answers = answers_of(workload)
    asked = {factor for row in table if row.fires(answers) for factor in row.when}
    unused = [factor for factor in others if factor not in asked and answers[factor] is not None and answers[factor] not in _SAYS_NOTHING]
    if unused:
        named = ", ".join(f"{factor.value}={_written(answers[factor])}" for factor in unused)
        yield f"The time goes into {goes_into}, so this did not count in the choice: {named}."


def _doubtful(model: Model, workload: Workload) -> Iterator[str]:
    """Name combinations of answers that are seldom right, or that deserve a second look."""
    if workload.python is not None and workload.python.kind is PythonKind.TRIAL_FREE_THREADED:
        yield "Python 3.13t is the experimental free-threaded build; 3.14t is the first that is supported (PEP 779)."
    if workload.own_threads and workload.gil is Gil.HOLDS:
        yield (
            "own_threads=true with gil=holds is rare: a library that computes on all cores has given up the GIL meanwhile. "
            "Check with `conc-advisor profile`."
        )
    if workload.bottleneck is Bottleneck.CPU and workload.gil is Gil.NA:
        yield "bottleneck=cpu with gil=na do not fit: something computes, so it holds the GIL or gives it up. It was taken to hold it."
    if workload.bottleneck is Bottleneck.IO and workload.async_lib is AsyncLib.NA and workload.io_kind is not None:
        yield f"async_lib=na was read as: what waits for {workload.io_kind} needs no library that blocks."
    if workload.notebook and workload.existing_loop is ExistingLoop.NONE:
        yield "A notebook's kernel runs an event loop: `await` works at the top level of a cell, and `asyncio.run` raises."
    if workload.need_kill and model in {Model.ASYNCIO, Model.ASYNCIO_THREADS, Model.THREADS, Model.SEQUENTIAL}:
        yield "need_kill: this model can stop waiting for an item, it cannot end it by force; give every call a timeout of its own."
    if workload.vectorisable and workload.gil is Gil.HOLDS and model is Model.VECTORISE:
        yield "The GIL does not matter here: compiled array code replaces the Python loop that holds it."


def _numbers(workload: Workload, quantities: Quantities) -> Iterator[str]:
    """Name the quantities that contradict an answer; the sizes use the quantities."""
    seconds, items, cpu = quantities.item_seconds, quantities.items, quantities.cpu_seconds
    duration, fan_out = workload.task_duration, workload.fan_out
    if seconds is not None and duration is not None and duration is not TaskDuration.LONG_LIVED:
        low, high = duration.bounds
        if not low <= seconds <= high and not (duration is TaskDuration.TINY and seconds < low):
            yield f"item_seconds={seconds:g} does not fit task_duration={duration}; the sizes use item_seconds."
    if items is not None and fan_out is not None and not fan_out.bounds[0] <= items <= fan_out.bounds[1]:
        yield f"items={items} does not fit fan_out={fan_out}; the sizes use items."
    if seconds is not None and cpu is not None:
        yield from _shares(workload, seconds, cpu)


def _shares(workload: Workload, seconds: float, cpu: float) -> Iterator[str]:
    mostly_waiting, mostly_computing = 0.3, 0.8  # as `profile` draws the lines
    if cpu > seconds:
        yield f"cpu_seconds={cpu:g} is more than item_seconds={seconds:g}: it is taken for computing alone, on more than one core."
    elif seconds > 0 and workload.bottleneck is Bottleneck.IO and cpu / seconds > mostly_computing:
        yield f"bottleneck=io, but cpu_seconds is {cpu / seconds:.0%} of item_seconds: that is computing."
    elif seconds > 0 and workload.bottleneck is Bottleneck.CPU and cpu / seconds < mostly_waiting:
        yield f"bottleneck=cpu, but cpu_seconds is {cpu / seconds:.0%} of item_seconds: that is waiting."


def _memory(quantities: Quantities) -> Iterator[str]:
    memory, worker = quantities.memory_mb, quantities.worker_mb
    if memory is not None and worker is not None and worker > memory:
        yield f"One worker process ({worker} MB) takes more than the memory for all of them ({memory} MB)."


def _one_core(model: Model, workload: Workload, quantities: Quantities) -> Iterator[str]:
    """Say that workers do not compute faster than one where they share a core."""
    apart = workload.need_kill or workload.latency in {Latency.RESPONSIVE, Latency.HARD_TIMEOUT}
    if quantities.cores == 1 and model in _FOR_SEVERAL_CORES and workload.bottleneck is Bottleneck.CPU and not apart:
        yield "With one core workers compute no faster than a loop: stay sequential, unless the work will run where there are more."


def _of_the_costs(workload: Workload, quantities: Quantities, costs: UnitCosts) -> Iterator[str]:
    reasons = "; ".join((costs.source, *doubts(costs, workload, quantities.cores)))
    if not costs.measured_here:
        yield f"The costs come from {reasons}; `conc-advisor calibrate` measures them here."
    elif reasons != costs.source:
        yield f"The costs are an estimate: {reasons}."


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
