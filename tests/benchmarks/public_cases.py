"""How often `choose` answers public questions as the expert did, beside the chart that most people have in mind.

    python tests/benchmarks/public_cases.py

The cases lie in `tests/decision/cases`.  `held_out.toml` and `third.toml` were collected before the table had seen them; their first
scores, before anything was changed for them, stand in `FIRST`.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.engine import decide
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import AsyncLib, Bottleneck, Workload

sys.path.insert(0, str(Path(__file__).parents[1] / "decision"))
from test_cases import FILES, read_case

FIRST = {"held_out": "61 of 70 as the expert, 5 against", "third": "67 of 76 as the expert, 4 against"}


def by_table(workload: Workload) -> ConcurrencyModel:
    """Return what `choose` recommends."""
    return decide(TABLE, workload).model


def by_chart(workload: Workload) -> ConcurrencyModel:
    """Return what the usual chart says: I/O to asyncio, or to threads where the library blocks; computing to processes."""
    match workload.bottleneck:
        case Bottleneck.CPU:
            return ConcurrencyModel.PROCESSES
        case Bottleneck.MIXED:
            return ConcurrencyModel.ASYNCIO_PROCESSES
        case _:
            return ConcurrencyModel.THREADS if workload.async_lib is AsyncLib.NO else ConcurrencyModel.ASYNCIO


def score(tables: list[dict[str, Any]], advise: Any) -> str:  # noqa: ANN401  # one of the two above
    """Return how many cases were answered as the expert did, and how many against."""
    cases = [read_case(table) for table in tables]
    right = sum(advise(case.workload) in case.accept for case in cases)
    against = sum(advise(case.workload) in case.reject for case in cases)
    return f"{right} of {len(cases)} as the expert ({right / len(cases):.0%}), {against} against ({against / len(cases):.0%})"


if __name__ == "__main__":
    everything: list[dict[str, Any]] = []
    for file in FILES:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))["case"]
        everything += tables
        print(f"{file.stem}: table {score(tables, by_table)}; at first sight {FIRST.get(file.stem, 'not recorded')}")
    print(f"all: table {score(everything, by_table)}; chart {score(everything, by_chart)}")
