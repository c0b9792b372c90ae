"""The code of a template: that it is Python, and that it defines the names that its manifest lists."""

import ast
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from conc_advisor.errors import UsageError
from conc_advisor.scaffolding.catalogue import MANIFEST, PAGE, Template
from conc_advisor.scaffolding.rename import defined_in, methods_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """What the modules of a template define: names at their tops, and methods of which no such name is a namesake."""

    top: frozenset[str]
    methods: frozenset[str]


def check_code(template: Template) -> None:
    """Raise `UsageError` unless the page is text, each file is Python, and the names in the manifest are defined.

    Code that needs a newer Python than the running one is not looked at: its syntax may be new too.
    """
    template.source(PAGE)
    if template.python > sys.version_info[:2]:
        return
    with warnings.catch_warnings():
        # What Python warns of is for those who take the template, not for everybody who reads the list.
        warnings.simplefilter("ignore")
        definitions(template, read_code(template, template.files))


def read_code(template: Template, files: tuple[str, ...]) -> dict[str, str]:
    """Return the texts of some of its files; raises `UsageError`, which names the file, for what is not Python in UTF-8."""
    sources = {}
    for file in files:
        target = (template.folder / file).resolve()
        if target.suffix != ".py":
            raise UsageError(f"{template.folder / file}: expected a Python file, not a link to {target}", hint="mend the template")
        sources[file] = template.source(file)
        why = _not_python(sources[file])
        if why:
            running = f"{sys.version_info[0]}.{sys.version_info[1]}"
            raise UsageError(f"{template.folder / file}: expected code that Python {running} reads: {why}", hint="mend the template")
    return sources


def definitions(template: Template, sources: Mapping[str, str]) -> Definitions:
    """Return what the modules define; raises `UsageError` for a name that the manifest lists and none of them does."""
    top = frozenset(name for file in template.modules for name in defined_in(sources[file]))
    methods = frozenset(name for file in template.modules for name in methods_in(sources[file])) - top
    for name in template.names:
        if name not in top | methods:
            raise UsageError(
                f"names in {template.folder / MANIFEST}: expected names that {' or '.join(template.modules)} defines, not {name!r}",
                hint="mend the manifest",
            )
    return Definitions(top=top, methods=methods)


def _not_python(source: str) -> str:
    """Return why a text is not Python, "" where it is."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        return f"{error.msg}, line {error.lineno or 1}"
    except ValueError as error:
        # Before Python 3.12, of a text with a null character.
        return str(error)
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    return ""
