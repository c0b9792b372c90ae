"""What speaks against a conclusion, and how far it lowers confidence."""

from dataclasses import dataclass

from conc_advisor.concurrency import VerdictId
from conc_advisor.findings import Confidence
from conc_advisor.profiling.analysis import thresholds as limits
from conc_advisor.profiling.analysis.evidence import Evidence, duration, listed, percent
from conc_advisor.profiling.analysis.verdict import Rule, is_close

_ORDER = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
_ABOUT_LOOPS = frozenset({VerdictId.LOOP_STALLED, VerdictId.LOOP_HEALTHY, VerdictId.IDLE})
_FEW = 2.0
"""Below this many times the fewest samples, confidence is low."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One sentence, and the confidence that is left with it."""

    sentence: str
    leaves: Confidence


def doubts_about(rule: Rule, evidence: Evidence) -> tuple[Doubt, ...]:
    """Return the doubts, the most serious first."""
    doubts = [*_of_sampling(evidence), *_of_machine(evidence), *_of_reading(rule.verdict, evidence)]
    if is_close(rule, evidence.shares):
        doubts.append(Doubt("A figure lies close to its threshold: another run may come out otherwise.", Confidence.MEDIUM))
    return tuple(sorted(doubts, key=lambda doubt: _ORDER.index(doubt.leaves)))


def confidence_left(doubts: tuple[Doubt, ...]) -> Confidence:
    """Return the lowest confidence that any doubt leaves."""
    return min((doubt.leaves for doubt in doubts), key=_ORDER.index, default=Confidence.HIGH)


def lower_of(one: Confidence, other: Confidence) -> Confidence:
    """Return the lower of two confidences."""
    return min(one, other, key=_ORDER.index)


def _of_sampling(evidence: Evidence) -> list[Doubt]:
    shares, sampling = evidence.shares, evidence.header.sampling
    doubts = []
    if shares.samples < limits.MANY_SAMPLES.value:
        leaves = Confidence.LOW if shares.samples < _FEW * limits.MIN_SAMPLES.value else Confidence.MEDIUM
        doubts.append(Doubt(f"The recording is short: {shares.samples} samples of the thread that was seen most.", leaves))
    if shares.failed >= limits.FAILED_SOME.value:
        leaves = Confidence.LOW if shares.failed >= limits.FAILED_MOST.value / 2 else Confidence.MEDIUM
        doubts.append(Doubt(f"{percent(shares.failed)} of the attempts to read stacks failed.", leaves))
    if sampling.estimated:
        doubts.append(Doubt("Thread states are estimated, not measured (see the limits).", Confidence.MEDIUM))
    unseen = sampling.unseen_cpu_seconds
    seen = (shares.python + shares.native) * shares.seconds
    if unseen >= limits.UNSEEN.value * (unseen + seen) and unseen >= limits.UNSEEN.value * shares.seconds:
        sentence = f"Most was not seen: threads or children that could not be followed used {duration(unseen)} of CPU time."
        doubts.append(Doubt(sentence, Confidence.LOW))
    if sampling.overhead > limits.OVER_BUDGET.value * sampling.max_overhead:
        sentence = f"The profiler used {percent(sampling.overhead)} of a core, more than its budget of {percent(sampling.max_overhead)}."
        doubts.append(Doubt(sentence, Confidence.MEDIUM if sampling.overhead >= limits.OVERHEAD.value else Confidence.HIGH))
    return doubts


def _of_machine(evidence: Evidence) -> list[Doubt]:
    shares = evidence.shares
    # Where states are only estimated, waiting for a core that others use looks like computing, or like a callback that keeps its loop.
    estimated = evidence.header.sampling.estimated
    noticed = limits.OTHERS_NOTICED_BY_ESTIMATES if estimated else limits.OTHERS_NOTICED
    if evidence.header.machine.others_busy is None or shares.others_busy < noticed.value:
        return []
    leaves = Confidence.LOW if estimated or shares.others_busy >= limits.OTHERS_BUSY.value else Confidence.MEDIUM
    sentence = f"Other processes used {percent(shares.others_busy)} of the machine's cores meanwhile; measure again on an idle machine."
    return [Doubt(sentence, leaves)]


def _of_reading(verdict: VerdictId, evidence: Evidence) -> list[Doubt]:
    doubts = []
    guessed = [str(each.pid) for each in evidence.contention if not each.measured]
    if guessed:
        sentence = f"Who holds the GIL and who waits for it is estimated in process {listed(guessed[:5])}."
        doubts.append(Doubt(sentence, Confidence.MEDIUM))
    if evidence.uncounted_loops:
        sentence = (
            f"The callbacks of the event loop in {listed(list(evidence.uncounted_loops[:5]))} could not be counted: "
            "many small callbacks in a row may look like one long one, and stalls on CPU are estimates."
        )
        doubts.append(Doubt(sentence, Confidence.MEDIUM if verdict in _ABOUT_LOOPS else Confidence.HIGH))
    if evidence.cpu_without_stack >= limits.RUNNABLE.value:
        sentence = (
            f"No Python stack is known for {percent(evidence.cpu_without_stack)} of the CPU time of Python threads; the lines named "
            "here are of the rest."
        )
        doubts.append(Doubt(sentence, Confidence.MEDIUM))
    if verdict is VerdictId.POOL_STARVED:
        sentence = "The pool's queue cannot be seen: that tasks were waiting is inferred from workers that were all asleep inside tasks."
        doubts.append(Doubt(sentence, Confidence.MEDIUM if evidence.shares.pool_nested >= limits.POOL.value else Confidence.LOW))
    if verdict is VerdictId.LOCK_BOUND:
        sentence = "A lock that one thread takes and another releases as a signal looks the same as a contended one."
        doubts.append(
            Doubt(sentence, Confidence.MEDIUM if len(evidence.locks) and "," not in evidence.locks[0].thread else Confidence.HIGH)
        )
    return doubts
