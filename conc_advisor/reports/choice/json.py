"""The JSON of a consultation: everything, for programs.  `choice-1.schema.json` beside this module describes it.

The parts of a recommendation stand under the names of their fields in `conc_advisor.decision.recommendation`, which are therefore as
stable as the schema: it only grows.
"""

import json
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Final

from conc_advisor import __version__
from conc_advisor.decision.recommendation import Consultation
from conc_advisor.reports.sanitise import encodable, json_ascii
from conc_advisor.workload import Evidence, PythonVersion

SCHEMA_ID: Final = "conc-advisor.choice/1"
SCHEMA_FILE: Final = "choice-1.schema.json"


def render_json(consultation: Consultation) -> str:
    """Return the document, indented, in plain ASCII."""
    document = {
        "schema": SCHEMA_ID,
        "tool_version": __version__,
        "recommendation": plain(consultation.recommendation),
        "answers": {factor.value: _answer(evidence) for factor, evidence in consultation.evidence.items()},
        "contradictions": [
            {"factor": each.kept.factor.value, "kept": _answer(each.kept), "against": _answer(each.against)}
            for each in consultation.contradictions
        ],
        "notes": plain(consultation.notes),
        "again": plain(consultation.again),
        "next": plain(consultation.next_commands),
    }
    return json_text(document)


def json_text(document: object) -> str:
    """Return JSON's plain types as text that is safe on any terminal and in any encoding, with a newline at its end."""
    return json_ascii(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def plain(value: object) -> object:
    """Return a value of ours as JSON's plain types: a dataclass by its fields, an enum and a Python version as they are typed."""
    match value:
        case PythonVersion() | StrEnum():
            return str(value)
        case str():
            return encodable(value)
        case tuple():
            return [plain(item) for item in value]
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def _answer(evidence: Evidence) -> dict[str, object]:
    """Return an answer without its factor, under which it stands."""
    return {name: plain(getattr(evidence, name)) for name in ("value", "origin", "confidence", "detail")}
