"""The text of the files that something is said of, read when it is asked for."""

import ast
from collections.abc import Iterable

from conc_advisor.findings import Finding
from conc_advisor.review.engine.file_data import data_of
from conc_advisor.review.engine.orders import FileOrder
from conc_advisor.scanning.source import UnreadableError, decoded, parse_text


class Sources:
    """The lines of files, by their names as shown."""

    def __init__(self, orders: Iterable[FileOrder]) -> None:
        self._orders = {order.file: order for order in orders}
        self._lines: dict[str, tuple[str, ...]] = {}

    def lines(self, file: str) -> tuple[str, ...]:
        """Return the lines of a file, without line ends; none where it cannot be read any more."""
        if file not in self._lines:
            order = self._orders.get(file)
            try:
                self._lines[file] = tuple(decoded(data_of(order)).split("\n")) if order is not None else ()
            except UnreadableError:
                self._lines[file] = ()
        return self._lines[file]

    def tree(self, file: str) -> ast.Module:
        """Return the syntax tree of a file; raises `UnreadableError` where it cannot be read any more."""
        return parse_text("\n".join(self.lines(file)))

    def of(self, findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
        """Return the lines of all files that findings, or steps of them, lie in."""
        places = (place for finding in findings for place in (finding.location, *(step.location for step in finding.steps)))
        return {file: self.lines(file) for file in dict.fromkeys(place.file for place in places if place is not None)}
