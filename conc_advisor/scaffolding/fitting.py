"""Whether a template fits the project's Python and its dependencies, and what to do where it does not."""

from dataclasses import dataclass

from conc_advisor.errors import RefusedError
from conc_advisor.scaffolding.catalogue import Template, Templates, Version
from conc_advisor.scaffolding.project import Project, Tool
from conc_advisor.scaffolding.python_range import is_readable
from conc_advisor.scaffolding.requirement import declared_too_old


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Requirements of a template that the project does not declare: of its code, and of its tests."""

    packages: tuple[str, ...]
    test_packages: tuple[str, ...]


def written(version: Version) -> str:
    """Return a version as people write it."""
    return f"{version[0]}.{version[1]}"


def check_python(template: Template, project: Project, templates: Templates) -> None:
    """Raise `RefusedError`, with what to take instead, where the project supports a Python that the template does not run on."""
    if project.lowest is None or template.python <= project.lowest:
        return
    raise RefusedError(
        f"{template.name} needs Python {written(template.python)}, and the project supports {written(project.lowest)}"
        f" (requires-python = {project.python!r})",
        hint=_instead(template, project.lowest, templates),
    )


def python_note(template: Template, project: Project) -> str:
    """Return what to say where the project does not tell whether it supports a Python that is too old; "" where it tells."""
    needs = f"this needs {written(template.python)}"
    if project.lowest is not None:
        return ""
    if not project.python.strip():
        return f"the project does not say which Python it supports; {needs}"
    if not is_readable(project.python):
        return f"warning: requires-python = {project.python!r} cannot be read, so no Python was ruled out; {needs}"
    return f"requires-python = {project.python!r} does not say which Python 3 is the lowest; {needs}"


def _instead(template: Template, lowest: Version, templates: Templates) -> str:
    told = max((version for version in template.older if version <= lowest), default=None)
    text = template.older[told] if told is not None else ""
    named = templates.by_name.get(text)
    if named is not None and named.python <= lowest:
        return f"{named.name} runs on it: conc-advisor scaffold {named.name}"
    near = [each for name in template.related if (each := templates.by_name.get(name)) is not None and each.python <= lowest]
    nearest = f"the nearest that runs on it: {near[0].name}" if near else "no template near it runs on that Python"
    if text and named is None:
        return f"{text}; {nearest}" if near else text
    return nearest


def missing(template: Template, project: Project, *, with_tests: bool) -> Missing:
    """Return what the project does not declare in any version; `too_old` tells of versions."""
    return Missing(
        packages=tuple(each for each in template.packages if not project.has(each)),
        test_packages=tuple(each for each in template.test_packages if with_tests and not project.has(each)),
    )


def too_old(template: Template, project: Project, *, with_tests: bool) -> list[tuple[str, str]]:
    """Return what the project declares with a lower bound that is older than needed, each with what is needed."""
    needed = (*template.packages, *(template.test_packages if with_tests else ()))
    declared = ((declared_too_old(each, project.declaring(each)), each) for each in needed)
    return [(text.strip(), each) for text, each in declared if text is not None]


def install_commands(needed: Missing, tool: Tool) -> list[list[str]]:
    """Return the commands, as words, that add what is missing; none where nothing is."""
    code, tests = list(needed.packages), list(needed.test_packages)
    match tool:
        case Tool.UV:
            both = (["uv", "add"], code), (["uv", "add", "--dev"], tests)
        case Tool.POETRY:
            both = (["poetry", "add"], code), (["poetry", "add", "--group", "dev"], tests)
        case Tool.PDM:
            both = (["pdm", "add"], code), (["pdm", "add", "--dev"], tests)
        case Tool.PIP:
            both = (["pip", "install"], [*code, *tests]), ([], [])
    return [[*command, *packages] for command, packages in both if packages]


def run_prefix(tool: Tool) -> list[str]:
    """Return the words that run a command in the project's environment."""
    return [] if tool is Tool.PIP else [tool.value, "run"]
