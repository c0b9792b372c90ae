"""`conc-advisor calibrate`: reads the command line, has the machine measured, shows and keeps what came out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from conc_advisor.cli import options
from conc_advisor.cli.console import Voice

if TYPE_CHECKING:
    from conc_advisor.cli.console import Look
    from conc_advisor.costs.calibration import Calibration

HELP = """Measure what threads, tasks, processes and interpreters cost on this machine.

\b
Examples:
  conc-advisor calibrate                        the Python of this project
  conc-advisor calibrate --python python3.14    another one
  conc-advisor calibrate --format json -o costs.json

Takes about ten seconds, best on a quiet machine.  The figures are kept: choose computes its sizes with them.
"""

FormatName = Literal["text", "json"]
Format = Annotated[FormatName, typer.Option("--format", help="What to write.")]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write the table; - is standard output.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Nothing on stderr but errors.")]
Python = Annotated[
    str | None,
    typer.Option(
        "--python", metavar="PATH", help="Interpreter to measure. Default: the active virtual environment's, else .venv's, else ours."
    ),
]


def calibrate(
    *, python: Python = None, format_: Format = "text", output: Output = None, force: options.Force = False, quiet: Quiet = False
) -> int:
    """Return the exit code, or minus the number of the signal to end by."""
    # Imported here: --help must not wait for any of it.
    from conc_advisor.cli.outlet import open_outlet, standard_output  # noqa: PLC0415
    from conc_advisor.cli.signalled import SignalledError, ended_by_signals  # noqa: PLC0415
    from conc_advisor.config import read_configuration, working_folder  # noqa: PLC0415
    from conc_advisor.costs import measure  # noqa: PLC0415
    from conc_advisor.interpreter_search import choose_interpreter, interpreter_path  # noqa: PLC0415

    voice = Voice(quiet=quiet)
    asked = read_configuration(working_folder()).python if python is None else interpreter_path(python)
    interpreter = choose_interpreter(asked)
    outlet = standard_output() if output in {None, "-"} else open_outlet(Path(str(output)), force=force)
    voice.say(f"measuring {interpreter}; this takes about ten seconds")
    try:
        with ended_by_signals():
            calibration = measure.calibrate(interpreter)
    except SignalledError as error:
        return -error.number
    outlet.write([_rendered(calibration, format_, outlet.look)])
    _keep(calibration, interpreter, voice)
    voice.say("next: conc-advisor choose")
    return 0


def _rendered(calibration: "Calibration", format_: FormatName, look: "Look") -> str:
    if format_ == "json":
        from conc_advisor.reports.calibration import json  # noqa: PLC0415  # one of the two is enough

        return json.render(calibration)
    from conc_advisor.reports.calibration import text  # noqa: PLC0415
    from conc_advisor.reports.plain import Paper  # noqa: PLC0415

    return text.render(calibration, Paper(width=look.width, color=look.color, unicode=look.unicode))


def _keep(calibration: "Calibration", interpreter: Path, voice: Voice) -> None:
    """Keep the figures; where that fails they have been shown all the same."""
    from conc_advisor.costs.store import save_costs  # noqa: PLC0415

    try:
        file = save_costs(calibration.unit_costs(), interpreter)
    except OSError as error:
        voice.say(f"note: the figures could not be kept, so choose will not know them: {error.strerror or error}")
    else:
        voice.say(f"kept: {file}")
