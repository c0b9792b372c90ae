"""Takes source into tokens by the rules of Python 3.14, whatever Python runs this.

Only what rewriting needs: where names, strings, brackets and lines begin and end.  The insides of f-strings and t-strings are taken apart
as PEP 701 says: the expressions in them are code like any other, with quotes, comments and line breaks of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    """One without expressions in it."""
    TEMPLATE = "f-string or t-string"
    OPERATOR = "operator"
    NEWLINE = "end of a line"
    """One that is outside of all brackets."""


@dataclass(slots=True, kw_only=True)
class Token:
    """A piece of source, by its first offset and the one behind it.  `depth` counts the open brackets around it.

    `fields` are the replacement fields of a template, those in format specifications behind the one that they belong to.
    """

    kind: Kind
    start: int
    end: int
    text: str
    depth: int = 0
    fields: "list[Field]" = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Field:
    """A replacement field: the offsets of its braces, where its expression ends, and the tokens of that."""

    opened: int
    closed: int
    end: int
    tokens: list[Token]


class NotPythonError(Exception):
    """The text cannot be taken apart."""


_SKIPPED: Final = re.compile(r"(?:[ \t\f]|\\\n|#[^\n]*)+")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_NUMBER: Final = re.compile(r"(?:\d|\.\d)(?:[eE][+-]\d|[\w.])*")
_QUOTES: Final = re.compile(r"([a-zA-Z]{0,2})('''|\"\"\"|'|\")")
_PREFIXES: Final = frozenset({"", "r", "u", "b", "br", "rb", "f", "fr", "rf", "t", "tr", "rt"})
_OPERATOR: Final = re.compile(r"\*\*=?|//=?|>>=?|<<=?|!=|->|:=|\.\.\.|[-+*/%&|^@=<>]=|.", re.DOTALL)
_OPENING, _CLOSING = "([{", ")]}"
_LITERAL: Final = {
    quote: re.compile(rf"(?:[^\\{quote[0]}]|\\.|{quote[0]}(?!{quote[0]}{{2}}))*?(?={quote})", re.DOTALL) for quote in ("'''", '"""')
}
_SHORT_LITERAL: Final = {quote: re.compile(rf"(?:[^\\\n{quote}]|\\.)*", re.DOTALL) for quote in ("'", '"')}
_DEEPEST: Final = 50
"""Templates inside of templates: CPython takes 150, people two."""


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a module, comments and blanks left out; raises `NotPythonError`."""
    reader = _Reader(text)
    return list(reader.tokens(0))


class _Reader:
    """Reads tokens; `at` is the offset of the next one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def tokens(self, level: int, *, inside: bool = False) -> Iterator[Token]:
        """Yield tokens up to the end of the text, or `inside` a field up to its expression's end; `level` counts the templates around."""
        depth = 0
        while True:
            self._skip()
            if self.at >= len(self.text):
                return
            if inside and depth == 0 and self._ends_expression():
                return
            token = self._token(depth, level)
            if token.kind is Kind.OPERATOR and token.text in _CLOSING:
                depth -= 1
                if depth < 0:
                    raise NotPythonError("a bracket that was not opened")
                token.depth = depth
            if token.kind is not Kind.NEWLINE or (depth == 0 and not inside):
                yield token
            depth += token.kind is Kind.OPERATOR and token.text in _OPENING

    def _skip(self) -> None:
        found = _SKIPPED.match(self.text, self.at)
        if found:
            self.at = found.end()

    def _ends_expression(self) -> bool:
        char = self.text[self.at]
        return char in "}:" or (char == "!" and self.text[self.at + 1 : self.at + 2] != "=")

    def _token(self, depth: int, level: int) -> Token:
        start = self.at
        quotes = _QUOTES.match(self.text, start)
        if quotes and quotes[1].lower() in _PREFIXES:
            return self._string(quotes[1].lower(), quotes[2], depth, level)
        if self.text[start] == "\n":
            self.at += 1
            return self._made(Kind.NEWLINE, start, depth)
        for kind, pattern in ((Kind.NAME, _NAME), (Kind.NUMBER, _NUMBER)):
            found = pattern.match(self.text, start)
            if found:
                self.at = found.end()
                return self._made(kind, start, depth)
        found = _OPERATOR.match(self.text, start)
        self.at = found.end() if found else start + 1
        return self._made(Kind.OPERATOR, start, depth)

    def _made(self, kind: Kind, start: int, depth: int) -> Token:
        return Token(kind=kind, start=start, end=self.at, text=self.text[start : self.at], depth=depth)

    def _string(self, prefix: str, quote: str, depth: int, level: int) -> Token:
        start = self.at
        self.at += len(prefix) + len(quote)
        if "f" in prefix or "t" in prefix:
            if level == _DEEPEST:
                raise NotPythonError("templates are nested too deeply")
            fields = list(self._fields(quote, raw="r" in prefix, level=level))
            self.at += len(quote)
            token = self._made(Kind.TEMPLATE, start, depth)
            token.fields = fields
            return token
        self._plain(quote)
        return self._made(Kind.STRING, start, depth)

    def _plain(self, quote: str) -> None:
        """Go behind the end of a string without expressions."""
        pattern = _LITERAL.get(quote) or _SHORT_LITERAL[quote]
        found = pattern.match(self.text, self.at)
        end = found.end() if found else len(self.text)
        if not self.text.startswith(quote, end):
            raise NotPythonError("a string that does not end")
        self.at = end + len(quote)

    def _fields(self, quote: str, *, raw: bool, level: int) -> Iterator[Field]:
        """Yield the fields of a template, and stop before its end."""
        while not self.text.startswith(quote, self.at):
            char = self._char(quote)
            if char == "\\":
                self._escape(raw=raw)
            elif self.text.startswith(("{{", "}}"), self.at):
                self.at += 2
            elif char == "{":
                yield from self._field(quote, raw=raw, level=level)
            else:
                self.at += 1

    def _char(self, quote: str) -> str:
        """Return the next character of a template's text."""
        char = self.text[self.at : self.at + 1]
        if not char or (char == "\n" and len(quote) == 1):
            raise NotPythonError("a template that does not end")
        return char

    def _escape(self, *, raw: bool) -> None:
        follows = self.text[self.at + 1 : self.at + 2]
        if follows in {"{", "}"}:
            self.at += 1
        elif follows == "N" and not raw and self.text[self.at + 2 : self.at + 3] == "{":
            end = self.text.find("}", self.at)
            self.at = end + 1 if end > 0 else len(self.text)
        else:
            self.at += 2

    def _field(self, quote: str, *, raw: bool, level: int) -> Iterator[Field]:
        """Yield a field, and behind it those in its format specification."""
        opened = self.at
        self.at += 1
        tokens = list(self.tokens(level + 1, inside=True))
        end = tokens[-1].end if tokens else self.at
        if tokens and tokens[-1].text == "=" and tokens[-1].kind is Kind.OPERATOR:
            # `{value=}` shows the expression, too.
            end = tokens.pop().start
        if self.text.startswith("!", self.at):
            self.at += 1
            self._skip()
            name = _NAME.match(self.text, self.at)
            self.at = name.end() if name else self.at
            self._skip()
        nested: list[Field] = []
        if self.text.startswith(":", self.at):
            self.at += 1
            nested = list(self._specification(quote, raw=raw, level=level))
        if not self.text.startswith("}", self.at):
            raise NotPythonError("a field that does not end")
        yield Field(opened=opened, closed=self.at, end=end, tokens=tokens)
        self.at += 1
        yield from nested

    def _specification(self, quote: str, *, raw: bool, level: int) -> Iterator[Field]:
        """Yield the fields in a format specification, and stop at its end."""
        while (char := self._char(quote)) != "}":
            if self.text.startswith(quote, self.at):
                raise NotPythonError("a field that does not end")
            if char == "\\":
                self._escape(raw=raw)
            elif char == "{":
                yield from self._field(quote, raw=raw, level=level)
            else:
                self.at += 1
