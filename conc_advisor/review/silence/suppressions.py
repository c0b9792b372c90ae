"""Leaves out what comments in the code silence, and finds the comments that silence nothing.

A finding of ours is silenced by its own code, by a beginning of it (`CA1`), by the other words of `--select` for it, and by the code of
another tool's rule that says the same (`ASYNC251` for a blocking call).  What ruff found is silenced by ruff's code, and by the group and
the pitfall of it.  All other codes are other tools' business, but for those in a comment that is for us alone.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from conc_advisor.findings import Confidence, Edit, Finding, Fix, Location, Severity
from conc_advisor.review.outcome import Silence, Silenced
from conc_advisor.review.silence.directives import Directive, mentioned, read_directives
from conc_advisor.review.silence.sifted import Sifted

USELESS: Final = "CA001"
"""The code of what is said of a comment that silences nothing."""
_OURS: Final = re.compile(r"CA\d+")
_LIKE_OURS: Final = re.compile(r"CA\d", re.IGNORECASE)
_OURS_IN_TEXT: Final = re.compile(r"CA\d|P\d\d|ignore-file|noqa\s*:.*[a-z]{4}", re.IGNORECASE)
"""What a line has to have for a directive in it to be useless: a code, or a word that may name rules of ours."""
_EVERYTHING: Final = "all"
_TAKE_OUT: Final = "Take it out: it would silence the next finding of that kind here without anybody having looked at it."
_REWRITE: Final = (
    "Name rules there as --select takes them, or nothing: then every rule is silent in this file.  A reason comes behind a dash."
)
_BETWEEN: Final = " \t-:;,.\N{EN DASH}\N{EM DASH}"
"""What may part a directive from the words behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """What is known of codes, for one file.

    `known` are all of ours, `ran` those that were looked for in the file; `twins` gives, by our code, those of other tools that say the
    same.  `names` gives the codes that a word of `--select` means, ruff's among them, by the word in small letters.
    """

    known: frozenset[str]
    ran: frozenset[str]
    twins: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)


def apply(  # noqa: PLR0913  # all but the first three by name
    findings: Sequence[Finding],
    lines: Sequence[str],
    codes: Codes,
    *,
    file: str,
    honour: bool = True,
    read: Callable[[Sequence[str]], Sequence[Directive]] | None = None,
) -> Sifted:
    """Return the findings of one file without those that a comment in it silences, and with one for each comment that silences nothing.

    `lines` are the file's, without line ends, and `file` is its name as shown.  With `honour` False no comment counts, and none is useless.
    `read` finds the comments in the lines where that is not to be done anew.
    """
    mentions = mentioned(lines) if honour else ()
    # Taking a file apart into tokens takes longer than all else here, so it is done only where something may come of it.
    if not mentions or not (findings or any(map(_OURS_IN_TEXT.search, mentions))):
        return Sifted(kept=tuple(findings))
    directives = read(lines) if read is not None else read_directives(lines, codes.names)
    reasons = [_reasons(finding, directives, codes) for finding in findings]
    shown = Sifted(
        kept=tuple(finding for finding, why in zip(findings, reasons, strict=True) if not why),
        silenced=tuple(Silenced(finding=finding, how=Silence.NOQA) for finding, why in zip(findings, reasons, strict=True) if why),
    )
    if USELESS not in codes.ran:
        return shown
    return _with_useless(shown, _idle(directives, frozenset().union(*reasons), codes), codes, file, lines)


def _reasons(finding: Finding, directives: Sequence[Directive], codes: Codes) -> frozenset[tuple[Directive, str]]:
    """Return the directives that silence a finding, each with its code that does so ("" where it has none)."""
    place = finding.location
    if place is None:
        return frozenset()
    twins = {finding.rule, *finding.also, *codes.twins.get(finding.rule, ())}
    return frozenset(
        (directive, code)
        for directive in directives
        if directive.speaks_for(place.line, place.end_line)
        for code in directive.codes or (() if directive.dangling else ("",))
        if not code
        or code in twins
        or (_OURS.fullmatch(code) and finding.rule.startswith(code))
        or finding.rule in codes.names.get(code.lower(), ())
    )


def _idle(
    directives: Sequence[Directive], used: frozenset[tuple[Directive, str]], codes: Codes
) -> Iterator[tuple[Directive, tuple[str, ...]]]:
    """Yield each directive that has codes of ours that silence nothing, and these; one that lacks them altogether has none."""
    for directive in directives:
        idle = [
            code
            for code in dict.fromkeys(directive.codes)
            if (directive, code) not in used and (_was_looked_for(code, codes) or (directive.ours and _is_unknown(code, codes)))
        ]
        if idle or directive.dangling:
            yield directive, tuple(idle)


def _was_looked_for(code: str, codes: Codes) -> bool:
    """Tell whether all rules that a word for some of ours means were looked for; a code that looks like ours and is none counts as well.

    Of ruff's rules nobody knows whether it could be asked.
    """
    if _LIKE_OURS.match(code):
        return not USELESS.startswith(code) and all(known in codes.ran for known in codes.known if known.startswith(code))
    meant = codes.names.get(code.lower(), frozenset()) - {USELESS} if code != _EVERYTHING else frozenset()
    return bool(meant) and meant <= codes.ran


def _is_unknown(code: str, codes: Codes) -> bool:
    if code.lower() in codes.names or any(code in twins for twins in codes.twins.values()):
        return False
    return not any(known.startswith(code) for known in codes.known)


def _with_useless(
    shown: Sifted, idle: Iterator[tuple[Directive, tuple[str, ...]]], codes: Codes, file: str, lines: Sequence[str]
) -> Sifted:
    kept, silenced = list(shown.kept), list(shown.silenced)
    for directive, which in idle:
        finding = _useless(directive, which, codes, file, lines)
        # The comment itself may say that it is to be left alone.
        if any(_OURS.fullmatch(code) and USELESS.startswith(code) for code in directive.codes):
            silenced.append(Silenced(finding=finding, how=Silence.NOQA))
        else:
            kept.append(finding)
    return Sifted(kept=tuple(kept), silenced=tuple(silenced))


def _useless(directive: Directive, idle: tuple[str, ...], codes: Codes, file: str, lines: Sequence[str]) -> Finding:
    unknown = all(_is_unknown(code, codes) for code in idle)
    named = " and ".join(idle)
    if directive.dangling:
        message = "This comment names no rule, and silences nothing"
    elif unknown:
        message = f"{named} in this comment {'is no rule' if len(idle) == 1 else 'are no rules'}"
    else:
        message = f"{named} in this comment {'silences' if len(idle) == 1 else 'silence'} nothing"
    # What somebody wanted to say with a word that means nothing is not for us to throw away.
    lost = directive.ours and unknown
    return Finding(
        rule=USELESS,
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        message=message,
        advice=_REWRITE if lost else _TAKE_OUT,
        location=Location(
            file=file,
            line=directive.line,
            function="",
            column=directive.column,
            end_line=directive.line,
            end_column=directive.end_column,
        ),
        fix=None if lost else Fix(title=f"Take {named} out of the comment", safe=True, edits=(_removal(directive, idle, lines),)),
    )


def _removal(directive: Directive, idle: tuple[str, ...], lines: Sequence[str]) -> Edit:
    """Return what takes some codes out of a directive, and all of it where none is left; other words of the comment stay."""
    text = lines[directive.line - 1]
    column, end_column, new = directive.column, directive.end_column, ""
    rest = [code for code in directive.codes if code not in idle]
    before, behind = text[: column - 1], text[end_column - 1 :]
    words = behind.lstrip(_BETWEEN)
    if rest:
        new = f"{directive.head}: {', '.join(rest)}"
    elif words.startswith("#"):
        end_column = len(text) - len(words) + 1
    elif words:
        end_column, new = len(text) - len(words) + 1, "# "
    elif before.strip():
        column, end_column = len(before.rstrip()) + 1, len(text) + 1
    elif directive.line < len(lines):
        return Edit(line=directive.line, column=1, end_line=directive.line + 1, end_column=1, text="")
    else:
        column, end_column = 1, len(text) + 1
    return Edit(line=directive.line, column=column, end_line=directive.line, end_column=end_column, text=new)
