"""Which part of the decision tree is drawn, and what the drawings call its branches."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.tree import Branch, Fork, Tree, models_after, models_if_not_sure, questions_after
from conc_advisor.reports.choice.words import any_of

MOST_LINES: Final = 150
"""A drawing with more branches is not read."""
NOT_SURE: Final = "not sure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A tree and the questions of it that are drawn.

    `places`: the questions that are drawn, each with the branch (number of the question before, place among its branches) below which it
    is; other branches that lead there refer to it by its number in `numbers` · `depth`: how many questions below each other are drawn.
    """

    tree: Tree
    places: dict[int, tuple[int, int]]
    numbers: dict[int, int]
    depth: int

    @property
    def complete(self) -> bool:
        """Whether the drawing breaks off nowhere."""
        return self.depth >= questions_after(self.tree)[0]

    def fork(self, number: int) -> Fork:
        """Return the question of that number."""
        node = self.tree.nodes[number]
        assert isinstance(node, Fork), "only questions have branches to draw"  # noqa: S101
        return node


def drawing(tree: Tree, *, most: int | None = None) -> Drawing:
    """Return what to draw of a tree: as many questions deep as do not need more than `most` branches, at least one; all without it."""
    deepest = questions_after(tree)[0]
    depths = range(deepest, 1, -1)
    depth = next((depth for depth in depths if most is None or _branches(tree, depth) <= most), min(deepest, 1))
    places = _places(tree, depth)
    return Drawing(tree=tree, places=places, numbers=_numbers(tree, places), depth=depth)


def branch_words(fork: Fork, branch: Branch) -> str:
    """Return the answers of a branch as they are offered: `HTTP | a database | not sure`; there are commas in some of them."""
    labels = [fork.question.options[option].label for option in branch.options]
    return " | ".join([*labels, *([NOT_SURE] if branch.not_sure else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where a drawing breaks off: the model if all the rest is not known, and what else it may come to."""

    model: ConcurrencyModel
    otherwise: str


def breaks(tree: Tree) -> list[Break]:
    """Return for each node what to draw instead of it where the drawing breaks off."""
    found = []
    for model, models in zip(models_if_not_sure(tree), models_after(tree), strict=True):
        others = [each for each in ConcurrencyModel if each in models and each is not model]
        found.append(Break(model=model, otherwise=f"; more answers may make it {any_of(others)}" if others else ""))
    return found


def _branches(tree: Tree, depth: int) -> int:
    return sum(len(node.branches) for number in _places(tree, depth) if isinstance(node := tree.nodes[number], Fork))


def _places(tree: Tree, depth: int) -> dict[int, tuple[int, int]]:
    """Return each question of the first `depth` with the branch that leads to it with the fewest questions before it."""
    places: dict[int, tuple[int, int]] = {}
    level = [(0, (0, -1))] if isinstance(tree.nodes[0], Fork) else []
    for _ in range(depth):
        for number, place in level:
            places.setdefault(number, place)
        level = [(branch.node, (number, at)) for number, _ in level for at, branch in _ways(tree, number) if branch.node not in places]
    return places


def _ways(tree: Tree, number: int) -> Iterator[tuple[int, Branch]]:
    """Yield the branches of a question that lead to another one, with their places."""
    node = tree.nodes[number]
    for at, branch in enumerate(node.branches if isinstance(node, Fork) else ()):
        if isinstance(tree.nodes[branch.node], Fork):
            yield at, branch


def _numbers(tree: Tree, places: dict[int, tuple[int, int]]) -> dict[int, int]:
    """Return a number for each drawn question that more than one drawn branch leads to, in the order in which they are drawn."""
    order: list[int] = []

    def visit(number: int) -> None:
        order.append(number)
        for at, branch in _ways(tree, number):
            if places.get(branch.node) == (number, at):
                visit(branch.node)

    if places:
        visit(0)
    targets = [branch.node for number in places for _, branch in _ways(tree, number)]
    shared = [number for number in order if targets.count(number) > 1]
    return {number: count for count, number in enumerate(shared, 1)}
