"""The findings of a review as SARIF 2.1.0, for code scanning and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html; what GitHub reads of it stands in
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from conc_advisor import __version__
from conc_advisor.reports.review.numbering import numbered
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.sarif_places import BASE_ID, artifact
from conc_advisor.reports.review.sarif_results import Scope, literal, result
from conc_advisor.reports.review.sarif_rules import descriptors
from conc_advisor.reports.review.unread import nothing_read
from conc_advisor.reports.sanitise import json_ascii
from conc_advisor.review.outcome import Outcome, Silence

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_KINDS: Final[dict[Silence, str]] = {Silence.NOQA: "inSource", Silence.PER_FILE: "external", Silence.BASELINE: "external"}
_WHY: Final[dict[Silence, str]] = {
    Silence.NOQA: "a noqa comment",
    Silence.PER_FILE: "per-file-ignores in the configuration",
    Silence.BASELINE: "in the baseline",
}


def render(outcome: Outcome, options: ReviewOptions) -> Iterator[str]:
    """Yield the log, indented, in plain ASCII, with one run."""
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(outcome, options)]}
    encoded = msgspec.json.format(msgspec.json.encode(document), indent=1)
    yield json_ascii(encoded.decode("utf-8")) + "\n"


def _run(outcome: Outcome, options: ReviewOptions) -> dict[str, Any]:
    rules, names = options.by_code(), numbered(outcome)
    everything = [*outcome.findings, *(each.finding for each in outcome.silenced)]
    described = descriptors(everything, rules)
    scope = Scope(rules=rules, numbers={each["id"]: at for at, each in enumerate(described)}, base=options.base)
    # Either all results say whether they are suppressed, or none (3.27.23).
    clear: dict[str, Any] = {"suppressions": []} if names.silenced else {}
    shown = [{**result(finding, name, scope), **clear} for finding, name in names.findings]
    hidden = [
        {**result(each.finding, name, scope), "suppressions": [{"kind": _KINDS[each.how], "justification": _WHY[each.how]}]}
        for each, name in names.silenced
    ]
    return {
        "tool": {"driver": {"name": "conc-advisor", "version": __version__, "semanticVersion": __version__, "rules": described}},
        "invocations": [
            {"executionSuccessful": not nothing_read(outcome), "toolExecutionNotifications": list(_notifications(outcome, options.base))},
        ],
        # Without its address: the log is the same wherever the project lies, and names nobody's home.
        "originalUriBaseIds": {BASE_ID: {"description": {"text": "The folder in which conc-advisor was run."}}},
        "columnKind": "unicodeCodePoints",
        "results": [*shown, *hidden],
    }


def _notifications(outcome: Outcome, base: str) -> Iterator[dict[str, Any]]:
    """Yield what was not read and why, and the notes."""
    for each in outcome.skipped:
        yield {
            "level": "warning",
            "message": {"text": literal(f"{each.file} was not read: {each.why}")},
            "locations": [{"physicalLocation": {"artifactLocation": artifact(each.file, base)}}],
        }
    for note in dict.fromkeys(outcome.notes):
        yield {"level": "note", "message": {"text": literal(note)}}
