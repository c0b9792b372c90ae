"""Where CPU time went: functions with their own and total time, and the tree of the heaviest stacks."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from conc_advisor.findings import Location
from conc_advisor.profiling.analysis.activities import NATIVE, RUNNING
from conc_advisor.profiling.analysis.hot_tree import tree_of
from conc_advisor.profiling.analysis.stack_index import NO_SITE, StackIndex
from conc_advisor.profiling.analysis.totals import Totals
from conc_advisor.profiling.diagnosis import HotFunction, HotPaths
from conc_advisor.profiling.recording import NO_STACK

MAX_FUNCTIONS: Final = 100
MIN_FUNCTION_SHARE: Final = 0.001
"""Functions with a smaller part of the CPU time, all their callees included, are left out."""
OWN_LINE_SHARE: Final = 0.5
"""A function whose own time is this part of its total is hottest where that is; others at the line whose calls cost most."""

_Function = tuple[str, str]
"""File and name."""


@dataclass(slots=True)
class _Sums:
    own: float = 0.0
    total: float = 0.0
    own_lines: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    total_lines: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))


def cpu_by_stack(totals: Totals) -> dict[int, float]:
    """Return seconds on CPU by stack, over all threads; time without a stack is under `NO_STACK`."""
    seconds: defaultdict[int, float] = defaultdict(float)
    for row in totals.rows():
        if row.activity in {RUNNING, NATIVE}:
            seconds[row.stack] += row.seconds
    return dict(seconds)


def hot_paths(by_stack: Mapping[int, float], index: StackIndex) -> HotPaths:
    """Return the hot functions (most own time first) and the tree."""
    total = sum(by_stack.values())
    return HotPaths(cpu_seconds=total, functions=_functions(by_stack, index, total), tree=tree_of(by_stack, index, total))


def hottest_user_lines(by_stack: Mapping[int, float], index: StackIndex) -> list[tuple[Location, float]]:
    """Return the user's functions, each at its hottest line, with its CPU seconds; hottest first.

    Library code counts for the user's line that called it.
    """
    functions: defaultdict[_Function, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for stack, seconds in by_stack.items():
        site = index.sites[index.site[stack]] if index.site[stack] != NO_SITE else None
        if site is not None:
            functions[site.file, site.function][site.line] += seconds
    found = [
        (Location(file=file, line=_heaviest(lines), function=function), sum(lines.values()))
        for (file, function), lines in functions.items()
    ]
    return sorted(found, key=lambda item: -item[1])


def _functions(by_stack: Mapping[int, float], index: StackIndex, total: float) -> tuple[HotFunction, ...]:
    functions: defaultdict[_Function, _Sums] = defaultdict(_Sums)
    stacks = index.stacks
    for stack, seconds in by_stack.items():
        if stack != NO_STACK:
            leaf = stacks.leaf(stack)
            sums = functions[leaf.file, leaf.function]
            sums.own += seconds
            sums.own_lines[leaf.line] += seconds
    _add_totals(functions, _subtotals(by_stack, index), index)
    kept = [
        HotFunction(
            location=Location(file=file, line=line, function=function),
            user_code=index.origin.is_user(file),
            own_seconds=sums.own,
            total_seconds=sums.total,
            line_seconds=spent,
        )
        for (file, function), sums in functions.items()
        if sums.total >= MIN_FUNCTION_SHARE * total > 0
        for line, spent in [_line(sums)]
    ]
    return tuple(sorted(kept, key=lambda function: (-function.own_seconds, -function.total_seconds))[:MAX_FUNCTIONS])


def _subtotals(by_stack: Mapping[int, float], index: StackIndex) -> dict[int, float]:
    # A caller's id is smaller than its callee's: from high to low, every subtotal is complete when it is handed on.
    subtotal = [0.0] * index.size
    for stack, seconds in by_stack.items():
        subtotal[stack] = seconds
    for stack in range(index.size - 1, 0, -1):
        if subtotal[stack]:
            subtotal[index.stacks.parent(stack)] += subtotal[stack]
    return {stack: seconds for stack, seconds in enumerate(subtotal) if seconds and stack != NO_STACK}


def _add_totals(functions: defaultdict[_Function, _Sums], subtotals: Mapping[int, float], index: StackIndex) -> None:
    """Add each function's total once per outermost call: a depth-first walk that knows which functions are on the path."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for stack in subtotals:
        children[index.stacks.parent(stack)].append(stack)
    on_path: defaultdict[_Function, int] = defaultdict(int)
    pending = [(stack, False) for stack in children[NO_STACK]]
    while pending:
        stack, leaving = pending.pop()
        leaf = index.stacks.leaf(stack)
        key = (leaf.file, leaf.function)
        if leaving:
            on_path[key] -= 1
            continue
        if not on_path[key]:
            functions[key].total += subtotals[stack]
            functions[key].total_lines[leaf.line] += subtotals[stack]
        on_path[key] += 1
        pending.append((stack, True))
        pending.extend((child, False) for child in children.get(stack, ()))


def _line(sums: _Sums) -> tuple[int, float]:
    lines = sums.own_lines if sums.own >= OWN_LINE_SHARE * sums.total else sums.total_lines
    line = _heaviest(lines)
    return line, lines[line]


def _heaviest(lines: Mapping[int, float]) -> int:
    return max(lines, key=lambda line: lines[line])
