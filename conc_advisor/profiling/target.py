"""What to profile: a program to launch or a process to attach to, and the interpreter that runs it.

Only decides; nothing is started here.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from conc_advisor.errors import TargetError, UsageError
from conc_advisor.files import is_folder, is_there, why_not_there
from conc_advisor.interpreter_search import choose_interpreter
from conc_advisor.profiling.demo_catalogue import DEMOS, find_demo


class Engine(StrEnum):
    """Where the stacks come from."""

    AUTO = "auto"
    PY_SPY = "py-spy"
    PYINSTRUMENT = "pyinstrument"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A program to start.

    `command` is the full argument vector, `shown` what the user typed of it, `stdout` a file that takes the target's standard output,
    `interpreter` the Python that will run it where that is known before the start.
    """

    command: tuple[str, ...]
    shown: tuple[str, ...]
    interpreter: Path | None = None
    stdout: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """A running process."""

    pid: int


Target = Launch | Attach


def script_target(path: str, args: Sequence[str], *, python: Path | None = None) -> Launch:
    """Return the launch of a script; raises `TargetError` when it cannot be read, or the interpreter is not to be had.

    A syntax error in the script is left to the interpreter: it says it best.
    """
    script = Path(path)
    if is_folder(script) and not is_there(script / "__main__.py"):
        raise TargetError(f"{path} is a folder without a __main__.py", hint=f"name a script, or run a module: profile -m {script.name}")
    if why := why_not_there(script):
        raise TargetError(f"cannot read {path}: {why}", hint="check the path and its permissions")
    if not is_there(script):
        raise TargetError(f"there is no file {path}", hint=_script_hint(path))
    if not os.access(script, os.R_OK):
        raise TargetError(f"{path} cannot be read", hint="check its permissions")
    interpreter = choose_interpreter(python)
    return Launch(command=(str(interpreter), path, *args), shown=(path, *args), interpreter=interpreter)


def module_target(name: str, args: Sequence[str], *, python: Path | None = None) -> Launch:
    """Return the launch of `python -m name`; whether the module exists is for the interpreter to say."""
    if not name or name.startswith("-"):
        raise UsageError("-m needs the name of a module", hint="for example: conc-advisor profile -m http.server 8000")
    interpreter = choose_interpreter(python)
    return Launch(command=(str(interpreter), "-m", name, *args), shown=("-m", name, *args), interpreter=interpreter)


def command_target(argv: Sequence[str]) -> Launch:
    """Return the launch of any command line; raises `TargetError` when the command is not found."""
    if not argv:
        raise UsageError("there is no command after --", hint="for example: conc-advisor profile -- gunicorn app:app")
    if shutil.which(argv[0]) is None:
        raise TargetError(
            f"there is no command {argv[0]}", hint="check its name and PATH; a script is run with: conc-advisor profile script.py"
        )
    return Launch(command=tuple(argv), shown=tuple(argv))


def demo_target(name: str, args: Sequence[str] = (), *, python: Path | None = None) -> Launch:
    """Return the launch of a bundled demo; raises `UsageError` for a name that there is not."""
    demo = find_demo(name)
    if demo is None:
        raise UsageError(f"there is no demo {name!r}", hint=f"the demos are: {', '.join(demo.name for demo in DEMOS)}")
    interpreter = choose_interpreter(python)
    return Launch(command=(str(interpreter), str(demo.path), *args), shown=("--demo", name, *args), interpreter=interpreter)


def attach_target(pid: int) -> Attach:
    """Return the process to attach to; raises `TargetError` when it does not exist, `UsageError` when it is ourselves or no pid."""
    if pid < 1:
        # To the kernel, 0 and below name groups of processes.
        raise UsageError(f"{pid} is not a pid", hint="pgrep -af python lists the running ones")
    if pid == os.getpid():
        raise UsageError("this pid is conc-advisor itself", hint="give the pid of the program to look at")
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError) as error:
        raise TargetError(f"there is no process {pid}", hint="pgrep -af python lists the running ones") from error
    except PermissionError:
        # It exists and belongs to somebody else; the recorder will say what is missing.
        return Attach(pid=pid)
    return Attach(pid=pid)


def _script_hint(path: str) -> str:
    if shutil.which(path):
        return f"to profile a command, put it after two dashes: conc-advisor profile -- {path}"
    if "/" not in path and not path.endswith(".py"):
        return f"to profile a module: conc-advisor profile -m {path}"
    return "check the path"
