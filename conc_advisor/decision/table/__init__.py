"""The decision table: one row an entry, read from the top by `conc_advisor.decision.engine`.

Rows that speak against a model stand first, then those that speak for one: the special before the general.  The figures were measured
for this tool or stand at the address named.
"""

from typing import Final

from conc_advisor.decision.engine import Row
from conc_advisor.decision.table import computing, limits, waiting, whole

TABLE: Final[tuple[Row, ...]] = (
    *limits.LIMITS,
    *whole.BEYOND,
    *whole.ENDED_BY_FORCE,
    *whole.NOT_WORTH_IT,
    *whole.ARRAYS,
    *whole.TOO_SMALL,
    *whole.ONE_ITEM,
    *computing.BESIDE_A_LOOP,
    *computing.COMPUTING,
    *computing.COMPUTING_AND_WAITING,
    *waiting.BESIDE_A_UI,
    *waiting.BESIDE_A_LOOP,
    *waiting.FEW_WAITS,
    *waiting.MANY_WAITS,
    *waiting.UNSURE,
)
