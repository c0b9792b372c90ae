"""How often `choose` answers public questions as the expert did, beside the chart that most people have in mind.

    python tests/benchmarks/expert_cases.py

The cases lie in `tests/decision/cases`.  `held_out.toml`, `third.toml` and `fourth.toml` were collected by people who had not seen the
table; their first scores, before anything was changed for them, stand in `FIRST`.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.engine import decide
from conc_advisor.decision.table import TABLE
from conc_advisor.workload import AsyncLib, Bottleneck, Workload

sys.path.insert(0, str(Path(__file__).parents[1]))

from public_cases import FILES, Case, read_cases

FIRST = {
    "held_out": "61 of 70 as the expert, 5 against",
    "third": "67 of 76 as the expert, 4 against",
    "fourth": "67 of 75 as the expert, 2 against",
}


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


def score(cases: Sequence[Case], advise: Callable[[Workload], ConcurrencyModel]) -> str:
    """Return how many cases were answered as the expert did, and how many against."""
    right = sum(advise(case.workload) in case.accept for case in cases)
    against = sum(advise(case.workload) in case.reject for case in cases)
    return f"{right} of {len(cases)} as the expert ({right / len(cases):.0%}), {against} against ({against / len(cases):.0%})"


if __name__ == "__main__":
    everything: list[Case] = []
    for file in FILES:
        cases = read_cases(file)
        everything += cases
        print(f"{file.stem}: table {score(cases, by_table)}; at first sight {FIRST.get(file.stem, 'not recorded')}")
    print(f"all: table {score(everything, by_table)}; chart {score(everything, by_chart)}")
