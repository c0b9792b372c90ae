"""Reads the comments that silence findings.  What they silence is for `suppressions`.

| comment | silences |
|---|---|
| `# noqa` | everything in its statement |
| `# noqa: CA101, CA2, P01, S113` | these codes, the codes that begin with `CA2`, and those of a pitfall, in its statement |
| `# conc-advisor: ignore-file` | everything in the file |
| `# conc-advisor: ignore-file: CA101` | these codes in the file |
| `# ruff: noqa: CA101`, `# flake8: noqa: CA101` | these codes in the file |

Beside codes, all words of `--select` will do: pitfalls, groups, the names of rules, `ALL`.  Capitals do not matter, words are parted by
commas or blanks, and text may follow; a group or `ALL` behind `noqa` has to stand alone or before a comma, for both are English words too.
`# ruff: noqa` and `# flake8: noqa` without codes are for those tools alone.  `# noqa:` with something else behind it is none, as for ruff.
What stands behind `ignore-file` and is no such word silences nothing, and is kept to be told; a reason comes behind a dash or a bracket.  A
comment for the whole file stands on a line of its own.
"""

import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_IN_STATEMENT: Final = re.compile(r"(?P<head>#\s*noqa)(?=[\s:#]|$)(?P<colon>\s*:)?", re.IGNORECASE)
_IN_FILE: Final = re.compile(
    r"(?P<head>#\s*(?:(?P<ours>conc-advisor)\s*:\s*ignore-file|(?:ruff|flake8)\s*:\s*noqa))(?=[\s:#]|$)(?P<colon>\s*:)?", re.IGNORECASE
)
_CODE: Final = re.compile(r"[A-Z]+[0-9]+", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s,]*")
_ITEM: Final = re.compile(r"(?P<codes>(?:[A-Z]+[0-9]+)+)(?!\w)|(?P<broken>CA[0-9]\w*)|(?P<word>[^\W\d_][\w-]*)", re.IGNORECASE)
"""Codes, what only begins as one of ours does (`CA101x`), or another word."""
_ALONE: Final = re.compile(r"\s*(?:[,#]|$)")
_LAYOUT: Final = frozenset(
    {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER, tokenize.NEWLINE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One such comment, or that part of a comment.

    It stands in `line` (1-based) from `column` up to before `end_column` (1-based characters), and begins with `head` (`# noqa`).  `codes`
    are in capitals, other words of `--select` among them in small letters; none means every code, or with `dangling` no code: nothing that
    could be a word stands behind the colon.  `first` and `last` are the lines of the statement that it speaks for; `whole_file`: of all.
    """

    line: int
    column: int
    end_column: int
    head: str
    codes: tuple[str, ...]
    first: int
    last: int
    whole_file: bool = False
    dangling: bool = False

    @property
    def ours(self) -> bool:
        """Whether it is for no other tool."""
        return "ignore-file" in self.head.lower()

    def speaks_for(self, line: int, end_line: int) -> bool:
        """Tell whether it speaks for what begins and ends on these lines.

        It stands on one of these lines, or on the first or the last line of the same statement.  (Of a compound statement only the header
        counts.)  ruff looks at the last line of a statement, flake8 at any of them.
        """
        if self.whole_file or line == self.line:
            return True
        return self.first <= line <= self.last and (self.line in {self.first, self.last} or line <= self.line <= end_line)


def mentioned(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines that may hold a directive; looks at the text only, and so is fast."""
    text = "\n".join(lines).lower()
    if "noqa" not in text and "ignore-file" not in text:
        return ()
    return tuple(line for line in lines if "noqa" in (low := line.lower()) or "ignore-file" in low)


def read_directives(lines: Sequence[str], names: Container[str] = frozenset()) -> tuple[Directive, ...]:
    """Return the directives of a file, in their order; `names` are the words beside codes that name rules, in small letters.

    In a text that cannot be taken apart into tokens, each line from there on counts as a statement, and `#` always begins a comment.
    """
    comments, statements = _comments(lines)
    starts = [first for first, _ in statements]
    found: list[Directive] = []
    for line, offset, text in comments:
        index = bisect_right(starts, line) - 1
        inside = index >= 0 and line <= statements[index][1]
        first, last = statements[index] if inside else (line, line)
        alone = not lines[line - 1][:offset].strip()
        found.extend(_directives(text, names, line=line, offset=offset, span=(first, last), alone=alone))
    return tuple(found)


def _directives(  # noqa: PLR0913  # all but the first two by name
    comment: str, names: Container[str], *, line: int, offset: int, span: tuple[int, int], alone: bool
) -> Iterator[Directive]:
    """Yield what one comment says; it begins `offset` characters behind the start of its line."""
    in_file = list(_IN_FILE.finditer(comment)) if alone else []
    for match in (*in_file, *_IN_STATEMENT.finditer(comment)):
        whole_file = match.re is _IN_FILE
        ours = whole_file and bool(match["ours"])
        codes, end = _named(comment, match.end(), names, strict=not ours) if ours or match["colon"] else ((), match.end())
        dangling = ours and not codes and bool(match["colon"])
        if not codes and not ours and (match["colon"] or whole_file):
            continue
        yield Directive(
            line=line,
            column=offset + match.start() + 1,
            end_column=offset + end + 1,
            head=match["head"],
            codes=codes,
            first=span[0],
            last=span[1],
            whole_file=whole_file,
            dangling=dangling,
        )


def _named(comment: str, start: int, names: Container[str], *, strict: bool) -> tuple[tuple[str, ...], int]:
    """Return the words that a comment names rules with from `start` on, and where they end.

    The first word that means nothing is one of them only if it is the very first, and the comment is for us alone (not `strict`).
    """
    words: list[str] = []
    end = start
    while item := _ITEM.match(comment, _between(comment, end)):
        if item["codes"] is not None:
            words += [code.upper() for code in _CODE.findall(item["codes"])]
        elif item["broken"] is not None:
            words.append(item["broken"])
        elif _is_name(item, names, strict=strict) or not (strict or words):
            words.append(item["word"].lower())
        else:
            break
        end = item.end()
    return tuple(words), end


def _between(comment: str, end: int) -> int:
    match = _BETWEEN.match(comment, end)
    return match.end() if match else end


def _is_name(item: re.Match[str], names: Container[str], *, strict: bool) -> bool:
    """Tell whether a word names rules; `strict`: not one that may as well begin a sentence."""
    word = item["word"].lower()
    return word in names and (not strict or "-" in word or _ALONE.match(item.string, item.end()) is not None)


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
