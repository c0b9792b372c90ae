"""# CA001 useless-suppression

A comment silences rules that have nothing to say there.

## What it does

Reports a comment that names rules of conc-advisor (`# noqa: CA101`, `# ruff: noqa: CA101`, `# conc-advisor: ignore-file: CA101`) where
none of these rules has anything to say, and codes in such a comment that no rule has.  In `# conc-advisor: ignore-file:`, which no other
tool reads, any word is reported that `--select` would not take either: such a comment silences nothing.

Only what was looked for counts: a rule that is not selected makes no comment useless.  A bare `# noqa` and the codes of other tools are
left alone.

## Why is this bad

The comment says that somebody has looked at this code and found it right.  When the code has changed since, the comment hides the next
mistake of that kind that is made there, and nobody is asked.

## Example

```python
async def poll(client: Client) -> None:
    await asyncio.sleep(1)  # noqa: CA101
```

## Use instead

```python
async def poll(client: Client) -> None:
    await asyncio.sleep(1)
```

`conc-advisor review --fix` takes the comment, or the code in it, out; an `ignore-file` with a word that means nothing it leaves.  To keep
a comment that is needed under some version of Python only, add this rule's own code to it: `# noqa: CA101, CA001`.

## References

- [Error suppression in ruff](https://docs.astral.sh/ruff/linter/#error-suppression), whose form of comment this is

## Related

ruff `RUF100` does the same for ruff's own rules; with `lint.external = ["CA"]` it leaves ours alone.
"""

from collections.abc import Iterator

from conc_advisor.findings import Finding, Severity
from conc_advisor.review.context import FileContext
from conc_advisor.review.rule import Rule


def check(context: FileContext) -> Iterator[Finding]:  # noqa: ARG001  # every check is called with it
    """Yield nothing: which comments are useless is known only when all rules have spoken, and then `suppressions` says so."""
    yield from ()


RULE = Rule(
    code="CA001",
    name="useless-suppression",
    pitfall="",
    topic="",
    summary="A comment silences a rule that has nothing to say there.",
    severity=Severity.WARNING,
    check=check,
    also=("RUF100",),
    in_tests=True,
)
