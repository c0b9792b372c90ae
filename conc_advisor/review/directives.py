"""Reads the comments that silence findings.  What they silence is for `suppressions`.

| comment | silences |
|---|---|
| `# noqa` | everything in its statement |
| `# noqa: CA101, CA2, S113` | these codes, and the codes that begin with `CA2`, in its statement |
| `# conc-advisor: ignore-file` | everything in the file |
| `# conc-advisor: ignore-file: CA101` | these codes in the file |
| `# ruff: noqa: CA101`, `# flake8: noqa: CA101` | these codes in the file |

Capitals do not matter, codes are parted by commas or blanks, and text may follow.  `# ruff: noqa` and `# flake8: noqa` without codes are
for those tools alone.  `# noqa:` with something else than a code behind it is none, as for ruff; behind `ignore-file:` it is the reason.  A
comment for the whole file stands on a line of its own.
"""

import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_CODES: Final = r"[A-Z]+[0-9]+(?:[\s,]*[A-Z]+[0-9]+)*"
_IN_STATEMENT: Final = re.compile(rf"(?P<head>#\s*noqa)(?=[\s:#]|$)(?P<colon>\s*:\s*(?P<codes>{_CODES})?)?", re.IGNORECASE)
_IN_FILE: Final = re.compile(
    rf"(?P<head>#\s*(?:(?P<ours>conc-advisor)\s*:\s*ignore-file|(?:ruff|flake8)\s*:\s*noqa))(?=[\s:#]|$)"
    rf"(?P<colon>\s*:\s*(?P<codes>{_CODES})?)?",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"[A-Z]+[0-9]+", re.IGNORECASE)
_LAYOUT: Final = frozenset(
    {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER, tokenize.NEWLINE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One such comment, or that part of a comment.

    It stands in `line` (1-based) from `column` up to before `end_column` (1-based characters), and begins with `head` (`# noqa`).  `codes`
    are in capitals; none means every code.  `first` and `last` are the lines of the statement that it speaks for; `whole_file`: of all.
    """

    line: int
    column: int
    end_column: int
    head: str
    codes: tuple[str, ...]
    first: int
    last: int
    whole_file: bool = False

    def speaks_for(self, line: int, end_line: int) -> bool:
        """Tell whether it speaks for what begins and ends on these lines.

        It stands on the line where that begins, or in the same statement on its first line, on its last one, or where that ends.  (Of a
        compound statement only the header counts.)  ruff looks at the last line of a statement, flake8 at any of them.
        """
        if self.whole_file or line == self.line:
            return True
        return self.first <= line <= self.last and self.line in {self.first, self.last, end_line}


def mentioned(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines that may hold a directive; looks at the text only, and so is fast."""
    text = "\n".join(lines).lower()
    if "noqa" not in text and "ignore-file" not in text:
        return ()
    return tuple(line for line in lines if "noqa" in (low := line.lower()) or "ignore-file" in low)


def read_directives(lines: Sequence[str]) -> tuple[Directive, ...]:
    """Return the directives of a file, in their order.

    In a text that cannot be taken apart into tokens, each line from there on counts as a statement, and `#` always begins a comment.
    """
    comments, statements = _comments(lines)
    starts = [first for first, _ in statements]
    found: list[Directive] = []
    for line, offset, text in comments:
        index = bisect_right(starts, line) - 1
        inside = index >= 0 and line <= statements[index][1]
        first, last = statements[index] if inside else (line, line)
        found.extend(_directives(text, line=line, offset=offset, span=(first, last), alone=not lines[line - 1][:offset].strip()))
    return tuple(found)


def _directives(comment: str, *, line: int, offset: int, span: tuple[int, int], alone: bool) -> Iterator[Directive]:
    """Yield what one comment says; it begins `offset` characters behind the start of its line."""
    in_file = list(_IN_FILE.finditer(comment)) if alone else []
    for match in (*in_file, *_IN_STATEMENT.finditer(comment)):
        codes = tuple(code.upper() for code in _CODE.findall(match["codes"] or ""))
        whole_file = match.re is _IN_FILE
        if not codes and not (whole_file and match["ours"]) and (match["colon"] or whole_file):
            continue
        yield Directive(
            line=line,
            column=offset + match.start() + 1,
            end_column=offset + match.end() + 1,
            head=match["head"],
            codes=codes,
            first=span[0],
            last=span[1],
            whole_file=whole_file,
        )


def _comments(lines: Sequence[str]) -> tuple[list[tuple[int, int, str]], list[tuple[int, int]]]:
    """Return comments as (line, offset in it, text), and statements as (first line, last line)."""
    comments: list[tuple[int, int, str]] = []
    statements: list[tuple[int, int]] = []
    begun = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
            if token.type == tokenize.COMMENT:
                comments.append((token.start[0], token.start[1], token.string))
            elif token.type == tokenize.NEWLINE:
                statements.append((begun or token.start[0], token.start[0]))
                begun = 0
            elif token.type not in _LAYOUT and not begun:
                begun = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        behind = statements[-1][1] if statements else 0
        comments = [each for each in comments if each[0] <= behind]
        for number in range(behind + 1, len(lines) + 1):
            offset = lines[number - 1].find("#")
            if offset >= 0:
                comments.append((number, offset, lines[number - 1][offset:]))
    return comments, statements
