"""The command `review`, from the command line to the exit code."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple, get_args

import pytest

import conc_advisor
from conc_advisor.cli import review_look, review_options
from conc_advisor.cli.app import run
from conc_advisor.cli.review_options import with_baseline
from conc_advisor.cli.review_request import Action
from conc_advisor.cli.review_settings import NEVER
from conc_advisor.errors import ExitCode
from conc_advisor.findings import Confidence, Severity
from conc_advisor.reports.review.registry import ReviewFormat
from conc_advisor.review.check import review as real_review
from conc_advisor.review.outcome import Outcome

BLOCKING = '''"""A coroutine that sleeps."""

import asyncio
import time


async def work() -> None:
    """Wait."""
    time.sleep(1)
    await asyncio.sleep(1)
'''
FORGOTTEN = '''"""A coroutine that nobody awaits."""

import asyncio


async def work() -> None:
    """Wait."""
    await asyncio.sleep(1)


async def main() -> None:
    """Forget."""
    work()
    await work()
'''
FINE = '''"""Nothing is wrong."""

import asyncio


async def main() -> None:
    """Wait."""
    await asyncio.sleep(1)
'''
USELESS = FINE.replace("asyncio.sleep(1)", "asyncio.sleep(1)  # noqa: CA101")


HOOKS = Path(conc_advisor.__file__).parents[1] / ".pre-commit-hooks.yaml"
needs_checkout = pytest.mark.skipif(not HOOKS.exists(), reason="needs the source tree")


class Told(NamedTuple):
    """How a run ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def findings(self) -> list[str]:
        """The findings of the concise format, without the messages."""
        return [line.split("`")[0].strip() for line in self.out.splitlines() if re.match(r"\S+:\d+:\d+: ", line)]

    @property
    def next(self) -> str:
        """The command to run next."""
        return self.err.splitlines()[-1].removeprefix("next: ")


Review = Callable[..., Told]
Files = Callable[..., Path]


@pytest.fixture
def review(workplace: Path, capsys: pytest.CaptureFixture[str]) -> Review:
    """Return a function that runs the command in the empty folder, without ruff, which is slow to start, and without a cache."""
    assert workplace

    def command(*words: str, plain: bool = False) -> Told:
        status = run(["review", *words, *([] if plain else ["--no-ruff", "--no-cache"])])
        told = capsys.readouterr()
        return Told(status, told.out, told.err)

    return command


@pytest.fixture
def files(workplace: Path) -> Files:
    """Return a function that writes files by their names, `__` for `/`."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            path = workplace / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return workplace

    return write


def test_a_pitfall_is_shown_and_fails(review: Review, files: Files) -> None:
    """The result goes to stdout, the next command to stderr."""
    files(src__a=BLOCKING, src__b=FINE)
    told = review()
    assert told.status == ExitCode.FINDINGS
    assert told.out.startswith("src/a.py:9:5: CA101 error")
    assert "1 finding" in told.out
    assert told.err == "next: conc-advisor review --explain CA101\n"


def test_the_worst_finding_is_explained_first(review: Review, files: Files) -> None:
    """Not the first in the file."""
    files(a=f'import contextvars\n\nNAMES = contextvars.ContextVar("NAMES", default=[])\n{BLOCKING}')
    told = review("--format", "concise", "--no-cache", plain=True)
    assert [line.endswith("CA101") for line in told.findings] == [False, True]
    assert told.next == "conc-advisor review --explain CA101"


def test_fine_code_is_fine(review: Review, files: Files) -> None:
    """And the next question is another one."""
    files(a=FINE)
    told = review()
    assert (told.status, told.next) == (0, "conc-advisor choose --scan .")
    assert "no findings" in told.out


def test_files_are_called_as_from_the_working_directory(review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they were asked for."""
    folder = files(src__a=BLOCKING)
    for words in ([], ["src"], ["./src/"], ["src/a.py"], [str(folder / "src")], ["src", "src/a.py"]):
        assert review(*words, "--format", "concise").findings == ["src/a.py:9:5: CA101"]
    monkeypatch.chdir(folder / "src")
    assert review("..", "--format", "concise").findings == ["../src/a.py:9:5: CA101"]


def test_the_choices_are_those_of_the_enums() -> None:
    """They are spelled out twice, for the sake of a quick start."""
    assert get_args(review_options.FormatName) == tuple(ReviewFormat)
    assert set(get_args(review_options.FailOnName)) == {*Severity, NEVER}
    assert get_args(review_options.ConfidenceName) == tuple(Confidence)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ([], 1),
        (["--fail-on", "info"], 1),
        (["--fail-on", "error"], 1),
        (["--fail-on", "never"], 0),
        (["--ignore", "CA101"], 0),
        (["--select", "CA201"], 0),
        (["--select", "blocking"], 1),
        (["--select", "lifetime,P01"], 1),
        (["--select", "lifetime", "--select", "CA101"], 1),
        (["--ignore", "blocking-call-in-coroutine"], 0),
        (["--exclude", "a.py"], 0),
        (["--exclude", "b.py"], 1),
        (["--min-confidence", "high"], 1),
    ],
)
def test_the_exit_code_tells_whether_something_was_found(review: Review, files: Files, words: list[str], status: int) -> None:
    """Among what was asked for."""
    files(a=BLOCKING)
    assert review(*words).status == status


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--select", "CA1O1"], "names no rule with 'CA1O1'", ""),
        (["--select", "blokcing"], "names no rule with 'blokcing'", "did you mean blocking?"),
        (["--fail-on", "warnings"], "--fail-on cannot be 'warnings'", "did you mean warning?"),
        (["--format", "jsn"], "--format cannot be 'jsn'", "did you mean json?"),
        (["--diff", "--fix"], "--fix and --diff exclude each other", "give one"),
        (["-q", "-v"], "exclude each other", "give one"),
        (["--explain", "CA1010"], "there is no rule 'CA1010'", "did you mean CA101"),
        (["--explain", "E501"], "there is no rule 'E501'", "ruff rule E501"),
        (["--baseline", "gone.json"], "cannot read the baseline gone.json", "--write-baseline"),
        (["--exlude", "x"], "--exlude", "did you mean --exclude"),
        (["--base="], "--base is given nothing", "main, for example"),
        (["--exclude", ""], "--exclude is given nothing", '"generated/*", for example'),
        ([""], "a path is given nothing", ". is the folder you are in"),
        (["-o", ""], "-o is given nothing", "name the file"),
        (["--exclude", "["], "--exclude has '[', which is no glob", "**/conftest.py"),
        (["--select", "P"], "names no rule with 'P'", ""),
        (["-", "--write-baseline"], "this is standard input", "files or folders in place of -"),
        (["-", "--fix"], "this is standard input", "--diff writes what it would do"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(review: Review, files: Files, words: list[str], message: str, hint: str) -> None:
    """With the nearest that can."""
    files(a=FINE)
    told = review(*words, plain="--explain" in words)
    assert (told.status, told.out) == (ExitCode.USAGE, "")
    error, help_ = told.err.splitlines()
    assert message in error
    assert hint in help_


def test_a_path_that_is_not_there_ends_as_in_a_scan(review: Review) -> None:
    """Nothing was done."""
    told = review("nothing-there")
    assert (told.status, told.out) == (ExitCode.CANNOT, "")
    assert told.err.startswith("error: there is no file or folder nothing-there\n")


def test_no_python_at_all_is_said_and_is_no_failure(review: Review, workplace: Path) -> None:
    """As in a repository of several languages."""
    (workplace / "a.txt").write_text("time.sleep(1)")
    told = review()
    assert told.status == 0
    assert told.err.splitlines() == ["there is no Python file in the working directory", "next: conc-advisor review --help"]


def test_no_python_but_what_is_left_out_is_said(review: Review, files: Files) -> None:
    """There is a file, after all."""
    folder = files(a=FINE)
    assert "there is no Python file in the working directory that is not excluded\n" in review("--exclude", "a.py").err
    told = review("a.py", "--exclude", "a.py", "--force-exclude")
    assert "there is no Python file in a.py that is not excluded\n" in told.err
    (folder / ".gitignore").write_text("a.py\n")
    assert "in the working directory that is not ignored by git\n" in review().err


def test_a_file_that_cannot_be_parsed_does_not_keep_others_from_being_reviewed(review: Review, files: Files) -> None:
    """And is named with the reason, in every form."""
    files(a="def broken(:\n", b=BLOCKING)
    told = review()
    assert told.status == ExitCode.FINDINGS
    assert "a.py: not valid for Python" in told.out
    terse = review("--format", "concise")
    assert terse.findings == ["b.py:9:5: CA101"]
    assert "not read: a.py: not valid for Python" in terse.err


def test_nothing_but_broken_files_is_a_failure(review: Review, files: Files) -> None:
    """A review that saw nothing must not pass for a clean one."""
    files(a="def broken(:\n")
    told = review()
    assert told.status == ExitCode.CANNOT
    assert "error: a.py could not be read: not valid for Python" in told.err
    assert review("-q").status == ExitCode.CANNOT


def test_all_broken_files_are_counted(review: Review, files: Files) -> None:
    """The first twenty are named."""
    files(a="def broken(:\n", b="\x00", **{f"c{number:02}": "\x00" for number in range(20)})
    told = review("--format", "concise")
    assert told.status == ExitCode.CANNOT
    assert "not read: b.py: has null bytes" in told.err
    assert "not read: 2 others (-v names them)" in told.err
    assert "error: none of 22 files could be read; the first is a.py" in told.err
    assert "not read: c19.py: has null bytes" in review("--format", "concise", "-v").err


def test_quiet_says_nothing_but_the_result(review: Review, files: Files) -> None:
    """For scripts."""
    files(a=BLOCKING)
    told = review("-q", "--format", "concise")
    assert (told.findings, told.err) == (["a.py:9:5: CA101"], "")


@pytest.mark.parametrize(("name", "begins"), [("json", '{\n "schema"'), ("sarif", "{"), ("markdown", "#"), ("github", "::error ")])
def test_other_forms(review: Review, files: Files, name: str, begins: str) -> None:
    """Each is what it is called."""
    files(a=BLOCKING)
    told = review("--format", name)
    assert told.status == ExitCode.FINDINGS
    assert told.out.startswith(begins)
    if begins.startswith("{"):
        assert "CA101" in json.dumps(json.loads(told.out))


def test_a_file_takes_the_result(review: Review, files: Files) -> None:
    """A second time only with --force."""
    folder = files(a=BLOCKING)
    words = ("--format", "json", "-o", "report.json")
    told = review(*words)
    assert (told.status, told.out) == (ExitCode.FINDINGS, "")
    assert json.loads((folder / "report.json").read_text())["findings"][0]["code"] == "CA101"
    assert review(*words).status == ExitCode.REFUSED
    assert review(*words, "--force").status == ExitCode.FINDINGS


def test_statistics_are_counts(review: Review, files: Files) -> None:
    """And no findings."""
    files(a=BLOCKING, b=BLOCKING, c=FORGOTTEN)
    told = review("--statistics")
    assert told.status == ExitCode.FINDINGS
    assert [line.split()[:2] for line in told.out.splitlines()[:2]] == [["2", "CA101"], ["1", "CA201"]]
    assert told.out.splitlines()[-1].startswith("3 findings: ")
    assert review("--statistics", "--ignore", "ALL").out == "no findings\n"


def test_ruff_is_asked_too(review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not where that is not wanted; its page is shown by the ruff that is there."""
    files(a="import asyncio\n\n\nasync def main():\n    async with asyncio.timeout(1):\n        print()\n")
    words = ("--format", "concise", "--no-cache")
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    told = review(*words, plain=True)
    assert any("ASYNC100" in line for line in told.findings)
    assert told.next == "ruff rule ASYNC100"
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert review(*words, plain=True).next == f"{sys.executable} -m ruff rule ASYNC100"
    assert review(*words, "--no-ruff", plain=True).findings == []


def test_the_cache_is_in_the_project(review: Review, files: Files) -> None:
    """Unless there is to be none."""
    folder = files(a=BLOCKING)
    first = review("--no-ruff", plain=True)
    assert (folder / ".conc_advisor_cache").is_dir()
    second = review("--no-ruff", "--format", "concise", plain=True)
    assert (first.status, second.findings) == (1, ["a.py:9:5: CA101"])
    assert {path.name for path in folder.iterdir()} == {"a.py", ".conc_advisor_cache"}


def test_nothing_is_left_behind_without_a_cache(review: Review, files: Files) -> None:
    """A review only reads."""
    folder = files(a=BLOCKING)
    review()
    assert [path.name for path in folder.iterdir()] == ["a.py"]


def test_a_wrong_glob_of_the_configuration_is_told_by_its_own_key(review: Review, files: Files) -> None:
    """Not by that of the other globs."""
    (files(a=FINE) / "pyproject.toml").write_text('[tool.conc-advisor.review]\nexclude = ["["]\n')
    told = review()
    assert told.status == ExitCode.USAGE
    assert told.err.startswith("error: exclude in ")


def test_the_configuration_counts(review: Review, files: Files) -> None:
    """Of the project that is reviewed, whoever reviews it."""
    folder = files(p__a=BLOCKING, p__gen__b=BLOCKING)
    table = 'exclude = ["gen"]\nfail-on = "never"\nper-file-ignores = { "a.py" = ["blocking"] }'
    (folder / "p" / "pyproject.toml").write_text(f"[tool.conc-advisor.review]\n{table}\n")
    told = review("p", "--format", "concise")
    assert (told.status, told.findings) == (0, [])
    assert review("p", "--fail-on", "info").status == 0
    assert review("p/gen/b.py").status == 0


@pytest.mark.parametrize("text", ['selec = ["CA1"]', "fail-on = 1", 'select = ["CA999"]', 'fail-on = "sometimes"'])
def test_a_wrong_configuration_is_an_error_before_anything_is_read(review: Review, files: Files, text: str) -> None:
    """Nothing is silently ignored."""
    folder = files(a=BLOCKING)
    (folder / "pyproject.toml").write_text(f"[tool.conc-advisor.review]\n{text}\n")
    told = review()
    assert (told.status, told.out) == (ExitCode.USAGE, "")
    assert "pyproject.toml" in told.err


@pytest.mark.parametrize("words", [["-"], ["-", "--stdin-filename", "src/a.py"]])
def test_standard_input(review: Review, workplace: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    """Under its name, whether there is such a file or not."""
    assert workplace
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(BLOCKING.encode())))
    told = review(*words, "--format", "concise")
    assert (told.status, told.findings) == (ExitCode.FINDINGS, [f"{words[-1]}:9:5: CA101"])


def test_standard_input_that_is_no_python(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is not clean."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"def (")))
    assert review("-").status == ExitCode.CANNOT


def test_standard_input_that_is_closed_is_no_source(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a folder; empty input is fine."""
    monkeypatch.setattr("sys.stdin", None)
    told = review("-")
    assert (told.status, told.out) == (ExitCode.CANNOT, "")
    assert "standard input is closed" in told.err

    def folder() -> bytes:
        raise IsADirectoryError(21, "Is a directory")

    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=SimpleNamespace(read=folder)))
    assert "cannot read standard input: Is a directory" in review("-").err
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO()))
    assert review("-").status == 0


def test_a_test_that_is_named_is_one_all_the_same_where_that_is_asked(review: Review, files: Files) -> None:
    """Hooks and editors name every file."""
    folder = files(test_a=BLOCKING, gen__b=BLOCKING)
    (folder / "pyproject.toml").write_text('[tool.conc-advisor.review]\nexclude = ["gen"]\n')
    names = ("test_a.py", "gen/b.py", "--format", "concise")
    assert len(review(*names).findings) == 2
    assert review(*names, "--force-exclude").findings == []


@needs_checkout
def test_the_hook_is_a_command_that_works(review: Review, files: Files) -> None:
    """With the names of files behind it."""
    entry = re.search(r"^  entry: conc-advisor review (.*)$", HOOKS.read_text(), re.MULTILINE)
    assert entry is not None
    files(a=BLOCKING, tests__b=BLOCKING)
    assert review(*entry[1].split(), "a.py", "tests/b.py", "--format", "concise").findings == ["a.py:9:5: CA101"]


def test_comments_silence(review: Review, files: Files) -> None:
    """Unless they are to be ignored."""
    files(a=BLOCKING.replace("time.sleep(1)", "time.sleep(1)  # noqa: CA101"))
    assert review().status == 0
    assert review("--ignore-noqa", "--format", "concise").findings == ["a.py:9:5: CA101"]


@pytest.mark.parametrize("word", ["CA101", "ca1", "P01", "blocking", "blocking-call-in-coroutine", "ASYNC251", "ALL"])
def test_comments_take_the_words_of_select(review: Review, files: Files, word: str) -> None:
    """On any line of what is reported, and for the file."""
    call = f"time.sleep(\n        1,  # noqa: {word}\n    )"
    files(a=BLOCKING.replace("time.sleep(1)", call, 1), b=f"# conc-advisor: ignore-file: {word}\n{BLOCKING}")
    told = review("--format", "concise")
    assert (told.status, told.findings) == (0, [])
    assert "CA101" in review("--ignore-noqa").out


@pytest.mark.parametrize("word", ["", "CA101x", "CA999", "P00", "blokcing"])
def test_a_word_that_names_nothing_does_not_silence_a_file(review: Review, files: Files, word: str) -> None:
    """And is told."""
    files(a=f"# conc-advisor: ignore-file: {word}\n{BLOCKING}")
    found = review("--format", "concise").findings
    assert [each.split()[:2] for each in found] == [["a.py:1:1:", "CA001"], ["a.py:10:5:", "CA101"]]


def test_what_is_not_sure_is_left_out_and_counted(review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every form."""
    files(a=BLOCKING, b=FORGOTTEN)
    unsure_of(monkeypatch, "CA101")
    assert len(review("--format", "concise").findings) == 2
    told = review("--format", "concise", "--min-confidence", "medium")
    assert told.findings == ["b.py:13:5: CA201"]
    assert "note: 1 finding of less than medium confidence is left out" in told.err


def unsure_of(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let the review be less sure of the findings of one rule."""

    def unsure(outcome: Outcome) -> Outcome:
        findings = (replace(each, confidence=Confidence.LOW) if each.rule == code else each for each in outcome.findings)
        return replace(outcome, findings=tuple(findings))

    after_review(monkeypatch, unsure)


def after_review(monkeypatch: pytest.MonkeyPatch, then: Callable[[Outcome], Outcome]) -> None:
    """Let the review end otherwise than it does."""
    monkeypatch.setattr(review_look, "review", lambda settings, progress: then(real_review(settings, progress=progress)))


def test_details_are_told_who_wants_more_words(review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody else."""
    files(a=FINE)
    after_review(monkeypatch, lambda outcome: replace(outcome, details=("the cache is full",)))
    assert "note: the cache is full\n" in review("-v").err
    assert "the cache is full" not in review().err


class TestFixes:
    """`--fix` and `--diff`."""

    def test_a_safe_fix_is_shown_as_a_difference(self, review: Review, files: Files) -> None:
        """Which git takes, and nothing is written."""
        folder = files(src__a=USELESS)
        told = review("--diff")
        assert (folder / "src/a.py").read_text() == USELESS
        assert told.next == "conc-advisor review --no-ruff --fix"
        subprocess.run(["git", "apply"], input=told.out.encode(), cwd=folder, check=True)
        assert (folder / "src/a.py").read_text() == FINE

    def test_a_safe_fix_is_done(self, review: Review, files: Files) -> None:
        """And what is left is reported."""
        folder = files(a=USELESS, b=FORGOTTEN)
        assert review().next == "conc-advisor review --no-ruff --diff"
        told = review("--fix", "--format", "concise")
        assert (folder / "a.py").read_text() == FINE
        assert (folder / "b.py").read_text() == FORGOTTEN
        assert (told.status, told.findings) == (ExitCode.FINDINGS, ["b.py:13:5: CA201"])
        assert told.err.startswith("mended: 1 finding in 1 file\n")

    def test_fixes_that_may_change_more_are_done_when_asked_for(self, review: Review, files: Files) -> None:
        """And only then."""
        folder = files(a=BLOCKING)
        told = review("--fix")
        assert told.err.startswith("nothing was mended; --unsafe-fixes mends 1 more, and may change more\n")
        assert (folder / "a.py").read_text() == BLOCKING
        assert review("--fix", "--unsafe-fixes").status == 0
        assert "await asyncio.sleep(1)\n    await asyncio.sleep(1)" in (folder / "a.py").read_text()

    def test_nothing_to_mend_is_no_difference(self, review: Review, files: Files) -> None:
        """At all."""
        files(a=FINE)
        told = review("--diff")
        assert (told.status, told.out) == (0, "")
        assert told.err.startswith("there is nothing to mend; nothing was written\n")

    def test_a_silenced_finding_is_not_mended(self, review: Review, files: Files) -> None:
        """What the user wants to keep stays."""
        folder = files(a=USELESS)
        review("--ignore", "CA001", "--fix")
        assert (folder / "a.py").read_text() == USELESS

    def test_a_file_that_may_not_be_written_stays_as_it_is(
        self, review: Review, files: Files, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """A link out of the project is not followed."""
        folder, elsewhere = files(b=FINE), tmp_path_factory.mktemp("elsewhere") / "a.py"
        elsewhere.write_text(USELESS)
        (folder / "pyproject.toml").touch()
        (folder / "a.py").symlink_to(elsewhere)
        told = review("a.py", "b.py", "--fix")
        assert elsewhere.read_text() == USELESS
        assert "note: " in told.err

    def test_a_file_that_changed_after_the_review_is_left_alone(
        self, review: Review, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The places of its fixes are others now."""
        folder = files(a=USELESS)

        def saved_by_an_editor(outcome: Outcome) -> Outcome:
            (folder / "a.py").write_text(f"#\n{USELESS}")
            return outcome

        after_review(monkeypatch, saved_by_an_editor)
        told = review("--fix")
        assert (folder / "a.py").read_text() == f"#\n{USELESS}"
        assert "note: CA001 in a.py is not mended: the file has changed in the meantime" in told.err

    def test_standard_input_can_be_compared(self, review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
        """With what it would be."""
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(USELESS.encode())))
        told = review("-", "--stdin-filename", "src/a.py", "--diff")
        assert told.out.startswith("diff --git a/src/a.py b/src/a.py\n")
        assert "-    await asyncio.sleep(1)  # noqa: CA101\n" in told.out
        assert told.next == "conc-advisor review --stdin-filename src/a.py --no-ruff -"

    def test_what_comes_next_keeps_the_name_of_standard_input(self, review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
        """It says which configuration counts."""
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(USELESS.encode())))
        assert review("-", "--stdin-filename", "src/a.py").next == "conc-advisor review --stdin-filename src/a.py --no-ruff --diff -"

    def test_a_difference_is_for_git_also_below_the_top(self, review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        """Git takes names from the top of the work tree, and leaves out the others without a word."""
        folder = files(src__a=USELESS, top=USELESS)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        monkeypatch.chdir(folder / "src")
        told = review("--diff")
        assert "note: git apply" not in told.err
        subprocess.run(["git", "apply"], input=told.out.encode(), cwd=folder / "src", check=True)
        assert ((folder / "src/a.py").read_text(), (folder / "top.py").read_text()) == (FINE, USELESS)
        told = review("--diff", "../top.py")
        assert f"note: git apply leaves out what lies outside of the working directory: run it in {folder}\n" in told.err
        subprocess.run(["git", "apply"], input=told.out.encode(), cwd=folder, check=True)
        assert (folder / "top.py").read_text() == FINE

    def test_a_difference_without_git_is_named_from_the_working_directory(
        self, review: Review, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also where that leads out of it: never from the root of the file system."""
        folder = files(src__a=USELESS, top=USELESS)
        monkeypatch.chdir(folder / "src")
        assert review("--diff").out.startswith("diff --git a/a.py b/a.py\n")
        assert review("--diff", str(folder / "top.py")).out.startswith("diff --git a/../top.py b/../top.py\n")

    def test_what_could_not_be_read_is_said_beside_a_difference(self, review: Review, files: Files) -> None:
        """Which has no place for it."""
        files(a=USELESS, bad="def (")
        assert "not read: bad.py: " in review("--diff").err
        assert "not read: bad.py: " in review("--write-baseline").err


class TestBaseline:
    """`--write-baseline` and `--baseline`."""

    def test_old_findings_are_left_out_and_new_ones_shown(self, review: Review, files: Files) -> None:
        """Also when the old ones have moved."""
        folder = files(a=BLOCKING)
        told = review("--write-baseline")
        assert (told.status, told.out) == (0, "")
        assert told.err.startswith("kept: 1 finding in conc-advisor-baseline.json; ")
        assert told.next == "conc-advisor review --no-ruff --baseline conc-advisor-baseline.json"
        files(a=f'"""More."""\n{BLOCKING}', b=BLOCKING)
        words = ("--baseline", "conc-advisor-baseline.json", "--format", "concise")
        assert review(*words).findings == ["b.py:9:5: CA101"]
        (folder / "b.py").unlink()
        assert review(*words).status == 0

    def test_a_configured_baseline_needs_no_name(self, review: Review, files: Files) -> None:
        """Neither to write nor to use."""
        folder = files(a=BLOCKING)
        (folder / "pyproject.toml").write_text('[tool.conc-advisor.review]\nbaseline = "old.json"\n')
        told = review("--write-baseline", ".")
        assert (folder / "old.json").is_file()
        assert told.next == "conc-advisor review --no-ruff ."
        assert review().status == 0

    @pytest.mark.parametrize(
        "words",
        [
            ["s"],
            ["s/a.py"],
            ["--select", "CA201"],
            ["--ignore", "CA101"],
            ["--exclude", "b.py"],
            ["--force-exclude", "b.py", "--exclude", "b.py"],
        ],
    )
    def test_a_part_leaves_the_rest_of_a_baseline_as_it_was(self, review: Review, files: Files, words: list[str]) -> None:
        """What was not reviewed may still be there."""
        folder = files(s__a=FORGOTTEN, b=BLOCKING)
        (folder / "pyproject.toml").write_text('[tool.conc-advisor.review]\nbaseline = "old.json"\n')
        assert "beside" not in review("--write-baseline").err
        before = (folder / "old.json").read_text()
        told = review("--write-baseline", *words)
        assert " of what was not looked for" in told.err
        assert (folder / "old.json").read_text() == before
        assert review().status == 0

    def test_what_is_not_sure_enough_for_once_stays_in_a_baseline(
        self, review: Review, files: Files, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And what is sure is in it once."""
        folder = files(a=BLOCKING, b=FORGOTTEN)
        unsure_of(monkeypatch, "CA201")
        review("--write-baseline")
        before = (folder / "conc-advisor-baseline.json").read_text()
        review("--write-baseline", "--min-confidence", "high")
        assert (folder / "conc-advisor-baseline.json").read_text() == before
        assert "CA201" in before

    def test_a_baseline_written_from_below_keeps_the_rest(self, review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
        """The configuration is that of the project."""
        folder = files(s__a=FORGOTTEN, b=BLOCKING)
        (folder / "pyproject.toml").write_text('[tool.conc-advisor.review]\nbaseline = "old.json"\n')
        review("--write-baseline")
        monkeypatch.chdir(folder / "s")
        review("--write-baseline")
        monkeypatch.chdir(folder)
        assert review().status == 0

    def test_what_cannot_be_read_now_stays_in_a_baseline(self, review: Review, files: Files) -> None:
        """And comes back with the file."""
        folder = files(a=BLOCKING, b=FINE)
        review("--write-baseline")
        files(a="def (")
        review("--write-baseline")
        files(a=BLOCKING)
        assert review("--baseline", "conc-advisor-baseline.json").status == 0
        (folder / "a.py").unlink()
        told = review("--write-baseline")
        assert told.err.startswith("kept: 0 findings in conc-advisor-baseline.json; ")
        assert "CA101" not in (folder / "conc-advisor-baseline.json").read_text()

    def test_a_name_behind_the_option_that_is_no_file_to_review_gets_the_right_hint(self, review: Review, files: Files) -> None:
        """Only names that end with .json are taken for its value."""
        files(a=BLOCKING)
        told = review("--write-baseline", "x.txt")
        assert told.status == ExitCode.CANNOT
        assert "there is no file or folder x.txt" in told.err
        assert "--write-baseline=x.txt" in told.err
        assert review("--write-baseline=x.txt").status == 0

    def test_a_file_that_is_no_baseline_is_not_overwritten(self, review: Review, files: Files) -> None:
        """Nothing is lost by a slip."""
        folder = files(a=BLOCKING)
        (folder / "package.json").write_text("{}")
        assert review("--write-baseline", "package.json").status == ExitCode.REFUSED
        assert (folder / "package.json").read_text() == "{}"

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (["--write-baseline"], ["--write-baseline", ""]),
            (["--write-baseline", "src"], ["--write-baseline", "", "src"]),
            (["--write-baseline", "b.json", "src"], ["--write-baseline", "b.json", "src"]),
            (["--write-baseline", "-q"], ["--write-baseline", "", "-q"]),
            (["--write-baseline=old", "src"], ["--write-baseline=old", "src"]),
            (["src", "--", "--write-baseline"], ["src", "--", "--write-baseline"]),
            (["--select", "CA1"], ["--select", "CA1"]),
        ],
    )
    def test_the_file_may_be_left_out(self, words: list[str], expected: list[str]) -> None:
        """A path to review may follow."""
        assert with_baseline(words) == expected


class TestChanged:
    """`--changed` and `--base`."""

    @pytest.fixture
    def repository(self, files: Files) -> Path:
        """Return a folder under git with one commit, in which one file has a finding."""
        folder = files(a=BLOCKING, b=FINE)
        self.git(folder, "init", "-q", "-b", "main")
        self.commit(folder)
        return folder

    def git(self, folder: Path, *words: str) -> None:
        """Run git without anybody's configuration."""
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *words], cwd=folder, env=environment, check=True)

    def commit(self, folder: Path) -> None:
        """Commit everything."""
        self.git(folder, "add", ".")
        self.git(folder, "commit", "-qm", "x")

    def test_nothing_changed_nothing_found(self, review: Review, repository: Path) -> None:
        """Whatever was there before."""
        assert repository
        told = review("--changed", "--format", "concise")
        assert (told.status, told.findings) == (0, [])
        assert "note: nothing has changed since HEAD" in told.err

    def test_only_changed_lines_and_new_files_count(self, review: Review, repository: Path) -> None:
        """Of the same file, too."""
        (repository / "a.py").write_text(f"{BLOCKING}    time.sleep(2)\n")
        (repository / "new.py").write_text(FORGOTTEN)
        told = review("--changed", "--format", "concise")
        assert told.findings == ["a.py:11:5: CA101", "new.py:13:5: CA201"]
        assert review("--changed", "b.py").status == 0

    def test_since_a_branch_began(self, review: Review, repository: Path) -> None:
        """What was committed since counts as well."""
        self.git(repository, "checkout", "-qb", "topic")
        (repository / "b.py").write_text(FORGOTTEN)
        self.commit(repository)
        assert review("--base", "main", "--format", "concise").findings == ["b.py:13:5: CA201"]
        assert review("--changed", "--format", "concise").findings == []

    def test_a_fix_keeps_to_what_is_changed(self, review: Review, repository: Path) -> None:
        """Old lines stay as they are."""
        (repository / "b.py").write_text(USELESS)
        self.commit(repository)
        (repository / "c.py").write_text(USELESS)
        review("--changed", "--fix")
        assert ((repository / "b.py").read_text(), (repository / "c.py").read_text()) == (USELESS, FINE)

    def test_changed_files_of_which_none_can_be_read_are_a_failure(self, review: Review, repository: Path) -> None:
        """However many others there are; with one that can be read it is none."""
        (repository / "bad.py").write_text("def (")
        told = review("--changed")
        assert told.status == ExitCode.CANNOT
        assert "bad.py could not be read" in told.err
        assert "no findings" not in told.out
        (repository / "good.py").write_text(FINE)
        assert review("--changed").status == 0
        self.commit(repository)
        told = review("--changed", "--format", "concise")
        assert (told.status, "bad.py" in told.err) == (0, False)

    def test_a_repository_inside_is_named(self, review: Review, repository: Path) -> None:
        """Nobody can tell by the outer one what has changed there, so nobody says that nothing has."""
        inner = repository / "inner"
        inner.mkdir()
        (inner / "c.py").write_text(BLOCKING)
        self.git(inner, "init", "-q", "-b", "main")
        self.commit(inner)
        told = review("--changed", "--format", "concise")
        assert "note: inner is a repository of its own" in told.err
        assert "nothing has changed" not in told.err
        assert "note: nothing has changed" in review("--changed", "--format", "concise", "a.py").err
        (inner / "c.py").write_text(f"{BLOCKING}    time.sleep(2)\n")
        assert review("--changed", "--format", "concise", "inner").findings == ["inner/c.py:11:5: CA101"]
        told = review("--changed", "--format", "concise", ".", "inner")
        assert (told.findings, "note:" in told.err) == (["inner/c.py:11:5: CA101"], False)

    def test_two_work_trees_beside_each_other_are_two(self, review: Review, files: Files) -> None:
        """Git is asked in each."""
        folder = files(one__a=FINE, two__b=FINE)
        for each in (folder / "one", folder / "two"):
            self.git(each, "init", "-q", "-b", "main")
            self.commit(each)
        files(one__a=BLOCKING, two__b=FORGOTTEN)
        assert review("--changed", "--format", "concise", "one", "two").findings == ["one/a.py:9:5: CA101", "two/b.py:13:5: CA201"]

    def test_an_unknown_revision_is_an_error(self, review: Review, repository: Path) -> None:
        """With a hint."""
        assert repository
        told = review("--base", "no-such-branch")
        assert (told.status, told.out) == (ExitCode.USAGE, "")
        assert "git fetch" in told.err

    def test_without_git_there_is_nothing_to_compare_with(self, review: Review, files: Files) -> None:
        """And that is said."""
        files(a=BLOCKING)
        told = review("--changed")
        assert told.status == ExitCode.CANNOT
        assert "work tree" in told.err


def test_a_github_job_gets_a_summary(review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Appended: other steps have written there before; annotations only when they are asked for."""
    folder = files(a=BLOCKING)
    summary = folder / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert "::error" not in review().out
    text = summary.read_text()
    assert text.startswith("before\n")
    assert "CA101" in text


def test_a_summary_that_cannot_be_written_is_a_note(review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a reason to fail the job."""
    files(a=FINE)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "/no/such/folder/summary.md")
    told = review()
    assert told.status == 0
    assert "note: the job summary" in told.err


def test_hostile_names_reach_nobody(review: Review, workplace: Path) -> None:
    """Neither a terminal nor GitHub's runner takes a name for an order."""
    for name in ("a\x1b[2J.py", "::error::b.py", "c\n::error::.py"):
        (workplace / name).write_text(BLOCKING)
    for form in ReviewFormat:
        told = review("--format", form)
        assert "\x1b" not in told.out + told.err
        assert not any(line.startswith("::error::") for line in (told.out + told.err).splitlines())


def test_a_hostile_name_is_mended_all_the_same(review: Review, workplace: Path) -> None:
    """Names as shown are not names of files."""
    file = workplace / "a\x1b[2J.py"
    file.write_text(USELESS)
    review("--fix")
    assert file.read_text() == FINE


def test_ctrl_c_ends_it(review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the usual code and without a word."""
    files(a=BLOCKING)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(review_look, "review", interrupted)
    assert review() == (ExitCode.INTERRUPTED, "", "")


def test_a_signal_that_asks_to_end_does_so_after_cleaning_up(review: Review, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are not left behind."""
    files(a=BLOCKING)
    ended: list[str] = []

    def signalled(*_: object, **__: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            ended.append("cleaned up")

    monkeypatch.setattr(review_look, "review", signalled)
    assert review().status == -signal.SIGTERM
    assert ended == ["cleaned up"]


@pytest.mark.parametrize("word", ["CA101", "ca101", "blocking-call-in-coroutine", "ASYNC251"])
def test_a_rule_is_explained(review: Review, word: str) -> None:
    """By its code, its name, or the code of another tool that says the same."""
    told = review("--explain", word, plain=True)
    assert told.status == 0
    assert told.out.startswith("# CA101 blocking-call-in-coroutine\n")
    assert told.next == "conc-advisor scaffold async-offload --show"


@pytest.mark.parametrize(
    "words", [["app.py"], ["--fix"], ["--format", "json"], ["--select", "CA1"], ["--no-cache"], ["--fail-on", "never"]]
)
def test_a_page_goes_with_nothing_else(review: Review, words: list[str]) -> None:
    """What would be left out silently is refused."""
    told = review("--explain", "CA101", *words, plain=True)
    assert (told.status, told.out) == (ExitCode.USAGE, "")
    assert "--explain shows the page of a rule" in told.err


def test_a_page_may_be_written_to_a_file(review: Review, workplace: Path) -> None:
    """As any result."""
    assert review("--explain", "CA101", "-o", "page.md", "-q", plain=True) == Told(0, "", "")
    assert (workplace / "page.md").read_text().startswith("# CA101 ")


def test_the_actions_are_options() -> None:
    """Messages name them as they are typed."""
    assert {*Action} - {""} == {"--fix", "--diff", "--write-baseline"}
