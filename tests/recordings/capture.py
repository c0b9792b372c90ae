"""Makes the captured outputs in this folder again: `python tests/recordings/capture.py PY_SPY PYTHON_OLD PYTHON_NEW`.

Each file's name holds the version of the tool that wrote it.  Paths of this machine are replaced.  Needs root, for one failure is that of
another user; pyinstrument is taken from the interpreter that runs this.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from conc_advisor.profiling.hold import HOLD_FOLDER, HoldPipes, hold_environment
from conc_advisor.profiling.process import ask, start_target
from conc_advisor.profiling.samplers.py_spy import py_spy_version

HERE: Final = Path(__file__).parent
TARGETS: Final = HERE.parent / "targets"
SECONDS: Final = 0.8


def main(py_spy: str, *interpreters: str) -> None:
    """Capture everything."""
    version = py_spy_version(Path(py_spy))
    for interpreter in interpreters:
        number = ask([interpreter, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], seconds=10).stdout.strip()
        for option in ("idle", "gil"):
            _trace(py_spy, interpreter, option, HERE / f"py-spy-{version}-python{number}-{option}.json")
        _dump(py_spy, interpreter, HERE / f"py-spy-{version}-python{number}-dump.json")
    _failures(py_spy, version)
    _session()


def _held(interpreter: str, words: tuple[str, ...], session: Path | None, meanwhile: Callable[[int], None]) -> None:
    """Run a target to its end; `meanwhile` is called with its pid while it holds."""
    pipes = HoldPipes.open()
    inherited = (pipes.announce_write, pipes.release_read)
    pid = start_target((interpreter, *words), hold_environment(HOLD_FOLDER, pipes, session), inherited, None)
    pipes.close_targets_ends()
    os.read(pipes.announce_read, 64)
    meanwhile(pid)
    os.close(pipes.release_write)
    os.waitpid(pid, 0)


def _trace(py_spy: str, interpreter: str, option: str, output: Path) -> None:
    recorders = []

    def start(pid: int) -> None:
        command = [py_spy, "record", "--pid", str(pid), "--rate", "100", "--format", "chrometrace", "--threads", f"--{option}"]
        command += ["--nonblocking", "--full-filenames", "--output", str(output)]
        recorders.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        time.sleep(0.3)

    _held(interpreter, (str(TARGETS / "threads_at_work.py"), str(SECONDS)), None, start)
    recorders[0].wait()
    _clean(output, interpreter)


def _dump(py_spy: str, interpreter: str, output: Path) -> None:
    target = subprocess.Popen([interpreter, str(TARGETS / "event_loop.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert target.stdout is not None
    target.stdout.readline()
    output.write_text(ask([py_spy, "dump", "--pid", str(target.pid), "--locals", "--json", "--nonblocking"], seconds=20).stdout)
    target.communicate("close\n\n")
    _clean(output, interpreter)


def _failures(py_spy: str, version: str) -> None:
    """Keep what py-spy says of a process that is no Python, of one that is not there and of one that is another user's."""
    record = [py_spy, "record", "--format", "chrometrace", "--threads", "--idle", "--nonblocking", "--output", os.devnull, "--pid"]
    other = subprocess.Popen(["sleep", "60"])
    python = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    time.sleep(0.3)
    cases = {
        "not-a-python": [*record, str(other.pid)],
        "no-such-pid": [*record, "4194303"],
        "permission-denied": ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *record, str(python.pid)],
    }
    for name, command in cases.items():
        answer = ask(command, seconds=20)
        (HERE / f"py-spy-{version}-{name}.txt").write_text(answer.stdout + answer.stderr)
    for process in (other, python):
        process.kill()
        process.wait()


def _session() -> None:
    """Keep a session of pyinstrument as our own loader in the target saves it."""
    version = ask([sys.executable, "-c", "import pyinstrument; print(pyinstrument.__version__)"], seconds=10).stdout.strip()
    output = HERE / f"pyinstrument-{version}.pyisession"
    _held(sys.executable, (str(TARGETS / "threads_at_work.py"), "0.2"), output, lambda _pid: None)
    output.with_name(output.name + ".start").unlink()
    _clean(output, sys.executable)


def _clean(output: Path, interpreter: str) -> None:
    """Replace the paths of this machine in a captured file."""
    text = output.read_text()
    prefix = ask([interpreter, "-c", "import sys; print(sys.base_prefix)"], seconds=10).stdout.strip()
    text = text.replace(str(TARGETS), "/home/user").replace(f"{prefix}/lib/", "/usr/lib/").replace(prefix, "/usr")
    text = text.replace(str(HOLD_FOLDER.parents[2]), "/usr/lib/python3/dist-packages")
    output.write_text(re.sub(re.escape(sys.prefix) + r"(?=[/\"])", "/usr", text))


if __name__ == "__main__":
    main(*sys.argv[1:])
