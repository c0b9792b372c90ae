"""What `scaffold` says of files that are there already and differ."""

from conc_advisor.cli.scaffold_next import this_command
from conc_advisor.cli.scaffold_request import Action, Request
from conc_advisor.errors import RefusedError
from conc_advisor.scaffolding.catalogue import Template
from conc_advisor.scaffolding.generate import Role
from conc_advisor.scaffolding.plan import FileAction, Plan, Verb, plain
from conc_advisor.scaffolding.provenance import Provenance, split_header


def refused(planned: Plan, template: Template) -> RefusedError:
    """Return the error for a plan with conflicts, where nobody can be asked."""
    other = _of_another_copy(planned, template)
    if other:
        return RefusedError(
            f"{other}; nothing was written",
            hint="--no-test adds the code without a test of its own; --force replaces the test of the first copy, which then has none",
        )
    return RefusedError(
        f"{_what_differs(planned)}; nothing was written",
        hint="--diff shows the difference; --force overwrites, --skip-existing keeps what is there",
    )


def say_shown(planned: Plan, template: Template, request: Request) -> None:
    """Say, after a plan or a difference was only shown, what does it: never a command that would be refused."""
    more: tuple[str, ...] = ()
    other = _of_another_copy(planned, template)
    if other:
        request.voice.say(f"{other}: --no-test adds the code without a test of its own, --force replaces the test of the first copy")
        more = ("--no-test",)
    elif planned.conflicts:
        request.voice.say(f"{_what_differs(planned)}: --force overwrites, --skip-existing keeps what is there")
        more = ("--diff",) if request.action is Action.DRY_RUN else ("--skip-existing",)
    request.voice.say(f"next: {this_command(template, request, *more)}")


def is_of_another_copy(action: FileAction, planned: Plan, template: Template) -> bool:
    """Tell whether what is in the way is the test of the same template, added earlier with its code in another place."""
    adds_code = all(each.verb is Verb.CREATE for each in planned.actions if each.role is Role.CODE)
    if action.role is not Role.TEST or action.before is None or not adds_code:
        return False
    ours, theirs = _provenance(action.content), _provenance(action.before)
    return ours is not None and theirs is not None and theirs.template == template.name and theirs.words != ours.words


def _of_another_copy(planned: Plan, template: Template) -> str:
    """Return what is in the way where it is nothing but tests of another copy; "" otherwise."""
    if not planned.conflicts or not all(is_of_another_copy(action, planned, template) for action in planned.conflicts):
        return ""
    paths = ", ".join(str(action.path) for action in planned.conflicts)
    return f"{paths} is there already, for another copy of {template.name}"


def _what_differs(planned: Plan) -> str:
    paths = [str(action.path) for action in planned.conflicts]
    return f"{paths[0]} exists and differs" if len(paths) == 1 else f"{len(paths)} files exist and differ: {', '.join(paths)}"


def _provenance(content: bytes) -> Provenance | None:
    text = plain(content)
    return None if text is None else split_header(text)[0]
