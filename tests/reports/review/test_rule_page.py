"""The page of a rule: its module's docstring, with its name above and the way on below."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import pytest
from review_outcome_builder import check, rule

from conc_advisor.reports.plain import Paper
from conc_advisor.reports.review.rule_page import help_address, markdown, text
from conc_advisor.review.rule import Rule
from conc_advisor.review.rules import ALL

PAGE = """# CA101 blocking-call-in-coroutine

## What it does

Finds `time.sleep()`, see <https://docs.python.org/3/library/time.html>.

## Example

```python
time.sleep(1)
```

## References

- [asyncio](https://docs.python.org/3/library/asyncio-dev.html), and more.
"""


@pytest.fixture
def module() -> Iterator[ModuleType]:
    """Yield a module of a rule, which the interpreter knows until the test ends."""
    made = ModuleType("rule_page_of_a_test", PAGE)
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


@pytest.fixture
def paged(module: ModuleType) -> Rule:
    """Return a rule whose page is `PAGE`."""

    def found(context: object) -> Iterator[object]:
        return check(context)

    found.__module__ = module.__name__
    return replace(rule(), check=found)  # type: ignore[arg-type]  # it yields nothing


def test_the_page_is_the_docstring_with_what_else_is_known(paged: Rule) -> None:
    said = markdown(paged)
    assert said.startswith(
        "# CA101 blocking-call-in-coroutine\n\n"
        "Severity `error`, group `blocking`, pitfall P01. A finding's own severity may differ from this usual one. "
        "Test code is left alone.\n\n## What it does\n\nFinds"
    )
    assert said.endswith(
        "and more.\n\n## See also\n\n"
        "- `conc-advisor explain blocking-in-async`: the page of the guide.\n"
        "- `conc-advisor scaffold async-offload`: code to start from.\n"
        "- `# noqa: CA101`: the comment that silences it in one line.\n"
    )


def test_only_what_a_rule_has_is_said(paged: Rule) -> None:
    said = markdown(replace(paged, pitfall="", topic="", template=None, in_tests=True))
    assert "pitfall" not in said
    assert "explain" not in said
    assert "scaffold" not in said
    assert "Test code" not in said


def test_a_page_without_a_title_gets_the_rules_name(paged: Rule, module: ModuleType) -> None:
    module.__doc__ = "Finds sleeping.\n\n## Example\n"
    said = markdown(paged)
    assert said.startswith("# CA101 blocking-call-in-coroutine\n\nSeverity")
    assert "\n\nFinds sleeping.\n\n## Example\n" in said


def test_without_docstrings_the_summary_is_the_page(paged: Rule, module: ModuleType) -> None:
    module.__doc__ = None
    assert "\n\nSummary of blocking-call-in-coroutine.\n\n" in markdown(paged)


def test_the_address_is_the_first_of_the_references(paged: Rule) -> None:
    assert help_address(paged) == "https://docs.python.org/3/library/asyncio-dev.html"


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("See <https://example.org/a>.", "https://example.org/a"),
        ("See https://example.org/a, and so on.", "https://example.org/a"),
        ("See https://example.org/a#b?c=1", "https://example.org/a#b?c=1"),
        ("No address, but http://example.org.", None),
    ],
)
def test_without_references_it_is_the_first_of_the_page_or_none(paged: Rule, module: ModuleType, page: str, address: str | None) -> None:
    module.__doc__ = page
    assert help_address(paged) == address


@pytest.mark.parametrize("rule_", ALL, ids=lambda each: each.code)
def test_every_page_fits_a_terminal(rule_: Rule) -> None:
    said = text(rule_, Paper(width=80))
    assert said.startswith(rule_.code)
    assert "\x1b" not in said
    assert text(rule_, Paper(width=80, unicode=False)).isascii()


def test_the_page_is_laid_out_as_those_of_the_guide(paged: Rule) -> None:
    said = text(paged, Paper())
    assert said.startswith("CA101 blocking-call-in-coroutine\n\n  Severity `error`")
    assert "\nExample\n    time.sleep(1)\n" in said
