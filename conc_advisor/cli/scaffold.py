"""`conc-advisor scaffold`: reads the command line and hands a request on."""

import typer

from conc_advisor.cli import scaffold_options as options
from conc_advisor.cli.console import Voice

HELP = """Add a tested piece of concurrent code to your project, as source that is yours.

\b
Examples:
  conc-advisor scaffold                        pick one from the list
  conc-advisor scaffold --list                 all there are
  conc-advisor scaffold async-fan-out --show   what it is, and its code
  conc-advisor scaffold async-fan-out          add it, and its test
  conc-advisor scaffold async-fan-out --name map_bounded=download_all
  conc-advisor scaffold async-fan-out --diff | git apply
  conc-advisor scaffold --check                what have you changed since?

Code goes into the project's package, tests into its tests.  All files are written or none; a file that exists and differs is asked about
at a terminal, and ends with exit code 4 elsewhere.  What comes from a template has no dependency on conc-advisor.
"""


def scaffold(  # noqa: PLR0913  # the parameters are the options of the command
    ctx: typer.Context,
    name: options.TemplateName = None,
    *,
    list_: options.List = False,
    show: options.Show = False,
    format_: options.Format = "text",
    project: options.Project = None,
    folder: options.Folder = None,
    names: options.Names = None,
    no_test: options.NoTest = False,
    dry_run: options.DryRun = False,
    diff: options.Diff = False,
    check: options.Check = False,
    force: options.Force = False,
    skip_existing: options.SkipExisting = False,
    quiet: options.Quiet = False,
) -> int:
    """Return the exit code."""
    # Imported here: --help must not wait for any of it.
    from conc_advisor.cli.scaffold_request import Action, Request, action_of  # noqa: PLC0415
    from conc_advisor.cli.scaffold_run import carry_out  # noqa: PLC0415

    chosen = {Action.LIST: list_, Action.SHOW: show, Action.DRY_RUN: dry_run, Action.DIFF: diff, Action.CHECK: check}
    request = Request(
        name=name,
        action=action_of(chosen, name=name),
        format=format_,
        project=project,
        folder=folder,
        names=tuple(names or ()),
        with_tests=not no_test,
        force=force,
        skip_existing=skip_existing,
        voice=Voice(quiet=quiet),
    )
    return carry_out(request, ctx.obj)
