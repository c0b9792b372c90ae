"""Reviews projects on disk, with one rule that is easy to see through in place of the real ones."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from project_builder import write_project

from conc_advisor.findings import Confidence, Finding, Severity
from conc_advisor.review.check import review
from conc_advisor.review.context import FileContext
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.rule import Rule
from conc_advisor.review.settings import ReviewSettings

CODE: Final = "CA999"


def check(context: FileContext) -> Iterator[Finding]:
    """Report calls of what is called `boom`, here or where it is imported from; fail for `crash()`, nest for `deep()`."""
    for scope, call in context.calls():
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name == "crash":
            raise ZeroDivisionError("not our day")
        if name == "deep":
            _nest()
        target = context.target(call, scope) or name
        if target.rpartition(".")[2] == "boom":
            yield BOOM.finding(context, call, f"calls {target}", advice="Do not.", confidence=Confidence.HIGH)


def _nest() -> None:
    _nest()


BOOM: Final = Rule(code=CODE, name="boom", pitfall="", topic="", summary="", severity=Severity.WARNING, check=check, also=("T999",))


def only_boom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `BOOM` be the only rule."""
    monkeypatch.setattr("conc_advisor.review.engine.shard.ALL", (BOOM,))
    monkeypatch.setattr("conc_advisor.review.silence.silencing.CARDS", (BOOM,))
    monkeypatch.setattr("conc_advisor.review.silence.silencing._names", dict)
    monkeypatch.setattr("conc_advisor.review.silence.silencing._KNOWN", frozenset({CODE}))
    monkeypatch.setattr("conc_advisor.review.silence.silencing.TWINS", {CODE: frozenset(BOOM.also)})


def settings_for(root: Path, **changes: Any) -> ReviewSettings:  # noqa: ANN401  # fields of the settings
    """Return the settings of a review of a folder, in this process and without ruff, but for some changes."""
    usual: dict[str, Any] = {"paths": (root,), "codes": frozenset({CODE}), "root": root, "jobs": 1, "ruff": False}
    return ReviewSettings(**(usual | changes))


def reviewed(root: Path, files: Mapping[str, str | bytes], **changes: Any) -> Outcome:  # noqa: ANN401  # as above
    """Return the review of a project of these files."""
    return review(settings_for(write_project(root, files), **changes))


def places(outcome: Outcome) -> list[str]:
    """Return the findings as `file:line message`, by the bare names of files, sorted."""
    return sorted(f"{Path(each.location.file).name}:{each.location.line} {each.message}" for each in outcome.findings if each.location)


def skipped(outcome: Outcome) -> dict[str, str]:
    """Return why files were skipped, by their bare names."""
    return {Path(each.file).name: each.why for each in outcome.skipped}
