"""The options of `review`, as typer reads them, and the one among them whose value may be left out.

The choices are spelled out as literals, because the enums they stand for live in modules that `--help` must not wait for; a test keeps
them equal.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from conc_advisor.cli.light_options import LightCommand

if TYPE_CHECKING:
    from typer import Context

FormatName = Literal["full", "concise", "json", "sarif", "github", "markdown"]
FailOnName = Literal["error", "warning", "info", "never"]
ConfidenceName = Literal["low", "medium", "high"]
DEFAULT_BASELINE: Final = "conc-advisor-baseline.json"
"""Where `--write-baseline` keeps the findings when no file is named: beside the pyproject.toml, or in the working directory."""
CONFIGURED: Final = ""
"""What `--write-baseline` has for a value when no file is named."""
_BASELINE_ENDING: Final = ".json"


def complete_rule(incomplete: str) -> list[tuple[str, str]]:
    """Return the rules whose codes or names begin like this, with their summaries."""
    from conc_advisor.cli.rule_pages import rule_topics  # noqa: PLC0415  # only shells that complete need it

    found = [(name, topic.summary) for code, topic in rule_topics().items() for name in (code, topic.name)]
    return [(name, summary) for name, summary in found if name.lower().startswith(incomplete.lower())]


Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATHS", show_default=False, help="Files and folders; - is standard input. Default: this folder."),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="CODES",
        autocompletion=complete_rule,
        help="Look for these only: codes (CA101), beginnings (CA1), groups (blocking), pitfalls (P01), names of rules, ALL; with commas.",
    ),
]
Ignore = Annotated[list[str] | None, typer.Option("--ignore", metavar="CODES", autocompletion=complete_rule, help="Do not look for these.")]
MinConfidence = Annotated[ConfidenceName | None, typer.Option("--min-confidence", help="Leave out what is less sure; low by default.")]
FailOn = Annotated[
    FailOnName | None, typer.Option("--fail-on", help="Exit with 1 for findings of this severity or above; warning by default.")
]
Changed = Annotated[
    bool, typer.Option("--changed", help="Only findings in lines that git says are changed, and in untracked files; against HEAD.")
]
Base = Annotated[
    str | None, typer.Option("--base", metavar="REV", help="The same, against the commit where this branch left REV (main, for example).")
]
Fix = Annotated[bool, typer.Option("--fix", help="Mend what can be mended safely.")]
UnsafeFixes = Annotated[bool, typer.Option("--unsafe-fixes", help="With --fix or --diff: also rewrites that may change what happens.")]
Diff = Annotated[bool, typer.Option("--diff", help="Write what --fix would do as a difference for git apply, and do nothing.")]
WriteBaseline = Annotated[
    str | None,
    typer.Option(
        "--write-baseline",
        metavar="[FILE.json]",
        help=f"Keep today's findings for --baseline; in {DEFAULT_BASELINE} when no file is named.",
    ),
]
Baseline = Annotated[str | None, typer.Option("--baseline", metavar="FILE", help="Leave out the findings that --write-baseline kept.")]
IgnoreNoqa = Annotated[bool, typer.Option("--ignore-noqa", help="Show what # noqa comments silence, too.")]
Python = Annotated[
    str | None,
    typer.Option("--python", metavar="3.X", help="The oldest Python that must run the code. Default: the project's requires-python."),
]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="GLOB", help="Leave out files and folders that match; as often as you like.")
]
ForceExclude = Annotated[
    bool,
    typer.Option(
        "--force-exclude", help="Treat files that are named as those found in folders: excluded, or tests; for hooks and editors."
    ),
]
StdinFilename = Annotated[
    str | None, typer.Option("--stdin-filename", metavar="NAME", help="With - as the path: the name of what comes on standard input.")
]
NoRuff = Annotated[bool, typer.Option("--no-ruff", help="Leave out what ruff finds.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Read every file anew, and keep nothing.")]
Jobs = Annotated[str | None, typer.Option("--jobs", metavar="N", help="Processes that read. Default: one per core, for much source only.")]
Format = Annotated[FormatName, typer.Option("--format", help="What to write.")]
Statistics = Annotated[bool, typer.Option("--statistics", help="Write how often each rule was broken, and no single findings.")]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write the result; - is standard output.")]
Explain = Annotated[
    str | None,
    typer.Option("--explain", metavar="CODE", autocompletion=complete_rule, help="Show the page of a rule, by its code or name."),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Nothing on stderr but errors.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Longer lists: every file that was skipped.")]


class ReviewCommand(LightCommand):
    """A command whose `--write-baseline` may stand alone."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:  # type: ignore[override]  # typer hands every command its own Context
        """Parse the options after a lone `--write-baseline` has got its value."""
        return super().parse_args(ctx, with_baseline(args))


def with_baseline(args: Sequence[str]) -> list[str]:
    """Return `args` in which every `--write-baseline` has its value: the word after it where that ends as a file of JSON does."""
    words: list[str] = []
    for at, word in enumerate(args):
        if word == "--":
            return [*words, *args[at:]]
        words.append(word)
        following = args[at + 1] if at + 1 < len(args) else "-"
        if word == "--write-baseline" and (following.startswith("-") or not following.endswith(_BASELINE_ENDING)):
            # A path to review may come next.
            words.append(CONFIGURED)
    return words
