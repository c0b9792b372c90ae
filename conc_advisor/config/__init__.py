"""Reads `[tool.conc-advisor]` from the nearest pyproject.toml.

Says what is written there and complains about keys and types that cannot be meant; what a value means is for the command that uses it.
"""

from conc_advisor.config.configured import KEYS, Configured, has_working_folder, read_configuration, working_folder
from conc_advisor.config.review import REVIEW_KEYS, ConfiguredReview

__all__ = ["KEYS", "REVIEW_KEYS", "Configured", "ConfiguredReview", "has_working_folder", "read_configuration", "working_folder"]
