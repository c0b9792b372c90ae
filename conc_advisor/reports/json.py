"""The JSON report: everything that the diagnosis says, for programs.

`profile-1.schema.json` beside this module describes it; it is made from the types in `document` by

    python -c "from conc_advisor.reports import json; print(json.schema_text(), end='')"
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from conc_advisor.reports import document
from conc_advisor.reports.profile_document import profile
from conc_advisor.reports.report import Report
from conc_advisor.reports.sanitise import encodable, json_ascii

SCHEMA_FILE: Final = "profile-1.schema.json"


def render(report: Report) -> Iterator[str]:
    """Yield the document, indented, in plain ASCII."""
    plain = _encodable(msgspec.to_builtins(profile(report)))
    yield json_ascii(msgspec.json.format(msgspec.json.encode(plain), indent=1).decode("utf-8")) + "\n"


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) of the document as text."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{document.SCHEMA_ID.replace('/', ':')}",
        "title": document.SCHEMA_ID,
        "description": "What `conc-advisor profile --format json` writes. Times are seconds, shares are fractions. Keys may be added.",
        **msgspec.json.schema(document.Profile),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=1).decode("utf-8") + "\n"


def _encodable(value: object) -> object:
    """Return JSON's plain types with every string fit for UTF-8 (a file name may hold bytes that are not)."""
    match value:
        case str():
            return encodable(value)
        case list():
            return [_encodable(item) for item in value]
        case dict():
            return {key: _encodable(item) for key, item in value.items()}
        case _:
            return value
