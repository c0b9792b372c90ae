"""The tree is what the wizard does: every conversation is in it, and nothing else."""

import random
from collections.abc import Iterator

import pytest
from tree_builder import SMALL, row, small_tree, whole_tree

from conc_advisor.concurrency import ConcurrencyModel as Model
from conc_advisor.decision.engine import decide
from conc_advisor.decision.question_texts import Finder, Option, Question
from conc_advisor.decision.questions import MOST_QUESTIONS, answered, next_question
from conc_advisor.decision.recommendation import Reason
from conc_advisor.decision.table import TABLE
from conc_advisor.decision.tree import (
    Fork,
    Leaf,
    Tree,
    decision_tree,
    models_after,
    models_if_not_sure,
    questions_after,
    simplified,
)
from conc_advisor.workload import Bottleneck, Factor, FanOut, Gil, Workload

Step = tuple[Factor, int | None]
"""A question and the place of the answer among its options; None is "not sure"."""


def walk(tree: Tree, choose: random.Random) -> tuple[list[Step], Leaf]:
    """Return a conversation along the tree, with answers at random, and its end."""
    node, steps = tree.nodes[0], []
    while isinstance(node, Fork):
        branch = choose.choice(node.branches)
        option = choose.choice([*branch.options, *([None] if branch.not_sure else [])])
        steps.append((node.question.factor, option))
        node = tree.nodes[branch.node]
    return steps, node


def talk(choose: random.Random) -> tuple[list[Step], Workload]:
    """Return a conversation as the wizard leads it, with answers at random, and what it knows at its end."""
    workload, asked, steps = Workload(), frozenset[Factor](), []
    while (question := next_question(workload, asked)) is not None:
        number = choose.choice([None, *range(len(question.options))])
        steps.append((question.factor, number))
        asked |= {question.factor}
        workload = workload if number is None else answered(workload, question, question.options[number])
    return steps, workload


def follow(tree: Tree, steps: list[Step]) -> Leaf:
    """Return where the answers lead; fails where the tree asks something else."""
    node = tree.nodes[0]
    for factor, option in steps:
        assert isinstance(node, Fork)
        assert node.question.factor is factor
        ways = [branch for branch in node.branches if (branch.not_sure if option is None else option in branch.options)]
        assert len(ways) == 1, "each answer is in one branch"
        node = tree.nodes[ways[0].node]
    assert isinstance(node, Leaf)
    return node


def forks(tree: Tree) -> Iterator[tuple[int, Fork]]:
    for number, node in enumerate(tree.nodes):
        if isinstance(node, Fork):
            yield number, node


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_answered_the_tree_goes_where_the_wizard_goes(seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311  # a fixed sequence is wanted
    for _ in range(25):
        steps, workload = talk(choose)
        leaf, choice = follow(whole_tree(), steps), decide(TABLE, workload)
        assert (leaf.model, leaf.reason) == (choice.model, choice.why[0]), steps


@pytest.mark.parametrize("seed", range(10))
def test_whatever_way_the_tree_shows_is_a_conversation_of_the_wizard(seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311  # a fixed sequence is wanted
    for _ in range(25):
        steps, leaf = walk(whole_tree(), choose)
        workload, asked = Workload(), frozenset[Factor]()
        for factor, option in steps:
            question = next_question(workload, asked)
            assert question is not None
            assert question.factor is factor
            asked |= {factor}
            workload = workload if option is None else answered(workload, question, question.options[option])
        assert next_question(workload, asked) is None
        assert decide(TABLE, workload).model is leaf.model


def test_no_conversation_is_longer_than_the_wizard_allows() -> None:
    assert questions_after(whole_tree())[0] <= MOST_QUESTIONS


def test_every_answer_is_in_one_branch() -> None:
    for _, fork in forks(whole_tree()):
        options = sorted(option for branch in fork.branches for option in branch.options)
        assert options == list(range(len(fork.question.options)))
        assert [branch.not_sure for branch in fork.branches].count(True) == 1


@pytest.mark.parametrize("simple", [True, False])
def test_equal_nodes_are_one_and_branches_to_the_same_node_too(*, simple: bool) -> None:
    tree = simplified(whole_tree()) if simple else whole_tree()
    keys = [(node.question.factor, node.branches) if isinstance(node, Fork) else (node.model, node.reason) for node in tree.nodes]
    assert len(set(keys)) == len(keys)
    for _, fork in forks(tree):
        assert len({branch.node for branch in fork.branches}) == len(fork.branches)


def test_numbers_are_given_in_the_order_of_a_walk() -> None:
    seen: list[int] = []

    def visit(number: int) -> None:
        if number not in seen:
            seen.append(number)
            node = whole_tree().nodes[number]
            for branch in node.branches if isinstance(node, Fork) else ():
                visit(branch.node)

    visit(0)
    assert seen == list(range(len(whole_tree().nodes)))


@pytest.mark.parametrize("seed", range(10))
def test_the_simplified_tree_gives_the_same_models(seed: int) -> None:
    """It leaves questions out, so the answers to those are skipped."""
    choose, simple = random.Random(seed), simplified(whole_tree())  # noqa: S311  # a fixed sequence is wanted
    for _ in range(50):
        steps, leaf = walk(whole_tree(), choose)
        answers, node = dict(steps), simple.nodes[0]
        while isinstance(node, Fork):
            option = answers[node.question.factor]
            node = simple.nodes[
                next(branch.node for branch in node.branches if (branch.not_sure if option is None else option in branch.options))
            ]
        assert node.model is leaf.model


def test_the_simplified_tree_has_no_question_without_consequence_and_a_leaf_a_model() -> None:
    simple = simplified(whole_tree())
    assert all(len(fork.branches) > 1 for _, fork in forks(simple))
    leaves = [node.model for node in simple.nodes if isinstance(node, Leaf)]
    assert len(set(leaves)) == len(leaves)
    assert len(simple.nodes) < len(whole_tree().nodes)


def test_a_small_tree_is_what_one_would_draw() -> None:
    root, *_ = nodes = small_tree().nodes
    assert isinstance(root, Fork)
    assert [(branch.options, branch.not_sure) for branch in root.branches] == [((0,), False), ((1,), False), ((2,), False), ((), True)]
    waiting = nodes[root.branches[0].node]
    assert isinstance(waiting, Fork)
    assert [(branch.options, branch.not_sure) for branch in waiting.branches] == [((0,), True), ((1,), False)]
    few, many = (nodes[branch.node] for branch in waiting.branches)
    assert isinstance(few, Leaf)
    assert isinstance(many, Leaf)
    assert (few.model, many.model) == (Model.THREADS, Model.ASYNCIO)
    assert many.reason == Reason(row="many waits", because="many waits.", source="", factors=(Factor.BOTTLENECK, Factor.FAN_OUT))


def test_a_question_whose_answer_changes_nothing_is_left_out_of_the_simplified_tree() -> None:
    """Both computes and computes-and-waits end with processes: there the second question decides nothing."""
    root = simplified(small_tree()).nodes[0]
    assert isinstance(root, Fork)
    assert [branch.options for branch in root.branches] == [(0,), (1, 2), ()]


def test_what_may_still_come_is_known_at_every_node() -> None:
    tree = small_tree()
    assert models_after(tree)[0] == {Model.ASYNCIO, Model.THREADS, Model.PROCESSES, Model.SEQUENTIAL}
    assert models_if_not_sure(tree)[0] is Model.SEQUENTIAL
    assert questions_after(tree)[0] == 2
    leaf = next(number for number, node in enumerate(tree.nodes) if isinstance(node, Leaf))
    assert (models_after(tree)[leaf], questions_after(tree)[leaf]) == ({tree.nodes[leaf].model}, 0)  # type: ignore[union-attr]


def test_an_answer_that_says_more_than_it_was_asked_is_believed() -> None:
    both = Option(Bottleneck.IO, "waiting, many at once", "", {Factor.FAN_OUT: FanOut.HUNDREDS})
    question = Question(factor=Factor.BOTTLENECK, text="", meaning="", options=(both,), not_sure="", finder=Finder.NONE)
    tree = decision_tree(SMALL, lambda _, asked: None if asked else question)
    assert follow(tree, [(Factor.BOTTLENECK, 0)]).model is Model.ASYNCIO
    assert follow(tree, [(Factor.BOTTLENECK, None)]).model is Model.SEQUENTIAL


def test_a_table_that_needs_no_question_is_a_leaf() -> None:
    tree = decision_tree(SMALL, lambda _, __: None)
    assert [node.model for node in tree.nodes if isinstance(node, Leaf)] == [Model.SEQUENTIAL]
    assert simplified(tree).nodes == (Leaf(model=Model.SEQUENTIAL, reason=None),)


@pytest.mark.parametrize("value", Gil)
def test_what_was_asked_about_and_what_was_not_are_told_apart(value: Gil) -> None:
    """A row that fires when nobody knows must not be taken to fire when somebody does."""
    rows = (row("unknown gil", Model.THREADS, gil=None), *SMALL)
    question = Question(factor=Factor.GIL, text="", meaning="", options=(Option(value, "this", ""),), not_sure="", finder=Finder.NONE)
    tree = decision_tree(rows, lambda _, asked: None if asked else question)
    assert follow(tree, [(Factor.GIL, 0)]).model is Model.SEQUENTIAL
    assert follow(tree, [(Factor.GIL, None)]).model is Model.THREADS
