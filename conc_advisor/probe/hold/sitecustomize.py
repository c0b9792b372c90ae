"""Holds a Python program before its first line until the recorder is ready, then gets out of the way.

The parent puts this folder first on PYTHONPATH, and into CONC_ADVISOR_HOLD how that was and two pipe ends (`descriptor:inode`).  Here
every trace of that is taken back before anything else runs: the variables, `sys.path` and this module itself.  Then the process writes its
pid to the first pipe and waits for the end of the second, which also comes when the parent dies, so that nobody can be held for ever.

The program's own `sitecustomize`, if it has one, runs afterwards, as it would have without us.

Nothing is imported here that `site` has not imported already: a module more would be seen in `sys.modules`.
"""

import os
import sys


def _restore_environment() -> tuple[str, list[int], str]:
    """Undo what the parent changed; return this folder, our ends of the pipes, and the file for pyinstrument's session, "" for none."""
    here = os.path.dirname(os.path.abspath(__file__))
    before, *pipes = os.environ.pop("CONC_ADVISOR_HOLD", "set").split(",")
    # Whoever stands between the parent and us may have added to the variable: only our entry goes.
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if before == "set":
        entries = [entry for entry in entries if entry != here]
    left = os.pathsep.join("" if entry == here else entry for entry in entries)
    if left or before != "unset":
        os.environ["PYTHONPATH"] = left
    else:
        os.environ.pop("PYTHONPATH", None)
    _leave_path(here, here in entries and left and before != "set")
    return here, [_own(pipe) for pipe in pipes], os.environ.pop("CONC_ADVISOR_PYINSTRUMENT", "")


def _leave_path(here: str, beside_others: object) -> None:
    """Take this folder off `sys.path`; what would be empty beside others in PYTHONPATH, without us, is the working directory to Python."""
    if beside_others:
        try:
            folder = os.getcwd()
        except OSError:
            folder = ""
        if folder not in sys.path and here in sys.path:
            sys.path[sys.path.index(here)] = folder
    while here in sys.path:
        sys.path.remove(here)
    sys.path_importer_cache.pop(here, None)


def _own(pipe: str) -> int:
    """Return the descriptor of `descriptor:inode`, -1 where it is something else by now: the number may have been used again."""
    try:
        descriptor, inode = map(int, pipe.split(":"))
        return descriptor if os.fstat(descriptor).st_ino == inode else -1
    except (OSError, ValueError):
        return -1


def _hold(announce: int, release: int) -> None:
    """Tell the parent that this process is here, wait until it lets go, and close what was inherited for that.

    The parent may hold another process already, or be gone: then nobody waits for us.
    """
    try:
        for step in (lambda: os.write(announce, b"%d\n" % os.getpid()), lambda: os.read(release, 1)):
            try:
                step()
            except OSError:  # noqa: PERF203 - two steps, once in a process's life
                continue
    except KeyboardInterrupt:
        # Ctrl-C before the first line: end as a program does that has no handler for it yet, without a traceback through us.
        import signal  # noqa: PLC0415

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    for descriptor in (announce, release):
        if descriptor >= 0:
            os.close(descriptor)


_here, _pipes, _session = _restore_environment()
if _session:
    sys.path.insert(0, _here)
    import conc_advisor_pyinstrument as _pyinstrument  # type: ignore[import-not-found]  # beside this file, on sys.path for this line only

    sys.path.remove(_here)
    sys.path_importer_cache.pop(_here, None)
    del sys.modules["conc_advisor_pyinstrument"]
    _hold(*_pipes)
    _pyinstrument.start(_session)
elif _pipes:
    _hold(*_pipes)

# With our entry gone, the same import now finds the program's own module.  Where there is none, its ModuleNotFoundError names
# `sitecustomize`, which is what `site` expects of a Python without one, and it leaves no module behind.
sys.modules.pop(__name__, None)
import sitecustomize  # type: ignore[import-not-found]  # noqa: E402, F401
