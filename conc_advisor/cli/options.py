"""The options of `profile`, as typer reads them.

Choices are spelled out here as literals, because the enums they stand for live in modules that `--help` must not wait for;
a test keeps them equal.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

FormatName = Literal["text", "json", "speedscope", "trace", "collapsed"]
EngineName = Literal["auto", "py-spy", "pyinstrument"]
SeverityName = Literal["info", "warning", "error"]


def complete_demo(incomplete: str) -> list[str]:
    """Return the demos whose names begin like this."""
    from conc_advisor.profiling.demo_catalogue import DEMOS  # noqa: PLC0415  # only shells that complete need it

    return [name for name in ("list", *(demo.name for demo in DEMOS)) if name.startswith(incomplete)]


Words = Annotated[
    list[str] | None,
    # Hidden: the usage line and the examples say it better than a row of the table.
    typer.Argument(hidden=True),
]
Module = Annotated[
    str | None, typer.Option("-m", "--module", metavar="MODULE", help="Run a module, as python -m does; everything after it is its own.")
]
Pid = Annotated[int | None, typer.Option("--pid", metavar="N", help="Watch a running process, for --duration or until Ctrl-C; it goes on.")]
DemoName = Annotated[
    str | None,
    typer.Option("--demo", metavar="NAME", autocompletion=complete_demo, help="Run a bundled example; --demo list shows them."),
]
Load = Annotated[str | None, typer.Option("--load", metavar="RECORDING", help="Report on a recording made earlier; 'last' is the newest.")]
Python = Annotated[
    str | None,
    typer.Option(
        "--python", metavar="PATH", help="Interpreter of the program. Default: the active virtual environment's, else .venv's, else ours."
    ),
]
Duration = Annotated[
    float | None,
    typer.Option("--duration", metavar="SECONDS", help="Stop recording after this time; a program that we started goes on to its end."),
]
Engine = Annotated[EngineName | None, typer.Option("--engine", help="Where the stacks come from; auto by default.")]
MaxOverhead = Annotated[
    str | None, typer.Option("--max-overhead", metavar="SHARE", help="What recording may cost, of one core; 5% by default.")
]
StallMs = Annotated[
    float | None,
    typer.Option("--stall-ms", metavar="MS", help="How long a callback may keep an event loop before it counts as a stall; 50 by default."),
]
Format = Annotated[FormatName, typer.Option("--format", help="What to write.")]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write the report; - is standard output.")]
TargetOutput = Annotated[
    Path | None, typer.Option("--target-output", metavar="FILE", help="Send the program's standard output to a file; ours is then free.")
]
Save = Annotated[Path | None, typer.Option("--save", metavar="FILE", help="Keep the recording in this file.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]
FailOn = Annotated[
    SeverityName | None,
    typer.Option("--fail-on", help="Exit with 1 when the program succeeded and there are findings of this severity or above."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Nothing on stderr but the report and errors.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Longer lists, thresholds with their sources.")]
