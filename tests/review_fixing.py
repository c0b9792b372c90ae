"""Applies the fix of a finding to source that a test holds as text."""

from textwrap import dedent

from conc_advisor.findings import Finding
from conc_advisor.review.fixes import apply


def mended(source: str, finding: Finding) -> str:
    """Return the source with a finding's fix in it; fails for a finding without one, and for a fix that cannot be done."""
    assert finding.fix is not None, "no fix"
    fixed = apply(dedent(source).encode(), [finding], unsafe=True)
    assert fixed.left == ()
    return fixed.content.decode()
