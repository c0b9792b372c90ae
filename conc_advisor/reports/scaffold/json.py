"""The JSON of `scaffold --list` and `--show`.

`templates-1.schema.json` beside this module describes it; it is made from the types in `document` by

    python -c "from conc_advisor.reports.scaffold import json; print(json.schema_text(), end='')"
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from conc_advisor import __version__
from conc_advisor.reports.sanitise import json_ascii
from conc_advisor.reports.scaffold import document
from conc_advisor.scaffolding.catalogue import Template
from conc_advisor.scaffolding.fitting import written

SCHEMA_FILE: Final = "templates-1.schema.json"


def render(templates: Iterable[Template], *, with_text: bool) -> str:
    """Return the document, indented, in plain ASCII."""
    listed = document.TemplateList(tool_version=__version__, templates=[_template(each, with_text=with_text) for each in templates])
    return json_ascii(msgspec.json.format(msgspec.json.encode(listed), indent=1).decode("utf-8")) + "\n"


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) of the document as text."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{document.SCHEMA_ID.replace('/', ':')}",
        "title": document.SCHEMA_ID,
        "description": "What `conc-advisor scaffold --list --format json` writes. Keys may be added.",
        **msgspec.json.schema(document.TemplateList),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=1).decode("utf-8") + "\n"


def _template(template: Template, *, with_text: bool) -> document.Template:
    return document.Template(
        name=template.name,
        kind=template.kind.value,
        models=[model.value for model in template.models],
        summary=template.summary,
        use=template.use,
        avoid=template.avoid,
        python=written(template.python),
        packages=list(template.packages),
        test_packages=list(template.test_packages),
        names=dict(template.names),
        related=list(template.related),
        files=[
            document.File(name=file, role="test" if file in template.tests else "code", text=template.source(file) if with_text else None)
            for file in template.files
        ],
    )
