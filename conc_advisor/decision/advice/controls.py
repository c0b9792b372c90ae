"""What to do because of a model's weaknesses, by kind: tests, observability, migration, rollback."""

from typing import Final

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.advice.entries import LOOPS, PARALLEL, PICKLING, PROCESS_POOLS, THREAD_POOLS, YES, Entry, applying, one_of
from conc_advisor.decision.engine import Conditions
from conc_advisor.decision.recommendation import Control, ControlKind
from conc_advisor.workload import Factor, FanOut, Gil, IoKind, Latency, Payload, SharedState, TaskDuration, Workload


def controls(model: Model, workload: Workload) -> tuple[Control, ...]:
    """Return the controls of a model by kind, within a kind those that these answers bring up first."""
    found = (*applying(_HERE, model, workload), *applying(_ALWAYS, model, workload))
    return tuple(control for kind in ControlKind for control in found if control.kind is kind)


def _tests(models: Model | frozenset[Model], text: str, when: Conditions | None = None) -> Entry[Control]:
    return _entry(ControlKind.TESTS, models, text, when)


def _watch(models: Model | frozenset[Model], text: str, when: Conditions | None = None) -> Entry[Control]:
    return _entry(ControlKind.OBSERVABILITY, models, text, when)


def _migrate(models: Model | frozenset[Model], text: str, when: Conditions | None = None) -> Entry[Control]:
    return _entry(ControlKind.MIGRATION, models, text, when)


def _back(models: Model | frozenset[Model], text: str, when: Conditions | None = None) -> Entry[Control]:
    return _entry(ControlKind.ROLLBACK, models, text, when)


def _entry(kind: ControlKind, models: Model | frozenset[Model], text: str, when: Conditions | None) -> Entry[Control]:
    chosen = models if isinstance(models, frozenset) else frozenset({models})
    return Entry(models=chosen, says=Control(kind=kind, text=text), when=when or {})


_LOOP_ONLY: Final = frozenset({Model.ASYNCIO, Model.ASYNCIO_THREADS})
_THREADS_ONLY: Final = frozenset({Model.THREADS, Model.FREE_THREADED})

_ALWAYS: Final = (
    _tests(Model.SEQUENTIAL, "A test that fails when the stage takes longer than it may, so that growth is noticed."),
    _tests(_LOOP_ONLY, "A test that runs the whole thing and shows that no task is left when it ends."),
    _tests(LOOPS, "Run the tests in asyncio's debug mode: it reports callbacks that held the loop for more than 0.1 s."),
    _tests(_THREADS_ONLY, "A test that runs the stage twice and shows that no thread is left, also when an item raises."),
    _tests(PROCESS_POOLS, "A test that runs the stage and shows that no child process is left, also when a worker dies."),
    _tests(PICKLING, "A test that sends the largest real argument and result to a worker and back."),
    _tests(Model.VECTORISE, "A test that compares the new form with the old loop, within a stated tolerance, on empty and odd input too."),
    _tests(Model.FREE_THREADED, "A test that imports everything and then asserts that `sys._is_gil_enabled()` is false."),
    _tests(Model.FREE_THREADED, "A stress test: many threads on the shared objects, many rounds, with the results checked."),
    _tests(Model.INTERPRETERS, "A test that imports every module the worker needs inside a sub-interpreter."),
    _tests(Model.DISTRIBUTED, "A test that delivers the same task twice and finds the result unchanged."),
    _tests(Model.DISTRIBUTED, "A test that kills a worker in the middle of a task and finds the task done in the end."),
    _watch(Model.SEQUENTIAL, "Log the duration of the stage and the number of items."),
    _watch(LOOPS, "Measure the loop's lag, how late a timer comes, and raise an alarm when it passes a tenth of the latency target."),
    _watch(_LOOP_ONLY, "Count the tasks in flight, the timeouts and the cancellations."),
    _watch(Model.ASYNCIO_THREADS, "Count the calls that were given up by a timeout and still run in their thread."),
    _watch(_THREADS_ONLY, "Name the threads (`thread_name_prefix`) and watch the length of the queue before them."),
    _watch(PROCESS_POOLS, "Send the workers' logs to the parent through a queue, and record each worker's peak memory and restarts."),
    _watch(Model.VECTORISE, "Record the stage's time and peak memory per run."),
    _watch(Model.FREE_THREADED, "Log `sys._is_gil_enabled()` after all imports: one module may have turned the GIL on again."),
    _watch(Model.INTERPRETERS, "Log time per item and the memory of the whole process: all interpreters share it."),
    _watch(Model.DISTRIBUTED, "Watch the queue's length, the age of its oldest task, retries and what ends up undeliverable."),
    _migrate(Model.SEQUENTIAL, "Keep one item's work in a function of its own: a pool is then a change of one line."),
    _migrate(Model.ASYNCIO, "Convert from the entry point inwards; call what still blocks through a thread until it has an async client."),
    _migrate(Model.THREADS, "Make one item's work a function that takes its input and returns its result, then swap the loop for a pool."),
    _migrate(
        Model.PROCESSES,
        "Make one item's work a function at module level with picklable input and output, try it in a pool of one, then add workers.",
    ),
    _migrate(
        Model.ASYNCIO_THREADS,
        "Wrap one blocking call at a time, the slowest first, each kind with its own executor; replace it when an async client exists.",
    ),
    _migrate(
        Model.ASYNCIO_PROCESSES,
        "Start the pool with the application and warm it up, move the one computation that stalls the loop the most, then measure again.",
    ),
    _migrate(Model.VECTORISE, "Keep the loop beside the new form as the reference of its test, and replace one hot loop at a time."),
    _migrate(Model.FREE_THREADED, "Get the tests green on the free-threaded build with one thread first, then add threads."),
    _migrate(Model.INTERPRETERS, "Write the work as for a process pool: one line then chooses between the two executors."),
    _migrate(
        Model.DISTRIBUTED, "Move one kind of task first, keep it callable in the process, and send it through the queue by a setting."
    ),
    _back(PARALLEL - {Model.DISTRIBUTED}, "Keep a setting that brings the number of workers or of items in flight down to 1."),
    _back(Model.SEQUENTIAL, "There is nothing to switch off: keep it that way until a measurement asks for more."),
    _back(Model.VECTORISE, "Keep the loop callable behind a setting until the new form has run on real data."),
    _back(Model.FREE_THREADED, "The same code runs on the build with the GIL, and with `-X gil=1`: slower, and right."),
    _back(Model.INTERPRETERS, "Fall back to a process pool where a module refuses to be imported."),
    _back(Model.DISTRIBUTED, "Keep the way to run a task in the process itself, and a way to drain the queue before going back."),
    _back(PROCESS_POOLS, "Catch `BrokenProcessPool`: start a new pool and try the item once more, then do it in the parent or give it up."),
)

_HERE: Final = (
    _tests(
        THREAD_POOLS,
        "Let one thread own what is changed and send it the changes, or return results and merge them at the end; test the locks that "
        "remain with many rounds.",
        {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)},
    ),
    _tests(
        PICKLING,
        "Workers see copies: return what changed and merge it in the parent, the single writer, and test the merged result.",
        {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)},
    ),
    _tests(
        Model.ASYNCIO,
        "Guard each check-then-change that spans an `await` with an `asyncio.Lock`, and test it with two tasks in every order.",
        {Factor.SHARED_STATE: one_of(SharedState.MUTABLE)},
    ),
    _tests(
        LOOPS,
        "A test with a far end that never answers: the deadline has to fire, and the connection has to be released.",
        {Factor.LATENCY: one_of(Latency.HARD_TIMEOUT)},
    ),
    _tests(
        PROCESS_POOLS,
        "A test with an item that never ends: it has to be killed, and the next items have to go on.",
        {Factor.NEED_KILL: YES},
    ),
    _tests(
        PROCESS_POOLS,
        "A test with an item that passes its time limit: it has to be killed, not just given up.",
        {Factor.LATENCY: one_of(Latency.HARD_TIMEOUT)},
    ),
    _tests(
        LOOPS,
        "A test that a slow consumer slows the producer down: the queue between two stages stays within its bound.",
        {Factor.PIPELINE: YES},
    ),
    _tests(
        Model.THREADS,
        "Measure on every upgrade that two threads are still faster than one: a library may hold the GIL again.",
        {Factor.GIL: one_of(Gil.RELEASES, Gil.MIXED)},
    ),
    _watch(
        PROCESS_POOLS,
        "Watch the memory of each worker, and replace it after a number of items (see the sizes) if it grows.",
        {Factor.MEMORY_TIGHT: YES},
    ),
    _watch(
        frozenset(Model) - {Model.DISTRIBUTED},
        "Cap the library's own threads so that inner threads times workers stays at or below the cores.",
        {Factor.OWN_THREADS: YES},
    ),
    _watch(
        LOOPS | THREAD_POOLS,
        "Count the answers that ask you to slow down (429, 503), and lower the number in flight when they come.",
        {Factor.IO_KIND: one_of(IoKind.HTTP)},
    ),
    _watch(
        LOOPS | THREAD_POOLS,
        "Watch how long a connection is waited for: the pool of connections has to be as large as the number in flight.",
        {Factor.IO_KIND: one_of(IoKind.DB)},
    ),
    _watch(
        LOOPS,
        "Count open connections and reconnects, and give each connection a heartbeat.",
        {Factor.TASK_DURATION: one_of(TaskDuration.LONG_LIVED)},
    ),
    _migrate(
        PROCESS_POOLS,
        "Build what cannot be pickled (connections, locks, clients) inside the worker, in the pool's initializer; send only plain data.",
        {Factor.PAYLOAD: one_of(Payload.UNPICKLABLE)},
    ),
    _migrate(
        PICKLING,
        "Send a path, a key or a range instead of the data, or put it in shared memory, and let the worker read its part.",
        {Factor.PAYLOAD: one_of(Payload.LARGE)},
    ),
    _migrate(
        PROCESS_POOLS,
        "Load the large read-only data once per worker, in the initializer, or map one shared copy; never send it with each item.",
        {Factor.SHARED_STATE: one_of(SharedState.READ_ONLY_LARGE)},
    ),
    _migrate(
        LOOPS | THREAD_POOLS,
        "Put what writes to the one writer behind a queue with a single worker, which commits in batches.",
        {Factor.SINGLE_WRITER: YES},
    ),
    _migrate(
        PICKLING,
        "Move the worker function into a module: one that is defined in a notebook cell cannot be imported by a worker.",
        {Factor.NOTEBOOK: YES},
    ),
    _back(
        PROCESS_POOLS,
        "Begin with fewer workers than the memory allows, and raise the number while the peak stays below the limit.",
        {Factor.MEMORY_TIGHT: YES},
    ),
    _back(
        LOOPS,
        "Begin with a small number in flight and raise it step by step: the other side may be the first to break.",
        {Factor.FAN_OUT: one_of(FanOut.HUNDREDS, FanOut.THOUSANDS, FanOut.MORE)},
    ),
)
