"""The text report: what a tired engineer reads at night, the conclusion first and its grounds below it."""

from conc_advisor.reports.options import TextOptions
from conc_advisor.reports.text.layout import render

__all__ = ["TextOptions", "render"]
