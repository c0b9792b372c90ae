"""Where CPU time went: functions with their own and total time, and the heaviest stacks as a tree."""

from collections.abc import Iterable, Iterator
from typing import Final

from conc_advisor.profiling.diagnosis import HotFunction, HotNode
from conc_advisor.reports import quantities
from conc_advisor.reports.text.grid import Column, grid
from conc_advisor.reports.text.page import Page, Section

_FUNCTIONS: Final = 8
_NODES: Final = 20
_SMALLEST: Final = 0.02
"""Branches below this share of the CPU time are left out of the tree, unless everything is asked for."""
_INDENT_LEVELS: Final = 12
"""Deeper nodes are not indented further: the names matter more than the depth."""


def hot_functions(page: Page) -> Section | None:
    """Return the functions that took most CPU time."""
    hot = page.diagnosis.hot_paths
    if not hot.functions or hot.cpu_seconds <= 0:
        return None
    shown = hot.functions[: page.limit(_FUNCTIONS)]
    columns = (
        Column(heading="own", right=True, style="bold"),
        Column(heading="total", right=True),
        Column(heading="function and its hottest line", flexible=True),
    )
    rows = [_function(page, function, hot.cpu_seconds) for function in shown]
    title = f"Hot functions: shares of {quantities.duration(hot.cpu_seconds)} on CPU"
    return Section(title, (*grid(page, columns, rows), *page.more(len(hot.functions) - len(shown), "functions")))


def _function(page: Page, function: HotFunction, cpu_seconds: float) -> list[str]:
    place = page.place(function.location, function=False)
    name = page.say(function.location.function) or place
    words = f"{name}  {place}" if name != place else place
    return [
        quantities.share(function.own_seconds / cpu_seconds),
        quantities.share(function.total_seconds / cpu_seconds),
        words if function.user_code else f"{words}  (library)",
    ]


def hot_tree(page: Page) -> Section | None:
    """Return the heaviest stacks as a tree, callers first."""
    hot = page.diagnosis.hot_paths
    if not hot.tree or hot.cpu_seconds <= 0:
        return None
    smallest = 0.0 if page.options.verbose else _SMALLEST * hot.cpu_seconds
    nodes = list(_walk(hot.tree, smallest, ()))
    shown = nodes[: page.limit(_NODES)]
    columns = (Column(right=True, style="bold"), Column(flexible=True))
    rows = [(quantities.share(node.seconds / hot.cpu_seconds), _branch(page, last) + _label(page, node)) for node, last in shown]
    return Section("Heaviest stacks", (*grid(page, columns, rows), *page.more(len(nodes) - len(shown), "branches")))


def _walk(nodes: Iterable[HotNode], smallest: float, above: tuple[bool, ...]) -> Iterator[tuple[HotNode, tuple[bool, ...]]]:
    """Yield the nodes, each with whether it and each of its callers is the last of its siblings."""
    large = sorted((node for node in nodes if node.seconds >= smallest), key=lambda node: -node.seconds)
    stack = [(node, (*above, at == len(large) - 1)) for at, node in enumerate(large)][::-1]
    while stack:
        node, last = stack.pop()
        yield node, last
        children = sorted((child for child in node.children if child.seconds >= smallest), key=lambda child: -child.seconds)
        stack.extend([(child, (*last, at == len(children) - 1)) for at, child in enumerate(children)][::-1])


def _branch(page: Page, last: tuple[bool, ...]) -> str:
    """Return the guides before a node; the roots have none, and an only child of an only child is not indented further."""
    levels = last[1:][-_INDENT_LEVELS:]
    if not levels:
        return ""
    pipe, blank, tee, corner = (page.sign(sign, twin) for sign, twin in (("│ ", "| "), ("  ", "  "), ("├ ", "|-"), ("└ ", "`-")))
    return "".join(blank if done else pipe for done in levels[:-1]) + (corner if levels[-1] else tee)


def _label(page: Page, node: HotNode) -> str:
    label = page.say(node.label)
    place = page.place(node.location, function=False) if node.location else ""
    return f"{label}  {place}" if place and place not in label else label
