"""The decision table: one row an entry, read from the top by `conc_advisor.decision.engine`.

Rows that speak against a model stand first, then those that speak for one: the special before the general.  The figures were measured
for this tool or stand at the address named.
"""

from typing import Final

from conc_advisor.decision.engine import Row
from conc_advisor.decision.table import beside, computing, ends, limits, unsure, waiting, worth

TABLE: Final[tuple[Row, ...]] = (
    *limits.LIMITS,
    *ends.BEYOND,
    *ends.ENDED_BY_FORCE,
    *ends.LONG_REQUESTS,
    *worth.NOT_WORTH_IT,
    *worth.ARRAYS,
    *worth.TOO_SMALL,
    *worth.ONE_ITEM,
    *beside.COMPUTING_BESIDE,
    *computing.COMPUTING,
    *computing.COMPUTING_AND_WAITING,
    *computing.NO_WORKERS,
    *beside.WAITING_BESIDE_A_UI,
    *beside.WAITING_BESIDE_A_LOOP,
    *waiting.FEW_WAITS,
    *waiting.MANY_WAITS,
    *unsure.UNSURE,
)
