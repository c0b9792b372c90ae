"""What the user asked `review` for, and which of the things that it can do that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conc_advisor.cli.console import Voice
from conc_advisor.errors import UsageError

STDIN: Final = "-"
"""The path that stands for standard input."""


_SUCH_AS: Final = {
    "a path": ". is the folder you are in",
    "--exclude": '"generated/*", for example',
    "--base": "main, for example",
}


class Action(StrEnum):
    """What is to be done; the values are the options."""

    REVIEW = ""
    FIX = "--fix"
    DIFF = "--diff"
    BASELINE = "--write-baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which source is meant, as typed.

    `as_found`: a file that is named is treated as one that was found.  `changed`: only what git says is; `base` the revision that this
    counts from.
    """

    paths: Sequence[str] = ()
    exclude: Sequence[str] = ()
    as_found: bool = False
    stdin: str | None = None
    changed: bool = False
    base: str | None = None

    @property
    def from_stdin(self) -> bool:
        """Whether the source comes on standard input."""
        return STDIN in self.paths

    @property
    def only_changed(self) -> bool:
        """Whether findings count in changed lines only."""
        return self.changed or self.base is not None

    def __post_init__(self) -> None:
        given = {"a path": self.paths, "--exclude": self.exclude, "--base": () if self.base is None else (self.base,)}
        if empty := [name for name, words in given.items() if not all(map(str.strip, words))]:
            raise UsageError(f"{empty[0]} is given nothing", hint=f"leave it out, or say which: {_SUCH_AS[empty[0]]}")
        if self.from_stdin and len(self.paths) > 1:
            raise UsageError("- stands for standard input and goes with no other path", hint="leave out the others, or the -")
        if self.stdin is not None and not self.from_stdin:
            raise UsageError("--stdin-filename is for source on standard input", hint="give - as the path, or leave it out")
        if self.from_stdin and self.only_changed:
            raise UsageError("git knows nothing of what comes on standard input", hint="leave out --changed and --base, or give files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is looked for, as typed; None where nothing is said.  `noqa` False: comments silence nothing."""

    select: Sequence[str] | None = None
    ignore: Sequence[str] | None = None
    confidence: str | None = None
    noqa: bool = True
    ruff: bool = True
    python: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the result is written, and where; `output` as typed."""

    format: str = "full"
    statistics: bool = False
    output: str | None = None
    force: bool = False

    def __post_init__(self) -> None:
        if self.output is not None and not self.output.strip():
            raise UsageError("-o is given nothing", hint="name the file to write, or leave it out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for.

    `unsafe`: rewrites count, too, that may change what happens.  `baseline` and `write_baseline` are files as typed, the latter "" where
    the usual one is meant and None where none is to be written.
    """

    action: Action = Action.REVIEW
    scope: Scope = field(default_factory=Scope)
    rules: Rules = field(default_factory=Rules)
    form: Form = field(default_factory=Form)
    fail_on: str | None = None
    unsafe: bool = False
    baseline: str | None = None
    write_baseline: str | None = None
    cache: bool = True
    jobs: str | None = None
    voice: Voice = field(default_factory=Voice)

    def __post_init__(self) -> None:
        action = self.action
        if self.unsafe and action not in {Action.FIX, Action.DIFF}:
            raise UsageError("--unsafe-fixes is for --fix and --diff", hint="add one of them: --diff shows what would be done")
        if self.scope.from_stdin and action in {Action.FIX, Action.BASELINE}:
            hint = "--diff writes what it would do" if action is Action.FIX else "give files or folders in place of -"
            raise UsageError(f"{action} writes files, and this is standard input", hint=hint)
        form = self.form
        if action in {Action.DIFF, Action.BASELINE} and (form.format != "full" or form.statistics or form.output is not None):
            raise UsageError(f"{action} has a form and a place of its own", hint="leave out --format, --statistics and -o")
        if form.statistics and form.format != "full":
            raise UsageError(f"--statistics has no form {form.format}", hint="leave out --format, or --statistics")
        if self.baseline is not None and action is Action.BASELINE:
            raise UsageError("--baseline and --write-baseline exclude each other", hint="name the file after --write-baseline")
        if self.scope.only_changed and action is Action.BASELINE:
            raise UsageError("a baseline holds all findings, changed or not", hint="leave out --changed and --base")

    def check_only_explains(self) -> None:
        """Raise `UsageError` where something is asked for beside the page of a rule."""
        alone = Request(form=Form(output=self.form.output, force=self.form.force), voice=self.voice)
        if self != alone:
            raise UsageError(
                "--explain shows the page of a rule, and reviews nothing",
                hint="leave out --explain, or all that says what to review and how: only -o, --force, -q and -v go with it",
            )


def action_of(chosen: Mapping[Action, bool]) -> Action:
    """Return the one action that was chosen; raises `UsageError` where there are several."""
    actions = [action for action, wanted in chosen.items() if wanted]
    if len(actions) > 1:
        raise UsageError(f"{actions[0]} and {actions[1]} exclude each other", hint="give one of them")
    return actions[0] if actions else Action.REVIEW
