"""What the user asked `scaffold` for, and which of the things that it can do that is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conc_advisor.cli.console import Voice
from conc_advisor.errors import UsageError


class Action(StrEnum):
    """What is to be done; the values are the options."""

    WRITE = ""
    LIST = "--list"
    SHOW = "--show"
    DRY_RUN = "--dry-run"
    DIFF = "--diff"
    CHECK = "--check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for; `project` and `folder` are what --project and --dir name, as typed."""

    name: str | None = None
    action: Action = Action.WRITE
    format: str = "text"
    project: str | None = None
    folder: str | None = None
    names: tuple[str, ...] = ()
    with_tests: bool = True
    force: bool = False
    skip_existing: bool = False
    voice: Voice = field(default_factory=Voice)

    def __post_init__(self) -> None:
        for option, folder in (("--project", self.project), ("--dir", self.folder)):
            if folder is not None and not folder.strip():
                raise UsageError(
                    f"{option} takes a folder, and this one has no name", hint="leave it out, or name one: . is the one you are in"
                )
        if self.force and self.skip_existing:
            raise UsageError("--force and --skip-existing exclude each other", hint="give one of them")
        if self.format != "text" and self.action not in {Action.LIST, Action.SHOW}:
            raise UsageError("--format is for --list and --show", hint="leave it out, or add one of these")


def action_of(chosen: Mapping[Action, bool], *, name: str | None) -> Action:
    """Return the one action that was chosen; raises `UsageError` where there are several, or one that needs a name has none."""
    actions = [action for action, wanted in chosen.items() if wanted]
    if len(actions) > 1:
        raise UsageError(f"{actions[0]} and {actions[1]} exclude each other", hint="give one of them")
    action = actions[0] if actions else Action.WRITE
    if action is Action.LIST and name is not None:
        raise UsageError("--list shows all templates and takes no name", hint=f"conc-advisor scaffold {name} --show shows one")
    return action
