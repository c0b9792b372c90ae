"""The links between pages, for places where a link cannot be followed: a terminal, a pipe, a file anywhere."""

import re
from typing import Final

_LINK: Final = re.compile(r"\[([^\]]+)\]\((?!https:)(?:[\w.-]+/)*([\w-]+)\.md\)")
_SEE_ALSO: Final = "## See also"


def see_also(text: str) -> tuple[str, ...]:
    """Return the topics of the page's last section, in its order."""
    return tuple(match[2] for match in _LINK.finditer(text.rpartition(_SEE_ALSO)[2]))


def with_commands(text: str) -> str:
    """Return the page with each link of its last section as the command that shows the other page, and the others as their words."""
    body, heading, last = text.rpartition(_SEE_ALSO)
    return _LINK.sub(r"\1", body) + heading + _LINK.sub(r"`conc-advisor explain \2`", last)
