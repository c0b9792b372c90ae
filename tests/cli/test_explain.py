"""`explain` from the command line: topics, libraries, both, neither; formats, files, completion."""

import json
import os
import re
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pexpect
import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command

from conc_advisor.catalogue.catalogue import load_catalogue
from conc_advisor.cli.app import app, run
from conc_advisor.cli.explain import ALSO_LIBRARIES, complete_topic
from conc_advisor.errors import ExitCode
from conc_advisor.guide.guide import ALIASES, topics
from conc_advisor.reports.explain import json as explain_json
from conc_advisor.review.linters.ruff_rules import RULES as RUFF_RULES
from conc_advisor.review.rule import Rule
from conc_advisor.review.rules import ALL as RULES
from conc_advisor.scaffolding.catalogue import load_templates

TOPICS = topics()
TITLES = {topic.name for topic in TOPICS}
SCHEMA: dict[str, Any] = json.loads(
    (resources.files("conc_advisor.reports.explain") / explain_json.SCHEMA_FILE).read_text(encoding="utf-8")
)

Explain = Callable[..., tuple[str, str]]


@pytest.fixture
def explain(capsys: pytest.CaptureFixture[str], workplace: Path) -> Explain:
    """Return a function that runs `explain` and gives what it wrote to stdout and stderr; it must succeed."""
    assert workplace

    def command(*words: str) -> tuple[str, str]:
        assert run(["explain", *words]) == 0
        told = capsys.readouterr()
        return told.out, told.err

    return command


def document(text: str) -> dict[str, Any]:
    """Return JSON that is as the schema says."""
    value: dict[str, Any] = json.loads(text)
    Draft202012Validator(SCHEMA).validate(value)
    return value


def test_without_a_topic_all_are_listed(explain: Explain) -> None:
    """By kind, each in a line; and the next command is one that works."""
    out, err = explain()
    assert re.findall(r"^## (\w+)$", out, re.MULTILINE) == ["Models", "Concepts", "Verdicts", "Pitfalls", "Templates", "Rules", "Libraries"]
    assert [f"- `{topic.name}`: {topic.summary}" for topic in TOPICS if f"- `{topic.name}`: {topic.summary}\n" not in out] == []
    assert err == "next: conc-advisor explain choosing\n"


def test_a_topic_is_its_page(explain: Explain) -> None:
    """As Markdown where there is no terminal, with commands in place of links."""
    out, err = explain("deadlines")
    assert out.startswith("# Deadlines\n\n")
    assert "- `conc-advisor explain cancellation`: " in out
    assert err == "next: conc-advisor explain cancellation\n"


def test_text_can_be_asked_for(explain: Explain) -> None:
    """Without colour: it is not a terminal."""
    out, _ = explain("deadlines", "--format", "text")
    assert out.startswith("Deadlines\n\n  Every wait")
    assert "\x1b" not in out


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_a_page(rule: Rule, explain: Explain) -> None:
    """By its code in any capitals, and the next command is one that works."""
    out, err = explain(rule.code.lower())
    assert out.startswith(f"# {rule.code} {rule.name}\n")
    following = err.removeprefix("next: conc-advisor ").split()
    usual = ["explain", rule.topic] if rule.topic else ["review"]
    assert following == (usual if rule.template is None else ["scaffold", rule.template, "--show"])


def test_what_a_rule_leads_to_is_there() -> None:
    """The page of the guide, and the template."""
    assert {rule.topic for rule in RULES if rule.topic} - TITLES == set()
    assert {rule.template for rule in RULES if rule.template is not None} - set(load_templates().by_name) == set()


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.name not in TITLES], ids=lambda rule: rule.code)
def test_a_rule_goes_by_its_name_too(rule: Rule, explain: Explain) -> None:
    """Unless a topic of the guide does: that page says more."""
    assert explain(rule.name)[0].startswith(f"# {rule.code} ")


def test_a_rule_as_json(explain: Explain) -> None:
    """The page is Markdown, and the topic says what it is."""
    page = document(explain(RULES[0].code, "--format", "json")[0])["page"]
    assert (page["topic"]["kind"], page["topic"]["title"]) == ("rule", f"{RULES[0].code} {RULES[0].name}")
    assert page["markdown"].startswith(f"# {RULES[0].code}")


def test_rules_are_listed_by_their_codes(explain: Explain) -> None:
    """Which is what findings show."""
    out, _ = explain()
    assert [rule.code for rule in RULES if f"- `{rule.code}`: {rule.summary}\n" not in out] == []


def test_no_library_and_no_topic_is_called_as_a_rule() -> None:
    """A code must not hide a library."""
    catalogue = load_catalogue()
    codes = [*(rule.code for rule in RULES), *(rule.code for rule in RUFF_RULES)]
    assert [code for code in codes if catalogue.by_name(code) or catalogue.by_import(code) or code.lower() in TITLES] == []


def test_quiet_says_nothing_else(explain: Explain) -> None:
    """For scripts."""
    assert explain("gil", "-q")[1] == ""


@pytest.mark.parametrize(
    "name", ["requests", "Requests", "PIL", "pillow", "concurrent.futures.ThreadPoolExecutor", "PIL.Image", "psycopg2_"]
)
def test_a_library_is_found_by_name_and_by_import(name: str, explain: Explain) -> None:
    """As the catalogue finds it."""
    out, err = explain(name.rstrip("_"))
    assert "## What is known" in out
    assert re.fullmatch(r"next: conc-advisor explain [\w-]+\n", err)


@pytest.mark.parametrize("name", sorted(ALSO_LIBRARIES))
def test_a_name_that_is_both_shows_both(name: str, explain: Explain) -> None:
    """The page first."""
    out, _ = explain(name)
    assert out.index("## See also") < out.index("## What is known")
    assert out.count(f"\n# {name}\n") == 1


def test_the_list_of_names_that_are_both_is_complete() -> None:
    """A topic must not hide a library, and an alias neither."""
    catalogue = load_catalogue()
    known = {topic.name for topic in TOPICS}
    assert {name for name in known if catalogue.by_name(name) or catalogue.by_import(name)} == ALSO_LIBRARIES
    assert [alias for alias in ALIASES if catalogue.by_name(alias) or catalogue.by_import(alias)] == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("asyncoi", "asyncio"),
        ("requets", "requests"),
        ("deadline-propagation", "did you mean"),
        ("nothing-like-it-at-all", "conc-advisor explain lists the topics"),
        ("", "conc-advisor explain lists the topics"),
        ("../../etc/passwd", "conc-advisor explain lists the topics"),
        ("x\x1b[2J", "conc-advisor explain lists the topics"),
    ],
)
def test_an_unknown_name_gets_the_nearest_ones(name: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From topics and libraries alike; and nothing hostile reaches the terminal."""
    assert run(["explain", name]) == ExitCode.USAGE
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: there is no topic and no library ")
    assert hint in told.err.splitlines()[1]
    assert "\x1b" not in told.err


def test_json_of_a_topic(explain: Explain) -> None:
    """The page, and what to read next."""
    value = document(explain("gil", "--format", "json")[0])
    assert value["schema"] == "conc-advisor.explain/1"
    assert (value["page"]["topic"]["name"], value["page"]["topic"]["kind"]) == ("gil", "concept")
    assert value["page"]["markdown"].startswith("# ")
    assert value["page"]["see_also"][0] == "gil-convoy"
    assert value["library"] is None
    assert value["topics"] == []


def test_json_of_a_library(explain: Explain) -> None:
    """Claims with their sources, and the figures as numbers."""
    value = document(explain("pillow", "--format", "json")[0])["library"]
    assert value["name"] == "pillow"
    claims = {claim["name"]: claim for claim in value["claims"]}
    assert claims["gil"]["verified"] is True
    assert claims["fork"]["source"].startswith("unverified") is not claims["fork"]["verified"]
    assert all(0 <= row["held"] <= 1 for row in value["measured"])


def test_json_of_everything(explain: Explain) -> None:
    """All topics, no page."""
    value = document(explain("--format", "json")[0])
    of_guide = [topic["name"] for topic in value["topics"] if topic["kind"] not in {"template", "rule"}]
    assert of_guide == [topic.name for topic in TOPICS]
    assert [topic["name"] for topic in value["topics"] if topic["kind"] == "rule"] == [rule.name for rule in RULES]
    assert "async-fan-out" in {topic["name"] for topic in value["topics"]} - set(of_guide)
    assert value["page"] is None


def test_the_schema_is_made_from_the_types() -> None:
    """The file that we ship is the one that the types give."""
    file = resources.files("conc_advisor.reports.explain") / explain_json.SCHEMA_FILE
    assert file.read_text(encoding="utf-8") == explain_json.schema_text()


def test_a_file_takes_the_page(explain: Explain, workplace: Path) -> None:
    """As Markdown; a second time only with --force."""
    out, err = explain("gil", "-o", "gil.md")
    assert (out, err) == ("", "next: conc-advisor explain gil-convoy\n")
    assert (workplace / "gil.md").read_text().startswith("# The global")
    assert run(["explain", "gil", "-o", "gil.md"]) == ExitCode.REFUSED
    explain("threads", "-o", "gil.md", "--force", "--format", "text")
    assert (workplace / "gil.md").read_text().startswith("A bounded pool of threads\n")


def test_no_file_is_made_for_a_name_that_nobody_knows(workplace: Path) -> None:
    """The name is looked up first."""
    assert run(["explain", "nonsense", "-o", "x.md"]) == ExitCode.USAGE
    assert list(workplace.iterdir()) == []


@pytest.mark.parametrize(
    ("begun", "expected"), [("gil-c", {"gil-convoy"}), ("taskg", {"taskgroup-vs-gather"}), ("pill", {"pillow"}), ("zzz", set())]
)
def test_names_are_completed(begun: str, expected: set[str]) -> None:
    """Topics, and libraries where there is no such topic."""
    assert {name for name, _ in complete_topic(begun)} == expected


def test_pages_name_only_commands_that_exist() -> None:
    """What a page tells to run must run."""
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = {
        (topic.name, command)
        for topic in TOPICS
        for command in re.findall(r"`conc-advisor (\S+?)[ `]", topic.path.read_text(encoding="utf-8"))
    }
    assert {(topic, command) for topic, command in named if command not in commands} == set()


@pytest.mark.real
@pytest.mark.parametrize(
    ("environment", "title"),
    [
        ({"TERM": "xterm"}, "\x1b[1mDeadlines\x1b[0m"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "Deadlines"),
        ({"TERM": "dumb"}, "Deadlines"),
    ],
)
def test_a_terminal_gets_a_page_to_read(environment: dict[str, str], title: str, workplace: Path) -> None:
    """Laid out, in colour where that is wanted."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "conc_advisor", "explain", "deadlines"],
        cwd=str(workplace),
        env={**os.environ, **environment},
        encoding="utf-8",
        timeout=30,
        dimensions=(40, 60),
    )
    child.expect(pexpect.EOF)
    child.close()
    text = (child.before or "").replace("\r\n", "\n")
    assert child.exitstatus == 0
    assert text.startswith(f"{title}\n\n  Every wait")
    assert ("\x1b" in text) is (environment == {"TERM": "xterm"})
    assert text.endswith("next: conc-advisor explain cancellation\n")
