"""Finds pools that functions which make applications hand on to them, and that nothing ends with them."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from conc_advisor.review.context import FileContext
from conc_advisor.review.observations.lifetimes.makings import Making
from conc_advisor.review.wording.remark import Remark

_FACTORIES: Final = re.compile(r"^_?(?:make|create|build|get|new)_\w*(?:app|application|server|api)$|^(?:app|application)_factory$")
_ENDINGS: Final = frozenset(
    {"on_cleanup", "on_shutdown", "cleanup_ctx", "lifespan", "add_event_handler", "atexit", "teardown_appcontext", "shutdown"}
)


def of_factory(context: FileContext, making: Making) -> Iterator[Remark]:
    """Yield a pool that a function which makes applications hands on, where nothing in the file says that it is ended."""
    scope = making.scope
    summary = context.summary(scope) if _FACTORIES.search(scope.name) else None
    if summary is None or any("cache" in each for each in summary.decorators) or not _words(context).isdisjoint(_ENDINGS):
        return
    yield Remark(
        node=making.call,
        message=f"each call of `{scope.name}` makes a `{making.path.rpartition('.')[2]}` of its own, and nothing shuts it down",
        advice="make one pool for all applications, and shut it down where they end: in `lifespan`, `on_cleanup` or by `atexit`",
    )


def _words(context: FileContext) -> set[str]:
    """Return the names that a file uses: of variables, attributes and keyword arguments."""
    found: set[str] = set()
    for node in context.symbols.parents:
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.keyword(arg=str(name)):
                found.add(name)
    return found
