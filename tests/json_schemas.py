"""What tests ask of the JSON schemas that are shipped."""

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any


def shipped(package: str, file: str) -> dict[str, Any]:
    """Return a schema that lies beside a package's modules."""
    schema = json.loads((resources.files(package) / file).read_text(encoding="utf-8"))
    assert isinstance(schema, dict)
    return schema


def parts(schema: object) -> Iterator[dict[str, Any]]:
    """Yield every schema inside of a schema."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value)


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with no room for keys that it does not name: what is shipped has some, as a format may grow."""
    copy: dict[str, Any] = json.loads(json.dumps(schema))
    for part in parts(copy):
        if "properties" in part:
            part["additionalProperties"] = False
    return copy
