"""Public questions with an expert's answer, as they lie in `decision/cases`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.answers import parse_answer
from conc_advisor.decision.open_questions import with_answer
from conc_advisor.workload import Factor, Workload

FILES = sorted((Path(__file__).parent / "decision" / "cases").glob("*.toml"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question, encoded, with the models that the expert's answer supports and speaks against."""

    id: str
    title: str
    source: str
    expert: str
    accept: frozenset[ConcurrencyModel]
    reject: frozenset[ConcurrencyModel]
    workload: Workload


def read_case(table: dict[str, Any]) -> Case:
    """Return a case of the file."""
    workload = Workload()
    for key, raw in table["answers"].items():
        value = parse_answer(Factor(key), raw)
        assert value is not None, f"{table['id']}: an unknown {key} is left out"
        workload = with_answer(workload, Factor(key), value)
    return Case(
        id=table["id"],
        title=table["title"],
        source=table["source"],
        expert=table["expert"],
        accept=frozenset(map(ConcurrencyModel, table["accept"])),
        reject=frozenset(map(ConcurrencyModel, table["reject"])),
        workload=workload,
    )


def read_cases(file: Path) -> list[Case]:
    """Return the cases of one file."""
    return [read_case(table) for table in tomllib.loads(file.read_text(encoding="utf-8"))["case"]]
