"""The table of `calibrate`: plain lines, quick to make, and nothing but ASCII of our own."""

from collections.abc import Iterator, Sequence
from typing import Final

from conc_advisor.costs.calibration import Calibration, Crossing, Measurement, SpeedUp, crossings, is_cold
from conc_advisor.reports import quantities
from conc_advisor.reports.calibration.json import unit_of
from conc_advisor.reports.plain import Paper, Style, cell_width

_LABELS: Final[dict[str, str]] = {
    "thread_seconds": "thread: start and join",
    "thread_pool_call_seconds": "thread pool: a call and its result",
    "thread_pool_task_seconds": "thread pool: each of many calls",
    "task_seconds": "asyncio task: create and await",
    "loop_seconds": "asyncio.run of nothing",
    "to_thread_seconds": "asyncio: a call in a thread and back",
    "process_seconds": "process by {}: start and join",
    "process_pool_seconds": "pool of 2 by {}: create, use, end",
    "process_pool_call_seconds": "process pool: a call and its result",
    "process_pool_task_seconds": "process pool: each of many calls",
    "process_pool_item_seconds": "process pool: each item, 100 a chunk",
    "subprocess_seconds": "another program: python -c pass",
    "interpreter_seconds": "interpreter: create and close",
    "interpreter_pool_seconds": "pool of 2 interpreters: create, use, end",
    "interpreter_pool_call_seconds": "interpreter pool: a call and its result",
    "interpreter_pool_task_seconds": "interpreter pool: each of many calls",
    "thread_kb": "idle thread",
    "task_kb": "sleeping task",
    "process_kb": "idle worker by {}, nothing imported",
    "interpreter_kb": "interpreter",
    "bytes_per_second": "1 MB of bytes through a process pool",
    "pickled_bytes_per_second": "small dicts, pickled and unpickled",
}
"""What each measurement is called, in the order of the table."""
_WAYS: Final[dict[str, str]] = {
    "processes": "processes",
    "chunked processes": "in chunks",
    "threads": "threads",
    "interpreters": "interpreters",
}
_RATES: Final = ((1e9, "GB/s"), (1e6, "MB/s"), (1e3, "KB/s"))
_FINE: Final = 1e-5
"""Seconds below which whole microseconds say too little."""
_MB: Final = 1024


def render(calibration: Calibration, paper: Paper) -> str:
    """Return the report; ends with a newline."""
    return "\n".join(line.rstrip() for line in _lines(calibration, paper)) + "\n"


def _lines(calibration: Calibration, paper: Paper) -> Iterator[str]:
    yield from _headline(calibration, paper)
    for title, unit in (("What one costs", "s"), ("Memory", "KB"), ("On the way to a worker", "bytes/s")):
        rows = [row for row in _ordered(calibration) if unit_of(row.name) == unit]
        if rows:
            yield from ("", paper.title(title))
            yield from _measurements(rows, paper)
    yield from _warm(calibration, paper)
    yield from _cold(calibration, paper)
    for each in calibration.without:
        yield from ("", *paper.paragraph(f"not tried: {each.way} ({each.why})", indent=0))


def _headline(calibration: Calibration, paper: Paper) -> Iterator[str]:
    measured, cores = calibration.measured, calibration.cores
    name = "CPython" if measured.implementation == "cpython" else measured.implementation
    build = ", free-threaded" if measured.free_threaded else ""
    yield paper.title(f"{name} {measured.version}{build} at {calibration.interpreter}")
    left = (
        "all of them usable" if cores.usable == cores.machine else f"{quantities.plural(cores.usable, 'core')} usable{_taken(calibration)}"
    )
    yield paper.say(f"{calibration.machine}; {left}")
    if calibration.others_busy is None:
        yield "how busy other programs kept it meanwhile is not known"
    elif calibration.noisy:
        text = (
            f"other programs used {quantities.share(calibration.others_busy)} of it meanwhile: costs are upper bounds and speed-ups "
            "uncertain; measure again when it is quiet"
        )
        yield from paper.paragraph(text, mark="!", indent=0)


def _taken(calibration: Calibration) -> str:
    """Return what keeps us from the other cores."""
    cores, reasons = calibration.cores, []
    if cores.affinity is not None and cores.affinity < cores.machine:
        reasons.append(f"affinity mask {cores.affinity}")
    if cores.quota is not None and cores.quota < cores.machine:
        reasons.append(f"container's quota {quantities.number(cores.quota)}")
    if cores.python is not None and cores.python < min(cores.machine, cores.affinity or cores.machine):
        reasons.append(f"Python's own limit {cores.python}")
    return f" ({', '.join(reasons)})" if reasons else ""


def _ordered(calibration: Calibration) -> list[Measurement]:
    order = list(_LABELS)
    known = [row for row in calibration.measurements if row.name in _LABELS]
    return sorted(known, key=lambda row: order.index(row.name))


def _measurements(rows: Sequence[Measurement], paper: Paper) -> Iterator[str]:
    cells = [("", "median", "lowest", "highest")]
    cells += [
        (
            _label(row),
            _amount(row.name, row.median),
            *((_amount(row.name, row.low), _amount(row.name, row.high)) if row.rounds > 1 else ("", "")),
        )
        for row in rows
        if row.median is not None
    ]
    if len(cells) > 1:
        yield from _grid(cells, paper)
    for row in rows:
        if row.median is None:
            yield from paper.paragraph(f"{_label(row)}: {row.why}", mark="-")


def _label(row: Measurement) -> str:
    return _LABELS[row.name].format(row.method)


def _amount(name: str, value: float | None) -> str:
    if value is None:
        return ""
    match unit_of(name):
        case "s":
            return f"{value * 1e6:.2f} us" if value < _FINE else quantities.duration(value)
        case "KB":
            return f"{value / _MB:.1f} MB" if value >= _MB else f"{value:.1f} KB"
        case _:
            scale, unit = next(((scale, unit) for scale, unit in _RATES if value >= scale), (1.0, "B/s"))
            return f"{value / scale:.3g} {unit}"


def _warm(calibration: Calibration, paper: Paper) -> Iterator[str]:
    warm = [each for each in calibration.speed_ups if not is_cold(each)]
    for workers in sorted({each.workers for each in warm}):
        group = [each for each in warm if each.workers == workers]
        yield from ("", paper.title(f"A pool of {workers} that is up already: times as fast as one task after the other"))
        yield from _speed_ups("a task of", group, list(_WAYS), paper)


def _cold(calibration: Calibration, paper: Paper) -> Iterator[str]:
    cold = [each for each in calibration.speed_ups if is_cold(each)]
    if cold:
        ways = list(dict.fromkeys(each.way for each in cold))
        yield from ("", paper.title(f"A pool of {cold[0].workers} processes made for the work: times as fast as without"))
        yield from _speed_ups("work of", cold, ways, paper)


def _speed_ups(what: str, group: Sequence[SpeedUp], ways: Sequence[str], paper: Paper) -> Iterator[str]:
    there = [way for way in ways if any(each.way == way for each in group)]
    factors = {(_length(each), each.way): each.factor for each in group}
    found = {crossing.way: crossing for crossing in crossings(group)}
    cells = [("", *(_WAYS.get(way, way.removeprefix("cold ")) for way in there))]
    for length in sorted({length for length, _ in factors}):
        row = (f"{factors[length, way]:.2f}" if (length, way) in factors else "" for way in there)
        cells.append((f"{what} {_rounded(length)}", *row))
    cells.append(("pays from", *(_pays(found[way]) for way in there)))
    yield from _grid(cells, paper)


def _length(each: SpeedUp) -> float:
    return each.work_seconds if is_cold(each) else each.task_seconds


def _pays(crossing: Crossing) -> str:
    if crossing.pays is None:
        return "not seen"
    return _rounded(crossing.pays) + (" or less" if crossing.loses is None else "")


def _rounded(seconds: float) -> str:
    """Return a length to two digits: it was not chosen more exactly."""
    return quantities.duration(float(f"{seconds:.2g}"))


def _grid(rows: Sequence[Sequence[str]], paper: Paper) -> Iterator[str]:
    """Yield rows of equally many cells, the first to the left, the others to the right; the first row is a heading."""
    said = [[paper.say(cell) for cell in row] for row in rows]
    widths = [max(cell_width(row[at]) for row in said) for at in range(len(said[0]))]
    for number, row in enumerate(said):
        cells = [row[0] + " " * (widths[0] - cell_width(row[0]))]
        cells += [" " * (width - cell_width(cell)) + cell for cell, width in zip(row[1:], widths[1:], strict=True)]
        line = "  " + "  ".join(cells).rstrip()
        yield paper.styled(line, Style.DIM) if number == 0 else line
