"""A whole review: which files, which rules, in which order, and what is left out."""

import keyword
import os
import random
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from project_builder import write_project
from review_engine_builder import CODE, only_boom, places, reviewed, settings_for, skipped

from conc_advisor.errors import TargetError, UsageError
from conc_advisor.review.check import review
from conc_advisor.review.engine.modules import ModuleName, module_names
from conc_advisor.review.outcome import Outcome, Silence
from conc_advisor.review.settings import StandardInput
from conc_advisor.scanning.inventory import ModelKind
from conc_advisor.scanning.source import MAX_BYTES

BAD = "boom()\n"
FINE = "import threading\n\ndef fine():\n    threading.Thread()\n"


@pytest.fixture(autouse=True)
def _one_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    only_boom(monkeypatch)


def test_findings_are_in_the_order_of_the_source(tmp_path: Path) -> None:
    """By file, line and column."""
    outcome = reviewed(tmp_path, {"b.py": "boom(); boom()\nboom()\n", "a.py": f"\n{BAD}", "pkg/c.py": BAD})
    assert [(Path(each.location.file).name, each.location.line, each.location.column) for each in outcome.findings if each.location] == [
        ("a.py", 2, 1),
        ("b.py", 1, 1),
        ("b.py", 1, 9),
        ("b.py", 2, 1),
        ("c.py", 1, 1),
    ]
    assert (outcome.files, outcome.lines, outcome.cached, outcome.skipped, outcome.notes) == (3, 5, 0, (), ())


def test_fine_code_is_passed_over_in_silence(tmp_path: Path) -> None:
    """And its concurrency is told."""
    outcome = reviewed(tmp_path, {"a.py": FINE, "b.py": "", "c.py": "x = 1"})
    assert (outcome.findings, outcome.silenced, outcome.notes, outcome.skipped, outcome.sources) == ((), (), (), (), {})
    assert (outcome.files, outcome.lines) == (3, 5)
    assert outcome.inventory is not None
    assert outcome.inventory.main.kind is ModelKind.THREADS


def test_a_folder_without_python_is_fine(tmp_path: Path) -> None:
    """There is nothing to say of it."""
    outcome = reviewed(tmp_path, {"notes.txt": "boom()"})
    assert (outcome.files, outcome.findings) == (0, ())


def test_names_are_followed_into_other_files(tmp_path: Path) -> None:
    """Also those that are read for it alone."""
    files = {
        "pkg/__init__.py": "",
        "pkg/a.py": "from pkg.b import other as fine\nfine()\n",
        "pkg/b.py": "from danger import boom as other\n",
    }
    assert places(reviewed(tmp_path, files)) == ["a.py:2 calls danger.boom"]
    only = frozenset({tmp_path / "pkg/a.py"})
    assert places(reviewed(tmp_path, files, only=only)) == ["a.py:2 calls danger.boom"]
    assert places(reviewed(tmp_path, files, only=frozenset({tmp_path / "pkg/b.py"}))) == []


def test_rules_that_are_not_selected_do_not_run(tmp_path: Path) -> None:
    """So that they cannot fail either."""
    outcome = reviewed(tmp_path, {"a.py": "boom(); crash()"}, codes=frozenset({"CA101"}))
    assert (outcome.findings, outcome.skipped) == ((), ())


@pytest.mark.parametrize("name", ["tests/test_app.py", "test_app.py", "tests/factory.py", "conftest.py"])
def test_tests_are_left_alone_by_rules_that_are_not_for_them(tmp_path: Path, name: str) -> None:
    """Unless the file was asked for by its name."""
    assert places(reviewed(tmp_path, {name: BAD, "app.py": ""})) == []
    assert len(reviewed(tmp_path, {name: BAD}, paths=(tmp_path / name,)).findings) == 1


def test_the_lines_of_files_with_findings_are_handed_on(tmp_path: Path) -> None:
    """Only theirs, as Python counts them, and where they lie."""
    outcome = reviewed(tmp_path, {"a.py": "x = '\x0c'\r\nboom()", "b.py": FINE})
    assert list(outcome.sources.values()) == [("x = '\x0c'", "boom()")]
    assert list(outcome.paths.values()) == [tmp_path / "a.py"]


class TestWhatIsLeftOut:
    """What the user does not want to see."""

    def test_comments_silence(self, tmp_path: Path) -> None:
        """By our code and by another tool's for the same."""
        outcome = reviewed(tmp_path, {"a.py": f"boom()  # noqa: {CODE}\nboom()  # noqa: T999\nboom()  # noqa: X1\n"})
        assert places(outcome) == ["a.py:3 calls boom"]
        assert [each.how for each in outcome.silenced] == [Silence.NOQA] * 2
        assert next(iter(outcome.sources.values()))[0].startswith("boom()")

    def test_comments_may_be_overruled(self, tmp_path: Path) -> None:
        """All findings are there then."""
        assert len(reviewed(tmp_path, {"a.py": "boom()  # noqa\n"}, noqa=False).findings) == 1

    def test_globs_silence(self, tmp_path: Path) -> None:
        """By beginnings of codes."""
        outcome = reviewed(tmp_path, {"old/a.py": BAD, "b.py": BAD}, per_file_ignores=(("old/*", ("CA9",)),))
        assert places(outcome) == ["b.py:1 calls boom"]
        assert [each.how for each in outcome.silenced] == [Silence.PER_FILE]

    def test_excluded_files_are_not_read(self, tmp_path: Path) -> None:
        """Unless they are asked for by name."""
        files = {"old/a.py": BAD, "b.py": BAD, "c.py": BAD}
        assert reviewed(tmp_path, files, exclude=("old", "c.py")).files == 1
        assert reviewed(tmp_path, files, exclude=("old", "c.py"), paths=(tmp_path / "c.py",)).files == 1

    def test_a_wrong_baseline_is_an_error(self, tmp_path: Path) -> None:
        """Of the user's."""
        with pytest.raises(UsageError):
            reviewed(tmp_path, {"a.py": BAD}, baseline=tmp_path / "none.json")

    def test_a_baseline_silences_what_was_there(self, tmp_path: Path) -> None:
        """And says what is gone."""
        from conc_advisor.review.silence import baseline  # noqa: PLC0415  # for this test alone

        before = reviewed(tmp_path, {"a.py": "boom()\n", "b.py": "boom(1)\n"})
        places_of = {each.file: Path(each.file).name for each in (finding.location for finding in before.findings) if each is not None}
        baseline.write(tmp_path / "base.json", baseline.entries(before.findings, before.sources, places_of.__getitem__))
        after = reviewed(tmp_path, {"a.py": "\nboom()\nboom(2)\n", "b.py": ""}, baseline=tmp_path / "base.json")
        assert places(after) == ["a.py:3 calls boom"]
        assert [each.how for each in after.silenced] == [Silence.BASELINE]
        assert len(after.notes) == 1


class TestStandardInput:
    """Source that is no file."""

    def test_it_is_reviewed_under_its_name(self, tmp_path: Path) -> None:
        """Whether a file of that name is there or not."""
        given = StandardInput(data=BAD.encode(), name=tmp_path / "editor.py")
        outcome = reviewed(tmp_path, {}, paths=(), stdin=given)
        assert places(outcome) == ["editor.py:1 calls boom"]
        assert list(outcome.sources.values()) == [("boom()", "")]

    def test_it_takes_the_place_of_the_file(self, tmp_path: Path) -> None:
        """As an editor's text does that is not saved yet."""
        files = {"pkg/__init__.py": "", "pkg/a.py": "boom(1)\n", "pkg/b.py": "from danger import boom as other\n"}
        given = StandardInput(data=b"from pkg.b import other\n\nother()\n", name=tmp_path / "pkg/a.py")
        assert places(reviewed(tmp_path, files, stdin=given)) == ["a.py:3 calls danger.boom"]

    def test_bytes_that_are_no_text_are_said(self, tmp_path: Path) -> None:
        """Not a crash."""
        outcome = reviewed(tmp_path, {}, paths=(), stdin=StandardInput(data=b"\xff", name=Path("x.py")))
        assert "does not decode" in skipped(outcome)["x.py"]


class TestBadInput:
    """Each bad file costs a message, and the others are reviewed all the same."""

    CASES: dict[str, tuple[bytes, str]] = {  # noqa: RUF012  # a table that nobody changes
        "a syntax error": (b"def f(:\n", "not valid for Python 3."),
        "Python 2": (b"print 'x'\n", "Python 2 code (line 1)"),
        "no text": (b"\xff\xfe\x00", "null bytes"),
        "another encoding": ("x = 'é'".encode("latin-1"), "does not decode"),
        "a generated file": (b"x = 1\n" * (MAX_BYTES * 5 // 6), "larger than 1 MB"),
        "brackets": (b"(" * 10_000, "too many nested parentheses"),
        "sums": (b"x = " + b"1+" * 200_000 + b"1", "nested too deeply"),
        "attributes": (b"x = a" + b".b" * 50_000, "nested too deeply"),
        "elif": (b"if x: pass\n" + b"elif x: pass\n" * 20_000, "nested too deeply"),
        "a rule that fails": (b"crash()\n", "a bug of ours in CA999: ZeroDivisionError: not our day"),
        "a rule that nests": (b"deep()\n", "nested too deeply for CA999"),
    }

    @pytest.mark.parametrize("name", CASES)
    def test_it_is_skipped_and_said(self, tmp_path: Path, name: str) -> None:
        """With the reason."""
        data, why = self.CASES[name]
        outcome = reviewed(tmp_path, {"bad.py": data, "good.py": BAD})
        assert places(outcome) == ["good.py:1 calls boom"]
        assert why in skipped(outcome)["bad.py"]
        assert len(outcome.skipped) == 1

    @pytest.mark.parametrize("depth", [50, 300, 600, 4000])
    @pytest.mark.parametrize("kind", ["elif x: pass\n", "x = 1"])
    def test_what_people_nest_is_reviewed(self, tmp_path: Path, depth: int, kind: str) -> None:
        """Long chains of `elif`, and long sums, are nested as deep as they are long."""
        source = f"if x: pass\n{kind * depth}boom()\n" if "elif" in kind else f"{kind}{' + y' * depth}\nboom()\n"
        outcome = reviewed(tmp_path, {"a.py": source})
        assert skipped(outcome) == {}
        assert len(outcome.findings) == 1

    def test_our_own_bugs_ask_to_be_reported(self, tmp_path: Path) -> None:
        """Other bad input does not."""
        assert "bug of ours" in reviewed(tmp_path, {"a.py": "crash()"}).notes[0]
        assert reviewed(tmp_path, {"a.py": "def f("}).notes == ()

    def test_a_bug_in_the_symbol_table_costs_one_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """As one in a rule does."""

        def fail(*_: object) -> None:
            raise KeyError("x\ny")

        monkeypatch.setattr("conc_advisor.review.engine.reading.facts_of", fail)
        outcome = reviewed(tmp_path, {"a.py": BAD})
        assert skipped(outcome) == {"a.py": "a bug of ours in the symbol table: KeyError: 'x\\ny'"}
        assert len(outcome.notes) == 1

    def test_a_file_that_vanishes_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Between the listing and the reading."""

        def vanish(*arguments: Any) -> list[ModuleName]:  # noqa: ANN401  # handed on as they came
            (tmp_path / "gone.py").unlink()
            return module_names(*arguments)

        monkeypatch.setattr("conc_advisor.review.engine.listing.module_names", vanish)
        outcome = reviewed(tmp_path, {"gone.py": BAD, "a.py": BAD})
        assert skipped(outcome) == {"gone.py": "cannot be read: No such file or directory"}
        assert len(outcome.findings) == 1

    def test_links_in_a_circle_pipes_and_notebooks_are_said(self, tmp_path: Path) -> None:
        """Nothing is opened that would keep us waiting."""
        write_project(tmp_path, {"a.py": BAD, "deep/b.py": FINE, "n.ipynb": "{}"})
        (tmp_path / "loop.py").symlink_to("loop.py")
        (tmp_path / "deep/up").symlink_to("..", target_is_directory=True)
        os.mkfifo(tmp_path / "pipe.py")
        outcome = review(settings_for(tmp_path))
        assert outcome.files == 2
        assert skipped(outcome) == {
            "loop.py": "a link that cannot be followed",
            "pipe.py": "not a regular file",
            "n.ipynb": "a notebook: only counted",
        }

    def test_what_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        """Of the user's."""
        with pytest.raises(TargetError, match="there is no file or folder"):
            review(settings_for(tmp_path, paths=(tmp_path / "none",)))

    def test_a_name_that_is_no_text_is_shown_escaped(self, tmp_path: Path) -> None:
        """It may hold anything."""
        (tmp_path / os.fsdecode(b"\xff\x1b[2J.py")).write_text(BAD)
        [finding] = review(settings_for(tmp_path)).findings
        assert finding.location is not None
        assert finding.location.file.endswith("\\udcff\\x1b[2J.py")


def test_progress_is_told(tmp_path: Path) -> None:
    """Both halves, up to the last file."""
    told: list[tuple[str, int, int]] = []
    review(settings_for(write_project(tmp_path, {"a.py": "", "b.py": ""})), progress=lambda *each: told.append(each))
    assert told == [("reading", 1, 2), ("reading", 2, 2), ("looking for pitfalls", 1, 2), ("looking for pitfalls", 2, 2)]


def test_a_file_that_is_asked_for_twice_is_reviewed_once(tmp_path: Path) -> None:
    """By its folder and by its name."""
    write_project(tmp_path, {"a.py": BAD})
    assert len(review(settings_for(tmp_path, paths=(tmp_path, tmp_path / "a.py"))).findings) == 1


def mutated(text: str, chance: random.Random) -> str:
    """Return source with a few words exchanged, which can mostly be parsed, or a piece of a line deleted, doubled or written into."""
    pieces = re.split(r"(\w+|\n)", text)
    words = [place for place, piece in enumerate(pieces) if piece.isidentifier() and not keyword.iskeyword(piece)]
    for _ in range(chance.randrange(3, 30)):
        one, two = chance.choice(words), chance.choice(words)
        pieces[one], pieces[two] = pieces[two], pieces[one]
    for _ in range(chance.choice((0, 0, 0, 0, 1, 2))):
        place = chance.randrange(len(pieces))
        broken = ("", pieces[place] * 2, pieces[place] + chance.choice("([{}])\"'\\\n\t:,;@=fbt#0é\0\x0c"))
        pieces[place] = chance.choice(broken)
    return "".join(pieces)


MUTANTS = int(os.environ.get("CONC_ADVISOR_MUTANTS", "150"))
"""How many damaged files are reviewed; the usual number takes a few seconds."""


@pytest.mark.parametrize("seed", range(4))
def test_damaged_source_breaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Files of the standard library, with pieces deleted, doubled and swapped, under all real rules."""
    monkeypatch.undo()
    from conc_advisor.review.rules import ALL  # noqa: PLC0415  # for this test alone

    chance = random.Random(seed)  # noqa: S311  # a test that is the same every time
    home = Path(os.__file__).parent
    sources = sorted(path for folder in ("", "asyncio", "concurrent", "multiprocessing") for path in (home / folder).glob("*.py"))
    small = [path for path in sources if path.stat().st_size < 15_000 and path.stat().st_size]
    files = {
        f"m{number}.py": mutated(chance.choice(small).read_text(encoding="utf-8"), chance).encode("utf-8", "surrogatepass")
        for number in range(MUTANTS // 4)
    }
    outcome = reviewed(tmp_path, files, codes=frozenset(rule.code for rule in ALL))
    assert outcome.files > MUTANTS // 4 // 2
    assert no_bugs(outcome) == []


def no_bugs(outcome: Outcome) -> list[str]:
    """Return what was our own fault."""
    return [each.why for each in outcome.skipped if "bug of ours" in each.why]


def test_the_interpreter_is_left_as_it_was(tmp_path: Path) -> None:
    """Its collector of garbage and its limit of recursion."""
    import gc  # noqa: PLC0415  # for this test alone

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 7)
    try:
        before = gc.isenabled(), sys.getrecursionlimit(), gc.get_freeze_count()
        reviewed(tmp_path, {"a.py": BAD, "bad.py": "deep()"})
        assert (gc.isenabled(), sys.getrecursionlimit(), gc.get_freeze_count()) == before
    finally:
        sys.setrecursionlimit(limit)
