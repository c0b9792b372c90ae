"""Every failure ends in one place, with two lines and an exit code."""

import subprocess
import sys
from pathlib import Path

import pytest
from fakes import FakeSession

from conc_advisor.cli.app import run
from conc_advisor.cli.profile_run import Outside
from conc_advisor.errors import ConcAdvisorError, ExitCode


def outside(error: BaseException) -> Outside:
    """Return an outside whose recorder fails."""
    return Outside(record=FakeSession(error=error))


@pytest.mark.parametrize("kind", ConcAdvisorError.__subclasses__())
def test_every_cause_has_its_exit_code(kind: type[ConcAdvisorError], capsys: pytest.CaptureFixture[str], workplace: Path) -> None:
    """And is told in two lines."""
    assert run(["profile", "--demo", "native-code"], outside(kind("it went wrong", hint="mend it"))) == kind.exit_code
    assert capsys.readouterr().err.splitlines()[-2:] == ["error: it went wrong", "hint: mend it"]
    assert list(workplace.iterdir()) == []


def test_interrupted(capsys: pytest.CaptureFixture[str], workplace: Path) -> None:
    """Ctrl-C is no error, and needs no words."""
    assert run(["profile", "--demo", "native-code"], outside(KeyboardInterrupt())) == ExitCode.INTERRUPTED
    assert "error" not in capsys.readouterr().err
    assert list(workplace.iterdir()) == []


def test_a_crash_of_ours_writes_a_log_to_paste(capsys: pytest.CaptureFixture[str], state_home: Path) -> None:
    """No traceback in the user's face, but all of it in the file."""
    assert run(["profile", "--demo", "native-code"], outside(ZeroDivisionError("by zero"))) == ExitCode.BUG
    text = capsys.readouterr().err
    assert "Traceback" not in text
    [log] = (state_home / "conc-advisor").glob("crash-*.log")
    assert str(log) in text
    words = log.read_text()
    assert "ZeroDivisionError: by zero" in words
    assert "command: conc-advisor profile --demo native-code" in words


def test_a_crash_log_without_a_place_is_no_second_crash(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The error itself is then shown."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "file"))
    monkeypatch.setattr("conc_advisor.cli.saved_recordings._writable_folder", lambda: tmp_path)
    assert run(["profile", "--demo", "native-code"], outside(ZeroDivisionError("by zero"))) == ExitCode.BUG
    assert "ZeroDivisionError: by zero" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("profile --fromat json", "no such option: --fromat", "did you mean --format?"),
        ("profil", "no such command 'profil'", "did you mean 'profile'?"),
        ("profile --format jsn", "invalid value for '--format': 'jsn' is not one of", "see conc-advisor profile --help"),
        ("profile --pid", "option '--pid' requires an argument", "--help"),
        ("profile --pid x", "invalid value for '--pid'", "see conc-advisor profile --help"),
        ("profile", "there is nothing to profile", "conc-advisor profile app.py"),
        ("profile -q -v app.py", "-q and -v exclude each other", "one of them"),
        ("profile --demo gil", "there is no demo 'gil'", "gil-bound-threads"),
        ("profile --pid 0", "0 is not the number of a process", "pgrep"),
        ("profile --duration 0 --pid 1", "--duration has to be a time above 0", "seconds"),
        ("profile --duration nan --pid 1", "--duration has to be a time above 0", "seconds"),
        ("profile --load x --duration 3", "--duration means nothing beside --load", "leave out"),
        ("profile --pid 1 --target-output x", "--target-output means nothing beside --pid", "leave out"),
        ("profile --python x -- ls", "--python means nothing beside --", "leave out"),
        ("profile --format json --demo native-code", "standard output belongs to the program", "-o profile.json"),
        ("profile -o - --demo native-code", "standard output belongs to the program", "--target-output"),
        ("profile -o /dev/stdout --demo native-code", "standard output belongs to the program", "--target-output"),
        ("profile -o x --save x --demo native-code", "two outputs would go to the same file", "file of its own"),
        ("profile -o no/such --demo native-code", "cannot write", "folder that exists"),
        ("profile --save no/such --demo native-code", "cannot write", "folder that exists"),
        ("profile --target-output no/such --demo native-code", "cannot write", "folder that exists"),
    ],
)
def test_a_wrong_command_line_is_refused_before_anything_runs(
    line: str, message: str, hint: str, capsys: pytest.CaptureFixture[str], workplace: Path
) -> None:
    """With exit code 2, a sentence and a hint, and nothing on standard output."""
    session = FakeSession()
    assert run(line.split(), Outside(record=session)) == ExitCode.USAGE
    told = capsys.readouterr()
    assert told.out == ""
    first, second = told.err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert second.startswith("hint: ")
    assert hint in second
    assert session.calls == []
    assert list(workplace.iterdir()) == []


@pytest.mark.parametrize("words", [["--help"], ["profile", "--help"], ["profile", "--demo", "list"]])
def test_a_reader_that_leaves_gets_no_traceback(words: list[str]) -> None:
    """`conc-advisor profile --help | head -1` is an everyday thing."""
    with subprocess.Popen(
        [sys.executable, "-m", "conc_advisor", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


def test_a_closed_standard_output_is_no_crash() -> None:
    """`>&-` makes Python's sys.stdout None."""
    answer = subprocess.run(
        ["sh", "-c", '"$0" -m conc_advisor --version >&-', sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("words", ["--help", "choose --help", "--version", "explain gil", "choose --tree"])
def test_a_full_disk_is_told(words: str) -> None:
    """It is no bug of ours."""
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "conc_advisor", *words.split()], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert answer.returncode == ExitCode.USAGE
    assert answer.stderr.startswith("error: cannot write to standard output: No space left on device\nhint: ")


@pytest.mark.parametrize("words", ["--help", "choose --help", "explain gil"])
def test_a_reader_that_leaves_is_no_failure(words: str) -> None:
    """`conc-advisor --help | true` ends well."""
    command = f"({sys.executable} -m conc_advisor {words}; echo ended with $? >&2) | true"
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert "ended with 0" in answer.stderr


@pytest.mark.parametrize("words", ["explain gil", "choose --set bottleneck=io", "choose --tree", "choose", "calibrate"])
def test_a_result_without_a_place_is_refused_before_the_work(words: str, workplace: Path) -> None:
    """Nobody is asked six questions for nothing."""
    answer = subprocess.run(
        ["sh", "-c", f'"$0" -m conc_advisor {words} >&-', sys.executable], capture_output=True, text=True, check=False, cwd=workplace
    )
    assert answer.returncode == ExitCode.USAGE
    assert answer.stderr.splitlines()[0] == "error: standard output is closed"


@pytest.mark.parametrize("line", ["choose --set", "choose --answers", "calibrate --python", "explain --format"])
def test_an_option_without_its_value_names_the_command(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its help says what the option takes."""
    assert run(line.split()) == ExitCode.USAGE
    assert capsys.readouterr().err.splitlines()[-1] == f"hint: see conc-advisor {line.split(maxsplit=1)[0]} --help"


@pytest.mark.parametrize("words", [["explain", "x" * 5000], ["explain", "x y " * 5000], ["choose", "--answers", "y/" * 2000]])
def test_a_long_name_does_not_fill_the_screen(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Its beginning is enough to know it by."""
    assert run(words) == ExitCode.USAGE
    assert len(capsys.readouterr().err) < 1500


def test_an_interpreter_without_a_name_is_an_error(capsys: pytest.CaptureFixture[str], workplace: Path) -> None:
    """Whatever the command."""
    for line in (["calibrate", "--python", ""], ["profile", "--python", "", "--demo", "native-code"]):
        assert run(line) == ExitCode.USAGE
        assert "--python is given nothing" in capsys.readouterr().err
    assert list(workplace.iterdir()) == []
