"""The decision tree: every conversation that the wizard can have, from knowing nothing on.

It is made by asking `next_question` what it would ask after each answer, "not sure" included, so it is what the wizard does and not a
drawing of it.  Conversations that go on alike share their nodes: without that there would be some ten thousand of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.engine import Row, comparable, decide
from conc_advisor.decision.question_texts import Question
from conc_advisor.decision.questions import answered, next_question
from conc_advisor.decision.recommendation import Reason
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import Bottleneck, Factor, Value, Workload

Ask = Callable[[Workload, frozenset[Factor]], Question | None]
"""What to ask next, by what is known and what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """The end of a conversation.  `reason` is the row that decides; None in a simplified tree, where all rows for a model are one leaf."""

    model: ConcurrencyModel
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """The answers after which the conversation goes on in the same way, and the number of the node where it does.

    `options` are the places of the answers among the question's options, in their order; `not_sure` whether "not sure" is one of them.
    """

    options: tuple[int, ...]
    not_sure: bool
    node: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A question and its branches; each answer is in one of them."""

    question: Question
    branches: tuple[Branch, ...]


Node = Fork | Leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The nodes by their numbers.  The conversation begins at 0; numbers are given in the order of a walk that goes deep first."""

    nodes: tuple[Node, ...]


def decision_tree(table: Sequence[Row] = TABLE, ask: Ask = next_question) -> Tree:
    """Return the tree of all conversations; takes about a second.

    `ask` may look at what the rows of the table make of the answers, at where the time goes and at what was asked already, but at
    nothing else: conversations that do not differ in these are taken for one.
    """
    return _Expansion(table, ask).tree()


def simplified(tree: Tree) -> Tree:
    """Return the tree with one leaf a model, and without the questions that are of no consequence then."""
    plan = _Plan()
    places: dict[int, int] = {}

    def visit(number: int) -> int:
        if number not in places:
            node = tree.nodes[number]
            if isinstance(node, Leaf):
                places[number] = plan.place(Leaf(model=node.model, reason=None))
            else:
                branches = [replace(branch, node=visit(branch.node)) for branch in node.branches]
                one_way = len({branch.node for branch in branches}) == 1
                places[number] = branches[0].node if one_way else plan.place_fork(node.question, branches)
        return places[number]

    return plan.tree(visit(0))


def models_after(tree: Tree) -> tuple[frozenset[ConcurrencyModel], ...]:
    """Return for each node the models that the conversation may still end with."""
    found: dict[int, frozenset[ConcurrencyModel]] = {}

    def visit(number: int) -> frozenset[ConcurrencyModel]:
        if number not in found:
            node = tree.nodes[number]
            if isinstance(node, Leaf):
                found[number] = frozenset({node.model})
            else:
                found[number] = frozenset().union(*(visit(branch.node) for branch in node.branches))
        return found[number]

    visit(0)
    return tuple(found[number] for number in range(len(tree.nodes)))


def models_if_not_sure(tree: Tree) -> tuple[ConcurrencyModel, ...]:
    """Return for each node the model where all further answers are "not sure"."""
    found = []
    for node in tree.nodes:
        while isinstance(node, Fork):
            node = tree.nodes[next(branch.node for branch in node.branches if branch.not_sure)]  # noqa: PLW2901  # a walk from here
        found.append(node.model)
    return tuple(found)


def questions_after(tree: Tree) -> tuple[int, ...]:
    """Return for each node how many questions there are at most until the end, its own included."""
    found: dict[int, int] = {}

    def visit(number: int) -> int:
        if number not in found:
            node = tree.nodes[number]
            found[number] = 0 if isinstance(node, Leaf) else 1 + max(visit(branch.node) for branch in node.branches)
        return found[number]

    visit(0)
    return tuple(found[number] for number in range(len(tree.nodes)))


class _Plan:
    """Nodes on the way to a tree; equal ones are one."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._places: dict[tuple[object, ...], int] = {}

    def place(self, node: Node) -> int:
        """Return where the node stands, be it new or not."""
        key = (node.question.factor, node.branches) if isinstance(node, Fork) else (node.model, node.reason and node.reason.row)
        place = self._places.setdefault(key, len(self._nodes))
        if place == len(self._nodes):
            self._nodes.append(node)
        return place

    def place_fork(self, question: Question, ways: Iterable[Branch]) -> int:
        """Return where the question with these ways on stands; ways to the same place become one."""
        merged: dict[int, Branch] = {}
        for way in ways:
            same = merged.get(way.node, Branch(options=(), not_sure=False, node=way.node))
            options = tuple(sorted((*same.options, *way.options)))
            merged[way.node] = Branch(options=options, not_sure=same.not_sure or way.not_sure, node=way.node)
        # An answer that has no place of its own stands last.
        branches = sorted(merged.values(), key=lambda branch: branch.options or (len(question.options),))
        return self.place(Fork(question=question, branches=tuple(branches)))

    def tree(self, root: int) -> Tree:
        """Return the tree that begins at a place; what cannot be reached from there is left out."""
        numbers: dict[int, int] = {}

        def visit(place: int) -> None:
            if place in numbers:
                return
            numbers[place] = len(numbers)
            node = self._nodes[place]
            if isinstance(node, Fork):
                for branch in node.branches:
                    visit(branch.node)

        visit(root)
        return Tree(nodes=tuple(_renumbered(self._nodes[place], numbers) for place in numbers))


def _renumbered(node: Node, numbers: dict[int, int]) -> Node:
    if isinstance(node, Leaf):
        return node
    return replace(node, branches=tuple(replace(branch, node=numbers[branch.node]) for branch in node.branches))


_RowsSoFar = tuple[int, int, int]
"""What the answers make of the rows of the table, a bit a row.

The rows for which all that was answered is as they want it, those that fire or may come to, and those that fire whatever else is said.
"""
_State = tuple[frozenset[Factor], frozenset[Factor], Bottleneck | None, _RowsSoFar]
"""What was asked, what is known, and what follows from it: all that the rest of a conversation depends on."""


class _Expansion:
    """Asks and asks."""

    def __init__(self, table: Sequence[Row], ask: Ask) -> None:
        self._table = table
        self._ask = ask
        self._plan = _Plan()
        self._places: dict[_State, int] = {}
        self._leaves: dict[int, int] = {}
        self._effects: dict[tuple[Factor, Value | None], _RowsSoFar] = {}

    def tree(self) -> Tree:
        return self._plan.tree(self._place(Workload(), frozenset()))

    def _place(self, workload: Workload, asked: frozenset[Factor]) -> int:
        """Return the place of the node at which a conversation has arrived."""
        state = self._state(workload, asked)
        if state not in self._places:
            question = self._ask(workload, asked)
            if question is None:
                self._places[state] = self._leaf(workload)
            else:
                self._places[state] = self._plan.place_fork(question, self._ways(question, workload, asked))
        return self._places[state]

    def _leaf(self, workload: Workload) -> int:
        """Return the place of the decision; the rows that fire, with all that was not said unknown, are what it depends on."""
        firing = reduce(and_, (self._effect(factor, workload.get(factor))[0] for factor in Factor))
        if firing not in self._leaves:
            choice = decide(self._table, workload)
            self._leaves[firing] = self._plan.place(Leaf(model=choice.model, reason=choice.why[0]))
        return self._leaves[firing]

    def _ways(self, question: Question, workload: Workload, asked: frozenset[Factor]) -> Iterator[Branch]:
        asked |= {question.factor}
        for number, option in enumerate(question.options):
            yield Branch(options=(number,), not_sure=False, node=self._place(answered(workload, question, option), asked))
        yield Branch(options=(), not_sure=True, node=self._place(workload, asked))

    def _state(self, workload: Workload, asked: frozenset[Factor]) -> _State:
        known = frozenset(workload.known())
        effects = [self._effect(factor, workload.get(factor)) for factor in asked | known]
        firing, possible, certain = (reduce(and_, column) for column in zip((-1, -1, -1), *effects, strict=True))
        # What can no longer fire makes no difference.
        return asked, known - asked, workload.bottleneck, (firing & possible, possible, certain & possible)

    def _effect(self, factor: Factor, value: Value | None) -> _RowsSoFar:
        """Return what it makes of the rows that a factor has this value, or that nobody knows it."""
        if (factor, value) not in self._effects:
            listed = comparable(value)
            wanted = [row.when.get(factor) for row in self._table]
            suits = [allowed is None or listed in allowed for allowed in wanted]
            self._effects[factor, value] = (
                _bits(suits),
                _bits([listed is None or each for each in suits]),
                _bits([allowed is None or (listed is not None and each) for allowed, each in zip(wanted, suits, strict=True)]),
            )
        return self._effects[factor, value]


def _bits(flags: Sequence[bool]) -> int:
    return sum(1 << at for at, flag in enumerate(flags) if flag)
