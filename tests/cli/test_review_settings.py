"""Command line before configuration before default, for `review`."""

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from conc_advisor.cli.review_request import Action, Form, Request, Rules, Scope, action_of
from conc_advisor.cli.review_settings import Settled, settle
from conc_advisor.errors import TargetError, UsageError
from conc_advisor.findings import Confidence, Severity
from conc_advisor.review.silence.selection import Known

KNOWN = (
    Known(code="CA101", name="blocking-call", group="blocking", pitfall="P01"),
    Known(code="CA201", name="lost-task", group="lifetime", pitfall="P07"),
    Known(code="RUF006", group="lifetime", pitfall="P07", covered_by=frozenset({"CA201"})),
)

Configure = Callable[[str], Path]


@pytest.fixture
def configure(workplace: Path) -> Configure:
    """Return a function that writes the table of `review` and returns the file."""

    def write(text: str) -> Path:
        file = workplace / "pyproject.toml"
        file.write_text(f"[tool.conc-advisor.review]\n{text}\n")
        return file

    return write


def settled(**parts: object) -> Settled:
    """Return what counts for a request that has these parts."""
    return settle(Request(**parts), KNOWN)  # type: ignore[arg-type]


def test_defaults(workplace: Path) -> None:
    """Those of the help text."""
    result = settled()
    assert (result.fail_on, result.confidence) == (Severity.WARNING, Confidence.LOW)
    review = result.review
    assert review.codes == {"CA101", "CA201", "RUF006"}
    assert (review.paths, review.root, review.cache) == ((Path(),), workplace, workplace / ".conc_advisor_cache")
    assert (review.noqa, review.ruff, review.baseline, review.python, review.jobs, review.exclude) == (True, True, None, None, None, ())


def test_the_configuration_replaces_the_defaults(workplace: Path, configure: Configure) -> None:
    """Each of them."""
    configure(
        'fail-on = "never"\nmin-confidence = "high"\nselect = ["P07"]\nignore = ["RUF006"]\nbaseline = "b.json"\npython = "3.9"\n'
        'exclude = ["gen/*"]\nruff = false\ncache = false\nper-file-ignores = { "t/*" = ["lifetime"] }'
    )
    result = settled()
    assert (result.fail_on, result.confidence) == (None, Confidence.HIGH)
    review = result.review
    assert review.codes == {"CA201"}
    assert (review.baseline, review.python, review.exclude) == (workplace / "b.json", 9, ("gen/*",))
    assert (review.ruff, review.cache) == (False, None)
    assert review.per_file_ignores == (("t/*", ("CA201", "RUF006")),)


def test_the_command_line_beats_the_configuration(configure: Configure) -> None:
    """Each setting by itself; what is left out is left out by both."""
    configure('fail-on = "error"\nmin-confidence = "high"\nselect = ["P07"]\nbaseline = "b.json"\npython = "3.9"\nexclude = ["gen/*"]')
    rules = Rules(select=["blocking,CA201", "RUF"], ignore=["CA201"], confidence="medium", python="3.12")
    result = settled(fail_on="info", rules=rules, baseline="mine.json", jobs="3", scope=Scope(exclude=("x/*",)))
    assert (result.fail_on, result.confidence) == (Severity.INFO, Confidence.MEDIUM)
    assert result.review.codes == {"CA101", "RUF006"}
    assert (result.review.baseline, result.review.python, result.review.jobs) == (Path("mine.json"), 12, 3)
    assert result.review.exclude == ("gen/*", "x/*")


def test_the_configuration_is_the_one_nearest_to_all_that_is_reviewed(workplace: Path, configure: Configure) -> None:
    """Not the one of the folder that somebody is in."""
    configure('fail-on = "error"')
    other = workplace / "other"
    other.mkdir()
    (other / "pyproject.toml").write_text('[tool.conc-advisor.review]\nfail-on = "info"\n')
    (other / "a.py").touch()
    (workplace / "b.py").touch()
    assert settled(scope=Scope(paths=("other/a.py",))).fail_on is Severity.INFO
    assert settled(scope=Scope(paths=("other/a.py", "other/gone.py"))).review.root == other
    assert settled(scope=Scope(paths=("other/a.py", "b.py"))).fail_on is Severity.ERROR


def test_without_a_configuration_the_repository_is_the_project(workplace: Path) -> None:
    """And without that the folder that somebody is in."""
    (workplace / "sub" / "deep").mkdir(parents=True)
    assert settled(scope=Scope(paths=("sub/deep",))).review.root == workplace
    (workplace / "sub" / ".git").mkdir()
    assert settled(scope=Scope(paths=("sub/deep",))).review.root == workplace / "sub"


def test_a_folder_elsewhere_may_be_fixed_all_the_same(workplace: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is asked for by name is inside."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    result = settled(scope=Scope(paths=(str(elsewhere),)))
    assert (result.review.root, result.inside, result.start) == (workplace, elsewhere, elsewhere)
    assert settled().inside == workplace


@pytest.mark.parametrize(
    ("configured", "written", "expected"),
    [
        ("", "", "conc-advisor-baseline.json"),
        ('baseline = "ci/b.json"', "", "ci/b.json"),
        ('baseline = "ci/b.json"', "mine.json", "mine.json"),
    ],
)
def test_where_a_baseline_goes(workplace: Path, configure: Configure, configured: str, written: str, expected: str) -> None:
    """The old one silences nothing meanwhile."""
    configure(configured)
    result = settled(action=Action.BASELINE, write_baseline=written)
    assert workplace / result.write_baseline == workplace / expected
    assert result.review.baseline is None


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"rules": Rules(select=["CA999"])}, "select on the command line names no rule with 'CA999'"),
        ({"rules": Rules(ignore=["x y"])}, "ignore on the command line names no rule with 'x y'"),
        ({"rules": Rules(select=["CA101,"])}, "--select is given nothing"),
        ({"rules": Rules(select=[""])}, "--select is given nothing"),
        ({"rules": Rules(python="2.7")}, "--python is a version of Python 3, and '2.7' is not"),
        ({"rules": Rules(python="3")}, "--python is a version of Python 3, and '3' is not"),
        ({"rules": Rules(python="py39")}, "--python is a version of Python 3"),
        ({"rules": Rules(python="3.²")}, "--python is a version of Python 3"),
        ({"jobs": "0"}, "--jobs is a number of processes, and '0' is not"),
        ({"jobs": "-1"}, "--jobs is a number"),
        ({"jobs": "many"}, "--jobs is a number"),
        ({"baseline": ""}, "--baseline is given nothing"),
    ],
)
@pytest.mark.usefixtures("workplace")
def test_a_value_that_means_nothing_is_refused(parts: dict[str, object], message: str) -> None:
    """Before anything is read."""
    with pytest.raises(UsageError) as error:
        settled(**parts)
    assert error.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('fail-on = "warnings"', "did you mean warning?"),
        ('min-confidence = "sure"', "one of: low, medium, high"),
        ('select = ["CA1O1"]', "CA"),
        ('ignore = ["lifetimes"]', "did you mean lifetime?"),
        ('python = "3"', "3.11"),
        ('per-file-ignores = { "a.py" = ["CA9"] }', "CA"),
    ],
)
def test_a_configured_value_that_means_nothing_is_traced_to_its_file(configure: Configure, text: str, words: str) -> None:
    """The user has to know where to look."""
    file = configure(text)
    with pytest.raises(UsageError) as error:
        settled()
    assert str(file) in error.value.message
    assert words in error.value.hint


@pytest.mark.usefixtures("workplace")
def test_standard_input_is_read_and_goes_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is also where its project is looked for."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"x = 1\n")))
    review = settled(scope=Scope(paths=("-",), stdin="src/a.py")).review
    assert review.stdin is not None
    assert (review.stdin.data, review.stdin.name, review.paths) == (b"x = 1\n", Path("src/a.py"), ())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Scope(paths=("",)), "a path is given nothing"),
        (lambda: Scope(base=""), "--base is given nothing"),
        (lambda: Scope(exclude=(" ",)), "--exclude is given nothing"),
        (lambda: Scope(paths=("-", "src")), "goes with no other path"),
        (lambda: Scope(stdin="a.py"), "--stdin-filename is for source on standard input"),
        (lambda: Scope(paths=("-",), changed=True), "git knows nothing"),
        (lambda: Request(unsafe=True), "--unsafe-fixes is for --fix and --diff"),
        (lambda: Request(action=Action.FIX, scope=Scope(paths=("-",))), "--fix writes files"),
        (lambda: Request(action=Action.BASELINE, scope=Scope(changed=True)), "a baseline holds all findings"),
        (lambda: Request(action=Action.BASELINE, baseline="b.json"), "--baseline and --write-baseline exclude"),
        (lambda: Request(action=Action.DIFF, form=Form(format="json")), "--diff has a form and a place of its own"),
        (lambda: Request(action=Action.DIFF, form=Form(output="x")), "--diff has a form and a place of its own"),
        (lambda: Request(action=Action.BASELINE, form=Form(statistics=True)), "--write-baseline has a form"),
        (lambda: Request(form=Form(statistics=True, format="json")), "--statistics has no form json"),
        (lambda: action_of({Action.FIX: True, Action.DIFF: True}), "--fix and --diff exclude each other"),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Callable[[], object], message: str) -> None:
    """Before anything is read."""
    with pytest.raises(UsageError, match=message) as error:
        make()
    assert error.value.hint


class TestWithoutAWorkingFolder:
    """It may be removed while somebody is in it."""

    @pytest.fixture(autouse=True)
    def gone(self, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Be in a folder that is not there any more, and return one that is."""
        folder = workplace / "gone"
        folder.mkdir()
        monkeypatch.chdir(folder)
        folder.rmdir()
        return workplace

    @pytest.mark.parametrize(
        "parts",
        [
            {},
            {"scope": Scope(paths=("src",))},
            {"scope": Scope(paths=("-",))},
            {"scope": Scope(paths=("-",), stdin="a.py")},
            {"scope": Scope(paths=("/",)), "form": Form(output="o.txt")},
            {"scope": Scope(paths=("/",)), "baseline": "b.json"},
            {"scope": Scope(paths=("/",)), "action": Action.BASELINE, "write_baseline": "b.json"},
        ],
        ids=str,
    )
    def test_what_counts_from_it_is_refused(self, parts: dict[str, object]) -> None:
        """Nothing is read or written elsewhere instead."""
        with pytest.raises(TargetError, match="the working directory has been removed"):
            settled(**parts)

    def test_absolute_names_mean_what_they_say(self, gone: Path) -> None:
        """And nothing of ours is put at the root of all."""
        result = settled(scope=Scope(paths=(str(gone),)))
        assert (result.review.paths, result.review.root, result.review.cache) == ((gone,), gone, gone / ".conc_advisor_cache")

    def test_standard_input_may_have_an_absolute_name(self, gone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It says where its project lies."""
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"x")))
        result = settled(scope=Scope(paths=("-",), stdin=str(gone / "a.py")))
        assert (result.start, result.review.root) == (gone, gone)
