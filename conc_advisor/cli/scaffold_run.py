"""A scaffold from the request to the exit code: find, plan, ask, write, say what is next."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, assert_never

from conc_advisor.cli.console import say_line
from conc_advisor.cli.outlet import StreamOutlet
from conc_advisor.cli.quoting import shell_command
from conc_advisor.cli.scaffold_conflicts import refused, say_shown
from conc_advisor.cli.scaffold_next import say_next
from conc_advisor.cli.scaffold_request import Action, Request
from conc_advisor.cli.scaffold_sources import all_templates, folder_in, project_folder
from conc_advisor.errors import ExitCode, OutputError, ProjectError, RefusedError
from conc_advisor.reports.plain import Paper
from conc_advisor.reports.scaffold import text
from conc_advisor.scaffolding.apply import apply
from conc_advisor.scaffolding.catalogue import Template, Templates
from conc_advisor.scaffolding.copies import State, check_copies
from conc_advisor.scaffolding.diff import git_diff
from conc_advisor.scaffolding.fitting import check_python
from conc_advisor.scaffolding.generate import Wishes, generate
from conc_advisor.scaffolding.names import read_names
from conc_advisor.scaffolding.plan import Plan, Verb, plan
from conc_advisor.scaffolding.present import PresentOnDisk
from conc_advisor.scaffolding.project import Project, look_at

if TYPE_CHECKING:
    from conc_advisor.cli.menu import Menu

FindMenu = Callable[[], "Menu | None"]
"""Says who asks; None where there is nobody to answer."""
_STDOUT = StreamOutlet(to_stderr=False)
_ELSEWHERE: Final = "send it somewhere else, or make room there"


def carry_out(request: Request, find_menu: FindMenu | None) -> int:
    """Do what was asked and return the exit code.  `find_menu` is what a test puts in the place of the terminal."""
    try:
        return _carried_out(request, find_menu or _menu_at_terminal)
    except (KeyboardInterrupt, EOFError):
        # Once something is written, nobody can interrupt any more: `apply` sees to that.
        say_line("Nothing was written.")
        raise KeyboardInterrupt from None


def _carried_out(request: Request, find_menu: FindMenu) -> int:
    templates = all_templates(request.project)
    match request.action:
        case Action.LIST:
            return _list(templates, request)
        case Action.CHECK:
            return _check(templates, request)
        case Action.SHOW:
            return _show(_picked(templates, request, find_menu), request)
        case Action.WRITE | Action.DRY_RUN | Action.DIFF:
            project = look_at(project_folder(request.project))
            return _scaffold(_picked(templates, request, find_menu), project, templates, request, find_menu)
        case _:
            assert_never(request.action)


def _menu_at_terminal() -> "Menu | None":
    from conc_advisor.cli.menu import menu_at_terminal  # noqa: PLC0415  # who is not asked does not wait for it

    return menu_at_terminal()


def _paper() -> Paper:
    look = _STDOUT.look
    return Paper(width=look.width, color=look.color, unicode=look.unicode)


def _list(templates: Templates, request: Request) -> int:
    if request.format == "json":
        from conc_advisor.reports.scaffold import json  # noqa: PLC0415  # slow, and only this format needs it

        _tell(json.render(templates.by_name.values(), with_text=False))
    else:
        _tell(text.list_text(templates, _paper()))
    request.voice.say(f"next: conc-advisor scaffold {next(iter(templates.by_name), 'NAME')} --show")
    return ExitCode.DONE


def _show(template: Template, request: Request) -> int:
    if request.format == "json":
        from conc_advisor.reports.scaffold import json  # noqa: PLC0415  # as above

        _tell(json.render([template], with_text=True))
    else:
        _tell(text.template_text(template, _paper()))
    request.voice.say(f"next: conc-advisor scaffold {template.name} --dry-run")
    return ExitCode.DONE


def _check(templates: Templates, request: Request) -> int:
    project = look_at(project_folder(request.project))
    only = None if request.name is None else templates.find(request.name)
    copies = check_copies(project, templates, only)
    if not copies:
        of_it = f" {only.name}" if only else " a template"
        raise ProjectError(f"no file below {project.root} says that it comes from{of_it}", hint="conc-advisor scaffold NAME adds one")
    _tell(text.copies_text(copies, _paper()))
    states = {copy.state for copy in copies}
    name = next((copy.provenance.template for copy in copies if copy.state is State.CHANGED), copies[0].provenance.template)
    request.voice.say(f"next: {shell_command(['conc-advisor', 'explain', name])}")
    if State.UNKNOWN in states:
        return ExitCode.CANNOT
    return ExitCode.FINDINGS if State.CHANGED in states else ExitCode.DONE


def _picked(templates: Templates, request: Request, find_menu: FindMenu) -> Template:
    """Return the template that was named or is picked now; raises `RefusedError` where there is nobody to pick one."""
    if request.name is not None:
        return templates.find(request.name)
    menu = find_menu()
    if menu is None:
        for name, template in templates.by_name.items():
            say_line(f"  {name}: {template.summary}")
        raise RefusedError("which template is not said, and there is no terminal to ask at", hint="name one of those listed above")
    from conc_advisor.cli.scaffold_talk import pick_template  # noqa: PLC0415  # only who asks needs it

    return pick_template(templates, menu)


def _scaffold(template: Template, project: Project, templates: Templates, request: Request, find_menu: FindMenu) -> int:
    check_python(template, project, templates)
    wishes = Wishes(
        folder=None if request.folder is None else folder_in(project.root, request.folder, request.project),
        names=read_names(request.names, template.names),
        with_tests=request.with_tests,
    )
    planned = plan(generate(template, project, wishes), PresentOnDisk(project.root))
    if request.force or request.skip_existing:
        planned = planned.all_decided(Verb.OVERWRITE if request.force else Verb.SKIP)
    match request.action:
        case Action.DRY_RUN:
            _tell(text.plan_text(planned, _paper()))
            request.voice.say("This is a dry run: nothing was written.")
        case Action.DIFF:
            _write_diff(planned.all_decided(Verb.OVERWRITE))
        case _:
            return _write(planned, template, project, request, find_menu)
    say_shown(planned, template, request)
    return ExitCode.DONE


def _write(planned: Plan, template: Template, project: Project, request: Request, find_menu: FindMenu) -> int:
    menu = find_menu() if planned.conflicts or request.name is None else None
    if planned.conflicts and menu is None:
        raise refused(planned, template)
    if menu is not None:
        from conc_advisor.cli.scaffold_talk import agree  # noqa: PLC0415  # only who asks needs it

        agreed = agree(planned, template, menu, confirm=request.name is None)
        if agreed is None:
            say_line("Nothing was written.")
            return ExitCode.REFUSED
        planned = agreed
    apply(planned, project.root)
    try:
        _STDOUT.write([text.plan_text(planned, _paper())])
    except OutputError as error:
        raise OutputError(
            f"{_outcome(planned)}, but this could not be listed: {error.message}", hint="conc-advisor scaffold --check shows what is there"
        ) from error
    say_next(planned, template, project, request)
    return ExitCode.DONE


def _write_diff(planned: Plan) -> None:
    """Write the difference: to people harmless, to anything else byte for byte."""
    diff = b"".join(map(git_diff, planned.writes))
    stream = sys.stdout
    if diff and stream is not None and not stream.isatty() and hasattr(stream, "buffer"):
        try:
            stream.flush()
            stream.buffer.write(diff)
            stream.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write to standard output: {error.strerror or error}", hint=_ELSEWHERE) from error
    elif diff:
        _tell("".join(line + "\n" for line in text.diff_lines(diff, _paper())))


def _tell(told: str) -> None:
    """Write to standard output, the only place there is."""
    try:
        _STDOUT.write([told])
    except OutputError as error:
        raise OutputError(error.message, hint=_ELSEWHERE) from error


def _outcome(planned: Plan) -> str:
    """Return what was done, as the beginning of a sentence."""
    paths = [str(action.path) for action in planned.writes]
    return f"{', '.join(paths)} {'was' if len(paths) == 1 else 'were'} written" if paths else "nothing had to be written"
