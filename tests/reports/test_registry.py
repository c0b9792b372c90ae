"""The table of formats has laws."""

import json
from pathlib import Path

import pytest
from report_builder import empty_report, full_report, two_threads

from conc_advisor.reports.options import TextOptions
from conc_advisor.reports.registry import FORMATS, ReportFormat, entry, render


def test_every_format_has_one_row_and_every_row_its_own_ending() -> None:
    assert [row.format for row in FORMATS] == list(ReportFormat)
    assert len({row.suffix for row in FORMATS}) == len(FORMATS)
    assert all(row.purpose for row in FORMATS)


@pytest.mark.parametrize("report_format", ReportFormat)
def test_the_row_of_a_format_is_its_own(report_format: ReportFormat) -> None:
    assert entry(report_format).format is report_format


@pytest.mark.parametrize("report_format", ReportFormat)
def test_every_format_shows_a_full_report_and_an_empty_one(tmp_path: Path, report_format: ReportFormat) -> None:
    (tmp_path / "empty").mkdir()
    assert "".join(render(report_format, full_report(tmp_path), TextOptions()))
    "".join(render(report_format, empty_report(tmp_path / "empty"), TextOptions()))


@pytest.mark.parametrize("report_format", [each for each in ReportFormat if entry(each).suffix.endswith(".json")])
def test_what_ends_in_json_is_json(tmp_path: Path, report_format: ReportFormat) -> None:
    assert json.loads("".join(render(report_format, full_report(tmp_path), TextOptions())))


def test_the_text_knows_the_targets_working_directory(tmp_path: Path) -> None:
    """The recording says `/app`, so its files are shown relative to it without being told."""
    report = "".join(render(ReportFormat.TEXT, two_threads(tmp_path), TextOptions()))
    assert "app.py:12 in work" in report
    assert "/app/app.py" not in report
