"""The annotations that several types of the JSON report share."""

from typing import Annotated

import msgspec


def about(description: str) -> msgspec.Meta:
    """Return the description of a key, as it stands in the JSON Schema."""
    return msgspec.Meta(description=description)


Seconds = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0)]
Id = Annotated[str, msgspec.Meta(min_length=1)]
File = Annotated[str | None, about("Path of the source file; null where the place is not known.")]
Line = Annotated[int | None, about("Line in the file, from 1; null where it is not known.")]
Function = Annotated[str | None, about("Name of the function; null where the place is not known.")]
Label = Annotated[str, about("The thread's `label`.")]
