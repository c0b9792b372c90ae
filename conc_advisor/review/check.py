"""Reviews source: finds the files, reads them, looks for pitfalls, and leaves out what the user has silenced."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from conc_advisor.files import is_folder, real
from conc_advisor.findings import Finding
from conc_advisor.review.crew import Crew
from conc_advisor.review.modules import module_names
from conc_advisor.review.orders import FileOrder, Reviewed, Task, Unread
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.packing import facts_in
from conc_advisor.review.per_file import PerFileIgnores
from conc_advisor.review.phases import Findings, Progress, look, silent
from conc_advisor.review.settings import ReviewSettings
from conc_advisor.review.silencing import silence
from conc_advisor.review.sources import Sources
from conc_advisor.scanning.inventory import Metadata, Part, Skipped
from conc_advisor.scanning.metadata import read_metadata
from conc_advisor.scanning.scan import ground_of, promoted
from conc_advisor.scanning.sums import Ground, sum_up
from conc_advisor.scanning.walk import Found, SourceFile, find_files, printable
