"""What `profile` looks at: exactly one of a script, a module, a command line, a running process, a demo or a saved recording."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conc_advisor.cli.saved_recordings import newest_recording
from conc_advisor.errors import UsageError

if TYPE_CHECKING:
    from conc_advisor.profiling.target import Attach, Launch

LAST: Final = "last"
"""`--load last`: the newest saved recording."""
EXAMPLES: Final = "for example: conc-advisor profile app.py, or try: conc-advisor profile --demo gil-bound-threads"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """The words of the command line that say what to look at.

    `words` are what follows our own options, `separated` whether a `--` of ours stood before them.
    """

    words: tuple[str, ...] = ()
    separated: bool = False
    module: str | None = None
    pid: int | None = None
    demo: str | None = None
    load: str | None = None

    @property
    def is_command_line(self) -> bool:
        """Whether the words are a command of their own, which brings its own interpreter."""
        return self.separated and self.demo is None and self.module is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A recording made earlier."""

    path: Path


def check_one_source(options: SourceOptions) -> None:
    """Raise `UsageError` unless exactly one thing to look at is named."""
    named = {"-m": options.module, "--pid": options.pid, "--demo": options.demo, "--load": options.load}
    given = [name for name, value in named.items() if value is not None]
    if not given and not options.words:
        what = "there is no command after --" if options.separated else "there is nothing to profile"
        raise UsageError(what, hint=EXAMPLES)
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", hint="give one of them")
    if options.words and given and given[0] in {"--pid", "--load"}:
        raise UsageError(
            f"{given[0]} needs no program, and {options.words[0]!r} is one too many", hint=f"leave out {given[0]}, or the program"
        )


def choose_source(options: SourceOptions, *, python: Path | None, stdout: Path | None) -> "Launch | Attach | Saved":
    """Return what to look at; raises `UsageError` or `TargetError`.

    `python` is the interpreter to run it with, `stdout` the file for the program's own output.
    """
    # Imported here: --help must not wait for it.
    from conc_advisor.profiling import target  # noqa: PLC0415

    if options.load is not None:
        return Saved(path=newest_recording() if options.load == LAST else Path(options.load))
    if options.pid is not None:
        return target.attach_target(options.pid)
    if options.module is not None:
        launch = target.module_target(options.module, options.words, python=python)
    elif options.demo is not None:
        launch = target.demo_target(options.demo, options.words, python=python)
    elif options.separated:
        launch = target.command_target(options.words)
    else:
        launch = target.script_target(options.words[0], options.words[1:], python=python)
    return replace(launch, stdout=stdout)


def program_name(options: SourceOptions) -> str:
    """Return a short name for the recording's file."""
    if options.pid is not None:
        return f"pid-{options.pid}"
    return options.demo or options.module or Path(options.words[0]).stem
