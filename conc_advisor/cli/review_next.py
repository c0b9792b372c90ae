"""What `review` says after its work: what was left out, and which command comes next."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from conc_advisor.cli.quoting import shell_command
from conc_advisor.cli.review_request import Action, Request
from conc_advisor.findings import Finding
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.rule import Rule


def next_command(outcome: Outcome, request: Request, rules: Iterable[Rule]) -> str:
    """Return the command that is most useful after a review.

    What can be mended safely is shown first; else the page of the worst finding, the surest of equals; and where nothing was found, which
    model the code's work needs.
    """
    paths = _paths(request)
    if not outcome.files and not outcome.findings:
        return "conc-advisor review --help"
    if request.action is not Action.FIX and any(finding.fix is not None and finding.fix.safe for finding in outcome.findings):
        return shell_command(["conc-advisor", "review", *_narrowed(request), "--diff", *paths])
    if outcome.findings:
        return _page_of(max(outcome.findings, key=_weight), rules)
    if request.scope.from_stdin:
        return "conc-advisor explain choosing"
    return shell_command(["conc-advisor", "choose", *(word for path in paths or ["."] for word in ("--scan", path))])


def _page_of(finding: Finding, rules: Iterable[Rule]) -> str:
    """Return the command that shows the page behind a finding: ours, also for what ruff found, or else ruff's."""
    known = {code.rpartition(" ")[2] for rule in rules for code in (rule.code, *rule.also)}
    return shell_command(
        ["conc-advisor", "review", "--explain", finding.rule] if finding.rule in known else [*_ruff(), "rule", finding.rule]
    )


def _ruff() -> list[str]:
    """Return how ruff is called: it is installed with us, but not always where a shell looks for commands."""
    return ["ruff"] if shutil.which("ruff") or not sys.executable else [sys.executable, "-m", "ruff"]


def after_diff(request: Request, *, anything: bool) -> str:
    """Return the command to run after a difference was shown: the one that makes it so."""
    paths = _paths(request)
    if request.scope.from_stdin or not anything:
        return shell_command(["conc-advisor", "review", *(_narrowed(request) if request.scope.from_stdin else []), *paths])
    unsafe = ["--unsafe-fixes"] if request.unsafe else []
    return shell_command(["conc-advisor", "review", *_narrowed(request), "--fix", *unsafe, *paths])


def after_baseline(request: Request, file: Path, *, configured: bool) -> str:
    """Return the command to run after a baseline was written; `configured`: it need not be named."""
    named = [] if configured else ["--baseline", str(file)]
    return shell_command(["conc-advisor", "review", *_narrowed(request), *named, *_paths(request)])


def _weight(finding: Finding) -> tuple[int, int]:
    return finding.severity.rank, ["low", "medium", "high"].index(finding.confidence)


def _paths(request: Request) -> list[str]:
    """Return the paths as they were typed, so that none of them is taken for an option."""
    return [f"./{path}" if path.startswith("-") and path != "-" else path for path in request.scope.paths]


def _narrowed(request: Request) -> list[str]:
    """Return the options that say what is looked for and where, as they were typed."""
    rules, scope = request.rules, request.scope
    given = (("--select", rules.select), ("--ignore", rules.ignore), ("--exclude", scope.exclude))
    words = [word for option, values in given for value in values or () for word in (option, value)]
    single = (
        *(("--python", rules.python), ("--min-confidence", rules.confidence), ("--base", scope.base)),
        *(("--baseline", request.baseline), ("--stdin-filename", scope.stdin)),
    )
    words += [word for option, value in single if value is not None for word in (option, value)]
    flags = {"--ignore-noqa": not rules.noqa, "--no-ruff": not rules.ruff, "--changed": scope.changed}
    return [*words, *(flag for flag, given_here in flags.items() if given_here)]
