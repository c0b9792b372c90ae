"""The decision tree as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html), which GitHub draws in a Markdown page."""

import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.decision.tree import Leaf, Tree, simplified
from conc_advisor.reports.choice.tree_drawing import MOST_LINES, Break, Drawing, branch_words, breaks, drawing
from conc_advisor.reports.sanitise import visible

_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9 .,:?!()+/%=_-]")


MOST_ARROWS: Final = 490
"""Mermaid refuses 500 (`maxEdges` in https://mermaid.js.org/config/schema-docs/config.html), and a page cannot raise that."""


def render_tree_mermaid(tree: Tree, *, everything: bool) -> str:
    """Return the flowchart of the simplified tree, which ends with a newline: as much of it as is read well, or as Mermaid draws."""
    drawn = drawing(simplified(tree), most=MOST_ARROWS if everything else MOST_LINES)
    ends = breaks(drawn.tree)
    lines = ["flowchart TD", *_node(drawn, 0)]
    for number in drawn.places:
        lines += _arrows(drawn, ends, number)
    note = f"%% Left out: what is asked after the first {drawn.depth} questions{'' if everything else ' (-v shows more)'}."
    return "\n".join([*([] if drawn.complete else [note]), *lines]) + "\n"


def _node(drawn: Drawing, number: int) -> Iterator[str]:
    node = drawn.tree.nodes[number]
    yield f'  n{number}(["{_label(node.model)}"])' if isinstance(node, Leaf) else f'  n{number}["{_label(node.question.text)}"]'


def _arrows(drawn: Drawing, ends: list[Break], number: int) -> Iterator[str]:
    """Yield a question's branches; what is at the end of one is drawn for each of them anew, or all arrows would meet in a few places."""
    fork = drawn.fork(number)
    for at, branch in enumerate(fork.branches):
        words = _label(branch_words(fork, branch))
        node = drawn.tree.nodes[branch.node]
        if isinstance(node, Leaf):
            yield f'  n{number} -->|"{words}"| n{number}_{at}(["{_label(node.model)}"])'
        elif branch.node in drawn.places:
            yield f'  n{number} -->|"{words}"| n{branch.node}["{_label(node.question.text)}"]'
        else:
            end = ends[branch.node]
            yield f'  n{number} -.->|"{words}"| n{number}_{at}("{_label(f"{end.model}{end.otherwise}")}")'


def _label(text: str) -> str:
    """Return text for between quotes; what might mean something there is written as its number."""
    return _NOT_PLAIN.sub(lambda found: f"#{ord(found[0])};", visible(text))
