"""From a template and a project to the files that the project should have: where they lie and what is in them.  Pure."""

import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from conc_advisor.errors import RefusedError
from conc_advisor.scaffolding.catalogue import Kind, Template
from conc_advisor.scaffolding.imports import imported_from, rewrite_imports
from conc_advisor.scaffolding.names import check_not_collected
from conc_advisor.scaffolding.project import TEST_FOLDERS, Project
from conc_advisor.scaffolding.provenance import Provenance, header
from conc_advisor.scaffolding.rename import Renamed, rename
from conc_advisor.scaffolding.template_code import definitions, read_code

_SRC: Final = PurePosixPath("src")


class Role(StrEnum):
    """What a file is there for."""

    CODE = "code"
    TEST = "test"
    PACKAGE = "package"
    """An empty `__init__.py` in a folder of a package that has no module yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user wishes: a folder for the code (None: where the project has its code), new names by old ones, tests or none.

    `modules` says by what name modules of the template are imported that the user has renamed since; files keep the template's names.
    """

    folder: PurePosixPath | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    with_tests: bool = True
    modules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file as it should be: `path` relative to the project, `text` with plain newlines."""

    path: PurePosixPath
    text: str
    role: Role


def generate(template: Template, project: Project, wishes: Wishes) -> tuple[Wanted, ...]:
    """Return the files, those to import first before the others.

    Raises `RefusedError` where the project does not show where they belong, `UsageError` for names that cannot be given.
    """
    folder = code_folder(template, project, wishes)
    files = template.files if wishes.with_tests else template.modules
    sources = read_code(template, files)
    modules = {file.removesuffix(".py"): "" for file in template.modules}
    importing = wishes.with_tests or len(modules) > 1
    tests = tests_folder(project, wishes)
    called = {module: wishes.modules.get(module, module) for module in modules}
    places = {module: imported_as(name, folder, tests, project) if importing else name for module, name in called.items()}
    renamed = _renamed(template, sources, wishes.names)
    wanted = [Wanted(path=path, text="", role=Role.PACKAGE) for path in _new_packages(folder, project)]
    for file, source in sources.items():
        is_test = file in template.tests
        place = tests if is_test else folder
        text = _header(template, file, wishes) + rewrite_imports(rename(source, renamed, file=file), places)
        wanted.append(Wanted(path=place / file, text=text, role=Role.TEST if is_test else Role.CODE))
    return tuple(wanted)


def code_folder(template: Template, project: Project, wishes: Wishes) -> PurePosixPath:
    """Return the folder for the code; raises `RefusedError` where the project has several packages and none stands out."""
    if wishes.folder is not None:
        return wishes.folder
    if template.kind is Kind.PROOF:
        return project.tests
    if project.package is not None:
        return project.package
    if project.packages:
        names = ", ".join(map(str, project.packages))
        raise RefusedError(f"the project has several packages: {names}", hint=f"say where the code goes, like --dir {project.packages[0]}")
    return project.source


def tests_folder(project: Project, wishes: Wishes) -> PurePosixPath:
    """Return the folder for the tests: the project's, or where it has none the one that the code goes to, if that is one for tests."""
    top = wishes.folder.parts[:1] if wishes.folder is not None else ()
    return PurePosixPath(*top) if project.tests == PurePosixPath() and top and top[0] in TEST_FOLDERS else project.tests


def imported_as(module: str, folder: PurePosixPath, tests: PurePosixPath, project: Project) -> str:
    """Return what the tests import for a module in that folder: its plain name, `package.module`, or `.module` within a package of tests.

    Raises `RefusedError` for a folder that no import can name.
    """
    if folder == tests and folder != project.source:
        # Beside each other; pytest knows where.  A package of tests may be imported under more than one name, which a dot does not mind.
        return f".{module}" if project.is_package(folder) else module
    # A folder called src is where imports begin, also before there is anything in it.
    sources = [project.source] if project.source.parts else []
    sources += [] if project.is_package(_SRC) else [_SRC]
    parts = next((folder.relative_to(source).parts for source in sources if folder.is_relative_to(source)), folder.parts)
    for part in parts:
        if not part.isidentifier() or keyword.iskeyword(part):
            raise RefusedError(
                f"a test cannot import what lies in {folder}: {part!r} is not an identifier",
                hint="give another folder with --dir, or --no-test",
            )
    return ".".join((*parts, module))


def _renamed(template: Template, sources: Mapping[str, str], names: Mapping[str, str]) -> Renamed:
    """Return what is renamed; raises `UsageError` for a listed name that no module defines, and a new one that pytest would collect."""
    modules = frozenset(file.removesuffix(".py") for file in template.modules)
    if not names:
        return Renamed(names=names, modules=modules)
    methods = definitions(template, sources).methods
    for file, source in sources.items():
        if file in template.tests:
            check_not_collected(names, imported_from(source, modules), file)
    return Renamed(names=names, modules=modules, methods=methods)


def _header(template: Template, file: str, wishes: Wishes) -> str:
    return header(
        Provenance(
            template=template.name,
            file=file,
            folder=None if wishes.folder is None else str(wishes.folder),
            names=tuple(f"{old}={new}" for old, new in wishes.names.items()),
        )
    )


def _new_packages(folder: PurePosixPath, project: Project) -> Iterator[PurePosixPath]:
    """Yield the `__init__.py` of each folder below a package that has no module yet, be it new or not."""
    inside = False
    for place in (*reversed(folder.parents), folder):
        is_bare = not any((project.root / place).glob("*.py"))
        if is_bare and inside:
            yield place / "__init__.py"
        inside = project.is_package(place) or (is_bare and inside)
