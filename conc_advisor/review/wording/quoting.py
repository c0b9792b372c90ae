"""Shows calls in advice: whole, or by their function alone, never cut inside of code that is to be copied out."""

import ast
from typing import Final

from conc_advisor.review.context import FileContext

_MOST: Final = 90
"""So many characters of code can be read inside of a sentence."""


def quoted(context: FileContext, call: ast.Call) -> str:
    """Return the source of a call, its arguments as `…` where it is long."""
    text = context.text(call, most=_MOST)
    return f"{context.text(call.func)}(…)" if text.endswith("…") else text
