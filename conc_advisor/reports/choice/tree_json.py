"""The decision tree as JSON: all of it, as the wizard asks.  `tree-1.schema.json` beside this module describes it."""

from typing import Final

from conc_advisor import __version__
from conc_advisor.decision.questions import answers_in
from conc_advisor.decision.tree import Branch, Fork, Leaf, Node, Tree
from conc_advisor.reports.choice.json import json_text, plain
from conc_advisor.reports.choice.tree_drawing import NOT_SURE

SCHEMA_ID: Final = "conc-advisor.tree/1"
SCHEMA_FILE: Final = "tree-1.schema.json"


def render_tree_json(tree: Tree) -> str:
    """Return the document, indented, in plain ASCII."""
    nodes = [_node(number, node) for number, node in enumerate(tree.nodes)]
    return json_text({"schema": SCHEMA_ID, "tool_version": __version__, "root": 0, "nodes": nodes})


def _node(number: int, node: Node) -> dict[str, object]:
    if isinstance(node, Leaf):
        return {"id": number, "kind": "recommendation", "model": plain(node.model), "reason": plain(node.reason)}
    question = node.question
    return {
        "id": number,
        "kind": "question",
        "factor": plain(question.factor),
        "text": plain(question.text),
        "branches": [{"answers": _answers(node, branch), "node": branch.node} for branch in node.branches],
    }


def _answers(fork: Fork, branch: Branch) -> list[dict[str, object]]:
    """Return the answers with what each of them says of the workload; "not sure" says nothing."""
    answers: list[dict[str, object]] = []
    for number in branch.options:
        option = fork.question.options[number]
        says = {factor.value: plain(value) for factor, value in answers_in(fork.question, option).items()}
        answers.append({"label": plain(option.label), "says": says})
    if branch.not_sure:
        answers.append({"label": NOT_SURE, "says": {}})
    return answers
