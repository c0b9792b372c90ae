"""The types of the JSON report, `conc-advisor.profile/1`.

The JSON Schema that we ship is made from them, so each key's description stands here.  The format only grows: keys are added, never taken
away, and never change their meaning.
"""

from conc_advisor.reports.document.computing import HotFunction, HotNode, HotPaths
from conc_advisor.reports.document.profile import SCHEMA_ID, Evidence, Figure, Finding, Limit, Machine, Profile, Sampling, Target, Verdict
from conc_advisor.reports.document.threads import Blocked, Process, States, Thread
from conc_advisor.reports.document.waiting import AsleepHolding, BlockingSite, Contention, EventLoop, Gain, HolderSite, Stall

__all__ = [
    "SCHEMA_ID",
    "AsleepHolding",
    "Blocked",
    "BlockingSite",
    "Contention",
    "EventLoop",
    "Evidence",
    "Figure",
    "Finding",
    "Gain",
    "HolderSite",
    "HotFunction",
    "HotNode",
    "HotPaths",
    "Limit",
    "Machine",
    "Process",
    "Profile",
    "Sampling",
    "Stall",
    "States",
    "Target",
    "Thread",
    "Verdict",
]
