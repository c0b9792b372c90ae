"""Applies the fix of a finding to the text of its file."""

from textwrap import dedent

from conc_advisor.findings import Finding


def mended(source: str, finding: Finding) -> str:
    """Return the source with a finding's fix in it; fails for a finding without one."""
    assert finding.fix is not None, "no fix"
    lines = dedent(source).splitlines(keepends=True)
    for edit in sorted(finding.fix.edits, key=lambda each: (each.line, each.column), reverse=True):
        before, after = lines[edit.line - 1][: edit.column - 1], lines[edit.end_line - 1][edit.end_column - 1 :]
        lines[edit.line - 1 : edit.end_line] = [before + edit.text + after]
    return "".join(lines)
