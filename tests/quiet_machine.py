"""Whether a run can be judged: beside a busy neighbour, conc-advisor itself declines to."""

from typing import Any, Final

BUSY: Final = 0.15
"""Share of all cores; above it another program takes part in what is measured."""


def had_machine_to_itself(report: dict[str, Any]) -> bool:
    """Return whether a JSON report says that other programs hardly ran meanwhile."""
    return (report["machine"]["others_busy"] or 0) < BUSY
