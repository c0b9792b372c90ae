"""Where CPU time went, in the JSON report."""

from typing import Annotated

import msgspec

from conc_advisor.reports.document.fields import File, Function, Line, Seconds, about


class HotFunction(msgspec.Struct, kw_only=True):
    """A function's time on CPU."""

    file: File
    line: Annotated[int | None, about("Its hottest line, from 1; null where it is not known.")]
    function: Function
    user_code: Annotated[bool, about("False for code of a library.")]
    own_seconds: Annotated[Seconds, about("CPU seconds in the function's own lines.")]
    total_seconds: Annotated[Seconds, about("CPU seconds with everything it called.")]
    line_seconds: Annotated[Seconds, about("CPU seconds at the hottest line.")]


class HotNode(msgspec.Struct, kw_only=True):
    """A node of the tree of the heaviest stacks."""

    label: Annotated[str, about("What the node stands for; library frames in a row are one node.")]
    file: File
    line: Line
    function: Function
    user_code: Annotated[bool, about("False for code of a library.")]
    seconds: Annotated[Seconds, about("CPU seconds with everything below it.")]
    own_seconds: Annotated[Seconds, about("CPU seconds in it alone.")]
    children: Annotated[list["HotNode"], about("What it called; empty below the hundredth level.")]


class HotPaths(msgspec.Struct, kw_only=True):
    """Where CPU time went, all threads and processes together."""

    cpu_seconds: Annotated[Seconds, about("Seconds on CPU in all.")]
    functions: Annotated[list[HotFunction], about("The functions that took most, first the heaviest.")]
    tree: Annotated[list[HotNode], about("The heaviest stacks, callers first.")]
