"""The drawings of the decision tree: readable, complete where they say so, and valid."""

import json
import re
from dataclasses import replace
from typing import Any, Final

import pytest
from choice_builder import HOSTILE
from json_schemas import closed, parts, shipped
from jsonschema import Draft202012Validator
from tree_builder import SMALL, ask_small, question, row, small_tree, whole_tree

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.question_texts import Option, Question
from conc_advisor.decision.tree import Fork, Leaf, Tree, decision_tree, simplified
from conc_advisor.reports.choice import tree_json
from conc_advisor.reports.choice.tree_drawing import MOST_LINES, drawing
from conc_advisor.reports.choice.tree_json import render_tree_json
from conc_advisor.reports.choice.tree_mermaid import MOST_ARROWS, render_tree_mermaid
from conc_advisor.reports.choice.tree_text import render_tree_text
from conc_advisor.reports.plain import Paper
from conc_advisor.workload import Bottleneck, Factor, FanOut, Gil, TaskDuration, Workload

SCHEMA: Final = shipped("conc_advisor.reports.choice", tree_json.SCHEMA_FILE)
ESCAPE: Final = re.compile(r"\x1b\[[0-9;]*m")
LABEL: Final = r'"(?:[A-Za-z0-9 .,:?!()+/%=_-]|#\d+;)*"'
MERMAID_LINE: Final = re.compile(
    rf"flowchart TD|%% [ -~]*|  n\d+(?:_\d+)?(?:\[{LABEL}\]|\(\[{LABEL}\]\))"
    rf"|  n\d+ -\.?->\|{LABEL}\| n\d+(?:_\d+)?(?:\[{LABEL}\]|\(\[{LABEL}\]\)|\({LABEL}\))"
)
"""Every line that is written; that Mermaid 12 reads them was tried."""

LONG: Final = question(Factor.TASK_DURATION, "How long?", Option(TaskDuration.LONG, "long", ""), Option(TaskDuration.SHORT, "short", ""))


def shown(tree: Tree, *, width: int = 100, verbose: bool = False, unicode: bool = True) -> str:
    return render_tree_text(tree, Paper(width=width, verbose=verbose, unicode=unicode))


def hostile_tree() -> Tree:
    """Return a tree whose question and answers have hostile texts."""
    asked = question(Factor.BOTTLENECK, HOSTILE, Option(Bottleneck.IO, HOSTILE, ""), Option(Bottleneck.CPU, f"2 {HOSTILE}", ""))
    rows = [replace(each, because=HOSTILE) for each in SMALL]
    return decision_tree(rows, lambda _, done: None if done else asked)


def test_a_small_tree_is_drawn_as_one_would_draw_it() -> None:
    assert shown(small_tree()).splitlines()[2:8] == [
        "Where?",
        "├ waiting: How many?",
        "│ ├ few | not sure: → threads",
        "│ └ many: → asyncio",
        "├ computing | both: → processes",
        "└ not sure: → sequential",
    ]


def test_in_full_every_question_is_drawn_and_every_end_has_its_reason() -> None:
    page = shown(small_tree(), verbose=True)
    assert page.splitlines()[2:] == [
        "Where?",
        "├ waiting: How many?",
        "│ ├ few | not sure: → threads: waits.",
        "│ └ many: → asyncio: many waits.",
        "├ computing: → processes: computes.",
        "├ both: How many?",
        "│ └ few | many | not sure: → processes: computes and waits.",
        "└ not sure: How many?",
        "  └ few | many | not sure: → sequential: nobody knows.",
    ]


def test_where_many_branches_meet_the_others_refer_to_the_first() -> None:
    """How long it takes is asked after two conversations, and goes on in the same way; it is drawn where it comes sooner."""
    table = (
        row("long", Model.DISTRIBUTED, task_duration=TaskDuration.LONG),
        # These tell the conversations apart, and never fire: nobody asks for the GIL.
        row("waits", Model.THREADS, bottleneck=Bottleneck.IO, gil=Gil.HOLDS),
        row("many waits", Model.THREADS, bottleneck=Bottleneck.IO, fan_out=FanOut.HUNDREDS, gil=Gil.HOLDS),
        row("nobody knows", Model.SEQUENTIAL),
    )

    def ask(workload: Workload, asked: frozenset[Factor]) -> Question | None:
        if (earlier := ask_small(workload, asked)) is not None:
            return earlier
        waits = workload.bottleneck is Bottleneck.IO
        wanted = (waits and workload.fan_out is FanOut.HUNDREDS) or workload.bottleneck is Bottleneck.CPU
        return LONG if wanted and Factor.TASK_DURATION not in asked else None

    assert shown(decision_tree(table, ask), verbose=True).splitlines()[2:] == [
        "Where?",
        "├ waiting: How many?",
        "│ ├ few | not sure: → sequential: nobody knows.",
        "│ └ many: see [1]",
        "├ computing: [1] How long?",
        "│ ├ long: → distributed: long.",
        "│ └ short | not sure: → sequential: nobody knows.",
        "└ both | not sure: How many?",
        "  └ few | many | not sure: → sequential: nobody knows.",
        "",
        "- see [7]: from here on it goes on as at the question with that number.",
    ]


def test_the_usual_drawing_is_short_and_says_what_it_leaves_out() -> None:
    page = shown(whole_tree(), width=200)
    assert len(page.splitlines()) <= MOST_LINES + 8
    assert re.search(r"Left out: what is asked after the first \d questions", page)
    assert "more answers may make it" in page


def test_the_full_drawing_has_every_question_and_every_reason_and_leaves_out_nothing() -> None:
    page = " ".join(re.sub("[│├└]", " ", shown(whole_tree(), verbose=True)).split())
    assert "Left out" not in page
    leaves = [node for node in whole_tree().nodes if isinstance(node, Leaf) and node.reason]
    assert [leaf for leaf in leaves if leaf.reason and f"{leaf.model}: {leaf.reason.because}" not in page] == []
    drawn = drawing(whole_tree())
    assert drawn.complete
    assert set(drawn.places) == {number for number, node in enumerate(whole_tree().nodes) if isinstance(node, Fork)}


@pytest.mark.parametrize("most", [1, 20, 60, 150, 400, 10_000])
def test_a_drawing_keeps_its_limit_by_ending_earlier(most: int) -> None:
    tree = simplified(whole_tree())
    drawn = drawing(tree, most=most)
    branches = sum(len(drawn.fork(number).branches) for number in drawn.places)
    assert branches <= most or drawn.depth == 1
    assert drawn.complete == (len(drawn.places) == sum(isinstance(node, Fork) for node in tree.nodes))


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("verbose", [True, False])
def test_no_line_is_wider_than_the_terminal(width: int, *, verbose: bool) -> None:
    assert max(map(len, shown(whole_tree(), width=width, verbose=verbose).splitlines())) <= width


def test_where_only_ascii_can_be_shown_nothing_else_is() -> None:
    assert shown(whole_tree(), unicode=False, verbose=True).isascii()


def test_color_adds_only_escape_codes() -> None:
    colored = render_tree_text(whole_tree(), Paper(width=100, color=True))
    assert ESCAPE.search(colored)
    assert ESCAPE.sub("", colored) == shown(whole_tree())


def test_a_tree_without_questions_is_drawn_too() -> None:
    tree = decision_tree(SMALL, lambda _, __: None)
    assert "\nsequential\n" in shown(tree)
    assert 'n0(["sequential"])' in render_tree_mermaid(tree, everything=False)
    assert json.loads(render_tree_json(tree))["nodes"][0]["model"] == "sequential"


@pytest.mark.parametrize("everything", [True, False])
def test_mermaid_gets_lines_that_it_reads_and_no_more_than_it_draws(*, everything: bool) -> None:
    page = render_tree_mermaid(whole_tree(), everything=everything)
    assert [line for line in page.splitlines() if not MERMAID_LINE.fullmatch(line)] == []
    assert sum("->|" in line for line in page.splitlines()) <= (MOST_ARROWS if everything else MOST_LINES)
    assert len(page) < 50_000


def test_every_arrow_of_mermaid_leads_somewhere_and_every_answer_has_one() -> None:
    page = render_tree_mermaid(small_tree(), everything=True)
    arrows = re.findall(r'^  (n\d+) -->\|"(.*?)"\| (n[\d_]+)[\[(]+"(.*?)"', page, re.MULTILINE)
    assert [(label, target) for _, label, _, target in arrows] == [
        ("waiting", "How many?"),
        ("computing #124; both", "processes"),
        ("not sure", "sequential"),
        ("few #124; not sure", "threads"),
        ("many", "asyncio"),
    ]


def test_the_schema_is_a_schema_and_the_document_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    for tree in (whole_tree(), small_tree(), hostile_tree()):
        Draft202012Validator(closed(SCHEMA)).validate(json.loads(render_tree_json(tree)))
    for part in parts(SCHEMA):
        described: dict[str, Any] = part.get("properties", {}) if part.get("type") == "object" else {}
        assert all(each.get("description") for each in described.values())


def test_the_words_of_the_schema_are_those_of_the_code() -> None:
    assert SCHEMA["$defs"]["Model"]["enum"] == list(Model)
    assert SCHEMA["$defs"]["Factor"]["enum"] == list(Factor) == list(SCHEMA["$defs"]["Says"]["properties"])


def test_a_program_can_follow_the_json() -> None:
    nodes = json.loads(render_tree_json(small_tree()))["nodes"]
    assert [node["id"] for node in nodes] == list(range(len(nodes)))
    root = nodes[0]
    assert [[answer["label"] for answer in branch["answers"]] for branch in root["branches"]] == [
        ["waiting"],
        ["computing"],
        ["both"],
        ["not sure"],
    ]
    assert root["branches"][0]["answers"][0]["says"] == {"bottleneck": "io"}
    assert root["branches"][3]["answers"][0]["says"] == {}
    assert nodes[root["branches"][1]["node"]]["model"] == "processes"
    assert nodes[root["branches"][1]["node"]]["reason"]["row"] == "computes"


@pytest.mark.parametrize("everything", [True, False])
def test_hostile_text_is_inert_in_every_format(*, everything: bool) -> None:
    mermaid = render_tree_mermaid(hostile_tree(), everything=everything)
    for page in (shown(hostile_tree(), verbose=everything), mermaid, render_tree_json(hostile_tree())):
        assert page.endswith("\n")
        assert all(line.isprintable() for line in page.splitlines())
    assert [line for line in mermaid.splitlines() if not MERMAID_LINE.fullmatch(line)] == []
