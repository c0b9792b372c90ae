"""`profile` from the command line to the exit code, with a recorder that records nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import FakeSession, clock
from scenarios import healthy_loop

from conc_advisor.cli.app import run
from conc_advisor.cli.profile_run import Outside
from conc_advisor.cli.saved_recordings import recordings_folder
from conc_advisor.errors import ExitCode
from conc_advisor.profiling.target import Attach, Launch

Output = pytest.CaptureFixture[str]


def profile(*words: str, session: FakeSession | None = None) -> int:
    """Run `conc-advisor profile` with a made-up recorder."""
    return run(["profile", *words], Outside(record=session or FakeSession(), now=clock))


@pytest.fixture(autouse=True)
def app(workplace: Path) -> Path:
    """Put a script into the empty folder."""
    script = workplace / "app.py"
    script.write_text("print('hello')\n")
    return script


@pytest.fixture
def recording(workplace: Path, capsys: Output) -> Path:
    """Save a recording."""
    path = workplace / "saved.conc"
    assert profile("--save", str(path), "app.py") == 0
    capsys.readouterr()
    return path


def test_a_launched_program_has_standard_output_for_itself(capsys: Output) -> None:
    """The report goes to standard error, followed by where it was saved, code for the change, and what to do next."""
    assert profile("app.py") == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "gil-bound" in told.err
    *_, saved, template, following = told.err.splitlines()
    assert template == "code for it: conc-advisor scaffold process-fan-out --show"
    path = recordings_folder() / "20261120-120000-app.conc"
    assert saved == f"recording: {path}"
    assert following == "next: conc-advisor choose --from last"
    assert path.exists()


@pytest.mark.parametrize("line", ["app.py --help", "app.py -o x", "app.py --pid 3 -- y", "app.py -q"])
def test_what_follows_the_script_is_its_own(line: str) -> None:
    """Options of ours too."""
    session = FakeSession()
    assert profile(*line.split(), session=session) == 0
    assert isinstance(session.target, Launch)
    assert session.target.shown == tuple(line.split())


def test_a_command_line_after_two_dashes() -> None:
    """Any program, with its own options and its own two dashes."""
    session = FakeSession()
    assert profile("-q", "--", "sh", "-c", "exit", "--", "x", session=session) == 0
    assert isinstance(session.target, Launch)
    assert session.target.command == ("sh", "-c", "exit", "--", "x")


def test_the_recorder_is_told_what_was_asked_for(workplace: Path) -> None:
    """In its own units."""
    session = FakeSession()
    save = workplace / "my.conc"
    words = ["--duration", "2.5", "--max-overhead", "2%", "--engine", "py-spy", "--save", str(save), "--target-output", "out", "app.py"]
    assert profile(*words, session=session) == 0
    options = session.options
    assert (options.duration, options.max_overhead, options.engine, options.save) == (2.5, 0.02, "py-spy", save)
    assert isinstance(session.target, Launch)
    assert session.target.stdout == Path("out")


def test_the_configuration_counts(workplace: Path, capsys: Output) -> None:
    """From the nearest pyproject.toml."""
    (workplace / "pyproject.toml").write_text("[tool.conc-advisor.profile]\nmax-overhead = '3%'\nfail-on = 'info'\n")
    session = FakeSession()
    assert profile("app.py", session=session) == ExitCode.FINDINGS
    assert session.options.max_overhead == pytest.approx(0.03)
    (workplace / "pyproject.toml").write_text("[tool.conc-advisor.profile]\nfail_on = 'info'\n")
    capsys.readouterr()
    assert profile("app.py") == ExitCode.USAGE
    assert "did you mean fail-on?" in capsys.readouterr().err


def test_a_configured_interpreter_does_not_forbid_command_lines(workplace: Path) -> None:
    """It is meant for scripts and modules; a command brings its own."""
    (workplace / "pyproject.toml").write_text("[tool.conc-advisor.profile]\npython = '/no/such/python'\n")
    assert profile("--", "sh", "-c", "exit") == 0
    assert profile("app.py") == ExitCode.CANNOT


@pytest.mark.parametrize("status", [0, 1, 3, 255, -9, -11])
def test_the_targets_ending_is_ours(status: int) -> None:
    """Exit code or signal."""
    assert profile("app.py", session=FakeSession(exit_status=status)) == status


def test_findings_count_only_when_asked() -> None:
    """And only where the program succeeded."""
    assert profile("app.py") == 0
    assert profile("--fail-on", "warning", "app.py") == ExitCode.FINDINGS
    assert profile("--fail-on", "warning", "app.py", session=FakeSession(exit_status=3)) == 3


@pytest.mark.parametrize("report_format", ["json", "speedscope", "trace"])
def test_a_report_in_a_file(workplace: Path, capsys: Output, report_format: str) -> None:
    """Whole, and standard output still belongs to the program."""
    assert profile("--format", report_format, "-o", "report.json", "app.py") == 0
    assert json.loads((workplace / "report.json").read_text())
    assert capsys.readouterr().out == ""
    assert sorted(path.name for path in workplace.iterdir()) == ["app.py", "report.json"]


def test_an_existing_report_is_refused_before_the_run(workplace: Path) -> None:
    """With --force it is overwritten."""
    (workplace / "report.txt").write_text("old")
    session = FakeSession()
    assert profile("-o", "report.txt", "app.py", session=session) == ExitCode.REFUSED
    assert session.calls == []
    assert profile("-o", "report.txt", "--force", "app.py") == 0
    assert "gil-bound" in (workplace / "report.txt").read_text()


def test_the_script_itself_is_safe_from_a_slip(app: Path) -> None:
    """`-o app.py` is easily typed."""
    before = app.read_text()
    assert profile("-o", "app.py", "app.py") == ExitCode.REFUSED
    assert app.read_text() == before


def test_standard_output_is_ours_when_the_programs_goes_to_a_file(capsys: Output) -> None:
    """Then the report may be piped."""
    assert profile("--target-output", "out.txt", "--format", "json", "app.py") == 0
    assert json.loads(capsys.readouterr().out)["verdict"]["id"] == "gil-bound"


def test_attaching_leaves_standard_output_to_us(capsys: Output) -> None:
    """The process has its own."""
    session = FakeSession(exit_status=None)
    assert profile("--pid", "1", "--format", "json", session=session) == 0
    assert session.target == Attach(pid=1)
    assert json.loads(capsys.readouterr().out)["schema"].startswith("conc-advisor.profile/")


def test_a_recording_is_loaded_in_any_format(recording: Path, capsys: Output) -> None:
    """To standard output, with nothing run and nothing saved."""
    session = FakeSession()
    before = set(recordings_folder().glob("*")) if recordings_folder().exists() else set()
    for report_format in ("text", "json", "speedscope", "trace", "collapsed"):
        assert profile("--load", str(recording), "--format", report_format, session=session) == 0
        assert capsys.readouterr().out
    assert session.calls == []
    assert (set(recordings_folder().glob("*")) if recordings_folder().exists() else set()) == before


@pytest.mark.parametrize("report_format", ["json", "collapsed"])
def test_a_reader_that_leaves_early_is_no_failure(recording: Path, report_format: str) -> None:
    """`--load x | head` ends quietly, and as it would have ended."""
    words = ["profile", "--load", str(recording), "--format", report_format, "--fail-on", "warning"]
    with subprocess.Popen(
        [sys.executable, "-m", "conc_advisor", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == ExitCode.FINDINGS
    assert told.startswith("next: ")
    assert len(told.splitlines()) == 1


def test_loading_does_not_repeat_the_programs_exit_code(workplace: Path) -> None:
    """The program ended long ago; reading about it has succeeded."""
    assert profile("--save", "x.conc", "app.py", session=FakeSession(exit_status=3)) == 3
    assert profile("--load", str(workplace / "x.conc")) == 0
    assert profile("--load", str(workplace / "x.conc"), "--fail-on", "info") == ExitCode.FINDINGS


def test_the_last_recording(capsys: Output) -> None:
    """Without typing its name."""
    assert profile("app.py") == 0
    capsys.readouterr()
    assert profile("--load", "last") == 0
    assert "gil-bound" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "message"), [("none.conc", "there is no recording"), ("app.py", "is not a recording")])
def test_what_is_no_recording_is_told_so(name: str, message: str, capsys: Output) -> None:
    """Exit code 3, and no traceback."""
    assert profile("--load", name) == ExitCode.CANNOT
    assert message in capsys.readouterr().err


def test_quiet_leaves_the_report_and_nothing_else(capsys: Output) -> None:
    """The report is the result, not chatter."""
    assert profile("-q", "app.py") == 0
    told = capsys.readouterr().err
    assert "gil-bound" in told
    assert "recording: " not in told
    assert "next: " not in told


def test_no_colour_means_no_escape_codes(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """And FORCE_COLOR brings them even to a pipe."""
    assert profile("app.py") == 0
    assert "\x1b" not in capsys.readouterr().err
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert profile("app.py") == 0
    assert "\x1b[" in capsys.readouterr().err


def test_columns_are_kept_to(capsys: Output, monkeypatch: pytest.MonkeyPatch, recording: Path) -> None:
    """The report is as wide as it is told to be."""
    monkeypatch.setenv("COLUMNS", "60")
    assert profile("--load", str(recording)) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


def test_a_github_job_gets_a_summary(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Appended: other steps have written there before."""
    summary = workplace / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert profile("app.py") == 0
    text = summary.read_text()
    assert text.startswith("before\n")
    assert "gil" in text.lower()


def test_a_summary_that_cannot_be_written_is_a_note(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a reason to fail the job."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/no/such/folder/summary.md")
    assert profile("app.py") == 0
    assert "note: the job summary" in capsys.readouterr().err


def test_a_run_whose_report_fails_is_not_lost(capsys: Output) -> None:
    """The recording is named, so that a second report needs no second run."""
    assert profile("-o", "/dev/full", "app.py") == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "error: cannot write /dev/full" in told
    assert f"the recording is saved: {recordings_folder()}" in told


def test_old_recordings_make_room(workplace: Path) -> None:
    """The folder does not grow without end; what was saved elsewhere stays."""
    for _ in range(22):
        assert profile("-q", "app.py") == 0
    assert len(list(recordings_folder().glob("*.conc"))) == 20
    assert profile("-q", "--save", "own.conc", "app.py") == 0
    assert (workplace / "own.conc").exists()


def test_a_recording_kept_elsewhere_is_named_in_the_next_command(capsys: Output, workplace: Path) -> None:
    """It is not the one that `last` means."""
    path = workplace / "mine.conc"
    assert profile("app.py") == 0
    assert profile("--save", str(path), "app.py") == 0
    assert capsys.readouterr().err.splitlines()[-1] == f"next: conc-advisor choose --from {path}"


def test_where_another_model_is_no_question_the_next_command_shows_a_time_line(capsys: Output, workplace: Path) -> None:
    assert profile("app.py", session=FakeSession(build=lambda _: healthy_loop(workplace))) == 0
    path = recordings_folder() / "20261120-120000-app.conc"
    assert (
        capsys.readouterr().err.splitlines()[-1]
        == f"next: conc-advisor profile --load {path} --format speedscope -o profile.speedscope.json"
    )
