"""How to see whether the change was one for the better: what to measure before and after."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.advice.entries import LOOPS, PARALLEL, PICKLING, PROCESS_POOLS, YES, Entry, applying, one_of
from conc_advisor.decision.engine import Conditions
from conc_advisor.decision.recommendation import Proof
from conc_advisor.workload import Bottleneck, Factor, Latency, SharedState, TaskDuration, Workload

PROFILE: Final = "conc-advisor profile app.py"


def proofs(model: Model, workload: Workload) -> tuple[Proof, ...]:
    """Return what to measure, the most telling first."""
    return applying(_PROOFS, model, workload)


def _says(models: Model | frozenset[Model], text: str, *, command: str = "", when: Conditions | None = None) -> Entry[Proof]:
    chosen = models if isinstance(models, frozenset) else frozenset({models})
    return Entry(models=chosen, says=Proof(text=text, command=command), when=when or {})


_LOOPS_ONLY: Final = frozenset({Model.ASYNCIO, Model.ASYNCIO_THREADS})
_PROOFS: Final = (
    _says(
        frozenset(Model),
        "First see where the time goes now; the answers above rest on it.",
        command=PROFILE,
        when={Factor.BOTTLENECK: frozenset({None})},
    ),
    _says(
        frozenset(Model) - {Model.SEQUENTIAL},
        "Wall time of the stage, before and after, same input, several runs of each: the gain has to be larger than the spread.",
    ),
    _says(Model.SEQUENTIAL, "Wall time of the stage, several runs: as long as it is small, there is nothing to gain."),
    _says(
        Model.SEQUENTIAL,
        "Where the time goes: much waiting, or one busy core among idle ones, asks for another answer when the work grows.",
        command=PROFILE,
    ),
    _says(LOOPS, "The loop's stalls before and after, and where they come from.", command=PROFILE),
    _says(
        Model.THREADS,
        "What the threads do: they should wait for sockets, files or children, not for the GIL.",
        command=PROFILE,
        when={Factor.BOTTLENECK: one_of(Bottleneck.IO)},
    ),
    _says(
        Model.THREADS,
        "What the threads do: they should be on CPU in native code, not waiting for the GIL.",
        command=PROFILE,
        when={Factor.BOTTLENECK: one_of(Bottleneck.CPU, Bottleneck.MIXED)},
    ),
    _says(Model.PROCESSES, "The busy share of each core while the pool works: nearly all of it, and the parent nearly idle."),
    _says(PICKLING, "Time spent pickling against time spent computing, for one real item: at most half, after chunking."),
    _says(Model.VECTORISE, "Where the hot loop was, the time is now in native code.", command=PROFILE),
    _says(Model.VECTORISE, "The same results as the loop on real input, within a stated tolerance, and the peak memory of both."),
    _says(
        Model.FREE_THREADED,
        "`sys._is_gil_enabled()` is false after all imports, and the CPU time per second of wall time is above one core.",
    ),
    _says(Model.FREE_THREADED, "Time with 1, 2 and all cores' threads: where it stops falling, an object is shared too much."),
    _says(Model.INTERPRETERS, "Time with 1 and with 2 workers: the second has to bring nearly as much as the first."),
    _says(
        Model.DISTRIBUTED, "Tasks per second, the age of the oldest task in the queue, and the price per hour, with 1 and with 2 machines."
    ),
    _says(Model.DISTRIBUTED, "Kill a worker under load: no task may be lost, and none may do its effect twice."),
    _says(
        PARALLEL - {Model.DISTRIBUTED} - PROCESS_POOLS - _LOOPS_ONLY,
        "Threads left after shutdown: none.",
    ),
    _says(_LOOPS_ONLY, "Tasks and threads left after shutdown: none."),
    _says(PROCESS_POOLS, "Child processes left after shutdown, and after Ctrl-C: none."),
    _says(
        PARALLEL,
        "Peak memory of all workers together, at the largest input.",
        when={Factor.MEMORY_TIGHT: YES},
    ),
    _says(
        PROCESS_POOLS,
        "An item that never ends: the time until it is killed, and that the next one runs.",
        when={Factor.NEED_KILL: YES},
    ),
    _says(
        LOOPS,
        "A far end that never answers: the time until the caller gets its error.",
        when={Factor.LATENCY: one_of(Latency.HARD_TIMEOUT)},
    ),
    _says(
        PARALLEL,
        "The merged result against that of a single worker, many times over.",
        when={Factor.SHARED_STATE: one_of(SharedState.MUTABLE)},
    ),
    _says(
        LOOPS,
        "Memory and open connections after an hour: flat.",
        when={Factor.TASK_DURATION: one_of(TaskDuration.LONG_LIVED)},
    ),
)
