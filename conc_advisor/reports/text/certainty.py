"""How sure we are: what was measured and how, what decided, what could not be seen."""

from typing import Final

from rich.text import Text

from conc_advisor.profiling.diagnosis import Figure
from conc_advisor.profiling.recording import Sampling
from conc_advisor.reports import quantities
from conc_advisor.reports.text.page import Line, Page, Paragraph, Section

_FAST: Final = 10
"""From so many sweeps a second on, tenths say nothing."""

_OVER_BUDGET: Final = 1.2
"""As in the doubts: starting the recorders of a short run costs about so much more."""


def certainty(page: Page) -> Section:
    """Return the grounds of the verdict and their limits."""
    verdict = page.diagnosis.verdict
    lines: list[Line] = []
    lines.extend(
        Paragraph(Text(page.say(line)), mark="-") for line in (*_figures_lines(page), *_sampling_lines(page), _machine_line(page)) if line
    )
    lines.extend(
        Paragraph(Text(page.say(f"not seen: {limit.what.rstrip('.')} ({limit.why.rstrip('.')})")), mark="?", style="bold yellow")
        for limit in page.diagnosis.limits
    )
    lines.extend(Paragraph(Text(page.say(f"in doubt: {doubt}")), mark="?", style="bold yellow") for doubt in verdict.doubts)
    return Section("How sure are we", tuple(lines))


def _figures_lines(page: Page) -> tuple[str, ...]:
    figures = page.diagnosis.verdict.figures
    decided = "; ".join(_figure_words(page, figure) for figure in figures if figure.threshold is not None)
    others = "; ".join(_figure_words(page, figure) for figure in figures if figure.threshold is None)
    return (f"what decided: {decided}" if decided else "", f"further figures: {others}" if others else "")


def _figure_words(page: Page, figure: Figure) -> str:
    words = f"{figure.name.replace('_', ' ')} {quantities.figure(figure.value, figure.unit)}"
    if figure.threshold is None:
        return words
    source = f", {figure.source}" if page.options.verbose and figure.source else ""
    return f"{words} (threshold {quantities.figure(figure.threshold, figure.unit)}{source})"


def _sampling_lines(page: Page) -> tuple[str, ...]:
    sampling = page.diagnosis.sampling
    engine = " ".join(part for part in (sampling.engine, sampling.engine_version, f"({sampling.mode})" if sampling.mode else "") if part)
    rates = f"{_rate('thread states', sampling.state_rate)}, {_rate('stacks', sampling.stack_rate)}"
    mean, longest = quantities.duration(sampling.mean_lag_seconds), quantities.duration(sampling.max_lag_seconds)
    used, budget = f"{sampling.overhead * 100:.1f}%", f"{sampling.max_overhead * 100:.3g}%"
    kept = ", and was not kept" if sampling.overhead > _OVER_BUDGET * sampling.max_overhead else ""
    if not sampling.samples:
        return (f"no sample was taken by {engine}",)
    return (
        f"{quantities.plural(sampling.samples, 'sample')} by {engine}: {rates}",
        f"{_failed_words(sampling)}; samples came {mean} late on average, {longest} at most",
        f"the recorder used {used} of one core; the budget was {budget}{kept}",
        _measured_words(page),
    )


def _failed_words(sampling: Sampling) -> str:
    if not sampling.failed_samples:
        return "no sample failed"
    share = quantities.share(sampling.failed_samples / (sampling.samples + sampling.failed_samples))
    return f"{quantities.plural(sampling.failed_samples, 'sample')} failed ({share})"


def _measured_words(page: Page) -> str:
    processes = page.diagnosis.processes
    if not all(process.gil_measured for process in processes):
        return "GIL waiting is an estimate" + ("" if not any(process.gil_measured for process in processes) else " in some processes")
    return (
        "GIL waiting was measured; some other states are estimates" if page.diagnosis.sampling.estimated else "thread states were measured"
    )


def _rate(what: str, rate: float) -> str:
    return f"{what} {rate:.{0 if rate >= _FAST else 1}f} times a second" if rate > 0 else f"{what} not sampled"


def _machine_line(page: Page) -> str:
    machine = page.diagnosis.machine
    busy = (
        "how busy other programs kept it is not known"
        if machine.others_busy is None
        else f"other programs used {quantities.share(machine.others_busy)} of it meanwhile"
    )
    return f"{machine.system}, {quantities.plural(machine.cores, 'core')}; {busy}"
