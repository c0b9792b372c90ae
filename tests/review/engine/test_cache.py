"""A second review looks only at what has changed, and says the same as one without a cache."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from project_builder import write_project
from review_engine_builder import only_boom, places, settings_for

from conc_advisor.review.check import review
from conc_advisor.review.engine import cache, cache_file, shard
from conc_advisor.review.engine.orders import FileOrder
from conc_advisor.review.engine.reading import read_module
from conc_advisor.review.outcome import Outcome
from conc_advisor.review.project.project import link
from conc_advisor.review.settings import StandardInput
from conc_advisor.scanning.inventory import ModelKind, ModelUse, Part

OTHER = "from pkg.b import other\n\nother()\n"
FILES = {"pkg/__init__.py": "", "pkg/a.py": OTHER, "pkg/b.py": "from danger import boom as other\n", "c.py": "boom()\n"}
LONG_AGO = time.time() - 3600


class Watched:
    """Reviews one project again and again, and counts which files were read and which looked at by rules."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.folder = root / ".conc_advisor_cache"
        self.opened: list[str] = []
        self.looked: list[str] = []
        apply = shard._apply

        def watched_read(order: FileOrder, *rest: Any) -> Any:  # noqa: ANN401  # handed on as they come
            self.opened.append(order.path.name)
            return read_module(order, *rest)

        def watched_apply(rules: Any, context: Any, number: int) -> Any:  # noqa: ANN401  # as above
            self.looked.append(context.parsed.path.name)
            return apply(rules, context, number)

        monkeypatch.setattr(shard, "read_module", watched_read)
        monkeypatch.setattr(shard, "_apply", watched_apply)

    def write(self, **files: str) -> None:
        """Write files, an hour ago, unless their names say `now_`."""
        for name, text in files.items():
            path = self.root / name.removeprefix("now_").replace("__", "/").replace("_py", ".py")
            path.write_text(text)
            if not name.startswith("now_"):
                os.utime(path, (LONG_AGO, LONG_AGO + len(text)))

    def review(self, **changes: Any) -> Outcome:  # noqa: ANN401  # fields of the settings
        """Return a review, and forget what was read for the one before."""
        self.opened.clear()
        self.looked.clear()
        return review(settings_for(self.root, **({"cache": self.folder} | changes)))


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Return a small project whose files are an hour old."""
    only_boom(monkeypatch)
    write_project(tmp_path, FILES)
    for name in FILES:
        os.utime(tmp_path / name, (LONG_AGO, LONG_AGO))
    return Watched(tmp_path, monkeypatch)


def test_what_has_not_changed_is_not_read_again(watched: Watched) -> None:
    """And the outcome is the same, but for how it was got."""
    first, second = watched.review(), watched.review()
    assert (watched.opened, watched.looked) == ([], [])
    assert second.findings == first.findings
    assert (second.inventory, second.sources, second.lines) == (first.inventory, first.sources, first.lines)
    assert (first.cached, second.cached) == (0, 4)
    assert places(first) == ["a.py:3 calls danger.boom", "c.py:1 calls boom"]


def test_only_a_changed_file_is_read(watched: Watched) -> None:
    """The rules look at all files, since what they find depends on what the others say."""
    watched.review()
    watched.write(pkg__b_py="from harmless import peace as other\n")
    outcome = watched.review()
    assert watched.opened == ["b.py"]
    assert places(outcome) == ["c.py:1 calls boom"]


def test_a_new_file_and_a_file_that_went_count(watched: Watched) -> None:
    """For the others, too."""
    watched.review()
    (watched.root / "pkg/b.py").unlink()
    assert places(watched.review()) == ["c.py:1 calls boom"]
    watched.write(pkg__b_py="from danger import boom as other\n", d_py="boom()\n")
    assert places(watched.review()) == ["a.py:3 calls danger.boom", "c.py:1 calls boom", "d.py:1 calls boom"]


def test_what_was_seen_before_is_known_again(watched: Watched) -> None:
    """Whoever undoes a change does not wait."""
    first = watched.review()
    watched.write(c_py="\n")
    watched.review()
    watched.write(c_py="boom()\n")
    outcome = watched.review()
    assert watched.opened == ["c.py"]
    assert watched.looked == ["c.py"]
    assert outcome.findings == first.findings


def test_a_time_stamp_alone_changes_nothing(watched: Watched) -> None:
    """As after a checkout; from then on the new one counts."""
    watched.review()
    os.utime(watched.root / "c.py", (LONG_AGO, LONG_AGO + 60))
    watched.review()
    assert watched.opened == []


def test_another_size_is_another_file(watched: Watched) -> None:
    """Whatever the time stamp says: some programs put the old one back."""
    watched.review()
    watched.write(c_py="boom(); boom()\n")
    os.utime(watched.root / "c.py", (LONG_AGO, LONG_AGO))
    assert len(watched.review().findings) == 3


def test_a_change_under_the_same_stamp_is_seen_in_a_young_file(watched: Watched) -> None:
    """Written again within the same tick of the clock, with as many bytes."""
    watched.write(now_c_py="boom()\n")
    stamp = (watched.root / "c.py").stat()
    watched.review()
    watched.write(now_c_py="bang()\n")
    os.utime(watched.root / "c.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert places(watched.review()) == ["a.py:3 calls danger.boom"]


def test_a_change_under_the_old_stamp_is_seen_in_an_old_file(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """With as many bytes: programs put a time stamp back, and `touch` sets it to anything."""
    monkeypatch.setattr(cache, "_FRESH_NANOSECONDS", 0)
    watched.review()
    (watched.root / "c.py").write_text("bang()\n")
    os.utime(watched.root / "c.py", (LONG_AGO, LONG_AGO))
    assert places(watched.review()) == ["a.py:3 calls danger.boom"]


@pytest.mark.parametrize("changes", [{"python": 9}, {"codes": frozenset({"CA998"})}], ids=str)
def test_other_settings_have_their_own_findings(watched: Watched, changes: dict[str, Any]) -> None:
    """Both are kept."""
    first = watched.review()
    other = watched.review(**changes)
    assert other.cached == 0
    assert len(other.findings) == (2 if "python" in changes else 0)
    assert watched.review().findings == first.findings
    assert watched.looked == []


def test_a_part_of_the_project_has_its_own_findings(watched: Watched) -> None:
    """What is not read says nothing of what is."""
    watched.review()
    assert places(watched.review(paths=(watched.root / "pkg/a.py",))) == []
    assert places(watched.review()) == ["a.py:3 calls danger.boom", "c.py:1 calls boom"]
    assert watched.looked == []


def test_nothing_is_kept_of_a_file_where_a_rule_failed(watched: Watched) -> None:
    """The next review says so again."""
    watched.write(c_py="crash()\n")
    watched.review()
    outcome = watched.review()
    assert "bug of ours" in outcome.skipped[0].why
    assert watched.looked == ["c.py"]


def test_standard_input_is_known_by_its_text(watched: Watched) -> None:
    """It has no time stamp."""
    given = StandardInput(data=b"boom()\n", name=watched.root / "c.py")
    watched.review(stdin=given)
    watched.review(stdin=given)
    assert watched.opened == []
    assert places(watched.review(stdin=StandardInput(data=b"fine()\n", name=given.name))) == ["a.py:3 calls danger.boom"]


def test_without_a_cache_nothing_is_written(watched: Watched) -> None:
    """And all is read."""
    watched.review(cache=None)
    watched.review(cache=None)
    assert sorted(watched.opened) == ["__init__.py", "a.py", "b.py", "c.py"]
    assert not watched.folder.exists()


def test_git_and_backups_leave_the_folder_out(watched: Watched) -> None:
    """It says so itself, and is not reviewed."""
    watched.review()
    assert (watched.folder / ".gitignore").read_text() == "*\n"
    assert (watched.folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert watched.review().files == 4


class TestUnusable:
    """A cache that cannot be used costs time, never a finding."""

    def file(self, watched: Watched) -> Path:
        """Return the cache's file."""
        [path] = watched.folder.glob("*.bin")
        return path

    @pytest.mark.parametrize("at", [0, 30, 60, 100, -1])
    def test_a_damaged_one_is_made_anew(self, watched: Watched, at: int) -> None:
        """Whichever byte is wrong."""
        first = watched.review()
        data = bytearray(self.file(watched).read_bytes())
        data[at] ^= 1
        self.file(watched).write_bytes(data)
        assert watched.review().findings == first.findings
        assert len(watched.opened) == 4
        watched.review()
        assert watched.opened == []

    @pytest.mark.parametrize("content", [b"", b"other", b"conc-advisor review cache\n"])
    def test_a_foreign_one_is_made_anew(self, watched: Watched, content: bytes) -> None:
        """Half a file as well."""
        watched.review()
        self.file(watched).write_bytes(content)
        assert len(watched.review().findings) == 2

    def test_one_of_another_version_is_made_anew(self, watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of ours, or of Python."""
        watched.review()
        monkeypatch.setattr(cache_file, "engine", lambda: b"0" * 16)
        watched.review()
        assert len(watched.opened) == 4

    def test_a_pipe_is_not_waited_for(self, watched: Watched) -> None:
        """Nor a folder opened."""
        watched.review()
        path = self.file(watched)
        path.unlink()
        os.mkfifo(path)
        assert len(watched.review().findings) == 2
        path.unlink()
        path.mkdir()
        outcome = watched.review()
        assert len(outcome.findings) == 2
        assert "cannot be written" in outcome.details[0]

    def test_where_nothing_can_be_written_it_is_said_to_who_asks(self, watched: Watched) -> None:
        """It is no news for the others."""
        watched.folder.write_text("a file")
        outcome = watched.review()
        assert outcome.notes == ()
        assert [each for each in outcome.details if "the cache in" in each and "cannot be written" in each]
        assert len(outcome.findings) == 2

    def test_a_link_is_not_followed(self, watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> None:
        """A project must not be able to make us write elsewhere."""
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        watched.folder.symlink_to(elsewhere, target_is_directory=True)
        assert "it is a link" in watched.review().details[0]
        assert list(elsewhere.iterdir()) == []


def test_files_that_are_gone_are_forgotten(watched: Watched) -> None:
    """So that the cache grows no larger than the project."""
    for number in range(30):
        watched.write(**{f"extra{number}_py": f"x = {number}\n" * 50})
    watched.review()
    [path] = watched.folder.glob("*.bin")
    before = path.stat().st_size
    for number in range(30):
        (watched.root / f"extra{number}.py").unlink()
    watched.review()
    assert path.stat().st_size < before / 2


def test_names_and_settings_of_one_file_are_bounded(watched: Watched) -> None:
    """The latest ones stay."""
    for minor in range(7, 15):
        watched.review(python=minor)
    [path] = watched.folder.glob("*.bin")
    before = path.stat().st_size
    for minor in range(15, 30):
        watched.review(python=minor)
    assert path.stat().st_size < before * 1.2
    watched.review(python=29)
    assert watched.opened == []


def test_two_reviews_at_once_do_not_disturb_each_other(watched: Watched) -> None:
    """Whoever is later leaves the cache."""
    watched.review()
    watched.write(c_py="fine()\n")
    first = watched.review()
    [path] = watched.folder.glob("*.bin")
    theirs = path.read_bytes()
    watched.write(c_py="boom(1)\n")
    watched.review()
    path.write_bytes(theirs)
    outcome = watched.review()
    assert len(outcome.findings) == len(first.findings) + 1
    assert [each.name for each in watched.folder.iterdir() if each.name.endswith(".part")] == []


def test_summaries_are_the_same_in_every_process(tmp_path: Path) -> None:
    """Else what depends on them would be worked out again each time: nothing in them may hang on the order of a set."""
    program = (
        "import sys; from pathlib import Path; from conc_advisor.review.engine.listing import list_files;"
        "from conc_advisor.review.settings import ReviewSettings; from conc_advisor.review.engine.shard import Shard;"
        "from conc_advisor.review.engine.cache import project_key;"
        "root = Path(sys.argv[1]); found = list_files(ReviewSettings(paths=(root,), codes=frozenset(), root=root));"
        "print(project_key(Shard(found.task, keep=0).read(found.orders)).hex())"
    )
    home = Path(os.__file__).parent / "asyncio"
    write_project(tmp_path, {path.name: path.read_bytes() for path in sorted(home.glob("*.py"))[:12]})
    keys = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(keys) == 1
    assert keys.pop().strip()


def test_a_file_that_changes_between_the_halves_is_said(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the others were told of it does not hold any more."""
    monkeypatch.setattr("conc_advisor.review.engine.crew._KEPT_LINES", 0)

    def late(summaries: Any) -> Any:  # noqa: ANN401  # handed on
        (watched.root / "c.py").write_text("boom(); boom()\n")
        return link(summaries)

    monkeypatch.setattr(shard, "link", late)
    outcome = watched.review()
    assert [(Path(each.file).name, each.why) for each in outcome.skipped] == [("c.py", "was changed while it was read")]
    assert places(outcome) == ["a.py:3 calls danger.boom"]


def models_of(outcome: Outcome) -> tuple[ModelUse, ...]:
    """Return the models that a review's inventory tells of."""
    assert outcome.inventory is not None
    return outcome.inventory.models


def test_the_inventory_of_unchanged_files_is_not_summed_up_again(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.write(c_py="import threading\nthreading.Thread(target=boom)\nboom()\n")
    first = watched.review()
    monkeypatch.setattr("conc_advisor.review.check.sum_up", None)
    assert models_of(first)
    assert watched.review().inventory == first.inventory


def test_a_changed_file_has_the_inventory_summed_up_anew(watched: Watched) -> None:
    watched.review()
    watched.write(c_py="import threading\nthreading.Thread(target=boom)\nboom()\n")
    assert [each.kind for each in models_of(watched.review())] == [ModelKind.THREADS]


def test_a_file_that_is_a_test_by_now_has_the_inventory_summed_up_anew(watched: Watched) -> None:
    watched.write(c_py="import threading\nthreading.Thread(target=boom)\nboom()\n")
    watched.review()
    (watched.root / "c.py").rename(watched.root / "test_c.py")
    assert {each.part for each in models_of(watched.review())} == {Part.TESTS}


def test_comments_of_unchanged_files_are_not_looked_for_again(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.write(c_py="boom()  # noqa: CA999\nboom()\n")
    first = watched.review()
    monkeypatch.setattr("conc_advisor.review.silence.silencing.read_directives", None)
    again = watched.review()
    assert first.silenced
    assert (again.findings, again.silenced) == (first.findings, first.silenced)


def test_a_changed_comment_is_seen(watched: Watched) -> None:
    watched.write(c_py="boom()  # noqa: CA999\n")
    assert watched.review().silenced
    watched.write(c_py="boom()  # fine\n")
    assert not watched.review().silenced


def test_a_file_that_cannot_be_parsed_is_not_tried_again(watched: Watched) -> None:
    watched.write(c_py="def (:\n")
    first = watched.review()
    again = watched.review()
    assert watched.opened == []
    assert len(again.skipped) == 1
    assert again.skipped == first.skipped


def test_a_file_that_can_be_parsed_by_now_is_read(watched: Watched) -> None:
    watched.write(c_py="def (:\n")
    watched.review()
    watched.write(c_py="def f(): ...\n")
    assert not watched.review().skipped
    assert watched.opened == ["c.py"]


def test_a_file_that_could_not_be_opened_is_tried_again(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path, *_: object) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr("conc_advisor.scanning.source.read_regular", denied)
        assert watched.review().skipped
    assert not watched.review().skipped
