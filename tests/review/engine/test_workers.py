"""Worker processes find what one process finds, and none of them is left behind, whatever happens to them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from project_builder import write_project
from review_engine_builder import places, settings_for

from conc_advisor.review.check import review
from conc_advisor.review.engine import crew, workers
from conc_advisor.review.engine.crew import Crew
from conc_advisor.review.engine.listing import list_files
from conc_advisor.review.engine.orders import Task, Unread
from conc_advisor.review.engine.worker import ReadThese, Result
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.settings import ReviewSettings

CODE = "CA101"
BLOCKS = "import time\n\nasync def f():\n    time.sleep(1)\n"
FINE = "import time\n\ndef f():\n    time.sleep(1)\n"
FILES = {f"{name}.py": text for name in "abcdef" for text in (BLOCKS if name in "ace" else FINE,)}


def settings(root: Path, jobs: int | None = 2) -> ReviewSettings:
    """Return settings for a project of a few files, half of them bad."""
    return settings_for(write_project(root, FILES), codes=frozenset({CODE}), jobs=jobs)


def children() -> list[psutil.Process]:
    """Return our child processes, those that nobody has waited for included."""
    return psutil.Process().children()


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    before = set(children())
    yield
    assert set(children()) <= before


def lines(outcome: Outcome) -> list[str]:
    """Return where something was found."""
    return [each.partition(" ")[0] for each in places(outcome)]


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    """With the real rules, a syntax error and standard input among the files."""
    bad = write_project(tmp_path, {"bad.py": "def f(:", "g.py": "from a import f\n\nasync def g():\n    f()\n"})
    several, one = review(settings(bad)), review(settings(bad, jobs=1))
    assert several == one
    assert lines(one)[:3] == ["a.py:4", "c.py:4", "e.py:4"]
    assert len(one.skipped) == 1


@pytest.mark.parametrize(("jobs", "size"), [(1, 0), (None, 0), (3, 3), (50, 6)])
def test_little_source_is_reviewed_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int | None, size: int) -> None:
    """Unless the user says how many processes, of which no more are started than there are files."""
    sizes: list[int] = []

    class Counted(workers.Team):
        def __init__(self, task: Task, *, size: int, keep: int) -> None:
            sizes.append(size)
            super().__init__(task, size=size, keep=keep)

    monkeypatch.setattr(workers, "Team", Counted)
    assert len(review(settings(tmp_path, jobs=jobs)).findings) == 3
    assert sizes == ([size] if size else [])


@pytest.mark.parametrize(
    ("megabytes", "cores", "size"),
    [(0.1, 8, 1), (1, 1, 1), (1, 2, 2), (1, 4, 4), (40, 2, 2), (40, 64, 2), (10, 64, 6), (200, 64, 1)],
)
def test_there_are_as_many_as_cores_and_memory_allow(monkeypatch: pytest.MonkeyPatch, megabytes: float, cores: int, size: int) -> None:
    """Each one knows what all files say."""
    monkeypatch.setattr(crew, "cores", lambda: cores)
    assert Crew(TASK, jobs=None)._size(int(megabytes * 1_000_000), 100) == size


TASK = Task(codes=frozenset({CODE}), python=None, foreign=frozenset())


def read_all(root: Path, team: workers.Team) -> list[Result]:
    """Return what a team reads in the files of a project, in their order."""
    orders = list_files(settings(root)).orders
    results = list(team.run(lambda share: ReadThese(orders=tuple(share)), orders))
    return sorted(results, key=lambda each: each.number)


def test_a_killed_worker_costs_nothing(tmp_path: Path) -> None:
    """Its files are given to another one."""
    team = workers.Team(TASK, size=2, keep=1000)
    try:
        first = team._workers[0]._process
        first.kill()
        first.wait()
        results = read_all(tmp_path, team)
    finally:
        team.close()
    assert [type(each).__name__ for each in results] == ["Reading"] * 6


def test_a_worker_killed_in_the_middle_costs_nothing(tmp_path: Path) -> None:
    """What it has answered stays answered."""
    team = workers.Team(TASK, size=1, keep=1000)
    numbers: list[int] = []
    try:
        for result in team.run(lambda share: ReadThese(orders=tuple(share)), list_files(settings(tmp_path)).orders):
            if not numbers:
                os.kill(team._workers[0]._process.pid, signal.SIGKILL)
            assert not isinstance(result, Unread)
            numbers.append(result.number)
    finally:
        team.close()
    assert sorted(numbers) == [0, 1, 2, 3, 4, 5]


def test_a_file_that_kills_every_worker_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time: the others are read."""
    deadly = workers._PROGRAM.replace(
        "from conc_advisor.review.engine.worker import main;",
        "import os; import conc_advisor.review.engine.shard as s; read = s.read_module;"
        "s.read_module = lambda order, task: os.abort() if order.name == 'c' else read(order, task);"
        "from conc_advisor.review.engine.worker import main;",
    )
    monkeypatch.setattr(workers, "_PROGRAM", deadly)
    team = workers.Team(TASK, size=2, keep=1000)
    try:
        results = read_all(tmp_path, team)
    finally:
        team.close()
    assert [type(each).__name__ for each in results] == ["Reading", "Reading", "Unread", "Reading", "Reading", "Reading"]
    assert results[2] == Unread(number=2, why="the process that worked on it ended by signal 6")


def test_where_every_worker_dies_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few times, and nothing hangs."""
    monkeypatch.setattr(workers, "_PROGRAM", "import sys; sys.exit(7)  # {path} {handle}")
    outcome = review(settings(tmp_path))
    assert outcome.files == 0
    assert len(outcome.skipped) == 6
    assert {each.why for each in outcome.skipped} <= {
        "the process that worked on it ended with status 7",
        "no process to work on it: too many processes ended with status 7",
    }


def test_where_no_process_can_be_started_one_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours."""

    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("conc_advisor.review.engine.workers.subprocess.Popen", refuse)
    assert lines(review(settings(tmp_path))) == ["a.py:4", "c.py:4", "e.py:4"]


def test_an_error_in_the_middle_leaves_no_worker(tmp_path: Path) -> None:
    """Ctrl-C is one."""

    def interrupt(doing: str, done: int, of: int) -> None:  # noqa: ARG001  # as progress is told
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        review(settings(tmp_path), progress=interrupt)


def test_a_killed_review_leaves_no_worker(tmp_path: Path) -> None:
    """They notice that nobody listens."""
    settings(tmp_path)
    program = (
        "import sys, time; from pathlib import Path; sys.path.insert(0, sys.argv[2]);"
        "from review_engine_builder import settings_for; from conc_advisor.review.check import review;"
        "wait = lambda *_: (print('here', flush=True), time.sleep(60));"
        "review(settings_for(Path(sys.argv[1]), jobs=2), progress=wait)"
    )
    tests = str(Path(__file__).parents[2])
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path), tests], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        left = psutil.Process(process.pid).children()
        process.kill()
    gone, alive = psutil.wait_procs(left, timeout=10)
    assert (len(gone), alive) == (2, [])


def test_a_worker_imports_nothing_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project's own `ast.py` is read, never run."""
    write_project(tmp_path, {name: f"open({str(tmp_path / 'ran')!r}, 'w')\n" for name in ("ast.py", "msgspec.py", "sitecustomize.py")})
    monkeypatch.chdir(tmp_path)
    assert review(settings(tmp_path)).files == 9
    assert not (tmp_path / "ran").exists()


def test_each_worker_reviews_what_it_has_read(tmp_path: Path) -> None:
    """Its trees are there."""
    found = list_files(settings(tmp_path))
    team = workers.Team(TASK, size=2, keep=1000)
    try:
        read_all(tmp_path, team)
        before = dict(team._shares(found.orders))
        after = dict(team._shares(list(reversed(found.orders))))
    finally:
        team.close()
    assert {worker: {each.number for each in share} for worker, share in before.items()} == {
        worker: {each.number for each in share} for worker, share in after.items()
    }
    assert sorted(len(share) for share in before.values()) == [3, 3]
