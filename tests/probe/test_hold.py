"""A held Python runs as it would without us, once it is let go; and nothing holds it for ever."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from live_targets import PATIENCE, TARGETS, every_python, until
from pythons import need_python

from conc_advisor.profiling.hold import HOLD_FOLDER, HoldPipes, hold_environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes are inherited by number")

HERE: Final = Path(sys.executable)


@pytest.fixture(autouse=True)
def no_python_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without a PYTHONPATH."""
    monkeypatch.delenv("PYTHONPATH", raising=False)


class Held:
    """A program that was started as a target is: `let_go` lets it run, `ended` waits for it."""

    def __init__(self, *command: str, session: Path | None = None, changes: Mapping[str, str] | None = None) -> None:
        self.pipes = HoldPipes.open()
        inherited = (self.pipes.announce_write, self.pipes.release_read)
        self.process = subprocess.Popen(
            command,
            env={**hold_environment(HOLD_FOLDER, self.pipes, session), **(changes or {})},
            pass_fds=inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pipes.close_targets_ends()
        self._holding = True

    def announced(self) -> int:
        """Return the pid that it announces."""
        assert select.select([self.pipes.announce_read], [], [], PATIENCE)[0], "nobody announced itself"
        return int(os.read(self.pipes.announce_read, 64))

    def printed(self) -> bool:
        """Return whether it has printed anything within a moment."""
        assert self.process.stdout is not None
        return bool(select.select([self.process.stdout], [], [], 0.1)[0])

    def let_go(self) -> None:
        """Let it run."""
        if self._holding:
            self._holding = False
            os.close(self.pipes.release_write)
            os.close(self.pipes.announce_read)

    def ended(self) -> "subprocess.CompletedProcess[str]":
        """Return how it ended."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, out, err)

    def close(self) -> None:
        """End it."""
        self.let_go()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def hold() -> Generator[type[Held]]:
    """Return how to start a held program; all of them end with the test."""
    started: list[Held] = []

    class Started(Held):
        def __init__(self, *command: str, session: Path | None = None, changes: Mapping[str, str] | None = None) -> None:
            super().__init__(*command, session=session, changes=changes)
            started.append(self)

    yield Started
    for held in started:
        held.close()


def alone(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run a program without us."""
    environment = dict(os.environ)  # without what C libraries of ours have put beside it (readline: COLUMNS)
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)


def ran(held: Held) -> "subprocess.CompletedProcess[str]":
    """Let a program that holds run to its end."""
    held.announced()
    held.let_go()
    return held.ended()


@every_python
@pytest.mark.parametrize("before", [None, "", "{folder}", "{folder}:/no/such:{folder}/two"], ids=["unset", "empty", "one", "many"])
def test_a_held_python_sees_what_it_would_see_alone(
    hold: type[Held], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, before: str | None
) -> None:
    """The environment, `sys.path`, `sys.modules`, flags and open descriptors, however PYTHONPATH was set."""
    if before is not None:
        monkeypatch.setenv("PYTHONPATH", before.format(folder=tmp_path))
    command = (str(need_python(version)), str(TARGETS / "surroundings.py"), "a b", "--", "-o")
    there, here = alone(*command), ran(hold(*command))
    assert _facts(here) == _facts(there)
    assert (here.stderr, here.returncode) == (there.stderr, there.returncode) == ("", 0)


def _facts(run: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(run.stdout)
    assert len(facts["modules"]) > 20
    return facts


@every_python
def test_it_holds_before_its_first_line_until_it_is_let_go(hold: type[Held], version: str) -> None:
    """And says which process it is."""
    held = hold(str(need_python(version)), "-c", "print('first line')")
    assert held.announced() == held.process.pid
    assert not held.printed()
    held.let_go()
    assert held.ended().stdout == "first line\n"


def test_it_is_let_go_by_a_byte_too(hold: type[Held]) -> None:
    held = hold(str(HERE), "-c", "print('on')")
    held.announced()
    os.write(held.pipes.release_write, b"x")
    assert held.ended().stdout == "on\n"


def test_it_is_let_go_when_its_parent_is_killed(tmp_path: Path) -> None:
    """Nobody is held for ever."""
    done = tmp_path / "done"
    code = f"""
import os, time
from pathlib import Path
from conc_advisor.profiling.hold import HoldPipes, hold_environment
from conc_advisor.profiling.process import start_target
pipes = HoldPipes.open()
command = [{str(HERE)!r}, "-c", "open({str(done)!r}, 'w').close()"]
environment = hold_environment(Path({str(HOLD_FOLDER)!r}), pipes, None)
start_target(command, environment, (pipes.announce_write, pipes.release_read), None)
pipes.close_targets_ends()
os.read(pipes.announce_read, 64)
print("held", flush=True)
time.sleep(600)
"""
    parent = subprocess.Popen([str(HERE), "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "held\n"
    assert not done.exists()
    parent.kill()
    parent.communicate()
    until(done.exists, "the end of the program that was held")


@pytest.mark.parametrize("option", ["-S", "-I", "-E", "-IS"])
@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_a_python_that_loads_no_site_or_heeds_no_environment_just_runs(hold: type[Held], version: str, option: str) -> None:
    """It cannot be held: it neither waits nor complains."""
    held = hold(str(need_python(version)), option, "-c", "import sys; print('ran', len(sys.argv))")
    run = held.ended()
    assert (run.stdout, run.stderr, run.returncode) == ("ran 1\n", "", 0)


def test_a_program_that_is_no_python_just_runs(hold: type[Held]) -> None:
    assert hold("sh", "-c", "echo ran").ended().stdout == "ran\n"


@every_python
def test_children_of_a_held_python_are_not_held(hold: type[Held], version: str) -> None:
    code = "import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', 'print(7)']).decode().strip())"
    assert ran(hold(str(need_python(version)), "-c", code)).stdout == "7\n"


def test_a_second_python_of_a_shell_is_not_held(hold: type[Held]) -> None:
    """The shell hands on what the first one has used up."""
    run = ran(hold("sh", "-c", '"$0" -c "print(1)"; "$0" -c "print(2)"', str(HERE)))
    assert (run.stdout, run.stderr, run.returncode) == ("1\n2\n", "", 0)


@pytest.mark.parametrize(
    "value", ["", ",,", "set,x,y", "unset,900:1,901:1", "unset,-1:1,-1:1", "1", "set,1:1,2:1", "set,1,2", "set,1:1:1,:"]
)
def test_words_that_make_no_sense_hold_nobody(hold: type[Held], value: str) -> None:
    """And close nothing: 1 and 2 are the program's own."""
    run = hold(str(HERE), "-c", "import os; print('ran'); os.write(2, b'said')", changes={"CONC_ADVISOR_HOLD": value}).ended()
    assert (run.stdout, run.stderr) == ("ran\n", "said")
    assert run.returncode == 0


@pytest.mark.parametrize("which", [1, 2], ids=["announce", "release"])
def test_a_descriptor_that_has_become_another_is_left_alone(hold: type[Held], tmp_path: Path, which: int) -> None:
    """Whoever stands between may use the number for a file of its own: neither our word nor our end of it gets there."""
    code = "import os, sys; os.write(int(sys.argv[1]), b'hi')"
    script = f"""
        IFS=, read -ra words <<< "$CONC_ADVISOR_HOLD"
        number=${{words[{which}]%%:*}}
        eval "exec $number<>$1"
        exec "$0" -c "{code}" $number
    """
    (tmp_path / "file").touch()
    held = hold("bash", "-c", script, str(HERE), str(tmp_path / "file"))
    if which == 1:
        assert not held.printed()
        held.let_go()
    else:
        held.announced()  # it does not wait for an end that is not ours
    run = held.ended()
    assert (run.stdout, run.stderr, run.returncode) == ("", "", 0)
    assert (tmp_path / "file").read_text() == "hi"


@pytest.mark.parametrize("before", [None, "", "/a:/b"], ids=["unset", "empty", "set"])
@pytest.mark.parametrize("words", ["src:$PYTHONPATH", "$PYTHONPATH:src", "src:$PYTHONPATH:other", ":$PYTHONPATH"])
@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_what_others_put_beside_our_entry_stays(
    hold: type[Held], monkeypatch: pytest.MonkeyPatch, version: str, before: str | None, words: str
) -> None:
    """A shell that adds to PYTHONPATH, before or behind, gives its program what it would give it alone.

    The working directory included, which an empty entry stands for.
    """
    if before is not None:
        monkeypatch.setenv("PYTHONPATH", before)
    code = "import os, sys; print(os.environ['PYTHONPATH'], [name for name in os.environ if 'CONC' in name], sys.path)"
    command = ("sh", "-c", f'PYTHONPATH="{words}" exec "$0" -c "$1"', str(need_python(version)), code)
    there, here = alone(*command), ran(hold(*command))
    assert (here.stdout, here.stderr, here.returncode) == (there.stdout, there.stderr, 0)


@pytest.mark.parametrize("words", ["src", ""])
def test_a_shell_that_takes_our_entry_away_is_left_alone(hold: type[Held], words: str) -> None:
    """Its program cannot be held: it runs at once, with what the shell gave it."""
    code = "import os, sys; print(os.environ['PYTHONPATH'], sys.path)"
    command = ("sh", "-c", f'PYTHONPATH="{words}" exec "$0" -c "$1"', str(HERE), code)
    here = hold(*command).ended()
    assert (here.stdout, here.stderr, here.returncode) == (alone(*command).stdout, "", 0)


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_ctrl_c_during_the_hold_ends_it_as_it_ends_a_program(hold: type[Held], version: str) -> None:
    """By the signal, without a traceback and before its first line."""
    held = hold(str(need_python(version)), "-c", "print('first line')")
    held.announced()
    held.process.send_signal(signal.SIGINT)
    run = held.ended()
    assert (run.stdout, run.stderr, run.returncode) == ("", "", -signal.SIGINT)


USERS: Final = {
    "quiet": "import sys; sys.customized = True",
    "of the same words": "import os, sys; print(sorted(name for name in os.environ if 'CONC' in name), __name__, file=sys.stderr)",
    "raises": "raise RuntimeError('of the user')",
    "import fails": "import no_such_module_of_the_user",
    "exits": "raise SystemExit(5)",
}


@pytest.mark.parametrize("source", USERS.values(), ids=USERS)
@every_python
def test_the_users_own_sitecustomize_runs_as_it_would_alone(
    hold: type[Held], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, source: str
) -> None:
    """Whatever it does: what it prints and what Python says of its failure are the same.

    But for the traceback of a start-up that it brings down: there our frames are seen.
    """
    (tmp_path / "sitecustomize.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    code = "import sys; print(getattr(sys, 'customized', None), getattr(sys.modules.get('sitecustomize'), '__file__', None))"
    command = (str(need_python(version)), "-c", code)
    there, here = alone(*command), ran(hold(*command))
    assert (here.stdout, here.returncode) == (there.stdout, there.returncode)
    if there.returncode:
        assert here.stderr.splitlines()[-1:] == there.stderr.splitlines()[-1:]
    else:
        assert here.stderr == there.stderr


def test_usercustomize_runs_too(hold: type[Held], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "usercustomize.py").write_text("print('user')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = (str(need_python("3.11")), "-c", "print('main')")
    assert ran(hold(*command)).stdout == alone(*command).stdout


class TestPyinstrument:
    """The profiler that runs inside; it is part of the test dependencies, so of our own interpreter."""

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("work()", 0),
            ("work(); sys.exit(3)", 3),
            ("work(); raise ValueError('of the user')", 1),
            ("work(); os.fork() or os._exit(0); os.wait()", 0),
            ("if os.fork() == 0: sys.exit(9)\nwork(); os.wait()", 0),
            ("if os.fork() == 0:\n    time.sleep(0.1)\n    of_the_child()\n    sys.exit(9)\nwork()", 0),
        ],
    )
    def test_a_session_is_saved_however_the_program_ends(self, hold: type[Held], tmp_path: Path, code: str, status: int) -> None:
        """With the same exit code, and by the process that began it alone."""
        session = tmp_path / "session.json"
        held = hold(str(HERE), "-c", f"{WORK}{code}", session=session)
        run = ran(held)
        assert run.returncode == status
        pid, began = (tmp_path / "session.json.start").read_text().split()
        assert int(pid) == held.process.pid
        assert float(began) > 0
        functions = {each.split("\0")[0] for frames, _ in json.loads(session.read_text())["frame_records"] for each in frames}
        assert "work" in functions
        assert "of_the_child" not in functions

    @pytest.mark.parametrize("code", ["work(); os._exit(4)", "work(); os.kill(os.getpid(), 9)"])
    def test_a_program_that_is_killed_leaves_no_session(self, hold: type[Held], tmp_path: Path, code: str) -> None:
        session = tmp_path / "session.json"
        run = ran(hold(str(HERE), "-c", f"{WORK}{code}", session=session))
        assert run.returncode in {4, -signal.SIGKILL}
        assert not session.exists()
        assert (tmp_path / "session.json.start").exists()

    def test_where_it_does_not_load_the_program_runs_without(
        self, hold: type[Held], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One line says so."""
        (tmp_path / "pyinstrument.py").write_text("raise ImportError('built for another Python')")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        session = tmp_path / "session.json"
        run = ran(hold(str(HERE), "-c", "print('ran')", session=session))
        assert (run.stdout, run.returncode) == ("ran\n", 0)
        assert run.stderr == "conc-advisor: pyinstrument does not load here: built for another Python\n"
        assert not (tmp_path / "session.json.start").exists()

    def test_our_loader_is_not_left_among_the_modules(self, hold: type[Held], tmp_path: Path) -> None:
        code = "import os, sys; print([name for name in (*sys.modules, *os.environ) if 'conc_advisor' in name.lower()], sys.path)"
        run = ran(hold(str(HERE), "-c", code, session=tmp_path / "session.json"))
        assert run.stdout == alone(str(HERE), "-c", code).stdout


WORK: Final = """
import os, sys, time
def work():
    time.sleep(0.02)
def of_the_child():
    time.sleep(0.02)
"""
