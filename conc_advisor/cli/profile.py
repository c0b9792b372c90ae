"""`conc-advisor profile`: reads the command line and hands a request on."""

import typer

from conc_advisor.cli import options
from conc_advisor.cli.command_line import SEPARATED
from conc_advisor.cli.console import Voice
from conc_advisor.cli.sources import SourceOptions
from conc_advisor.errors import UsageError

HELP = """Run a Python program and show where its time went, thread by thread.

\b
Examples:
  conc-advisor profile app.py --port 80     a script with its own options
  conc-advisor profile -m pytest -x         a module
  conc-advisor profile -- gunicorn app:app  any command line
  conc-advisor profile --pid 4711           a running process, until Ctrl-C
  conc-advisor profile --demo list          bundled examples
  conc-advisor profile --load last -v       the newest recording once more

The program keeps its input, output, signals and exit code; the report goes to standard error, or to -o FILE.  Our options come before it.
"""


def profile(  # noqa: PLR0913  # the parameters are the options of the command
    ctx: typer.Context,
    words: options.Words = None,
    *,
    module: options.Module = None,
    pid: options.Pid = None,
    demo: options.DemoName = None,
    load: options.Load = None,
    python: options.Python = None,
    duration: options.Duration = None,
    engine: options.Engine = None,
    max_overhead: options.MaxOverhead = None,
    stall_ms: options.StallMs = None,
    format_: options.Format = "text",
    output: options.Output = None,
    target_output: options.TargetOutput = None,
    save: options.Save = None,
    force: options.Force = False,
    fail_on: options.FailOn = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Return the exit code, or minus the number of the signal to end by."""
    if quiet and verbose:
        raise UsageError("-q and -v exclude each other", hint="give one of them")
    if demo == "list":
        list_demos()
        return 0
    # Imported here: --help must not wait for the configuration and all that profiling needs.
    from conc_advisor.cli.profile_run import Request, carry_out  # noqa: PLC0415
    from conc_advisor.cli.settings import Asked, settle  # noqa: PLC0415
    from conc_advisor.config import read_configuration, working_folder  # noqa: PLC0415
    from conc_advisor.interpreter_search import interpreter_path  # noqa: PLC0415
    from conc_advisor.reports.registry import ReportFormat  # noqa: PLC0415

    source = SourceOptions(words=tuple(words or ()), separated=bool(ctx.meta.get(SEPARATED)), module=module, pid=pid, demo=demo, load=load)
    given = {
        "--python": python,
        "--duration": duration,
        "--engine": engine,
        "--max-overhead": max_overhead,
        "--save": save,
        "--target-output": target_output,
    }
    interpreter = None if python is None else interpreter_path(python)
    asked = Asked(engine=engine, fail_on=fail_on, max_overhead=max_overhead, python=interpreter, stall_ms=stall_ms)
    request = Request(
        source=source,
        settings=settle(asked, read_configuration(working_folder())),
        given=frozenset(name for name, value in given.items() if value is not None),
        format=ReportFormat(format_),
        output=output,
        target_output=target_output,
        duration=duration,
        save=save,
        force=force,
        voice=Voice(quiet=quiet, verbose=verbose),
    )
    return carry_out(request, ctx.obj)


def list_demos() -> None:
    """Print the bundled demos with what each shows."""
    from conc_advisor.profiling.demo_catalogue import DEMOS  # noqa: PLC0415  # for --help, as above

    width = max(len(demo.name) for demo in DEMOS)
    for demo in DEMOS:
        typer.echo(f"{demo.name:{width}}  {demo.shows}")
