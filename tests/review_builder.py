"""Reviews source that a test holds as text."""

import ast
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from conc_advisor.findings import Finding
from conc_advisor.review.context import FileContext
from conc_advisor.review.parsed import ParsedModule
from conc_advisor.review.project.project import link
from conc_advisor.review.rule import Rule
from conc_advisor.review.symbols.summary import summarise
from conc_advisor.scanning.inventory import Part


def parsed(source: str, name: str = "app", *, python: int | None = None) -> ParsedModule:
    """Return a module of this source; `python` is the lowest minor version that it must run on."""
    text = dedent(source)
    return ParsedModule(
        path=Path(f"{name.replace('.', '/')}.py"),
        file=f"{name.replace('.', '/')}.py",
        name=name,
        package=False,
        part=Part.MAIN,
        lines=tuple(text.splitlines()),
        tree=ast.parse(text),
        python=python,
    )


def context_of(source: str, *, python: int | None = None, others: Mapping[str, str] | None = None) -> FileContext:
    """Return the module `app` as rules see it, beside other modules by their dotted names."""
    module = parsed(source, python=python)
    modules = [module, *(parsed(text, name, python=python) for name, text in (others or {}).items())]
    return FileContext(module, link(summarise(each) for each in modules))


def findings(rule: Rule, source: str, *, python: int | None = None, others: Mapping[str, str] | None = None) -> list[Finding]:
    """Return what a rule says of the module `app`."""
    return list(rule.check(context_of(source, python=python, others=others)))


def marked_lines(source: str) -> list[int]:
    """Return the numbers of the lines that end with the comment `# here`."""
    return [number for number, line in enumerate(dedent(source).splitlines(), start=1) if line.rstrip().endswith("# here")]


def found_lines(rule: Rule, source: str, *, python: int | None = None, others: Mapping[str, str] | None = None) -> list[int]:
    """Return the numbers of the lines that a rule reports in the module `app`."""
    lines = [each.location.line for each in findings(rule, source, python=python, others=others) if each.location is not None]
    return sorted(lines)
