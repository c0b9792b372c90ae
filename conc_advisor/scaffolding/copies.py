"""Finds what came from a template earlier and tells whether it still is what was given."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from conc_advisor.errors import ConcAdvisorError
from conc_advisor.patch import unified
from conc_advisor.scaffolding.catalogue import Template, Templates
from conc_advisor.scaffolding.generate import Wishes, generate
from conc_advisor.scaffolding.names import read_names
from conc_advisor.scaffolding.plan import plain, same_text
from conc_advisor.scaffolding.project import Project
from conc_advisor.scaffolding.provenance import Provenance, split_header

_LEFT_OUT: Final = frozenset({"__pycache__", "build", "dist", "node_modules", "site-packages", "env", "venv"})
_HEAD: Final = 4096
"""Bytes that a header may take; each file's beginning is read."""


class State(StrEnum):
    """How a copy compares with what the template gives today."""

    IDENTICAL = "identical"
    CHANGED = "changed"
    UNKNOWN = "unknown"
    """Its template, or what it was told, means nothing to this version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A file of the project that says it came from a template; `diff` leads from what was given to what is there."""

    path: PurePosixPath
    provenance: Provenance
    state: State
    diff: bytes = b""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    path: PurePosixPath
    provenance: Provenance
    text: str

    @property
    def file(self) -> str:
        """Which file of the template it was: what the header says, else its own name."""
        return self.provenance.file or self.path.name


def check_copies(project: Project, templates: Templates, only: Template | None = None) -> tuple[Copy, ...]:
    """Return every copy in the project, or those of one template, by path."""
    found = [each for each in _find(project.root) if only is None or each.provenance.template == only.name]
    return tuple(_compared(each, found, project, templates) for each in found)


def _find(root: Path) -> Iterator[_Found]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if name.endswith(".py") and (found := _read(path, root)) is not None:
                yield found


def _read(path: Path, root: Path) -> _Found | None:
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            if not file.read(_HEAD).startswith(b"# conc-advisor scaffold "):
                return None
        text = plain(path.read_bytes())
    except OSError:
        return None
    provenance = None if text is None else split_header(text)[0]
    if text is None or provenance is None:
        return None
    return _Found(path=PurePosixPath(path.relative_to(root)), provenance=provenance, text=text)


def _compared(found: _Found, all_found: Sequence[_Found], project: Project, templates: Templates) -> Copy:
    try:
        given = _given(found, all_found, project, templates)
    except ConcAdvisorError as error:
        return Copy(path=found.path, provenance=found.provenance, state=State.UNKNOWN, why=error.message)
    if same_text(given, found.text):
        return Copy(path=found.path, provenance=found.provenance, state=State.IDENTICAL)
    diff = unified(given.encode(), found.text.encode(), old=f"a/{found.path}", new=f"b/{found.path}")
    return Copy(path=found.path, provenance=found.provenance, state=State.CHANGED, diff=diff)


def _given(found: _Found, all_found: Sequence[_Found], project: Project, templates: Templates) -> str:
    """Return what the template gives for a file; raises `ConcAdvisorError` where it gives nothing."""
    provenance = found.provenance
    template = templates.find(provenance.template)
    names = read_names(provenance.names, template.names)
    told = None if provenance.folder is None else PurePosixPath(provenance.folder)
    code = _code(template, found, all_found)
    folder = next((path.parent for path in code.values()), told)
    if told is not None and folder is not None and (project.root / told).resolve() == (project.root / folder).resolve():
        # The same, by way of a link.
        folder = told
    modules = {file.removesuffix(".py"): path.stem for file, path in code.items()}
    wishes = Wishes(folder=folder, names=names, with_tests=found.file in template.tests, modules=modules)
    for file in generate(template, project, wishes):
        if file.path.name == found.file:
            # The header repeats what the file was told, not where its code was found.
            given = split_header(file.text)[1]
            own = found.text.removesuffix(split_header(found.text)[1])
            return own + given
    unsaid = "its header does not say which file it was, and " if provenance.file is None else ""
    raise ConcAdvisorError(f"{unsaid}{template.name} has no file {found.file}", hint="")


def _code(template: Template, found: _Found, all_found: Sequence[_Found]) -> Mapping[str, PurePosixPath]:
    """Return where the modules that go with a file lie now, by their names in the template; nothing where that cannot be told."""
    modules = [each for each in all_found if each.provenance.words == found.provenance.words and each.file in template.modules]
    if found.file in template.modules:
        beside = {each.file: each.path for each in modules if each.path.parent == found.path.parent}
        return {**beside, found.file: found.path}
    code = {each.file: each.path for each in modules}
    folders = {path.parent for path in code.values()}
    return code if len(code) == len(modules) and len(folders) == 1 else {}
