"""The page of a rule: the docstring of its module, under its name and what else is known of it."""

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Final

from conc_advisor.guide.links import with_commands
from conc_advisor.reports.explain import page_text
from conc_advisor.reports.plain import Paper
from conc_advisor.review.rule import Rule

_ADDRESS: Final = re.compile(r"https://[^\s<>()\[\]`\"']+[^\s<>()\[\]`\"'.,;:]")
_REFERENCES: Final = "## References"
_TITLE: Final = "# "


def markdown(rule: Rule) -> str:
    """Return the page as Markdown that ends with a newline; links to the guide are given as commands."""
    title, body = _parts(rule)
    ends = ["## See also", "", *(f"- {each}" for each in _see_also(rule))]
    return "\n".join([f"{_TITLE}{title}", "", _kind(rule), "", with_commands(body).strip(), "", *ends]) + "\n"


def text(rule: Rule, paper: Paper) -> str:
    """Return the page for a terminal."""
    return page_text.render(markdown(rule), paper)


def help_address(rule: Rule) -> str | None:
    """Return the first address of the page's references, or of the page; None where it has none."""
    _, body = _parts(rule)
    found = _ADDRESS.search(body.partition(_REFERENCES)[2]) or _ADDRESS.search(body)
    return found[0] if found else None


def _parts(rule: Rule) -> tuple[str, str]:
    """Return the page's title and the rest; a page without a title gets the rule's code and name."""
    # Without docstrings (python -OO) the summary is all there is.
    page = inspect.cleandoc(sys.modules[rule.check.__module__].__doc__ or rule.summary)
    if page.startswith(_TITLE):
        title, _, body = page.partition("\n")
        return title.removeprefix(_TITLE).strip(), body
    return f"{rule.code} {rule.name}", page


def _kind(rule: Rule) -> str:
    pitfall = f", pitfall {rule.pitfall}" if rule.pitfall else ""
    tests = "" if rule.in_tests else " Test code is left alone."
    # What a rule is less sure of, or what does less harm, it tells with another severity: its page has the cases.
    own = "A finding's own severity may differ from this usual one."
    return f"Severity `{rule.severity}`, group `{rule.group}`{pitfall}. {own}{tests}"


def _see_also(rule: Rule) -> Iterator[str]:
    if rule.topic:
        yield f"`conc-advisor explain {rule.topic}`: the page of the guide."
    if rule.template is not None:
        yield f"`conc-advisor scaffold {rule.template}`: code to start from."
    yield f"`# noqa: {rule.code}`: the comment that silences it in one line."
