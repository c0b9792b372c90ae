"""How processes are started on a system and a Python, and what follows for the program."""

from typing import Final

from conc_advisor.decision.forms.versions import form, older_than, surely
from conc_advisor.decision.recommendation import Form
from conc_advisor.workload import OperatingSystem, Workload

FORKSERVER_BY_DEFAULT: Final = 14
_GUARD: Final = form(
    "Each worker imports the program's main module: start everything under the guard, and nothing at import.",
    'if __name__ == "__main__":\n    main(load_items())',
)
_WINDOWS: Final = form(
    "Windows has spawn only: the guard is a must, a worker starts with nothing but its arguments, and a pool has at most 61 workers.",
    applies="Windows",
)
_MACOS: Final = form("spawn is the default on macOS; fork is not safe there, because system libraries use threads.", applies="macOS")
_LINUX_BEFORE: Final = form(
    "fork is the default here, and a child of a process with threads may hang: ask for forkserver.", applies="Linux, Python before 3.14"
)
_LINUX_SINCE: Final = form("forkserver is the default here: the guard is needed, as with spawn.", applies="Linux, Python 3.14 and newer")
_PRELOAD: Final = form(
    "Let the fork server import what every worker needs: each of them then starts with it.",
    'import multiprocessing\n\nmultiprocessing.set_forkserver_preload(["my_package.work"])',
    "Linux",
)


def context_line(workload: Workload) -> str:
    """Return the line of code that asks for the start method that is safe there."""
    method = "forkserver" if workload.os is OperatingSystem.LINUX else "spawn"
    return f'context = multiprocessing.get_context("{method}")'


def start_method_forms(workload: Workload) -> tuple[Form, ...]:
    """Return what the start method asks of the program."""
    match workload.os:
        case OperatingSystem.WINDOWS:
            return (_WINDOWS,)
        case OperatingSystem.MACOS:
            return (_MACOS, _GUARD)
        case OperatingSystem.LINUX:
            return (*_linux(workload), _PRELOAD)
        case _:
            return (*_linux(workload), _MACOS, _WINDOWS)


def _linux(workload: Workload) -> tuple[Form, ...]:
    if surely(workload.python, FORKSERVER_BY_DEFAULT):
        return (_LINUX_SINCE,)
    return (_LINUX_BEFORE,) if older_than(workload.python, FORKSERVER_BY_DEFAULT) else (_LINUX_BEFORE, _LINUX_SINCE)
