"""The options of `choose`, as typer reads them, and the one among them whose value may be left out.

The formats are spelled out as literals, because the enums they stand for live in modules that `--help` must not wait for; a test keeps
them equal.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from conc_advisor.cli.light_options import LightCommand

if TYPE_CHECKING:
    from typer import Context

FormatName = Literal["text", "json", "markdown", "mermaid"]
DEFAULT_SAVE: Final = "conc-advisor.toml"
"""Where `--save` keeps the answers when no file is named: in the working directory."""

AnswersFile = Annotated[
    list[str] | None,
    typer.Option("--answers", metavar="FILE", help="Answers as JSON or TOML, or a file that --save wrote; - is standard input."),
]
SetPairs = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One answer, as often as you like; stronger than --answers.")
]
FromRecording = Annotated[
    list[str] | None,
    typer.Option("--from", metavar="RECORDING", help="Let a recording of profile answer what it can; 'last' is the newest."),
]
ScanPaths = Annotated[
    list[str] | None,
    typer.Option("--scan", metavar="PATH", help="Let the code below PATH answer what it can; it is read, not run. As often as you like."),
]
NoInput = Annotated[bool, typer.Option("--no-input", help="Ask nothing, even at a terminal.")]
Format = Annotated[FormatName, typer.Option("--format", help="What to write; mermaid is for --tree.")]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write the result; - is standard output.")]
Save = Annotated[
    str | None,
    typer.Option(
        "--save",
        metavar="[FILE]",
        help=f"Keep the answers for --answers; in {DEFAULT_SAVE} when no file is named. Replaces what --save wrote before, unless edited.",
    ),
]
Tree = Annotated[bool, typer.Option("--tree", help="Draw all that may be asked, and where the answers lead.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Nothing on stderr but questions and errors.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Longer lists: every reason, control and pitfall.")]


class ChooseCommand(LightCommand):
    """A command whose `--save` may stand alone."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:  # type: ignore[override]  # typer hands every command its own Context
        """Parse the options after a lone `--save` has got its file."""
        return super().parse_args(ctx, with_file(args))


def with_file(args: Sequence[str]) -> list[str]:
    """Return `args` with the usual file after each `--save` that no file follows."""
    words: list[str] = []
    for at, word in enumerate(args):
        words.append(word)
        following = args[at + 1] if at + 1 < len(args) else "-"
        if word == "--save" and following.startswith("-"):
            words.append(DEFAULT_SAVE)
    return words
