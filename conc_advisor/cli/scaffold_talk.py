"""What `scaffold` asks: which template, what to do about files that are there already, and whether to go on."""

import sys
from typing import TYPE_CHECKING, Final

from conc_advisor.cli.console import look_of
from conc_advisor.cli.menu import Menu, Offer
from conc_advisor.cli.scaffold_conflicts import is_of_another_copy
from conc_advisor.reports.plain import Paper
from conc_advisor.reports.scaffold.text import KIND_TITLES, diff_lines, plan_text
from conc_advisor.scaffolding.catalogue import Template, Templates
from conc_advisor.scaffolding.diff import git_diff
from conc_advisor.scaffolding.plan import FileAction, Plan, Verb

if TYPE_CHECKING:
    from pathlib import PurePosixPath

_DIFF: Final = "diff"
_QUIT: Final = "quit"
_WRITE: Final = "write"
_CONFLICT_OFFERS: Final = (
    Offer(label="overwrite", meaning="write ours in place of what is there", value=Verb.OVERWRITE),
    Offer(label="skip", meaning="keep what is there", value=Verb.SKIP),
    Offer(label="show the difference", meaning="and ask again", value=_DIFF),
    Offer(label="quit", meaning="write nothing at all", value=_QUIT),
)
_WRITE_OFFERS: Final = (
    Offer(label="write", meaning="all of these files", value=_WRITE),
    Offer(label="show the difference", meaning="what would be written, and ask again", value=_DIFF),
    Offer(label="quit", meaning="write nothing at all", value=_QUIT),
)


def pick_template(templates: Templates, menu: Menu) -> Template:
    """Return what the person picks, and tell what it is for."""
    offers = [
        Offer(label=template.name, meaning=template.summary, value=name, group=KIND_TITLES[template.kind])
        for name, template in templates.by_name.items()
    ]
    template = templates.by_name[menu.pick("Which template?", offers)]
    paper = _paper()
    rows = [("use it:", template.use), ("not for:", template.avoid)]
    menu.show("\n".join(paper.table(rows)))
    return template


def agree(planned: Plan, template: Template, menu: Menu, *, confirm: bool) -> Plan | None:
    """Return the plan with every conflict decided by the person; None where the person wants nothing written.

    `confirm`: ask once more, whatever the plan says.
    """
    decided: dict[PurePosixPath, Verb] = {}
    for action in planned.conflicts:
        of_another = f" (it belongs to another copy of {template.name})" if is_of_another_copy(action, planned, template) else ""
        verb = _about(action, f"{action.path} exists and differs{of_another}:", menu)
        if verb is None:
            return None
        decided[action.path] = verb
    planned = planned.decided(decided)
    return planned if not confirm or not planned.writes or _agreed(planned, menu) else None


def _about(action: FileAction, question: str, menu: Menu) -> Verb | None:
    while True:
        answer = menu.pick(question, _CONFLICT_OFFERS)
        if answer == _DIFF:
            decided = Plan(actions=(action,)).all_decided(Verb.OVERWRITE)
            _show_diff(decided, menu)
        else:
            return None if answer == _QUIT else Verb(answer)


def _agreed(planned: Plan, menu: Menu) -> bool:
    menu.show(plan_text(planned, _paper()).removesuffix("\n"))
    while (answer := menu.pick("Write these files?", _WRITE_OFFERS)) == _DIFF:
        _show_diff(planned, menu)
    return answer == _WRITE


def _show_diff(planned: Plan, menu: Menu) -> None:
    menu.show("\n".join(line for action in planned.writes for line in diff_lines(git_diff(action), _paper())))


def _paper() -> Paper:
    """Return what standard error shows, without colour: a menu shows plain text."""
    look = look_of(sys.stderr)
    return Paper(width=look.width, color=False, unicode=look.unicode)
