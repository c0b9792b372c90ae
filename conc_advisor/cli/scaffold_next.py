"""What `scaffold` says after its work: what is missing, and which command comes next."""

from pathlib import Path

from conc_advisor.cli.quoting import shell_command
from conc_advisor.cli.scaffold_request import Request
from conc_advisor.scaffolding.catalogue import Template
from conc_advisor.scaffolding.fitting import install_commands, missing, python_note, run_prefix, too_old
from conc_advisor.scaffolding.generate import Role
from conc_advisor.scaffolding.plan import Plan
from conc_advisor.scaffolding.project import Project


def say_next(planned: Plan, template: Template, project: Project, request: Request) -> None:
    """Say what the project lacks, and the command that tries what was written."""
    needed = missing(template, project, with_tests=request.with_tests)
    commands = [shell_command(words) for words in install_commands(needed, project.tool)]
    if commands:
        request.voice.say(f"not among the project's dependencies yet: {' && '.join(commands)}")
    for declared, newer in too_old(template, project, with_tests=request.with_tests):
        request.voice.say(f"declared as {declared}, and this needs {newer}: raise the lower bound")
    note = python_note(template, project)
    if note:
        request.voice.say(note)
    tests = [str(action.path) for action in planned.actions if action.role is Role.TEST]
    words = [*run_prefix(project.tool), "python", "-m", "pytest", *tests] if tests else ["conc-advisor", "explain", template.name]
    # From the project's folder, where tests find what is not installed.
    place = "" if not tests or project.root == _here() else f"cd {shell_command([str(project.root)])} && "
    request.voice.say(f"next: {place}{shell_command(words)}")


def _here() -> Path:
    from conc_advisor.config import working_folder  # noqa: PLC0415

    return working_folder().resolve()


def this_command(template: Template, request: Request, *more: str) -> str:
    """Return the command, without the options that only show."""
    words = ["conc-advisor", "scaffold", template.name]
    words += [word for option, value in (("--project", request.project), ("--dir", request.folder)) if value for word in (option, value)]
    words += [word for name in request.names for word in ("--name", name)]
    flags = {"--no-test": not request.with_tests, "--force": request.force, "--skip-existing": request.skip_existing}
    return shell_command([*words, *(flag for flag, given in flags.items() if given), *more])
