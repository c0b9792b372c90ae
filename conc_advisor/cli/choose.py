"""`conc-advisor choose`: reads the command line and hands a request on."""

import contextlib
import gc
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from conc_advisor.cli import choose_options as options
from conc_advisor.cli.console import Voice
from conc_advisor.cli.options import Force
from conc_advisor.errors import UsageError

HELP = """Find the concurrency model for a piece of work, with the reasons.

\b
Examples:
  conc-advisor choose                           a few questions
  conc-advisor choose --from last               ask what the profile left open
  conc-advisor choose --scan .                  ask what the code left open
  conc-advisor choose --set bottleneck=io --set fan_out=500
  conc-advisor choose --answers work.toml --format json
  conc-advisor choose --tree                    every question and its end

Questions are asked only at a terminal, and only those whose answers can still change the result.  Elsewhere, or with --no-input, what
--answers, --set, --from and --scan say is enough: the rest counts as unknown, and the result lists what would change it.  With nothing
said at all it ends with exit code 4 and lists the answers to give.
"""


def choose(  # noqa: PLR0913  # the parameters are the options of the command
    ctx: typer.Context,
    *,
    answers: options.AnswersFile = None,
    pairs: options.SetPairs = None,
    recording: options.FromRecording = None,
    scan: options.ScanPaths = None,
    no_input: options.NoInput = False,
    format_: options.Format = "text",
    output: options.Output = None,
    save: options.Save = None,
    force: Force = False,
    tree: options.Tree = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Return the exit code."""
    if quiet and verbose:
        raise UsageError("-q and -v exclude each other", hint="give one of them")
    with _uncollected(for_good=ctx.obj is None):
        # Imported here: --help must not wait for any of it.
        from conc_advisor.cli.choose_run import Request, carry_out  # noqa: PLC0415

    request = Request(
        answers=_only(answers, "--answers"),
        pairs=tuple(pairs or ()),
        recording=_only(recording, "--from"),
        scan=tuple(Path(_said(each, "--scan")) for each in scan or ()),
        format=format_,
        output=output if output is None else _said(output, "-o"),
        save=save if save is None else _said(save, "--save"),
        force=force,
        no_input=no_input,
        voice=Voice(quiet=quiet, verbose=verbose),
        commands=_commands(ctx),
    )
    if tree:
        from conc_advisor.cli.choose_tree import draw  # noqa: PLC0415  # seldom asked for

        return draw(request)
    return carry_out(request, ctx.obj)


def _only(values: Sequence[str] | None, option: str) -> str | None:
    """Return the value of an option that is given once or never; raises `UsageError`."""
    if not values:
        return None
    if len(values) > 1:
        raise UsageError(f"{option} is given {len(values)} times", hint="give it once; single answers can be added with --set")
    return _said(values[0], option)


def _said(value: str, option: str) -> str:
    if not value:
        raise UsageError(f"{option} is given nothing", hint=f"name a file after {option}, or leave it out")
    return value


@contextlib.contextmanager
def _uncollected(*, for_good: bool) -> Iterator[None]:
    """Keep the garbage collector from looking at what is imported, and, where the process is ours, from ever doing so.

    It stays to the end, and looking at it again and again takes 15 of 125 ms (Python 3.11, most of it when the process ends).
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if for_good:
            gc.freeze()
        if was_on:
            gc.enable()


def _commands(ctx: typer.Context) -> frozenset[str]:
    """Return the names of all our commands: advice may name only those that exist."""
    group = ctx.parent.command if ctx.parent else None
    return frozenset(getattr(group, "commands", ()))
