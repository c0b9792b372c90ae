"""The JSON of `review`.

`review-1.schema.json` beside this module describes it; it is made from the types in `document` by

    python -c "from conc_advisor.reports.review import json; print(json.schema_text(), end='')"
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from conc_advisor import __version__
from conc_advisor.findings import Finding, Fix, Location
from conc_advisor.reports.review import document
from conc_advisor.reports.review.numbering import numbered
from conc_advisor.reports.review.options import ReviewOptions
from conc_advisor.reports.review.tally import tally_of
from conc_advisor.reports.sanitise import encodable, json_ascii
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.rule import Rule
from conc_advisor.scanning.file_names import as_on_disk
from conc_advisor.scanning.inventory import Inventory, Place

SCHEMA_FILE: Final = "review-1.schema.json"


def render(outcome: Outcome, options: ReviewOptions) -> Iterator[str]:
    """Yield the document, indented, in plain ASCII."""
    encoded = msgspec.json.format(msgspec.json.encode(_document(outcome, options)), indent=1)
    yield json_ascii(encoded.decode("utf-8")) + "\n"


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) of the document as text."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{document.SCHEMA_ID.replace('/', ':')}",
        "title": document.SCHEMA_ID,
        "description": "What `conc-advisor review --format json` writes. Keys may be added.",
        **msgspec.json.schema(document.Review),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=1).decode("utf-8") + "\n"


def _document(outcome: Outcome, options: ReviewOptions) -> document.Review:
    rules, names, inventory = options.by_code(), numbered(outcome), outcome.inventory
    return document.Review(
        tool_version=__version__,
        python=_python(inventory, options),
        paths=_safe(options.paths),
        files=outcome.files,
        lines=outcome.lines,
        cached=outcome.cached,
        counts=_counts(outcome),
        findings=[_finding(finding, rules.get(finding.rule), name) for finding, name in names.findings],
        silenced=[
            document.Silenced(how=each.how.value, finding=_finding(each.finding, rules.get(each.finding.rule), name))
            for each, name in names.silenced
        ],
        skipped=[document.Skipped(file=_name(each.file), why=encodable(each.why)) for each in outcome.skipped],
        notes=_safe(outcome.notes),
        main_model=None if inventory is None else _main_model(inventory),
        models=[] if inventory is None else list(_models(inventory)),
        libraries=[] if inventory is None else list(_libraries(inventory)),
    )


def _python(inventory: Inventory | None, options: ReviewOptions) -> str | None:
    lowest = options.python
    if lowest is None and inventory is not None:
        lowest = inventory.metadata.lowest_python
    return None if lowest is None else f"3.{lowest}"


def _counts(outcome: Outcome) -> document.Counts:
    tally = tally_of(outcome)
    return document.Counts(
        findings=tally.total,
        severities=document.Severities(**{severity.value: number for severity, number in tally.by_severity.items()}),
        fixable=tally.fixable,
        fixable_unsafely=tally.unsafely,
        silenced=len(outcome.silenced),
        skipped=len(outcome.skipped),
    )


def _finding(finding: Finding, rule: Rule | None, name: str) -> document.Finding:
    place = _place(finding.location) if finding.location else None
    return document.Finding(
        code=encodable(finding.rule),
        name=rule.name if rule else None,
        group=rule.group.value if rule else None,
        pitfall=rule.pitfall or None if rule else None,
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        message=encodable(finding.message),
        advice=encodable(finding.advice),
        file=place.file if place else None,
        line=place.line if place else None,
        column=place.column if place else None,
        end_line=place.end_line if place else None,
        end_column=place.end_column if place else None,
        function=place.function if place else None,
        steps=[document.Step(text=encodable(step.text), location=_place(step.location)) for step in finding.steps],
        also=_safe(finding.also),
        template=rule.template if rule else None,
        fix=None if finding.fix is None else _fix(finding.fix),
        fingerprint=name,
    )


def _place(location: Location) -> document.Place:
    return document.Place(
        file=_name(location.file),
        line=location.line or None,
        column=location.column or None,
        end_line=location.end_line or None,
        end_column=location.end_column or None,
        function=encodable(location.function) or None,
    )


def _fix(fix: Fix) -> document.Fix:
    edits = [
        document.Edit(line=edit.line, column=edit.column, end_line=edit.end_line, end_column=edit.end_column, text=encodable(edit.text))
        for edit in fix.edits
    ]
    return document.Fix(title=encodable(fix.title), safe=fix.safe, edits=edits)


def _main_model(inventory: Inventory) -> document.MainModel:
    main = inventory.main
    return document.MainModel(kind=main.kind.value, confidence=main.confidence.value, because=main.because)


def _models(inventory: Inventory) -> Iterator[document.Model]:
    for use in inventory.models:
        yield document.Model(kind=use.kind.value, part=use.part.value, places=use.places, files=use.files, first=_sights(use.first))


def _libraries(inventory: Inventory) -> Iterator[document.Library]:
    for use in inventory.libraries:
        yield document.Library(
            name=use.library.name,
            part=use.part.value,
            api=use.library.api.value,
            role=use.library.role.value,
            async_twins=list(use.library.async_twin),
            files=use.files,
            first=_sights(use.first),
        )


def _sights(places: Iterable[Place]) -> list[document.Sight]:
    return [
        document.Sight(what=encodable(place.what), file=_name(place.location.file), line=place.location.line or None) for place in places
    ]


def _name(file: str) -> str:
    """Return a file's own name: what reads JSON is no terminal."""
    return encodable(as_on_disk(file))


def _safe(texts: Iterable[str]) -> list[str]:
    return [encodable(text) for text in texts]
