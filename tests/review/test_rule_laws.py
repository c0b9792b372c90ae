"""The laws of the table of rules: code, page, example, guide, template, test and the documents that name it agree."""

import ast
import importlib
import importlib.util
import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from review_builder import context_of, findings
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from conc_advisor.findings import Finding
from conc_advisor.guide.guide import topics
from conc_advisor.review import rules
from conc_advisor.review.check import review
from conc_advisor.review.rule import Group, Rule
from conc_advisor.review.rules import ALL
from conc_advisor.review.settings import ReviewSettings
from conc_advisor.scaffolding.catalogue import load_templates

ROOT: Final = Path(__file__).parents[2]
TESTS: Final = Path(__file__).parent / "rules"
MODULES: Final = sorted(path.stem for path in Path(str(rules.__file__)).parent.glob("*.py") if path.stem != "__init__")
SECTIONS: Final = ["What it does", "Why is this bad", "Example", "Use instead", "References", "Related"]
PITFALLS: Final = [f"P{number:02}" for number in range(1, 30)]
_BLOCK: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OF_OTHERS: Final = {
    "": re.compile(r"ASYNC\d{3}"),
    "flake8-async": re.compile(r"ASYNC\d{3}"),
    "pylint": re.compile(r"[CEFRW]\d{4}"),
    "bandit": re.compile(r"B\d{3}"),
    "pyright": re.compile(r"report[A-Z]\w+"),
    "mypy": re.compile(r"[a-z]+(-[a-z]+)*"),
}
"""The form of a code of another tool than ruff, by the word before it; flake8-async's need none."""

every_rule = pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)


def module_of(rule: Rule) -> str:
    """Return the name of the module that a rule should lie in."""
    return rule.name.replace("-", "_")


def page_of(rule: Rule) -> str:
    """Return a rule's page."""
    return str(importlib.import_module(f"{rules.__name__}.{module_of(rule)}").__doc__)


def section(rule: Rule, title: str) -> str:
    """Return the text of a section of a rule's page."""
    return page_of(rule).split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(rule: Rule, title: str) -> list[str]:
    """Return the Python of a section; fails for a block of anything else."""
    found = _BLOCK.findall(section(rule, title))
    assert {language for language, _ in found} <= {"python"}
    return [source for _, source in found]


def found_by(rule: Rule, source: str, folder: Path) -> list[Finding]:
    """Return what a rule says of some source; comments are judged by a whole review only."""
    if rule.group is not Group.SUPPRESSIONS:
        return findings(rule, source)
    file = folder / "example.py"
    file.write_text(source, encoding="utf-8")
    settings = ReviewSettings(paths=(file,), codes=frozenset(each.code for each in ALL), root=folder, jobs=1, ruff=False)
    return [each for each in review(settings).findings if each.rule == rule.code]


def test_every_module_of_the_package_is_registered_once_and_nothing_else_is() -> None:
    registered = [each.__name__.rpartition(".")[2] for each in vars(rules).values() if isinstance(each, ModuleType)]
    assert sorted(registered) == MODULES
    assert sorted(module_of(rule) for rule in ALL) == MODULES


def test_each_registered_rule_is_the_one_of_its_module() -> None:
    assert [importlib.import_module(f"{rules.__name__}.{module_of(rule)}").RULE for rule in ALL] == list(ALL)


def test_rules_stand_in_the_order_of_their_codes() -> None:
    codes = [rule.code for rule in ALL]
    assert codes == sorted(codes)


@pytest.mark.parametrize("field", ["code", "name", "summary"])
def test_no_two_rules_share_a_code_a_name_or_a_summary(field: str) -> None:
    counts = Counter(getattr(rule, field) for rule in ALL)
    assert [each for each, count in counts.items() if count > 1] == []


def test_every_pitfall_has_a_rule() -> None:
    assert sorted({rule.pitfall for rule in ALL if rule.pitfall}) == PITFALLS


@every_rule
def test_a_code_is_ca_and_three_digits_of_which_the_first_names_a_group(rule: Rule) -> None:
    assert re.fullmatch(r"CA[0-7]\d\d", rule.code)
    assert rule.group.digit == rule.code[2]


@every_rule
def test_a_page_begins_with_code_name_and_a_summary(rule: Rule) -> None:
    title, empty, summary, *_ = page_of(rule).splitlines()
    assert title == f"# {rule.code} {rule.name}"
    assert not empty
    assert summary[0].isupper()
    assert rule.summary.endswith(".")


@every_rule
def test_a_page_has_its_sections_in_order_and_none_is_empty(rule: Rule) -> None:
    assert re.findall(r"^## (.+)$", page_of(rule), re.MULTILINE) == SECTIONS
    assert all(section(rule, title).strip() for title in SECTIONS)


@every_rule
def test_the_example_is_one_block_that_the_rule_finds(rule: Rule, tmp_path: Path) -> None:
    (source,) = blocks(rule, "Example")
    ast.parse(source)
    assert {each.rule for each in found_by(rule, source, tmp_path)} == {rule.code}


@every_rule
def test_what_to_use_instead_is_silent_under_every_rule(rule: Rule, tmp_path: Path) -> None:
    sources = blocks(rule, "Use instead")
    assert sources
    said = [(each.rule, each.message) for source in sources for other in ALL for each in found_by(other, source, tmp_path)]
    assert said == []


@every_rule
def test_references_are_links_by_https(rule: Rule) -> None:
    entries = [line for line in section(rule, "References").splitlines() if line.startswith("- ")]
    assert entries
    assert all(re.match(r"- \[[^\]]+\]\(https://\S+\)", entry) for entry in entries)


@every_rule
def test_the_topic_is_a_page_of_the_guide(rule: Rule) -> None:
    names = {topic.name for topic in topics()}
    assert rule.topic in ({""} if rule.group is Group.SUPPRESSIONS else names)


@every_rule
def test_the_template_exists(rule: Rule) -> None:
    assert rule.template is None or rule.template in load_templates().by_name


@pytest.fixture(scope="module")
def codes_of_ruff() -> frozenset[str]:
    """Return the codes of all rules of ruff, those in preview included."""
    done = subprocess.run([find_ruff_bin(), "rule", "--all", "--output-format", "json"], capture_output=True, check=True)
    return frozenset(each["code"] for each in json.loads(done.stdout) if each["code"])


@every_rule
def test_the_codes_of_other_tools_exist(rule: Rule, codes_of_ruff: frozenset[str]) -> None:
    for each in rule.also:
        tool, _, code = each.rpartition(" ")
        assert code in codes_of_ruff if tool == "ruff" else (not tool and code in codes_of_ruff) or _OF_OTHERS[tool].fullmatch(code), each


@every_rule
def test_the_codes_of_other_tools_stand_on_the_page(rule: Rule) -> None:
    related = section(rule, "Related")
    assert [each for each in rule.also if each.rpartition(" ")[2] not in related] == []


@every_rule
@pytest.mark.parametrize("document", ["CHANGELOG.md", "README.md"])
def test_the_documents_name_the_code(rule: Rule, document: str) -> None:
    assert rule.code in (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", [rule for rule in ALL if rule.group is not Group.SUPPRESSIONS], ids=lambda rule: rule.code)
def test_a_rule_has_tests_with_more_good_code_than_bad(rule: Rule) -> None:
    path = TESTS / f"test_{module_of(rule)}.py"
    assert path.exists(), "a rule without tests"
    spec = importlib.util.spec_from_file_location(f"laws_of_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert 0 < len(module.BAD) < len(module.GOOD)


def test_every_test_module_is_of_a_rule() -> None:
    assert (
        sorted(path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py") if path.stem.removeprefix("test_") not in MODULES) == []
    )


@every_rule
def test_what_a_rule_says_is_one_line_with_its_names_in_backticks(rule: Rule, tmp_path: Path) -> None:
    (source,) = blocks(rule, "Example")
    for each in found_by(rule, source, tmp_path):
        assert each.location is not None
        assert 1 <= each.location.line <= len(source.splitlines())
        assert each.advice
        assert not each.message.endswith(".")
        for text in (each.message, each.advice):
            assert "\n" not in text
            assert text.count("`") % 2 == 0


@every_rule
def test_no_rule_says_anything_of_an_empty_file(rule: Rule) -> None:
    assert list(rule.check(context_of(""))) == []
