"""Rewrites syntax that is newer than the running Python into what its parser knows, so that the same project reads the same everywhere.

Every line keeps its number, and what is code keeps its column but for a few cases that are named below.  What is written in the place of
newer syntax is close to it in meaning, not the same: type parameters are gone, `type X = Y` assigns at once, a template is the tuple of
its expressions where it cannot be an f-string.

- Python 3.12: type parameters of functions and classes, `type X = Y` (PEP 695), anything in the fields of f-strings (PEP 701)
- Python 3.13: defaults of type parameters (PEP 696)
- Python 3.14: t-strings (PEP 750), `except A, B:` (PEP 758)
"""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, takewhile
from typing import Final

from conc_advisor.scanning.newer_tokens import Kind, NotPythonError, Token, tokens_of

NEWEST: Final = 14
"""The minor version of the newest Python 3 whose syntax is known here."""

_TYPE_PARAMETERS: Final = 13
"""The first minor version that needs no rewriting for them, …"""
_FREE_TEMPLATES: Final = 12
"""… for f-strings with anything in their fields, …"""
_BARE_EXCEPT: Final = 14
"""… and for t-strings and lists of exceptions without brackets."""

_OPERATORS: Final = frozenset({"in", "is", "and", "or", "if", "not", "else", "for"})
"""Words that may stand behind a variable called `type`."""
_PREFIX: Final = re.compile("[a-zA-Z]*")


@dataclass(frozen=True, slots=True)
class _Edit:
    """Text that takes the place of what stands from one offset to another."""

    start: int
    end: int
    text: str


def rewritten(text: str, minor: int = sys.version_info[1]) -> str | None:
    """Return a module as Python 3.`minor` may know it; None where there is nothing to rewrite, or no sense in it."""
    try:
        tokens = tokens_of(text)
        edits = sorted(_edits(text, tokens, minor), key=lambda edit: (edit.start, edit.end))
    except (NotPythonError, RecursionError):
        return None
    if not edits:
        return None
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += text[at : edit.start], edit.text
        at = edit.end
    return "".join((*parts, text[at:]))


def _edits(text: str, tokens: Sequence[Token], minor: int) -> Iterator[_Edit]:
    if minor < _TYPE_PARAMETERS:
        yield from _type_parameters(text, tokens)
        yield from _type_statements(text, tokens)
    if minor < _BARE_EXCEPT:
        yield from _bare_excepts(text, tokens)
        yield from _templates(text, tokens, minor)


def _type_parameters(text: str, tokens: Sequence[Token]) -> Iterator[_Edit]:
    """Blank the brackets behind `def name` and `class name`."""
    for index, (word, name) in enumerate(pairwise(tokens)):
        if word.text in {"def", "class"} and name.kind is Kind.NAME and word.kind is Kind.NAME:
            end = _bracket_end(tokens, index + 2)
            if end:
                start = tokens[index + 2].start
                yield _Edit(start, end, _blank(text[start:end]))


def _bracket_end(tokens: Sequence[Token], index: int) -> int:
    """Return the offset behind the bracket that closes the `[` at an index; 0 where none stands there."""
    if index >= len(tokens) or tokens[index].text != "[":
        return 0
    depth = tokens[index].depth
    return next((each.end for each in tokens[index + 1 :] if each.text == "]" and each.depth == depth), 0)


def _blank(text: str, join: str = "\\") -> str:
    """Return blanks for a text, as many as it has bytes, so that the columns behind it stay.

    Outside of brackets its lines are joined by backslashes, inside of them they need no `join`.
    """
    *lines, last = (" " * len(line.encode()) for line in text.split("\n"))
    joined = [line[: len(line) - len(join)] + join for line in lines]
    return "\n".join((*joined, last))


def _type_statements(text: str, tokens: Sequence[Token]) -> Iterator[_Edit]:
    """Turn `type X[T] = Y` into `X = Y`; Y keeps its column.  Nothing else has two names side by side before an equals sign."""
    for index, (word, name) in enumerate(pairwise(tokens)):
        if word.text != "type" or name.kind is not Kind.NAME or name.text in _OPERATORS:
            continue
        end = _bracket_end(tokens, index + 2)
        behind = next((each for each in tokens[index + 2 :] if each.start >= end), None)
        if behind is not None and behind.text == "=":
            first, *rest = _blank(text[word.start : end or name.end]).split("\n")
            first = f"{name.text.ljust(len(first) - 1)}\\" if rest else name.text.ljust(len(first))
            yield _Edit(word.start, end or name.end, "\n".join((first, *rest)))


def _bare_excepts(text: str, tokens: Sequence[Token]) -> Iterator[_Edit]:
    """Put brackets around a list of exceptions; where no blank makes room for the second one, the rest of the line moves by one column."""
    for index, word in enumerate(tokens):
        if word.text != "except" or word.kind is not Kind.NAME:
            continue
        first = index + 2 if tokens[index + 1 : index + 2] and tokens[index + 1].text == "*" else index + 1
        listed = list(takewhile(lambda each: each.text != ":" or each.depth, tokens[first:]))
        commas = [place for place, each in enumerate(listed) if each.text == "," and not each.depth]
        if commas and not any(each.text == "as" for each in listed) and not _is_python_2(listed, commas):
            yield _bracket(text, listed[0].start - 1, listed[0].start, "(")
            yield _bracket(text, listed[-1].end, listed[-1].end, ")")


def _is_python_2(listed: Sequence[Token], commas: Sequence[int]) -> bool:
    """Tell whether `except Error, name:` binds a name as Python 2 did: classes begin with a capital, or stand behind a dot."""
    return len(commas) == 1 and len(listed) == commas[0] + 2 and listed[-1].text.islower()


def _bracket(text: str, blank: int, place: int, bracket: str) -> _Edit:
    """Return a bracket in the place of a blank if there is one, else between two characters."""
    return _Edit(blank, blank + 1, bracket) if text[blank : blank + 1] in {" ", "\t"} else _Edit(place, place, bracket)


def _templates(text: str, tokens: Sequence[Token], minor: int) -> Iterator[_Edit]:
    """Make f-strings of t-strings, and tuples of their expressions where even that is too new."""
    for literal, group in groupby(tokens, lambda each: each.kind in {Kind.STRING, Kind.TEMPLATE}):
        strings = list(group)
        if not literal:
            continue
        if minor < _FREE_TEMPLATES and any(each.kind is Kind.TEMPLATE and not _is_known(each) for each in strings):
            yield from _tuple(text, strings)
            inner = [field.tokens for each in strings for field in each.fields]
        else:
            yield from (edit for each in strings if each.kind is Kind.TEMPLATE for edit in _as_f_string(each))
            inner = [field.tokens for each in strings for field in each.fields] if minor >= _FREE_TEMPLATES else []
        for each in inner:
            yield from _templates(text, each, minor)


def _as_f_string(template: Token) -> Iterator[_Edit]:
    prefix = _PREFIX.match(template.text)
    if prefix and "t" in prefix[0].lower():
        yield _Edit(template.start, template.start + len(prefix[0]), prefix[0].lower().replace("t", "f"))


def _is_known(template: Token) -> bool:
    """Tell whether the running Python can read a template as an f-string."""
    text = _PREFIX.sub(lambda prefix: prefix[0].lower().replace("t", "f"), template.text, count=1)
    try:
        return isinstance(ast.parse(text, mode="eval").body, ast.JoinedStr)
    except SyntaxError:
        return False


def _tuple(text: str, strings: Sequence[Token]) -> Iterator[_Edit]:
    """Blank all text of some strings that stand side by side, so that their expressions are left, with commas, in brackets."""
    at, sign = strings[0].start, "("
    for field in (field for each in strings for field in each.fields):
        yield _Edit(at, field.opened + 1, _signed(sign, text[at : field.opened + 1]))
        at, sign = field.end, ","
    end = strings[-1].end
    yield _Edit(at, end, f"{_signed(sign, text[at : end - 1])})")


def _signed(sign: str, text: str) -> str:
    """Return blanks for a text inside of brackets, the first of them a sign."""
    return sign + _blank(text if text.startswith("\n") else text[1:], "")
