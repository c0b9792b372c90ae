"""`conc-advisor review`: reads the command line and hands a request on."""

from conc_advisor.cli import review_options as options
from conc_advisor.cli.console import Voice
from conc_advisor.cli.options import Force
from conc_advisor.errors import UsageError

HELP = """Read Python source and report concurrency pitfalls: why each is one, and what to write instead.

\b
Examples:
  conc-advisor review                      everything below this folder
  conc-advisor review src --fail-on error  one folder; exit 1 for errors only
  conc-advisor review --explain CA101      the page of a rule
  conc-advisor review --select blocking,P07
  conc-advisor review --base main          what this branch changed
  conc-advisor review --diff | git apply   mend what is safe to mend
  conc-advisor review --write-baseline     from now on only new findings
  conc-advisor review --format sarif -o review.sarif

What is read is never imported or run.  A comment "# noqa: CA101" on a line silences one finding there.
"""


def review(  # noqa: PLR0913  # the parameters are the options of the command
    paths: options.Paths = None,
    *,
    select: options.Select = None,
    ignore: options.Ignore = None,
    min_confidence: options.MinConfidence = None,
    fail_on: options.FailOn = None,
    changed: options.Changed = False,
    base: options.Base = None,
    fix: options.Fix = False,
    unsafe_fixes: options.UnsafeFixes = False,
    diff: options.Diff = False,
    write_baseline: options.WriteBaseline = None,
    baseline: options.Baseline = None,
    ignore_noqa: options.IgnoreNoqa = False,
    python: options.Python = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = False,
    stdin_filename: options.StdinFilename = None,
    no_ruff: options.NoRuff = False,
    no_cache: options.NoCache = False,
    jobs: options.Jobs = None,
    format_: options.Format = "full",
    statistics: options.Statistics = False,
    output: options.Output = None,
    force: Force = False,
    explain: options.Explain = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Return the exit code, or minus the number of the signal to end by."""
    if quiet and verbose:
        raise UsageError("-q and -v exclude each other", hint="give one of them")
    # Imported here: --help must not wait for any of it.
    from conc_advisor.cli.review_request import Action, Form, Request, Rules, Scope, action_of  # noqa: PLC0415
    from conc_advisor.cli.review_run import carry_out  # noqa: PLC0415

    request = Request(
        action=action_of({Action.FIX: fix, Action.DIFF: diff, Action.BASELINE: write_baseline is not None}),
        scope=Scope(
            paths=tuple(paths or ()), exclude=exclude or (), as_found=force_exclude, stdin=stdin_filename, changed=changed, base=base
        ),
        rules=Rules(select=select, ignore=ignore, confidence=min_confidence, noqa=not ignore_noqa, ruff=not no_ruff, python=python),
        form=Form(format=format_, statistics=statistics, output=output, force=force),
        fail_on=fail_on,
        unsafe=unsafe_fixes,
        baseline=baseline,
        write_baseline=write_baseline,
        cache=not no_cache,
        jobs=jobs,
        voice=Voice(quiet=quiet, verbose=verbose),
    )
    if explain is not None:
        from conc_advisor.cli.explain import show_rule  # noqa: PLC0415  # seldom asked for

        request.check_only_explains()
        return show_rule(explain, output=output, force=force, quiet=quiet)
    return carry_out(request)
