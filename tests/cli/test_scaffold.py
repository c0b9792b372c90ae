"""The command `scaffold`, but for a real terminal."""

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from template_builder import SRC_PROJECT, manifest, tree, user_project, write_template

from conc_advisor.cli import scaffold_options
from conc_advisor.cli.app import run
from conc_advisor.cli.menu import Menu, NumberedMenu, Offer
from conc_advisor.errors import ExitCode
from conc_advisor.reports.scaffold import json as templates_json
from conc_advisor.scaffolding.apply import apply
from conc_advisor.scaffolding.plan import Plan

OWN = '\n[tool.conc-advisor]\ntemplates = ["own"]\n'
PROJECT = {**SRC_PROJECT, "pyproject.toml": SRC_PROJECT["pyproject.toml"] + OWN}
CODE, TEST = "src/my_pkg/adder.py", "tests/test_adder.py"


class FakeMenu:
    """Picks what it was told, one after the other; an exception among them is raised."""

    def __init__(self, *answers: str | type[BaseException]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.shown: list[str] = []

    def __call__(self) -> Menu:
        """Return itself: somebody is there."""
        return self

    def pick(self, question: str, offers: Sequence[Offer]) -> str:
        """Return the next answer."""
        self.asked.append(question)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            assert answer in {offer.value for offer in offers}
            return answer
        raise answer

    def show(self, text: str) -> None:
        """Keep what is shown."""
        self.shown.append(text)


def nobody() -> None:
    """Return nobody: there is no terminal."""


@pytest.fixture
def project(workplace: Path) -> Path:
    """Return a project with a template of its own, in which the test runs."""
    user_project(workplace, PROJECT)
    write_template(workplace / "own")
    return workplace


def scaffold(*words: str, menu: FakeMenu | None = None) -> int:
    """Run the command."""
    return run(["scaffold", *words], menu or nobody)


def test_the_list_names_every_template(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By kind, with what each is for; the user's own too."""
    assert scaffold("--list") == 0
    told = capsys.readouterr()
    assert re.search(r"^  adder +Adds numbers\.$", told.out, re.MULTILINE)
    assert told.out.index("asyncio\n") < told.out.index("Threads\n") < told.out.index("Processes\n")
    assert re.fullmatch(r"next: conc-advisor scaffold [\w-]+ --show\n", told.err)
    assert project.is_dir()


@pytest.mark.usefixtures("project")
def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """As the schema says; and one template with its text."""
    assert scaffold("--list", "--format", "json") == 0
    document = checked(capsys.readouterr().out)
    adder = next(each for each in document["templates"] if each["name"] == "adder")
    assert (adder["kind"], adder["python"], adder["files"][0]) == ("threads", "3.9", {"name": "adder.py", "role": "code", "text": None})
    assert scaffold("adder", "--show", "--format", "json") == 0
    [shown] = checked(capsys.readouterr().out)["templates"]
    assert shown["files"][1]["text"].startswith('"""Tests of the sum."""')


def checked(text: str) -> dict[str, Any]:
    """Return JSON that is as our schema says."""
    value: dict[str, Any] = json.loads(text)
    Draft202012Validator(json.loads(templates_json.schema_text())).validate(value)
    return value


def test_the_schema_is_made_from_the_types() -> None:
    """The file that we ship is the one that the types give."""
    file = resources.files("conc_advisor.reports.scaffold") / templates_json.SCHEMA_FILE
    assert file.read_text(encoding="utf-8") == templates_json.schema_text()
    assert get_args(scaffold_options.FormatName) == ("text", "json")


def test_show_tells_all_and_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it is for, what it needs, what can be renamed, its code."""
    before = tree(project)
    assert scaffold("adder", "--show") == 0
    told = capsys.readouterr()
    for words in ("When there are two.", "When there are none.", "Python 3.9", "pytest>=8", "add_up", "def add_up("):
        assert words in told.out
    assert told.err == "next: conc-advisor scaffold adder --dry-run\n"
    assert tree(project) == before


def test_code_and_test_are_added(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was done goes to standard output; what to run next, and what is missing, to standard error."""
    assert scaffold("adder", "--name", "add_up=plus") == 0
    told = capsys.readouterr()
    assert told.out == f"create  {CODE}\ncreate  {TEST}\n"
    assert told.err.splitlines() == [
        "not among the project's dependencies yet: pip install 'pytest>=8'",
        f"next: python -m pytest {TEST}",
    ]
    assert "from my_pkg.adder import Total, plus" in (project / TEST).read_text()


def test_a_second_time_everything_is_identical(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is asked or written."""
    scaffold("adder")
    before = tree(project)
    capsys.readouterr()
    assert scaffold("adder") == 0
    assert capsys.readouterr().out == f"identical  {CODE}\nidentical  {TEST}\n"
    assert tree(project) == before


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"uv.lock": ""}, "uv add 'httpx>=0.27' && uv add --dev 'pytest>=8'"),
        ({"poetry.lock": ""}, "poetry add 'httpx>=0.27' && poetry add --group dev 'pytest>=8'"),
        ({"pdm.lock": ""}, "pdm add 'httpx>=0.27' && pdm add --dev 'pytest>=8'"),
        ({"requirements.txt": "pytest"}, "pip install 'httpx>=0.27'"),
    ],
)
def test_what_is_missing_is_one_line_to_run(workplace: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], line: str) -> None:
    """By the tool of the project, which runs the new test too."""
    user_project(workplace, {**PROJECT, **files})
    write_template(workplace / "own", text=manifest(packages='["httpx>=0.27"]'))
    assert scaffold("adder") == 0
    missing, following = capsys.readouterr().err.splitlines()
    assert missing == f"not among the project's dependencies yet: {line}"
    tool = "" if line.startswith("pip") else f"{line.split(maxsplit=1)[0]} run "
    assert following == f"next: {tool}python -m pytest {TEST}"


def test_a_version_that_may_be_too_old_is_one_line(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is declared is not missing, and yet not said to be enough."""
    user_project(workplace, {**PROJECT, "requirements.txt": "pytest>=8\nhttpx>=0.20\n"})
    write_template(workplace / "own", text=manifest(packages='["httpx>=0.27"]'))
    assert scaffold("adder") == 0
    declared, following = capsys.readouterr().err.splitlines()
    assert declared == "declared as httpx>=0.20, and this needs httpx>=0.27: raise the lower bound"
    assert following.startswith("next: ")


@pytest.mark.parametrize(("python", "said"), [("<3.14", "does not say which Python 3 is the lowest"), ("garbage", "cannot be read")])
def test_a_project_that_does_not_say_its_lowest_python_gets_a_note(
    workplace: Path, capsys: pytest.CaptureFixture[str], python: str, said: str
) -> None:
    """And no refusal."""
    user_project(workplace, {**PROJECT, "pyproject.toml": f'[project]\nname = "my-pkg"\nrequires-python = "{python}"\n{OWN}'})
    write_template(workplace / "own", text=manifest(python='">=3.11"'))
    assert scaffold("adder") == 0
    assert said in capsys.readouterr().err


def test_nothing_is_said_when_quiet(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """But the result."""
    assert scaffold("adder", "-q", "--no-test") == 0
    assert capsys.readouterr() == (f"create  {CODE}\n", "")
    assert not (project / TEST).exists()


def test_a_dry_run_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the next command is the real one, with all that was said."""
    before = tree(project)
    assert scaffold("adder", "--dry-run", "--dir", "src/my_pkg/new", "--name", "add_up=plus") == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == "create  src/my_pkg/new/__init__.py (empty: it makes the folder part of the package)"
    assert told.err.splitlines() == [
        "This is a dry run: nothing was written.",
        "next: conc-advisor scaffold adder --dir src/my_pkg/new --name add_up=plus",
    ]
    assert tree(project) == before


def shown_next(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Return the words of the command that is told after something was only shown."""
    capsys.readouterr()
    assert scaffold(*words) == 0
    line = capsys.readouterr().err.splitlines()[-1]
    return line.removeprefix("next: conc-advisor scaffold ").split()


@pytest.mark.parametrize(
    ("words", "following"),
    [
        (["--dry-run"], ["adder", "--diff"]),
        (["--diff"], ["adder", "--skip-existing"]),
        (["--dry-run", "--force"], ["adder", "--force"]),
        (["--diff", "--skip-existing"], ["adder", "--skip-existing"]),
    ],
)
def test_what_is_next_after_a_conflict_is_never_refused(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], following: list[str]
) -> None:
    """Where nothing is decided, both ways to decide are said."""
    (project / TEST).write_text("# mine\n")
    assert scaffold("adder", *words) == 0
    said = f"{TEST} exists and differs: --force overwrites, --skip-existing keeps what is there\n"
    assert (said in capsys.readouterr().err) is (len(words) == 1)
    assert shown_next(capsys, "adder", *words) == following
    assert scaffold(*following) == 0


@pytest.mark.parametrize("show", ["--dry-run", "--diff"])
def test_without_a_conflict_the_command_itself_is_next(project: Path, capsys: pytest.CaptureFixture[str], show: str) -> None:
    """Nothing has to be decided then, before it is run or after."""
    assert shown_next(capsys, "adder", show) == ["adder"]
    assert scaffold("adder") == 0
    assert shown_next(capsys, "adder", show) == ["adder"]
    assert (project / CODE).is_file()


def test_a_second_copy_has_no_test_of_its_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The test of the first is in the way, and is kept unless somebody insists."""
    assert scaffold("adder") == 0
    before = tree(project)
    capsys.readouterr()
    assert scaffold("adder", "--dir", "src/my_pkg/b") == ExitCode.REFUSED
    err = capsys.readouterr().err
    assert err.startswith(f"error: {TEST} is there already, for another copy of adder; nothing was written\nhint: --no-test ")
    assert err.index("--no-test") < err.index("--force replaces the test of the first copy")
    assert tree(project) == before
    following = shown_next(capsys, "adder", "--dir", "src/my_pkg/b", "--dry-run")
    assert following == ["adder", "--dir", "src/my_pkg/b", "--no-test"]
    assert scaffold(*following) == 0
    assert before.items() <= tree(project).items()
    assert scaffold("--check") == 0


@pytest.mark.parametrize("changed", [CODE, TEST])
def test_the_same_copy_with_other_names_is_no_second_one(project: Path, capsys: pytest.CaptureFixture[str], changed: str) -> None:
    """Nor is one that was changed: --no-test would not help."""
    assert scaffold("adder") == 0
    capsys.readouterr()
    assert scaffold("adder", "--name", "add_up=plus") == ExitCode.REFUSED
    assert "another copy" not in capsys.readouterr().err
    (project / changed).write_text((project / changed).read_text() + "# mine\n")
    assert scaffold("adder") == ExitCode.REFUSED
    assert "another copy" not in capsys.readouterr().err


def test_somebody_elses_test_is_not_called_another_copy(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has no header of ours, or of another template."""
    header = "# conc-advisor scaffold other --dir x (test_adder.py, conc-advisor 0.1.0); yours to change\n"
    for text in (b"# mine\n", b"\xff", header.encode()):
        (project / TEST).write_bytes(text)
        assert scaffold("adder", "--dir", "src/my_pkg/b") == ExitCode.REFUSED
        assert f"{TEST} exists and differs" in capsys.readouterr().err


def test_a_person_is_told_that_the_test_is_of_another_copy(project: Path) -> None:
    """Before it is overwritten."""
    assert scaffold("adder") == 0
    menu = FakeMenu("skip")
    assert scaffold("adder", "--dir", "src/my_pkg/b", menu=menu) == 0
    assert menu.asked == [f"{TEST} exists and differs (it belongs to another copy of adder):"]
    assert (project / "src/my_pkg/b/adder.py").is_file()


@contextlib.contextmanager
def full_output() -> Iterator[None]:
    """Let standard output be a full disk."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    stream = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115  # closing it fails too
    try:
        with contextlib.redirect_stdout(stream):
            yield
    finally:
        with contextlib.suppress(OSError):
            stream.close()


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ([], f"{CODE}, {TEST} were written, but "),
        (["--no-test"], f"{CODE} was written, but "),
        (["--skip-existing"], f"{TEST} was written"),
    ],
)
def test_files_that_were_written_are_told_where_the_list_of_them_cannot_be(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], outcome: str
) -> None:
    """With a way to see them; scaffold has no -o."""
    if "--skip-existing" in words:
        (project / CODE).write_text("# mine\n")
    with full_output():
        assert scaffold("adder", *words) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert f"error: {outcome}" in err
    assert "cannot write to standard output: No space left" in err
    assert "hint: conc-advisor scaffold --check" in err
    assert (project / CODE).is_file()


@pytest.mark.parametrize(
    "words", [["--list"], ["adder", "--show"], ["adder", "--show", "--format", "json"], ["adder", "--dry-run"], ["adder", "--diff"]]
)
def test_what_is_only_shown_has_a_hint_that_fits(project: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    """No option that scaffold does not have."""
    before = tree(project)
    with full_output():
        assert scaffold(*words) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert "error: cannot write to standard output: No space left" in err
    assert "hint: send it somewhere else" in err
    assert tree(project) == before


def test_a_difference_writes_nothing_and_says_all(project: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Conflicts included: as it would be with --force."""
    (project / TEST).write_bytes(b"# mine\r\n")
    before = tree(project)
    assert scaffold("adder", "--diff") == 0
    told = capsysbinary.readouterr()
    assert told.out.startswith(b"diff --git a/src/my_pkg/adder.py b/src/my_pkg/adder.py\nnew file mode 100644\n--- /dev/null\n")
    assert b"\n-# mine\r\n" in told.out
    assert tree(project) == before
    scaffold("adder", "--diff", "--skip-existing")
    assert TEST.encode() not in capsysbinary.readouterr().out


def test_a_conflict_without_a_terminal_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is written, not even what is in nobody's way."""
    (project / TEST).write_text("# mine\n")
    before = tree(project)
    assert scaffold("adder") == ExitCode.REFUSED
    told = capsys.readouterr()
    assert told.err.startswith(f"error: {TEST} exists and differs; nothing was written\nhint: ")
    assert all(option in told.err for option in ("--diff", "--force", "--skip-existing"))
    assert tree(project) == before


@pytest.mark.parametrize(("option", "verb", "kept"), [("--force", "overwrite", False), ("--skip-existing", "skip     ", True)])
def test_a_conflict_can_be_decided_beforehand(
    project: Path, capsys: pytest.CaptureFixture[str], option: str, verb: str, *, kept: bool
) -> None:
    """One way or the other, without a question."""
    (project / TEST).write_text("# mine\n")
    assert scaffold("adder", option) == 0
    assert f"{verb.strip()}" in capsys.readouterr().out.splitlines()[1]
    assert ((project / TEST).read_text() == "# mine\n") is kept
    assert (project / CODE).is_file()


@pytest.mark.parametrize(
    ("answers", "code", "written"),
    [
        (["overwrite"], 0, True),
        (["diff", "overwrite"], 0, True),
        (["skip"], 0, False),
        (["quit"], ExitCode.REFUSED, False),
        ([KeyboardInterrupt], ExitCode.INTERRUPTED, False),
        (["diff", EOFError], ExitCode.INTERRUPTED, False),
    ],
)
def test_a_conflict_is_asked_about(
    project: Path, capsys: pytest.CaptureFixture[str], answers: list[str | type[BaseException]], code: int, *, written: bool
) -> None:
    """File by file; leaving writes nothing at all, and says so."""
    (project / TEST).write_text("# mine\n")
    before = tree(project)
    menu = FakeMenu(*answers)
    assert scaffold("adder", menu=menu) == code
    assert set(menu.asked) == {f"{TEST} exists and differs:"}
    assert ((project / TEST).read_text() != "# mine\n") is written
    if code:
        assert capsys.readouterr().err.endswith("Nothing was written.\n")
        assert tree(project) == before
    assert ("diff" in answers) is any("-# mine" in text for text in menu.shown)


def test_picking_from_the_list(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Tells what the template is for, shows the plan and the files, and asks before it writes."""
    menu = FakeMenu("adder", "diff", "write")
    assert scaffold(menu=menu) == 0
    assert menu.asked == ["Which template?", "Write these files?", "Write these files?"]
    assert "When there are two." in menu.shown[0]
    assert f"create  {CODE}" in menu.shown[1]
    assert "+def add_up(" in menu.shown[2]
    assert (project / CODE).is_file()
    assert capsys.readouterr().out.startswith("create")


@pytest.mark.parametrize("answers", [[KeyboardInterrupt], ["adder", KeyboardInterrupt], ["adder", "diff", EOFError], ["adder", "quit"]])
def test_leaving_the_list_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str], answers: list[str | type[BaseException]]
) -> None:
    """At any point."""
    before = tree(project)
    code = ExitCode.REFUSED if "quit" in answers else ExitCode.INTERRUPTED
    assert scaffold(menu=FakeMenu(*answers)) == code
    assert capsys.readouterr().err.endswith("Nothing was written.\n")
    assert tree(project) == before


def test_no_name_and_no_terminal_is_refused_with_the_names(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing hangs and nothing is guessed."""
    assert scaffold() == ExitCode.REFUSED
    told = capsys.readouterr()
    assert "  adder: Adds numbers.\n" in told.err
    assert "error: which template is not said" in told.err
    assert told.out == ""
    assert not (project / CODE).exists()


def test_an_unknown_name_gets_the_nearest(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is looked at."""
    assert scaffold("ader") == ExitCode.USAGE
    assert "hint: did you mean adder" in capsys.readouterr().err
    assert project.is_dir()


def test_a_python_that_is_too_old_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the nearest template that fits."""
    write_template(project / "own", "newer", text=manifest(python='">=3.14"', related='["adder"]'))
    assert scaffold("newer") == ExitCode.REFUSED
    err = capsys.readouterr().err
    assert "error: newer needs Python 3.14, and the project supports 3.11" in err
    assert "hint: the nearest that runs on it: adder" in err


@pytest.mark.parametrize("folder", ["..", "../other", "/etc", "src/../../x", "out"])
def test_nothing_goes_outside_of_the_project(project: Path, capsys: pytest.CaptureFixture[str], folder: str) -> None:
    """By no way that leads there."""
    (project / "out").symlink_to("/")
    before = tree(project / "src")
    assert scaffold("adder", "--dir", folder) == ExitCode.REFUSED
    assert "outside of the project" in capsys.readouterr().err
    assert tree(project / "src") == before


def test_a_folder_counts_from_where_one_is(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And the next command leads to the project's folder first."""
    (project / "src/my_pkg/deep").mkdir()
    monkeypatch.chdir(project / "src/my_pkg")
    assert scaffold("adder", "--dir", "deep") == 0
    told = capsys.readouterr()
    assert "create  src/my_pkg/deep/adder.py\n" in told.out
    assert told.err.endswith(f"next: cd {project} && python -m pytest {TEST}\n")


def test_another_project_can_be_named(project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own templates count, and folders count from it."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert scaffold("adder", "--project", str(project), "--dir", "src/my_pkg/deep") == 0
    assert (project / "src/my_pkg/deep/adder.py").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["adder", "--force", "--skip-existing"], "exclude each other"),
        (["adder", "--diff", "--dry-run"], "--dry-run and --diff exclude each other"),
        (["adder", "--list"], "--list shows all"),
        (["adder", "--format", "json"], "--format is for --list and --show"),
        (["adder", "--name", "add_up"], "takes old=new"),
        (["adder", "--name", "add_up=class"], "keyword"),
        (["adder", "--name", "add_up=value"], "uses that name already"),
        (["adder", "--project", "nowhere"], "is not a folder"),
        (["adder", "--project", ""], "--project takes a folder"),
        (["adder", "--dir", ""], "--dir takes a folder"),
        (["adder", "--dir", "  "], "--dir takes a folder"),
        (["adder", "--name", "add_up=test_all"], "pytest would take it for a test"),
        (["adder", "--name", "Total=TestTotal"], "pytest would take it for a test"),
        (["--lst"], "--lst"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(project: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    """And changes nothing."""
    before = tree(project)
    assert scaffold(*words) == ExitCode.USAGE
    assert message in capsys.readouterr().err
    assert tree(project) == before


def test_check_tells_whether_copies_are_as_given(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 when they are, 1 with the difference when not, 3 when there are none."""
    assert scaffold("--check") == ExitCode.CANNOT
    scaffold("adder", "--name", "Total=Sum")
    capsys.readouterr()
    assert scaffold("--check") == 0
    assert re.fullmatch(r"(identical  \S+ \(adder, conc-advisor \S+\)\n){2}", capsys.readouterr().out)
    path = project / CODE
    path.write_text(path.read_text().replace("first + second", "second + first\x1b[2J"))
    assert scaffold("adder", "--check") == ExitCode.FINDINGS
    out = capsys.readouterr().out
    assert "changed" in out
    assert "+    return Sum(value=second + first\\x1b[2J)" in out
    assert "\x1b" not in out


def test_check_of_a_template_that_is_gone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is not called unchanged."""
    scaffold("adder")
    (project / "own/adder").rename(project / "own/other")
    assert scaffold("--check") == ExitCode.CANNOT
    assert "unknown" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('"own"', "templates in [tool.conc-advisor] of"),
        ("[3]", "not a list of texts"),
        ('["nowhere"]', "which is not a folder"),
        ('["src"]', "holds no template"),
    ],
)
def test_a_setting_that_cannot_be_meant(workplace: Path, capsys: pytest.CaptureFixture[str], value: str, message: str) -> None:
    """Names file and key."""
    user_project(workplace, {**SRC_PROJECT, "pyproject.toml": f"[tool.conc-advisor]\ntemplates = {value}\n"})
    assert scaffold("--list") == ExitCode.USAGE
    assert message in capsys.readouterr().err


def test_a_bad_manifest_names_file_key_and_what_was_expected(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the user's own template."""
    write_template(project / "own", "bad", text=manifest(kind='"thread"'))
    assert scaffold("--list") == ExitCode.USAGE
    assert f"error: kind in {project}/own/bad/template.toml: expected one of asyncio, threads" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"def f(:\n", b"# caf\xe9\n"])
def test_code_that_is_no_python_names_the_file(project: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    """Of the user's own template."""
    path = write_template(project / "own", "bad") / "adder.py"
    path.write_bytes(content)
    for words in (["--list"], ["bad"], ["bad", "--show"], ["adder", "--dry-run"]):
        assert scaffold(*words) == ExitCode.USAGE
        assert f"error: {path}: expected " in capsys.readouterr().err


def test_check_finds_what_was_moved_and_renamed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the header, whatever the file is called."""
    scaffold("adder", "--no-test")
    (project / "src/my_pkg/sub").mkdir()
    (project / CODE).rename(project / "src/my_pkg/sub/sums.py")
    capsys.readouterr()
    assert scaffold("--check") == 0
    assert capsys.readouterr().out.startswith("identical  src/my_pkg/sub/sums.py (adder, ")


def test_a_template_can_be_explained(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its page; and the next step adds it."""
    assert run(["explain", "adder"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("# Adding\n")
    assert "`conc-advisor explain choosing`" in told.out
    assert told.err == "next: conc-advisor scaffold adder\n"
    assert run(["explain", "addr"]) == ExitCode.USAGE
    assert "adder" in capsys.readouterr().err
    assert project.is_dir()


def test_choose_names_the_template_to_take(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Now that there is a command for it."""
    assert run(["choose", "--no-input", "--set", "bottleneck=io", "--set", "fan_out=500", "--set", "existing_loop=none"]) == 0
    told = capsys.readouterr()
    [name] = re.findall(r"conc-advisor scaffold ([\w-]+)", told.out + told.err)[:1]
    assert scaffold(name, "--show") == 0
    assert list(workplace.iterdir()) == []


def test_an_interruption_while_writing_says_the_truth(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The writer undoes what it did before the interruption comes out."""

    def interrupted(plan: Plan, root: Path) -> None:
        assert plan.writes
        assert root == project
        raise KeyboardInterrupt

    assert apply is not interrupted
    monkeypatch.setattr("conc_advisor.cli.scaffold_run.apply", interrupted)
    before = tree(project)
    assert scaffold("adder") == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "Nothing was written.\n"
    assert tree(project) == before


OFFERS = [Offer(label="one", meaning="first", value="1", group="G"), Offer(label="two\x1b", meaning="second", value="2", group="H")]


@pytest.mark.parametrize(("typed", "value"), [("1\n", "1"), ("2.\n", "2"), ("one\n", "1"), ("x\n9\n\n0\n1)\n", "1")])
def test_numbers_will_do_where_the_cursor_cannot_be_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], typed: str, value: str
) -> None:
    """Or the label; anything else is asked again."""
    file = tmp_path / "typed"
    file.write_text(typed)
    with file.open() as stdin:
        assert NumberedMenu(stdin).pick("Which?", OFFERS) == value
    err = capsys.readouterr().err
    assert err.startswith("Which?\nG\n  1) one: first\nH\n  2) two\\x1b: second\nNumber: ")


def test_the_end_of_the_input_leaves(tmp_path: Path) -> None:
    """As Ctrl-D does."""
    file = tmp_path / "typed"
    file.write_text("")
    with file.open() as stdin, pytest.raises(EOFError):
        NumberedMenu(stdin).pick("Which?", OFFERS)
