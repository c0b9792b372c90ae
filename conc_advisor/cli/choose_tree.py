"""`choose --tree`: all questions, and where the answers lead."""

from conc_advisor.cli.choose_run import Request
from conc_advisor.cli.outlet import outlet_for
from conc_advisor.decision.tree import decision_tree
from conc_advisor.errors import ExitCode, UsageError
from conc_advisor.reports.choice.tree_json import render_tree_json
from conc_advisor.reports.choice.tree_mermaid import render_tree_mermaid
from conc_advisor.reports.choice.tree_text import render_tree_text
from conc_advisor.reports.plain import Paper


def draw(request: Request) -> int:
    """Write the tree and return the exit code; raises `UsageError` for what means nothing beside `--tree`."""
    _check(request)
    outlet = outlet_for(request.output, force=request.force)
    look, everything = outlet.look, request.voice.verbose
    tree = decision_tree()
    match request.format:
        case "json":
            text = render_tree_json(tree)
        case "mermaid":
            text = render_tree_mermaid(tree, everything=everything)
        case _:
            text = render_tree_text(tree, Paper(width=look.width, color=look.color, unicode=look.unicode, verbose=everything))
    outlet.write([text])
    request.voice.say("next: conc-advisor choose")
    return ExitCode.DONE


def _check(request: Request) -> None:
    given = {
        "--answers": request.answers,
        "--set": request.pairs,
        "--from": request.recording,
        "--scan": request.scan,
        "--save": request.save,
    }
    wrong = next((name for name, value in given.items() if value is not None and value != ()), None)
    if wrong:
        raise UsageError(f"{wrong} means nothing beside --tree", hint="--tree draws every question; leave out one of the two")
    if request.format == "markdown":
        raise UsageError("--tree has no format markdown", hint="give --format text, mermaid or json; GitHub draws mermaid in Markdown")
