"""Where CPU time went: functions with their own and total time, and the heaviest stacks as a tree."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.text import Text

from conc_advisor.profiling.diagnosis import HotFunction, HotNode
from conc_advisor.reports import quantities
from conc_advisor.reports.text.grid import Cell, Column, grid
from conc_advisor.reports.text.page import Page, Section

_FUNCTIONS: Final = 8
_NODES: Final = 20
_SMALLEST: Final = 0.02
"""Branches below this share of the CPU time are left out of the tree, unless everything is asked for."""
_LEAST: Final = 0.01
"""Share of the CPU time from which on a function is listed."""
_LEAST_CPU: Final = 0.05
"""Where less than this share of the run was CPU time, its places are beside the point."""
_INDENT_LEVELS: Final = 12
"""Deeper nodes are not indented further: the names matter more than the depth."""


def hot_functions(page: Page) -> Section | None:
    """Return the functions that took most CPU time; where there was next to none, that in one line."""
    hot = page.diagnosis.hot_paths
    if not hot.functions or hot.cpu_seconds <= 0:
        return None
    if not _worth_showing(page):
        words = f"Only {quantities.duration(hot.cpu_seconds)} on CPU in all (-v shows where)."
        return Section("Hot functions", (Text(words, style="dim"),))
    told = [function for function in hot.functions if page.options.verbose or _tells(function, hot.cpu_seconds)]
    shown = told[: page.limit(_FUNCTIONS)]
    columns = (
        Column(heading="own", right=True, style="bold"),
        Column(heading="total", right=True),
        Column(heading="function"),
        Column(heading="hottest line", flexible=True, keep_end=True),
        Column(),
    )
    rows = [_function(page, function, hot.cpu_seconds) for function in shown]
    title = f"Hot functions: shares of {quantities.duration(hot.cpu_seconds)} on CPU"
    return Section(title, (*grid(page, columns, rows), *page.more(len(hot.functions) - len(shown), "function")))


def _worth_showing(page: Page) -> bool:
    return page.options.verbose or page.diagnosis.hot_paths.cpu_seconds >= _LEAST_CPU * page.diagnosis.duration_seconds


def _tells(function: HotFunction, cpu_seconds: float) -> bool:
    """Return whether a function is worth a line: the user's where it took part, a library's only where it took time itself."""
    return (function.total_seconds if function.user_code else function.own_seconds) >= _LEAST * cpu_seconds


def _function(page: Page, function: HotFunction, cpu_seconds: float) -> list[Cell]:
    return [
        quantities.share(function.own_seconds / cpu_seconds),
        quantities.share(function.total_seconds / cpu_seconds),
        page.fit(page.say(function.location.function) or "?", page.inner_width * 2 // 5),
        page.place_names(function.location, function=False),
        "" if function.user_code else "library",
    ]


def hot_tree(page: Page) -> Section | None:
    """Return the heaviest stacks as a tree, callers first."""
    hot = page.diagnosis.hot_paths
    if not hot.tree or hot.cpu_seconds <= 0 or not _worth_showing(page):
        return None
    smallest = 0.0 if page.options.verbose else _SMALLEST * hot.cpu_seconds
    nodes = list(_walk(hot.tree, smallest, ()))
    shown = nodes[: page.limit(_NODES)]
    columns = (Column(right=True, style="bold"), Column(flexible=True))
    rows = [_node(page, node, _branch(page, last), hot.cpu_seconds) for node, last in shown]
    return Section("Heaviest stacks", (*grid(page, columns, rows), *page.more(len(nodes) - len(shown), "node")))


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


def _node(page: Page, node: HotNode, branch: str, cpu_seconds: float) -> list[Cell]:
    share = quantities.share(node.seconds / cpu_seconds)
    label = branch + page.say(node.label)
    if node.location is None:
        return [share, label]
    return [share, (*(f"{label}  {name}" for name in page.place_names(node.location, function=False)), label)]
