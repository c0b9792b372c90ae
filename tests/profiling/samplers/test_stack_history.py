"""Which stack a thread stood at when the kernel was asked what it does."""

import pytest
from recorder_builders import GAP_US, history, thread, timeline

from conc_advisor.profiling.recording import NO_STACK
from conc_advisor.profiling.samplers.chrome_trace import TraceTimelines
from conc_advisor.profiling.samplers.stack_history import Choice, HistorySegment, StackHistory, Still
from conc_advisor.profiling.samplers.syscalls import Wait
from conc_advisor.profiling.samplers.threads import ThreadRecord

HERE, THERE = 1, 2
CHANGE_US = 1_000_000
THREAD = thread()


def changing() -> StackHistory:
    """Return stacks of a thread that went from HERE to THERE after a second."""
    return history({THREAD.tid: timeline((0, HERE), (CHANGE_US, THERE))})


def learn(known: StackHistory, stack: int, wait: Wait, count: int = 20, *, of: ThreadRecord = THREAD) -> None:
    """Let the thread be in a state for so long, far from a change, that its stack is proven."""
    time_us = CHANGE_US // 2 if stack == HERE else CHANGE_US * 2
    for _ in range(count):
        known.learn(of, Still(time_us - GAP_US * 4, time_us), wait)


def choose(known: StackHistory, time_us: int, wait: Wait = Wait.ON_CPU, *, still_us: int = 0, of: ThreadRecord = THREAD) -> Choice:
    """Ask for the stack at a time, the thread having stood still for `still_us` before it."""
    return known.choose(of, Still(time_us - still_us, time_us), wait)


@pytest.mark.parametrize("wait", [Wait.ON_CPU, Wait.GIL, Wait.SLEEP, Wait.FUTEX])
@pytest.mark.parametrize(("time_us", "stack"), [(0, HERE), (CHANGE_US // 2, HERE), (CHANGE_US, THERE), (90 * CHANGE_US, THERE)])
def test_far_from_a_change_the_stack_is_certain(time_us: int, stack: int, wait: Wait) -> None:
    """Whatever the state, and for as long as no other stack was seen."""
    assert choose(changing(), time_us, wait) == Choice(stack, certain=True)


@pytest.mark.parametrize(("before_us", "stack"), [(GAP_US * 2 - 1, HERE), (GAP_US, HERE), (GAP_US // 2 - 1, THERE), (1, THERE)])
def test_shortly_before_a_change_the_nearer_stack_is_taken_and_not_sworn_to(before_us: int, stack: int) -> None:
    assert choose(changing(), CHANGE_US - before_us) == Choice(stack, certain=False)


@pytest.mark.parametrize("before_us", [1, GAP_US // 2, GAP_US, GAP_US * 2 - 1])
def test_shortly_before_a_change_a_known_state_decides(before_us: int) -> None:
    """A line at which this thread only computes is not where it sleeps, and the other way round."""
    known = changing()
    learn(known, HERE, Wait.ON_CPU)
    learn(known, THERE, Wait.SLEEP)
    assert choose(known, CHANGE_US - before_us, Wait.ON_CPU) == Choice(HERE, certain=True)
    assert choose(known, CHANGE_US - before_us, Wait.SLEEP) == Choice(THERE, certain=True)


def test_a_line_that_computes_also_waits_for_the_gil() -> None:
    known = changing()
    learn(known, HERE, Wait.ON_CPU)
    learn(known, THERE, Wait.SLEEP)
    assert choose(known, CHANGE_US - 1, Wait.GIL) == Choice(HERE, certain=True)


@pytest.mark.parametrize("wait", [Wait.SLEEP, Wait.SOCKET, Wait.FUTEX])
def test_a_state_seen_at_neither_line_decides_nothing(wait: Wait) -> None:
    known = changing()
    learn(known, HERE, Wait.ON_CPU)
    learn(known, THERE, Wait.ON_CPU)
    assert choose(known, CHANGE_US - 1, wait) == Choice(NO_STACK, certain=False)


def test_lines_that_are_hardly_known_decide_nothing() -> None:
    known = changing()
    learn(known, HERE, Wait.ON_CPU, 1)
    learn(known, THERE, Wait.ON_CPU, 1)
    assert choose(known, CHANGE_US - 1, Wait.SLEEP) == Choice(THERE, certain=False)


def test_lines_that_do_both_decide_nothing() -> None:
    known = changing()
    for stack in (HERE, THERE):
        learn(known, stack, Wait.ON_CPU)
        learn(known, stack, Wait.SLEEP)
    assert choose(known, CHANGE_US - GAP_US) == Choice(HERE, certain=False)
    assert choose(known, CHANGE_US - 1) == Choice(THERE, certain=False)


def test_what_is_seen_shortly_before_a_change_teaches_nothing() -> None:
    """It may belong to either stack."""
    known = changing()
    for _ in range(50):
        known.learn(THREAD, Still(CHANGE_US - 1, CHANGE_US - 1), Wait.ON_CPU)
    assert choose(known, CHANGE_US - GAP_US, Wait.SLEEP) == Choice(HERE, certain=False)
    assert known.computing_share(HERE) == 0


def test_a_thread_that_stood_still_for_long_was_looked_at_meanwhile() -> None:
    """Its stack is that of the look, however soon it changed afterwards."""
    assert choose(changing(), CHANGE_US - 1, Wait.SLEEP, still_us=GAP_US * 4) == Choice(HERE, certain=True, proven=True)
    assert choose(changing(), CHANGE_US - 1, Wait.SLEEP, still_us=GAP_US) == Choice(THERE, certain=False)


def test_a_thread_that_computes_moves_on_all_the_time() -> None:
    """However long it has computed, and at whichever line it was seen: a change that is near may have come already."""
    assert choose(changing(), CHANGE_US - 1, Wait.ON_CPU, still_us=GAP_US * 4) == Choice(THERE, certain=False)
    assert choose(changing(), CHANGE_US // 2, Wait.ON_CPU, still_us=GAP_US * 4) == Choice(HERE, certain=True, proven=True)


def test_a_stack_that_was_read_in_a_stretch_is_that_of_the_stretch() -> None:
    """It changed there: nobody needs to know how long the stretch was."""
    known = history({THREAD.tid: timeline((0, HERE), (CHANGE_US, THERE), (CHANGE_US + 2, HERE))})
    assert choose(known, CHANGE_US + 1, Wait.SLEEP, still_us=2) == Choice(THERE, certain=True, proven=True)
    assert choose(known, CHANGE_US + 1, Wait.SLEEP, still_us=1) == Choice(HERE, certain=False)


@pytest.mark.parametrize(
    ("since_us", "until_us", "taught"),
    [
        (CHANGE_US - 1, CHANGE_US + 1, THERE),
        (CHANGE_US // 2 - GAP_US * 3 - 1, CHANGE_US // 2, HERE),
        (CHANGE_US - GAP_US * 4, CHANGE_US - 1, HERE),
        (CHANGE_US // 2 - GAP_US * 3, CHANGE_US // 2, NO_STACK),
        (CHANGE_US // 2, CHANGE_US // 2, NO_STACK),
        (CHANGE_US, CHANGE_US + GAP_US, NO_STACK),
    ],
    ids=["changed meanwhile", "long", "long, shortly before a change", "three gaps", "an instant", "begun with a change"],
)
def test_only_what_is_proven_teaches(since_us: int, until_us: int, taught: int) -> None:
    """What was read before the stretch began may be of another one."""
    known = changing()
    for _ in range(20):
        known.learn(THREAD, Still(since_us, until_us), Wait.ON_CPU)
    assert {stack for stack in (HERE, THERE) if known.computing_share(stack)} == {taught} - {NO_STACK}
    assert {stack for stack in (HERE, THERE) if known.is_unlikely(stack, Wait.SLEEP)} == {taught} - {NO_STACK}


@pytest.mark.parametrize(("count", "stack"), [(0, HERE), (1, HERE), (4, HERE), (5, NO_STACK), (20, NO_STACK)])
@pytest.mark.parametrize("wait", [Wait.SLEEP, Wait.SOCKET, Wait.FUTEX])
def test_a_stack_at_which_threads_only_compute_is_not_where_one_sleeps(count: int, stack: int, wait: Wait) -> None:
    """No stack is better than one that cannot be; a line seen a few times proves nothing."""
    known = changing()
    learn(known, HERE, Wait.ON_CPU, count)
    assert choose(known, CHANGE_US // 2, wait) == Choice(stack, certain=stack == HERE)
    assert known.is_unlikely(HERE, wait) is (stack == NO_STACK)


@pytest.mark.parametrize("wait", [Wait.ON_CPU, Wait.GIL])
def test_a_stack_at_which_threads_only_sleep_is_not_where_one_computes(wait: Wait) -> None:
    known = changing()
    learn(known, THERE, Wait.SLEEP)
    assert choose(known, CHANGE_US * 2, wait) == Choice(NO_STACK, certain=False)
    assert choose(known, CHANGE_US * 2, Wait.SLEEP) == Choice(THERE, certain=True)


def test_what_was_read_counts_more_than_what_is_likely() -> None:
    """A line that has computed so far may sleep now."""
    known = changing()
    learn(known, HERE, Wait.ON_CPU)
    assert choose(known, CHANGE_US // 2, Wait.SLEEP, still_us=GAP_US * 4) == Choice(HERE, certain=True, proven=True)


@pytest.mark.parametrize(("computed", "unlikely"), [(3, False), (9, False), (19, False), (40, True)])
def test_a_state_is_unlikely_where_it_was_hardly_ever_proven(computed: int, *, unlikely: bool) -> None:
    """One in ten or twenty is enough for it to happen again."""
    known = changing()
    learn(known, HERE, Wait.ON_CPU, computed)
    learn(known, HERE, Wait.SLEEP, 1)
    assert known.is_unlikely(HERE, Wait.SLEEP) is unlikely
    assert not known.is_unlikely(HERE, Wait.ON_CPU)
    assert not known.is_unlikely(HERE, Wait.GIL)
    assert not known.is_unlikely(THERE, Wait.SLEEP)


def test_before_the_first_look_the_first_stack_is_the_best_guess() -> None:
    known = history({THREAD.tid: timeline((CHANGE_US, HERE))})
    assert choose(known, CHANGE_US - GAP_US * 3) == Choice(HERE, certain=False)


def test_long_before_the_first_look_nothing_is_known() -> None:
    known = history({THREAD.tid: timeline((CHANGE_US, HERE))})
    assert choose(known, CHANGE_US - GAP_US * 5) == Choice(NO_STACK, certain=False)


def test_a_thread_without_stacks_has_none() -> None:
    """And is not given those of another."""
    other = thread(1)
    known = changing()
    assert choose(known, CHANGE_US, of=other) == Choice(NO_STACK, certain=False)
    assert not known.has(other)
    assert known.name(other) == ""


def test_a_thread_of_an_old_python_is_known_by_its_pthread() -> None:
    old = thread(pthread=0x7F4C7697D6C0)
    known = history({}, pthreads={0x7F4C7697D6C0: timeline((0, HERE), name="cpu-1")})
    assert choose(known, 10, of=old) == Choice(HERE, certain=True)
    assert known.name(old) == "cpu-1"


def test_a_line_computes_as_often_as_it_was_certainly_seen_on_cpu() -> None:
    """Waiting for the GIL there is no computing; of a line never seen nothing is known."""
    known = changing()
    learn(known, HERE, Wait.SLEEP, 5)
    learn(known, HERE, Wait.GIL, 4)
    assert known.computing_share(HERE) == 0
    learn(known, HERE, Wait.ON_CPU, 3)
    assert known.computing_share(HERE) == pytest.approx(3 / 12)
    assert known.computing_share(THERE) == known.computing_share(NO_STACK) == 0


class _Segments:
    """Segments of which each shows another stack, and which say when they were loaded."""

    def __init__(self, *loads: bool) -> None:
        self.loaded: list[int] = []
        self.segments = [self._segment(number, loads=works) for number, works in enumerate(loads)]

    def _segment(self, number: int, *, loads: bool) -> HistorySegment:
        def load() -> TraceTimelines | None:
            self.loaded.append(number)
            return TraceTimelines(by_thread={THREAD.tid: timeline((0, number + 1))}) if loads else None

        return HistorySegment(from_us=number * 1000, gap_us=1, load=load)


def test_a_segment_is_loaded_when_its_time_has_come() -> None:
    """Only then, each once, in the order of their times whatever the order in which they are given."""
    made = _Segments(True, True, True)  # noqa: FBT003 - which load
    known = StackHistory([made.segments[2], made.segments[0], made.segments[1]])
    assert known.changes_us == [0, 1000, 2000]
    seen = []
    for time_us in (0, 999, 1000, 1500, 5000):
        known.advance(time_us)
        seen.append((time_us, choose(known, time_us).stack, len(made.loaded)))
    assert seen == [(0, 1, 1), (999, 1, 1), (1000, 2, 2), (1500, 2, 2), (5000, 3, 3)]
    assert made.loaded == [0, 1, 2]


def test_a_segment_that_was_never_written_leaves_the_one_before() -> None:
    made = _Segments(True, False)  # noqa: FBT003 - which load
    known = StackHistory(made.segments)
    known.advance(5000)
    assert made.loaded == [0, 1]
    assert choose(known, 5000) == Choice(1, certain=True)


def test_nothing_is_known_before_the_first_segment() -> None:
    known = StackHistory([HistorySegment(from_us=1000, gap_us=1, load=TraceTimelines)])
    known.advance(999)
    assert choose(known, 999) == Choice(NO_STACK, certain=False)
