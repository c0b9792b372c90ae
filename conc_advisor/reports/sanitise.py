"""Makes strings that the target chose (names of files, functions, threads) harmless where they are shown.

A thread may be called anything, an escape code that clears the terminal included.  Everything that a report shows goes through one of these
functions.  Markup is not their business: the renderers never read text as markup, and those that write a markup language escape for it.
"""

import html
import re
from typing import Final

_ASCII_TWINS: Final = str.maketrans(
    {
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{MIDDLE DOT}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{GREATER-THAN OR EQUAL TO}": ">=",
        "\N{LESS-THAN OR EQUAL TO}": "<=",
        "\N{MICRO SIGN}": "u",
        "\N{GREEK SMALL LETTER MU}": "u",
    }
)
_NOT_PLAIN = re.compile(r"[^\x20-\x7e\n]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@])")


def visible(text: str) -> str:
    r"""Return `text` on one line with every unprintable character spelled out (`\x1b`, `\u202e`, `\n`).

    Unprintable are control and format characters (the ones that reverse text too), odd spaces, and the halves of characters that Python
    puts in place of undecodable bytes of a file name.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _spelled(char) for char in text)


def plain_ascii(text: str) -> str:
    """Return `visible(text)` in ASCII: a twin for common punctuation, a backslash escape for the rest."""
    return visible(text.translate(_ASCII_TWINS)).encode("ascii", "backslashreplace").decode("ascii")


def encodable(text: str) -> str:
    r"""Return `text` with lone surrogates spelled out (`\udc80`): what is left can be written as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def json_ascii(json_text: str) -> str:
    r"""Return JSON in which all but plain ASCII is written as `\uXXXX`: the same document, safe on any terminal and in any encoding.

    Outside of strings JSON is ASCII, so whatever else is found stands in a string, where the escape means the same.
    """
    return _NOT_PLAIN.sub(_json_escape, json_text)


def markdown(text: str) -> str:
    """Return `visible(text)` so that neither Markdown nor HTML reads anything into it."""
    return _MARKDOWN.sub(r"\\\1", html.escape(visible(text), quote=False))


def markdown_code(text: str) -> str:
    """Return `visible(text)` as inline code that nothing in it can end; HTML's own element, which needs no fence of backticks."""
    return f"<code>{_MARKDOWN.sub(_html_entity, html.escape(visible(text)))}</code>"


def folded_frame(text: str) -> str:
    """Return `visible(text)` as a frame of a folded stack, where `;` ends a frame and a newline a stack."""
    return visible(text).replace(";", ":")


def _spelled(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _html_entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
