"""How a program finds out how many cores it may use, and how it keeps a library's own threads within them."""

from conc_advisor.decision.forms.versions import by_version, form
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import OperatingSystem, Workload


def cores_forms(workload: Workload) -> tuple[Form, ...]:
    """Return how to count the cores that this process may use."""
    if workload.os is OperatingSystem.LINUX:
        older = form(
            "The cores this process may use; `os.cpu_count()` counts the others too.", "import os\n\ncores = len(os.sched_getaffinity(0))"
        )
    else:
        older = form("The cores of the machine; a container or an affinity may allow fewer.", "import os\n\ncores = os.cpu_count() or 1")
    newer = form(
        "The cores this process may use; a container's limit on CPU time does not show here.",
        "import os\n\ncores = os.process_cpu_count() or 1",
    )
    return by_version(workload.python, {13: newer, 0: older})


def inner_threads_form() -> Form:
    """Return how to cap the threads of BLAS and OpenMP."""
    return form(
        "Cap the library's own threads before it is imported, so that they times the workers stay within the cores (threadpoolctl does it "
        "later).",
        'import os\n\nos.environ["OMP_NUM_THREADS"] = str(max(1, cores // WORKERS))',
    )
