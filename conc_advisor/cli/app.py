"""The program `conc-advisor`: its commands, and the one place where every failure ends."""

import contextlib
import errno
import io
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from conc_advisor import __version__
from conc_advisor.cli import calibrate, choose, explain, review, scaffold
from conc_advisor.cli.choose_options import ChooseCommand
from conc_advisor.cli.command_line import TargetCommand
from conc_advisor.cli.console import say_error
from conc_advisor.cli.light_options import LightGroup
from conc_advisor.cli.profile import HELP, profile
from conc_advisor.cli.review_options import ReviewCommand
from conc_advisor.errors import ConcAdvisorError, ExitCode

if TYPE_CHECKING:
    from conc_advisor.cli.choose_run import FindAsker
    from conc_advisor.cli.profile_run import Outside
    from conc_advisor.cli.scaffold_run import FindMenu

PROGRAM = "conc-advisor"
_DISK_FULL = frozenset({errno.ENOSPC, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})
"""What may happen to standard output while typer writes a help page there; our own reports say so themselves."""

# No markup and no tracebacks by rich: it takes longer to load than all the rest of --help.
app = typer.Typer(name=PROGRAM, cls=LightGroup, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command(
    "profile",
    cls=TargetCommand,
    help=HELP,
    short_help="Run a program and show where its time went, thread by thread.",
    context_settings={"allow_interspersed_args": False, "help_option_names": ["-h", "--help"]},
)(profile)
app.command(
    "calibrate",
    help=calibrate.HELP,
    short_help="Measure what threads, tasks and processes cost here.",
    context_settings={"help_option_names": ["-h", "--help"]},
)(calibrate.calibrate)
app.command(
    "explain",
    help=explain.HELP,
    short_help="Explain a model, a concept, a verdict, a pitfall, a rule or a library.",
    context_settings={"help_option_names": ["-h", "--help"]},
)(explain.explain)
app.command(
    "choose",
    cls=ChooseCommand,
    help=choose.HELP,
    short_help="Find the concurrency model for a piece of work, with the reasons.",
    context_settings={"help_option_names": ["-h", "--help"]},
)(choose.choose)
app.command(
    "scaffold",
    help=scaffold.HELP,
    short_help="Add a tested piece of concurrent code to your project.",
    context_settings={"help_option_names": ["-h", "--help"]},
)(scaffold.scaffold)
app.command(
    "review",
    cls=ReviewCommand,
    help=review.HELP,
    short_help="Read source and report concurrency pitfalls, with what to write instead.",
    context_settings={"help_option_names": ["-h", "--help"]},
)(review.review)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  # typer calls it with the value alone
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Find out which concurrency model a Python program needs, from evidence.

\b
Examples:
  conc-advisor profile app.py                    where does its time go?
  conc-advisor profile --demo gil-bound-threads  a bundled example
  conc-advisor profile --help                    all that profile can do
  conc-advisor review src                        which pitfalls are in it?
  conc-advisor choose                            which concurrency model fits?
  conc-advisor scaffold                          the code for it, tested
  conc-advisor explain deadlines                 the page on a topic
""",
)
def _root(
    ctx: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001  # its callback does all
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code; end by the target's signal where that is how the target ended."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name that is not valid text must not stop a report.
            stream.reconfigure(errors="backslashreplace")
    status = run(sys.argv[1:] if argv is None else argv)
    if status >= 0:
        return status
    from conc_advisor.cli.endings import end_by_signal  # noqa: PLC0415  # seldom needed

    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    return end_by_signal(-status)


def run(argv: Sequence[str], outside: "Outside | FindAsker | FindMenu | None" = None) -> int:
    """Run the command line and return its exit code, or minus the number of the signal to end by; raises nothing."""
    try:
        return _invoke(argv, outside)
    except ConcAdvisorError as error:
        say_error(error.message, error.hint)
        return error.exit_code
    except typer.TyperException as error:
        say_error(*_usage_words(error, argv))
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001  # the boundary: whatever else it is, it is a bug of ours
        return _crash(error, argv)


def _invoke(argv: Sequence[str], outside: "Outside | FindAsker | FindMenu | None") -> int:
    try:
        status = get_command(app).main(args=list(argv), prog_name=PROGRAM, standalone_mode=False, obj=outside)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            # The reader of --help has left: typer makes an error of it.
            return ExitCode.DONE
        # Shell completion ends this way.
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return status if isinstance(status, int) else ExitCode.DONE


def _usage_words(error: typer.TyperException, argv: Sequence[str]) -> tuple[str, str]:
    """Return message and hint for a command line that typer refused."""
    context = getattr(error, "ctx", None)
    # An option without its value is found before typer knows of a context.
    commands = {command.name for command in app.registered_commands}
    path = f"{PROGRAM} {argv[0]}" if argv and argv[0] in commands else PROGRAM
    hint = f"see {getattr(context, 'command_path', None) or path} --help"
    possible = getattr(error, "possibilities", None)
    if possible:
        return _as_sentence(error.message), f"did you mean {' or '.join(sorted(possible))}?"
    message, guess, near = error.format_message().partition(" Did you mean ")
    return _as_sentence(message), f"did you mean {near}" if guess else hint


def _as_sentence(message: str) -> str:
    """Return typer's message in the form of ours: one line, no capital, no full stop."""
    message = " ".join(message.replace("Value error, ", "").split()).removesuffix(".")
    return message[:1].lower() + message[1:]


def _crash(error: Exception, argv: Sequence[str]) -> int:
    if isinstance(error, OSError) and error.errno in _DISK_FULL and error.filename is None:
        say_error(f"cannot write to standard output: {error.strerror}", "make room, or send it somewhere else")
        return ExitCode.USAGE
    from conc_advisor.cli.crash_log import write_crash_log  # noqa: PLC0415  # seldom needed

    log = write_crash_log(error, argv)
    where = f"please report it with the log {log}" if log else f"please report it: {type(error).__name__}: {error}"
    say_error("conc-advisor crashed; this is a bug of ours, not of your program", where)
    return ExitCode.BUG
