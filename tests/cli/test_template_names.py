"""Whoever names a template names one that exists."""

import pytest
from workload_samples import workloads

from conc_advisor.cli.profile_report import TEMPLATES
from conc_advisor.concurrency import ConcurrencyModel, VerdictId
from conc_advisor.decision.advice.templates import templates
from conc_advisor.scaffolding.catalogue import load_templates

NAMES = set(load_templates().by_name)


@pytest.mark.parametrize("verdict", TEMPLATES)
def test_a_verdict_of_profile(verdict: VerdictId) -> None:
    assert TEMPLATES[verdict] in NAMES


@pytest.mark.parametrize("model", ConcurrencyModel)
def test_a_recommendation_of_choose(model: ConcurrencyModel) -> None:
    """Whatever the workload."""
    named = {name for workload in workloads(200) for name in templates(model, workload)}
    assert named
    assert named <= NAMES
