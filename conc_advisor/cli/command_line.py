"""Where our options end and the target's command line begins.

`profile app.py -o x`, `profile -m tool -o x` and `profile -- any -o x` all leave `-o x` to the target.  The parser below stops at the first
word that is no option, so two cases are left to us: the word after `-m`, and remembering that the user wrote `--` first.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from typer.core import TyperCommand, TyperOption

if TYPE_CHECKING:
    from typer import Context
    from typer._click.shell_completion import CompletionItem

SEPARATED: Final = "conc_advisor.separated"
"""Key in `Context.meta`: True when the target's command line came after a `--` of ours."""


class TargetCommand(TyperCommand):
    """A command whose last words are another program's command line."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:  # type: ignore[override]  # typer hands every command its own Context
        """Parse our options and leave everything from the target's first word on alone."""
        valued = {name for param in self.params if isinstance(param, TyperOption) and not param.is_flag for name in param.opts}
        words, separated = split_target(args, valued, ending={"-m", "--module"})
        ctx.meta[SEPARATED] = separated
        return super().parse_args(ctx, words)

    def shell_complete(self, ctx: "Context", incomplete: str) -> "list[CompletionItem]":  # type: ignore[override]  # as above
        """Return what the shell may complete: none of our options once the target's own words have begun."""
        if ctx.params.get("words") or ctx.params.get("module"):
            return []
        return super().shell_complete(ctx, incomplete)

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:  # type: ignore[override]  # noqa: ARG002  # as above
        """Return the words of the usage line."""
        return ["[OPTIONS]", "SCRIPT [ARGS]... | -m MODULE [ARGS]... | -- COMMAND..."]


def split_target(args: Sequence[str], valued: Iterable[str], *, ending: Iterable[str]) -> tuple[list[str], bool]:
    """Return `args` with a `--` after the value of an `ending` option, and whether the user's own `--` came before any other target word.

    `valued` are the names of options that take a value, `ending` those of them after whose value nothing is ours.
    """
    valued, ending = frozenset(valued), frozenset(ending)
    at = 0
    while at < len(args):
        word = args[at]
        if word == "--":
            return list(args), True
        if not word.startswith("-") or word == "-":
            break
        option, attached = _valued_option(word, valued)
        at += 1 if option is None or attached else 2
        if option in ending:
            return [*args[:at], "--", *args[at:]], False
    return list(args), False


def _valued_option(word: str, valued: frozenset[str]) -> tuple[str | None, bool]:
    """Return the option of `word` that takes a value, None if it has none, and whether the value stands in the same word."""
    if word.startswith("--"):
        name, equals, _ = word.partition("=")
        return (name if name in valued else None), bool(equals)
    for place, letter in enumerate(word[1:], start=2):
        if f"-{letter}" in valued:
            return f"-{letter}", place < len(word)
    return None, False
