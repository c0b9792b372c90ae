"""Holds a Python program before its first line until the recorder is ready, then gets out of the way.

The parent puts this folder first on PYTHONPATH and two pipe ends into CONC_ADVISOR_HOLD (`announce,release,how PYTHONPATH was`).  Here
every trace of that is taken back before anything else runs: the variables, `sys.path` and this module itself.  Then the process writes its
pid to the first pipe and waits for the end of the second, which also comes when the parent dies, so that nobody can be held for ever.

The program's own `sitecustomize`, if it has one, runs afterwards, as it would have without us.

Nothing is imported here that `site` has not imported already: a module more would be seen in `sys.modules`.
"""

import os
import sys


def _restore_environment() -> tuple[str, str, str, str]:
    """Undo what the parent changed; return this folder, the two pipe ends and the file for pyinstrument's session, "" for none."""
    here = os.path.dirname(os.path.abspath(__file__))
    while here in sys.path:
        sys.path.remove(here)
    sys.path_importer_cache.pop(here, None)
    announce, release, before = os.environ.pop("CONC_ADVISOR_HOLD", ",,").split(",")
    if before == "unset":
        os.environ.pop("PYTHONPATH", None)
    elif before == "empty":
        os.environ["PYTHONPATH"] = ""
    else:
        os.environ["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")[len(here + os.pathsep) :]
    return here, announce, release, os.environ.pop("CONC_ADVISOR_PYINSTRUMENT", "")


def _hold(announce: str, release: str) -> None:
    """Tell the parent that this process is here, wait until it lets go, and close what was inherited for that.

    Somebody between the parent and us may have closed the pipes, or the parent holds another process already: then nobody waits for us.
    """
    if not (announce.isdigit() and release.isdigit()):
        return
    for step in (
        lambda: os.write(int(announce), b"%d\n" % os.getpid()),
        lambda: os.read(int(release), 1),
        lambda: os.close(int(announce)),
        lambda: os.close(int(release)),
    ):
        try:
            step()
        except OSError:  # noqa: PERF203 - four steps, once in a process's life
            continue


_here, _announce, _release, _session = _restore_environment()
if _session:
    sys.path.insert(0, _here)
    import conc_advisor_pyinstrument as _pyinstrument  # type: ignore[import-not-found]  # beside this file, on sys.path for this line only

    sys.path.remove(_here)
    sys.path_importer_cache.pop(_here, None)
    del sys.modules["conc_advisor_pyinstrument"]
    _hold(_announce, _release)
    _pyinstrument.start(_session)
else:
    _hold(_announce, _release)

# With our entry gone, the same import now finds the program's own module.  Where there is none, its ModuleNotFoundError names
# `sitecustomize`, which is what `site` expects of a Python without one, and it leaves no module behind.
sys.modules.pop(__name__, None)
import sitecustomize  # type: ignore[import-not-found]  # noqa: E402, F401
