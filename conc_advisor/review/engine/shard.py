"""Both halves of the work on some files, in one process: reading, and looking for pitfalls.

Between the halves the trees are kept, up to a number of lines; files beyond it are parsed again.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from conc_advisor.review.context import FileContext
from conc_advisor.review.engine.orders import FileOrder, Reading, Reviewed, Task, Unread
from conc_advisor.review.engine.overlaps import without_overlaps
from conc_advisor.review.engine.packing import summary_in
from conc_advisor.review.engine.reading import TOO_DEEP, Opened, opened, read_module, said, unread
from conc_advisor.review.engine.undisturbed import Garbage
from conc_advisor.review.project.project import Project, link
from conc_advisor.review.rule import Rule
from conc_advisor.review.rules import ALL
from conc_advisor.scanning.inventory import Part

if TYPE_CHECKING:
    from conc_advisor.findings import Finding

_CHANGED: Final = "was changed while it was read"


class Shard:
    """Some files' trees, up to so many lines to `keep`, and the rules."""

    def __init__(self, task: Task, *, keep: int) -> None:
        self._task = task
        self._keep = keep
        self._rules = tuple(rule for rule in ALL if rule.code in task.codes)
        self._kept: dict[int, Opened] = {}
        self._garbage = Garbage()

    def read(self, orders: Iterable[FileOrder]) -> Iterator[Reading | Unread]:
        """Yield what each file tells, in order."""
        for order in orders:
            read = read_module(order, self._task)
            if isinstance(read, Unread):
                yield read
                continue
            reading, module = read
            if self._keep >= reading.lines:
                self._keep -= reading.lines
                self._kept[order.number] = module
                self._garbage.keep()
            else:
                module.symbols.root.dissolve()
            del read, module
            self._garbage.worked(order.size)
            yield reading

    def review(self, orders: Iterable[tuple[FileOrder, bytes]], summaries: Sequence[bytes]) -> Iterator[Reviewed | Unread]:
        """Yield what the rules find in each file; `summaries` are those of all files, the bytes beside an order its digest."""
        try:
            project = link(map(summary_in, summaries))
        except Exception as error:  # noqa: BLE001  # a bug of ours is said, whatever process it happens in
            yield from (unread(order, error) for order, _ in orders)
            return
        for order, digest in orders:
            yield self._review(order, digest, project)
            self._garbage.worked(order.size)

    def close(self) -> None:
        """Forget the trees."""
        for module in self._kept.values():
            module.symbols.root.dissolve()
        self._kept.clear()

    def _review(self, order: FileOrder, digest: bytes, project: Project) -> Reviewed | Unread:
        module = self._kept.pop(order.number, None)
        try:
            if module is None:
                module = opened(order, self._task)
            if module.digest != digest:
                return Unread(number=order.number, why=_CHANGED)
            context = FileContext(module.parsed, project, symbols=module.symbols, paths=module.paths)
        except Exception as error:  # noqa: BLE001  # a bug of ours costs one file, not the whole review
            return unread(order, error)
        reviewed = _apply([rule for rule in self._rules if rule.in_tests or order.part is not Part.TESTS], context, order.number)
        module.symbols.root.dissolve()
        return reviewed


def _apply(rules: Iterable[Rule], context: FileContext, number: int) -> Reviewed:
    """Return what all rules find in a file; one that crashes costs what it would have found there."""
    findings: list[Finding] = []
    failed = []
    for rule in rules:
        try:
            findings.extend(rule.check(context))
        except (RecursionError, MemoryError):
            failed.append(f"{TOO_DEEP} for {rule.code}")
        except Exception as error:  # noqa: BLE001  # as above
            failed.append(f"a bug of ours in {rule.code}: {said(error)}")
    return Reviewed(number=number, findings=without_overlaps(findings), failed=tuple(failed))
