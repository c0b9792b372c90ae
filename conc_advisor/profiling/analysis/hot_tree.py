"""The heaviest stacks as a tree of functions: library frames folded, twigs cut off."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from conc_advisor.findings import Location
from conc_advisor.profiling.analysis.code_origin import package_of
from conc_advisor.profiling.analysis.stack_index import NO_SITE, StackIndex
from conc_advisor.profiling.diagnosis import HotNode
from conc_advisor.profiling.recording import NO_STACK, Frame

MIN_NODE_SHARE: Final = 0.01
"""Nodes with less of the CPU time are left out; their time stays in their caller's."""
MAX_DEPTH: Final = 60
"""Calls below are added to their caller: deeper trees cannot be read, and recursion may go on for thousands of frames."""
NO_STACK_LABEL: Final = "(no Python stack)"


@dataclass(slots=True)
class _Node:
    label: str
    file: str
    user: bool
    depth: int
    seconds: float = 0.0
    own: float = 0.0
    lines: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    children: "dict[tuple[str, str], _Node]" = field(default_factory=dict)


def tree_of(by_stack: Mapping[int, float], index: StackIndex, total: float) -> tuple[HotNode, ...]:
    """Return the roots of the tree for CPU seconds by stack, heaviest first; `total` is their sum.

    A function called from itself, and library functions in a row, are one node each; library frames that lead to the user's first line
    are left out.
    """
    root = _Node(label="", file="", user=True, depth=0)
    for stack, seconds in by_stack.items():
        _insert(root, stack, seconds, index)
    return _frozen(root, MIN_NODE_SHARE * total)


def _insert(root: _Node, stack: int, seconds: float, index: StackIndex) -> None:
    node = root
    if stack == NO_STACK:
        node = root.children.setdefault(("", NO_STACK_LABEL), _Node(label=NO_STACK_LABEL, file="", user=False, depth=1))
        node.seconds += seconds
    skip_library = index.site[stack] != NO_SITE
    counted = [root]
    for frame in index.stacks.path(stack):
        user = index.origin.is_user(frame.file)
        skip_library = skip_library and not user
        if skip_library:
            continue
        deeper = _step(node, frame, user=user)
        if deeper is not node:
            node = deeper
            counted.append(node)
            node.lines[frame.line] += seconds
    for each in counted:
        each.seconds += seconds
    node.own += seconds


def _step(node: _Node, frame: Frame, *, user: bool) -> _Node:
    """Return the node of a called frame: the caller's own where the two are folded."""
    if node.depth >= MAX_DEPTH or (not user and not node.user):
        return node
    label = frame.function if user else package_of(frame.file)
    file = frame.file if user else ""
    if node.user and user and (node.file, node.label) == (file, label):
        return node
    return node.children.setdefault((file, label), _Node(label=label, file=file, user=user, depth=node.depth + 1))


def _frozen(node: _Node, least: float) -> tuple[HotNode, ...]:
    kept = sorted((child for child in node.children.values() if child.seconds >= least > 0), key=lambda child: -child.seconds)
    return tuple(
        HotNode(
            label=child.label,
            location=_location(child),
            user_code=child.user,
            seconds=child.seconds,
            own_seconds=child.own,
            children=_frozen(child, least),
        )
        for child in kept
    )


def _location(node: _Node) -> Location | None:
    if not node.user:
        return None
    return Location(file=node.file, line=max(node.lines, key=lambda line: node.lines[line]), function=node.label)
