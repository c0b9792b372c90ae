"""What ruff finds, asked in earnest once, and by a stand-in for the rest."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conc_advisor.findings import Finding, Location
from conc_advisor.review.linters.enclosing import Enclosing
from conc_advisor.review.linters.ruff import Asked, Heard, ask
from conc_advisor.review.linters.ruff_rules import BY_CODE, RULES, Where, wanted
from conc_advisor.review.programs import Answer, run

SYNC = Enclosing(function="main", coroutine=False)
ASYNC = Enclosing(function="fetch", coroutine=True)
ALL = frozenset(BY_CODE)
FILE = Path("/project/app.py")
ITEM = {
    "code": "S113",
    "filename": str(FILE),
    "location": {"row": 3, "column": 5},
    "end_location": {"row": 3, "column": 17},
    "message": "Probable use of `requests` call\nwithout timeout",
    "noqa_row": 3,
    "fix": None,
    "url": None,
}


class FakeRuff:
    """Stands for ruff: gives the same answer always, and keeps what it was asked."""

    def __init__(self, out: object, *, status: int = 0, err: str = "", error: Exception | None = None) -> None:
        self.commands: list[Sequence[str | Path]] = []
        self._answer = Answer(status=status, out=out if isinstance(out, bytes) else json.dumps(out).encode(), err=err)
        self._error = error
        self.environment: Mapping[str, str | None] = {}

    def __call__(self, command: Sequence[str | Path], *, environment: Mapping[str, str | None] | None = None, **_others: object) -> Answer:
        """Answer."""
        self.commands.append(command)
        self.environment = environment or {}
        if self._error:
            raise self._error
        return self._answer


def heard(
    ruff: FakeRuff, *, files: Iterable[Path] = (FILE,), codes: frozenset[str] = ALL, around: Enclosing = SYNC, noqa: bool = True
) -> Heard:
    """Return what is made of a stand-in's answer."""
    asked = Asked(files={file: file.name for file in files}, codes=codes, noqa=noqa)
    return ask(asked, lambda _file, _line: around, program=ruff, binary=lambda: "ruff")


def test_an_item_becomes_a_finding() -> None:
    """With our severity, confidence and advice, on one line."""
    rule = BY_CODE["S113"]
    assert heard(FakeRuff([ITEM])) == Heard(
        findings=(
            Finding(
                rule="S113",
                severity=rule.severity,
                confidence=rule.confidence,
                message="Probable use of `requests` call without timeout",
                advice=rule.advice,
                location=Location(file="app.py", line=3, function="main", column=5, end_line=3, end_column=17),
            ),
        )
    )


@pytest.mark.parametrize(
    "change",
    [
        {"code": None},
        {"code": "invalid-syntax"},
        {"code": "ASYNC109"},
        {"code": "F401"},
        {"filename": "/project/other.py"},
        {"location": None},
        {"code": "B012"},
    ],
)
def test_other_items_are_passed_over(change: dict[str, object]) -> None:
    """No code, one that is not taken, another file, no place, and what only matters in a coroutine."""
    assert heard(FakeRuff([ITEM | change])) == Heard()


def test_what_matters_in_a_coroutine_is_taken_there() -> None:
    """A `return` in `finally`."""
    assert [each.rule for each in heard(FakeRuff([ITEM | {"code": "B012"}]), around=ASYNC).findings] == ["B012"]


def test_a_yield_is_taken_in_an_async_with_alone() -> None:
    """A plain `with` is left by the garbage collector."""
    ruff = FakeRuff([ITEM | {"code": "ASYNC119"}])
    assert heard(ruff, around=ASYNC) == Heard()
    assert [each.rule for each in heard(ruff, around=replace(ASYNC, entered=True)).findings] == ["ASYNC119"]


def test_codes_that_are_not_looked_for_are_not_asked_for() -> None:
    """And not taken, should they come all the same."""
    ruff = FakeRuff([ITEM])
    assert heard(ruff, codes=frozenset({"B039", "CA101", "F401"})) == Heard()
    (command,) = ruff.commands
    assert command[list(command).index("--select") + 1] == "B039,E902"


def test_a_file_that_ruff_cannot_read_is_named() -> None:
    """Not as a finding."""
    assert heard(FakeRuff([ITEM | {"code": "E902"}])) == Heard(unread=("app.py",))


def test_the_users_settings_of_ruff_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may send its answer elsewhere; other variables stay."""
    monkeypatch.setenv("RUFF_OUTPUT_FILE", "elsewhere")
    ruff = FakeRuff([])
    heard(ruff)
    assert ruff.environment == {"RUFF_OUTPUT_FILE": None}


@pytest.mark.parametrize(("codes", "files"), [(frozenset(), (FILE,)), (frozenset({"CA101", "F401"}), (FILE,)), (ALL, ())])
def test_without_codes_or_files_ruff_is_not_started(codes: frozenset[str], files: tuple[Path, ...]) -> None:
    """There is nothing to ask."""
    ruff = FakeRuff([ITEM])
    assert heard(ruff, codes=codes, files=files) == Heard()
    assert ruff.commands == []


@pytest.mark.parametrize(
    ("ruff", "note"),
    [
        (FakeRuff(b"", error=FileNotFoundError()), "ruff is not there"),
        (FakeRuff(b"", error=PermissionError(13, "Permission denied")), "Permission denied"),
        (FakeRuff(b"", error=subprocess.TimeoutExpired("ruff", 1)), "not done in 120 seconds"),
        (FakeRuff(b"", status=2, err="error: unknown rule\n"), "error: unknown rule"),
        (FakeRuff(b"", status=101), "ended with 101"),
        (FakeRuff(b"", status=-9), "ended with -9"),
        (FakeRuff(b""), "cannot be read"),
        (FakeRuff(b"[{]"), "cannot be read"),
        (FakeRuff({"code": "S113"}), "cannot be read"),
        (FakeRuff([ITEM | {"location": 3}]), "cannot be read"),
    ],
)
def test_a_ruff_that_fails_costs_a_note(ruff: FakeRuff, note: str) -> None:
    """And nothing else."""
    answer = heard(ruff)
    assert answer.findings == ()
    assert len(answer.notes) == 1
    assert note in answer.notes[0]


@pytest.mark.parametrize("error", [ImportError(), FileNotFoundError()])
def test_a_ruff_that_is_not_installed_costs_a_note(error: Exception) -> None:
    """It says how to get it."""

    def missing() -> str:
        raise error

    answer = ask(Asked(files={FILE: "app.py"}, codes=ALL), lambda _file, _line: SYNC, binary=missing)
    assert "pip install ruff" in answer.notes[0]


def test_many_files_are_asked_about_in_several_calls() -> None:
    """Each of them once, and one note for all that fail."""
    files = [Path(f"/project/{'x' * 200}/{number}.py") for number in range(1000)]
    ruff = FakeRuff([], status=2, err="no")
    assert len(heard(ruff, files=files).notes) == 1
    names = [word for command in ruff.commands for word in command[list(command).index("--") + 1 :]]
    assert sorted(names) == sorted(map(str, files))
    assert 1 < len(ruff.commands) < 5
    assert max(sum(len(str(word)) + 1 for word in command) for command in ruff.commands) < 100_000


@pytest.mark.parametrize("noqa", [True, False])
def test_comments_are_passed_over_on_demand(*, noqa: bool) -> None:
    """Ruff is told so."""
    ruff = FakeRuff([])
    heard(ruff, noqa=noqa)
    assert ("--ignore-noqa" in ruff.commands[0]) is not noqa


@pytest.mark.parametrize(("python", "target"), [(None, "py314"), (5, "py37"), (9, "py39"), (14, "py314"), (40, "py314")])
def test_the_target_is_one_that_ruff_knows(python: int | None, target: str) -> None:
    """Without one it is the newest."""
    ruff = FakeRuff([])
    ask(Asked(files={FILE: "x"}, codes=ALL, python=python), lambda _file, _line: SYNC, program=ruff, binary=lambda: "ruff")
    assert target in ruff.commands[0]


CODE = """\
import asyncio, contextvars, subprocess, time, requests

async def fetch(größe="é"):
    größe = "é"; time.sleep(1)
    requests.get(größe)
    asyncio.create_task(fetch())
    with open("x") as file:
        await asyncio.sleep(1)
    try:
        await asyncio.sleep(1)
    except BaseException:
        pass
    finally:
        return

def plain(timeout=3):
    time.sleep(1)  # nothing
    try:
        plain()
    finally:
        return

async def quiet(timeout=3):
    await asyncio.sleep(timeout)
    time.sleep(1)  # noqa: ASYNC251
    await asyncio.sleep(0)

variable = contextvars.ContextVar("v", default=[])
subprocess.Popen("x", preexec_fn=plain)
"""
FOUND = [
    (4, 18, "ASYNC251"),
    (5, 5, "ASYNC210"),
    (5, 5, "S113"),
    (6, 5, "RUF006"),
    (7, 10, "ASYNC230"),
    (11, 12, "BLE001"),
    (14, 9, "B012"),
    (28, 48, "B039"),
    (29, 23, "PLW1509"),
]


def around(_file: str, line: int) -> Enclosing:
    """Tell what `CODE` has around a line."""
    return ASYNC if line in {*range(3, 15), *range(23, 27)} else SYNC


def places(answer: Heard) -> list[tuple[int, int, str]]:
    """Return line, column and code of what was found."""
    assert answer.notes == ()
    return sorted((each.location.line, each.location.column, each.rule) for each in answer.findings if each.location)


def test_the_real_ruff_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files with odd names, one that is no Python and one that is gone; what is configured around them does not matter."""
    monkeypatch.chdir(tmp_path)
    Path("ruff.toml").write_text('exclude = ["*"]\nlint.per-file-ignores = {"*" = ["ALL"]}')
    files = [Path(name) for name in ("-ü b.py", "@x.py", "broken.py", "gone.py")]
    for file in files[:2]:
        file.write_text(CODE, "utf-8")
    files[2].write_text("def f(:\n")
    answer = ask(Asked(files={file: file.name for file in files}, codes=ALL), around)
    assert places(answer) == sorted([*FOUND, *FOUND])
    assert {each.location.file for each in answer.findings if each.location} == {"-ü b.py", "@x.py"}


@pytest.mark.parametrize("noqa", [True, False])
def test_the_real_ruff_reads_standard_input(*, noqa: bool) -> None:
    """Under the name that it goes by, with comments or without."""
    answer = ask(Asked(files={}, codes=ALL, stdin=(Path("pkg/x.py"), CODE.encode()), noqa=noqa), around)
    assert places(answer) == (FOUND if noqa else sorted([*FOUND, (25, 5, "ASYNC251")]))
    assert {each.location.file for each in answer.findings if each.location} == {"pkg/x.py"}


def test_every_rule_of_the_table_is_one_of_ruffs() -> None:
    """Under the name that its page has."""
    answer = run([sys.executable, "-m", "ruff", "rule", "--all", "--output-format", "json"], seconds=60)
    names = {rule["code"]: rule["name"] for rule in json.loads(answer.out)}
    assert {rule.code: rule.name for rule in RULES} == {rule.code: names.get(rule.code) for rule in RULES}


def test_the_table_is_in_order_and_each_rule_has_a_pitfall_and_advice() -> None:
    """No code stands there twice."""
    assert [rule.code for rule in RULES] == sorted(BY_CODE)
    for rule in RULES:
        assert rule.pitfall[:1] == "P"
        assert 1 <= int(rule.pitfall[1:]) <= 29
        assert rule.advice.endswith(".")
        assert rule.url.endswith(rule.name)


def test_codes_of_others_are_not_wanted() -> None:
    """Nor those of ruff's that say nothing of concurrency."""
    assert wanted(["ASYNC109", "CA101", "F401", "S113", "B012", "S113"]) == ("B012", "S113")
    assert [rule.code for rule in RULES if rule.where is Where.BESIDE_OURS] == ["ASYNC110", "BLE001", "E722", "RUF006", "RUF029"]


def test_a_variable_that_is_to_be_away_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the others stay."""
    monkeypatch.setenv("RUFF_OUTPUT_FILE", "elsewhere")
    monkeypatch.setenv("LEFT_ALONE", "yes")
    program = "import os; print(os.environ.get('RUFF_OUTPUT_FILE'), os.environ['LEFT_ALONE'], os.environ['NEW'])"
    assert run([sys.executable, "-c", program], seconds=60, environment={"RUFF_OUTPUT_FILE": None, "NEW": "1"}).out.split() == [
        b"None",
        b"yes",
        b"1",
    ]
