"""The texts of `scaffold` for a terminal or a pipe.  Each ends with a newline."""

from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from conc_advisor.reports.plain import Paper, Span, Style
from conc_advisor.scaffolding.catalogue import Kind, Template, Templates
from conc_advisor.scaffolding.copies import Copy, State
from conc_advisor.scaffolding.fitting import written
from conc_advisor.scaffolding.generate import Role
from conc_advisor.scaffolding.plan import Plan, Verb

KIND_TITLES: Final = {
    Kind.ASYNCIO: "asyncio",
    Kind.THREADS: "Threads",
    Kind.PROCESSES: "Processes",
    Kind.MIXED: "Mixed, and beyond one machine",
    Kind.PROOF: "Tests and measurements",
}
_VERB_STYLES: Final = {
    Verb.CREATE: Style.GREEN,
    Verb.IDENTICAL: Style.DIM,
    Verb.CONFLICT: Style.RED,
    Verb.OVERWRITE: Style.YELLOW,
    Verb.SKIP: Style.DIM,
}
_STATE_STYLES: Final = {State.IDENTICAL: Style.GREEN, State.CHANGED: Style.YELLOW, State.UNKNOWN: Style.RED}
_DIFF_STYLES: Final = {"+": Style.GREEN, "-": Style.RED, "@": Style.CYAN}


def list_text(templates: Templates, paper: Paper) -> str:
    """Return all templates by kind, each with its sentence."""
    lines: list[str] = []
    for kind in Kind:
        rows = [(Span(template.name, Style.CYAN), template.summary) for template in templates.of_kind(kind)]
        if rows:
            lines += ["", *paper.section(KIND_TITLES[kind], paper.table(rows))]
    return _joined(lines[1:])


def template_text(template: Template, paper: Paper) -> str:
    """Return what a template is for, what it needs, and its code and tests as they lie."""
    needs = [f"Python {written(template.python)} or newer", *template.packages]
    rows = [
        ("use it", template.use),
        ("not for", template.avoid),
        ("models", ", ".join(template.models)),
        ("needs", ", ".join(needs)),
        ("its test needs", ", ".join(template.test_packages) or "nothing else"),
        ("related", ", ".join(template.related) or "-"),
    ]
    lines = [paper.title(template.name), *paper.paragraph(template.summary), ""]
    lines += paper.table([(Span(name, Style.BOLD), text) for name, text in rows])
    if template.names:
        names = [(Span(name, Style.CYAN), text) for name, text in template.names.items()]
        lines += ["", *paper.section("Names you may change, with --name old=new", paper.table(names))]
    for file in template.files:
        lines += ["", paper.title(file), "", *paper.code(template.source(file), indent=0)]
    return _joined(lines)


def plan_text(plan: Plan, paper: Paper) -> str:
    """Return a line for each file, which is never wrapped: what is done, and where."""
    width = max(len(action.verb) for action in plan.actions)
    return _joined(
        f"{_column(action.verb, width, _VERB_STYLES[action.verb], paper)}{_told(action.role, paper.say(str(action.path)))}"
        for action in plan.actions
    )


def copies_text(copies: Sequence[Copy], paper: Paper) -> str:
    """Return a line for each copy, and below them the difference of each that was changed."""
    width = max(len(copy.state) for copy in copies)
    lines = [f"{_column(copy.state, width, _STATE_STYLES[copy.state], paper)}{paper.say(_whence(copy))}" for copy in copies]
    for copy in copies:
        if copy.diff:
            lines += ["", *diff_lines(copy.diff, paper)]
    return _joined(lines)


def diff_lines(diff: bytes, paper: Paper) -> list[str]:
    """Return a difference for people: harmless, and in colour where that is wanted."""
    lines = diff.decode("utf-8", "replace").removesuffix("\n").split("\n")
    return [paper.styled(paper.say(line.removesuffix("\r")), _diff_style(line)) for line in lines]


def _column(word: str, width: int, style: Style, paper: Paper) -> str:
    return paper.styled(word, style) + " " * (width - len(word) + 2)


def _diff_style(line: str) -> Style:
    if line.startswith(("+++", "---", "diff ", "index ", "new file")):
        return Style.BOLD
    return _DIFF_STYLES.get(line[:1], Style.PLAIN)


def _told(role: Role, path: str) -> str:
    match role:
        case Role.CODE | Role.TEST:
            return path
        case Role.PACKAGE:
            return f"{path} (empty: it makes the folder part of the package)"
        case _:
            assert_never(role)


def _whence(copy: Copy) -> str:
    source = f"{copy.path} ({copy.provenance.template}, conc-advisor {copy.provenance.version})"
    return f"{source}: {copy.why}" if copy.why else source


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"
