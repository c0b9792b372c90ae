"""`choose` from the command line to the exit code, with a person who is made up."""

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from fakes import FakeSession, clock
from typer.main import get_command

from conc_advisor.cli import choose_options
from conc_advisor.cli.app import app, run
from conc_advisor.cli.choose_missing import missing_answers
from conc_advisor.cli.choose_next import again, next_commands, topic
from conc_advisor.cli.choose_options import DEFAULT_SAVE, with_file
from conc_advisor.cli.profile_run import Outside
from conc_advisor.cli.prompts import MenuAsker, PlainAsker
from conc_advisor.cli.this_machine import evidence_of_machine, quantities_of_machine
from conc_advisor.cli.wizard import HOW_TO_FIND_OUT, Move, Prompt, Reply, introduction
from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.costs.measuring.cores import usable_cores
from conc_advisor.decision.question_texts import QUESTIONS, Finder, Option
from conc_advisor.decision.recommend import recommend
from conc_advisor.decision.saved_answers import MARK
from conc_advisor.errors import ExitCode
from conc_advisor.findings import Confidence
from conc_advisor.profiling.recording import SCHEMA
from conc_advisor.reports.choice.registry import ChoiceFormat
from conc_advisor.workload import Bottleneck, Evidence, Factor, Gil, OperatingSystem, Origin, Quantities, Workload

Output = pytest.CaptureFixture[str]
Answer = Callable[[Prompt], Reply]


class Person:
    """Answers by the labels or moves given, then always in the same way; keeps what was asked and shown."""

    def __init__(self, *replies: str | Move | BaseException, always: str | Move = Move.NOT_SURE) -> None:
        self.prompts: list[Prompt] = []
        self.shown: list[str] = []
        self._replies = list(replies)
        self._always = always

    def ask(self, prompt: Prompt) -> Reply:
        """Answer as told."""
        self.prompts.append(prompt)
        reply = self._replies.pop(0) if self._replies else self._always
        if isinstance(reply, BaseException):
            raise reply
        if isinstance(reply, Move):
            assert reply in prompt.moves
            return reply
        return next(option for option in prompt.question.options if option.label == reply)

    def show(self, text: str) -> None:
        """Keep the line."""
        self.shown.append(text)

    @property
    def factors(self) -> list[Factor]:
        """What was asked."""
        return [prompt.question.factor for prompt in self.prompts]


def choose(*words: str, person: Person | None = None) -> int:
    """Run `conc-advisor choose` with that person at the terminal, or nobody."""
    return run(["choose", *words], lambda: person)


def chosen(capsys: Output, *words: str, person: Person | None = None) -> dict[str, Any]:
    """Return the JSON report."""
    assert choose("--format", "json", *words, person=person) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.fixture(autouse=True)
def folder(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, on a machine that was never measured."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(workplace / "cache"))
    return workplace


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("work.toml", 'bottleneck = "io"\nio_kind = "http"\nfan_out = 5000\nasync_lib = "yes"\n'),
        ("work.json", '{"answers": {"bottleneck": "io", "io_kind": "http", "fan_out": "1k-100k", "async_lib": "yes"}}'),
    ],
)
def test_answers_from_a_file_are_answered_at_once(folder: Path, capsys: Output, name: str, text: str) -> None:
    """Nobody is there to be asked, and nobody need be."""
    (folder / name).write_text(text)
    document = chosen(capsys, "--answers", name)
    assert document["recommendation"]["model"] == "asyncio"
    assert document["answers"]["fan_out"] == {"value": "1k-100k", "origin": "you", "confidence": "high", "detail": name}


def test_the_three_formats(capsys: Output, folder: Path) -> None:
    """On standard output or in a file; what is next goes to standard error."""
    words = ("--set", "bottleneck=io")
    for format_ in ("text", "json", "markdown"):
        assert choose(*words, "--format", format_) == 0
        told = capsys.readouterr()
        assert "conc-advisor choose --no-input --set bottleneck=io" in told.out
        assert told.err == "next: conc-advisor profile app.py\n"
        assert choose(*words, "--format", format_, "-o", f"{format_}.out") == 0
        assert capsys.readouterr().out == ""
        assert (folder / f"{format_}.out").read_text() == told.out


def test_quiet_says_nothing_on_the_side(capsys: Output) -> None:
    assert choose("-q", "--set", "bottleneck=cpu", "--save") == 0
    assert capsys.readouterr().err == ""


def test_nobody_and_nothing_is_refused_with_the_answers_to_give(capsys: Output) -> None:
    """Exit code 4; each line begins with what can be pasted."""
    assert choose() == ExitCode.REFUSED
    told = capsys.readouterr()
    assert told.out == ""
    assert "  --set bottleneck=unknown " in told.err
    assert "# Where does the time go? io, cpu, mixed" in told.err
    assert "'>100k'" in told.err
    assert "--set os=" not in told.err
    assert told.err.splitlines()[-2].startswith("error: nothing is known")


def test_no_input_asks_nobody(capsys: Output) -> None:
    """Even if there is somebody."""
    person = Person()
    assert choose("--no-input", person=person) == ExitCode.REFUSED
    assert choose("--no-input", "--set", "bottleneck=cpu", person=person) == 0
    assert person.prompts == []
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--set", "bottleneck=unknown"], ["--answers", "empty.json"]])
def test_unknown_is_an_answer(folder: Path, capsys: Output, words: list[str]) -> None:
    """Who says that nothing is known gets the advice for that."""
    (folder / "empty.json").write_text("{}")
    document = chosen(capsys, *words)
    assert document["recommendation"]["confidence"] == "low"
    assert document["recommendation"]["open_questions"]


def test_set_is_stronger_than_the_file_and_no_contradiction(folder: Path, capsys: Output) -> None:
    """One who tries something out changes his own answers, to unknown too."""
    (folder / "work.toml").write_text('bottleneck = "io"\ngil = "holds"\nitems = 3\n')
    document = chosen(capsys, "--answers", "work.toml", "--set", "bottleneck=cpu", "--set", "gil=unknown", "--set", "items=9")
    assert {key: each["value"] for key, each in document["answers"].items()} == {"bottleneck": "cpu", "os": evidence_of_machine()[0].value}
    assert document["contradictions"] == []
    assert document["again"] == "conc-advisor choose --no-input --set bottleneck=cpu --set items=9"


def test_the_command_at_the_end_gives_the_same_answer(capsys: Output) -> None:
    """Values that a shell would take for something else are quoted."""
    words = ["--set", "fan_out=>100k", "--set", "task_duration=5ms", "--set", "need_kill=yes", "--set", "python=3.14t", "--set", "cores=3"]
    first = chosen(capsys, *words)
    line = str(first["again"])
    assert "'fan_out=>100k'" in line
    answer = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], capture_output=True, text=True, check=True)
    second = chosen(capsys, *answer.stdout.splitlines()[2:])
    assert second["recommendation"] == first["recommendation"]
    assert second["again"] == first["again"]


def test_only_commands_that_exist_are_advised(capsys: Output) -> None:
    """No text may tell to run what is not there."""
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    for bottleneck in Bottleneck:
        following = chosen(capsys, "--set", f"bottleneck={bottleneck}")["next"]
        assert isinstance(following, list)
        assert following
        assert {line.split()[1] for line in following} <= commands


@pytest.mark.parametrize("model", ConcurrencyModel)
def test_every_model_has_a_topic_of_its_own(model: ConcurrencyModel) -> None:
    """A name that can be typed."""
    assert set(topic(model)) <= set("abcdefghijklmnopqrstuvwxyz-")
    assert len({topic(each) for each in ConcurrencyModel}) == len(ConcurrencyModel)


def test_nothing_known_repeats_as_unknown() -> None:
    """What the machine says it will say again."""
    [system] = evidence_of_machine("linux")
    assert again({Factor.OS: system}, Quantities()) == "conc-advisor choose --no-input --set bottleneck=unknown"


# --- at a terminal


def test_a_person_is_asked_what_is_open(capsys: Output) -> None:
    """And only that; the result follows on standard output."""
    person = Person("waiting", "no", "HTTP", "100 to 1,000", "yes, for all of it", "yes")
    document = chosen(capsys, person=person)
    assert person.factors[:2] == [Factor.BOTTLENECK, Factor.EXISTING_LOOP]
    assert document["recommendation"]["model"] == "asyncio"
    assert document["answers"]["io_kind"] == {"value": "http", "origin": "you", "confidence": "high", "detail": '"HTTP"'}


def test_what_one_answer_says_of_several_is_told_with_the_question(capsys: Output) -> None:
    """`need_kill false, you: "yes"` would read backwards."""
    person = Person("computing", always="yes")

    def reply(prompt: Prompt) -> Reply:
        labels = [option.label for option in prompt.question.options]
        asked = prompt.question.text == "Is one program on one machine enough?"
        return prompt.question.options[labels.index("yes")] if asked else Move.NOT_SURE

    person.ask = reply  # type: ignore[method-assign]  # only that question is answered
    answers = chosen(capsys, "--set", "bottleneck=mixed", person=person)["answers"]
    for factor in ("durable", "need_kill", "beyond_one_machine"):
        assert answers[factor]["value"] is False
        assert answers[factor]["detail"] == 'Is one program on one machine enough? "yes"'


def test_known_answers_are_shown_and_not_asked() -> None:
    """Before the first question, with where they come from."""
    person = Person()
    assert choose("--set", "bottleneck=io", "--set", "io_kind=unknown", person=person) == 0
    assert person.shown[:2] == ["Known already:", "  bottleneck = io (you: --set)"]
    assert not {Factor.BOTTLENECK, Factor.IO_KIND, Factor.OS} & set(person.factors)
    assert [prompt.number for prompt in person.prompts] == list(range(1, len(person.prompts) + 1))


def test_not_sure_everywhere_ends_in_an_answer(capsys: Output) -> None:
    """After at most six questions, each with how to find out."""
    person = Person()
    document = chosen(capsys, person=person)
    assert 2 <= len(person.prompts) <= 6
    assert document["recommendation"]["confidence"] == "low"
    assert sum(line.startswith("How to find out: ") for line in person.shown) == len(person.prompts)
    assert any("conc-advisor profile app.py" in line for line in person.shown)


def test_back_takes_an_answer_away_and_offers_it_again() -> None:
    """All the way to the first question, which has no back."""
    person = Person("waiting", "no", Move.BACK, Move.BACK, "computing")
    assert choose(person=person) == 0
    first, second, third, fourth, fifth, *_ = person.prompts
    assert [prompt.question.factor for prompt in (first, second, fourth, fifth)] == [
        Factor.BOTTLENECK,
        Factor.EXISTING_LOOP,
        Factor.EXISTING_LOOP,
        Factor.BOTTLENECK,
    ]
    assert [prompt.number for prompt in (first, second, third, fourth, fifth)] == [1, 2, 3, 2, 1]
    assert Move.BACK not in first.moves
    assert Move.BACK in third.moves
    assert isinstance(fifth.first, Option)
    assert fifth.first.label == "waiting"


@pytest.mark.parametrize("leaving", [KeyboardInterrupt(), EOFError()])
@pytest.mark.parametrize("after", range(6))
def test_leaving_writes_nothing(folder: Path, capsys: Output, leaving: BaseException, after: int) -> None:
    """At each question."""
    person = Person(*[Move.NOT_SURE] * after, leaving)
    assert choose("-o", "report.txt", "--save", person=person) == ExitCode.INTERRUPTED
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith("Nothing was written.\n")
    assert list(folder.iterdir()) == []


def test_the_code_can_be_looked_at_on_the_way(folder: Path, capsys: Output) -> None:
    """It answers what it can, once, and the question that it answered is not put again."""
    (folder / "app.py").write_text(
        "import asyncio\nimport aiohttp\n\nasync def main():\n    await asyncio.sleep(1)\n\nasyncio.run(main())\n"
    )
    person = Person("waiting", Move.SCAN)
    assert choose(person=person) == 0
    scanning = [Move.SCAN in prompt.moves for prompt in person.prompts]
    assert scanning[1]
    assert not any(scanning[2:])
    assert "the code says existing_loop = asyncio" in capsys.readouterr().err


def test_a_hint_is_asked_and_stands_first(folder: Path, capsys: Output) -> None:
    """Low confidence counts only until somebody says more."""
    hinted = {"value": "cpu", "origin": "profile", "confidence": "low", "detail": "a short run"}
    answers = {"schema": "conc-advisor.choice/1", "answers": {"bottleneck": hinted}}
    (folder / "hint.json").write_text(json.dumps(answers))
    person = Person()
    document = chosen(capsys, "--answers", "hint.json", person=person)
    first = person.prompts[0]
    assert first.question.factor is Factor.BOTTLENECK
    assert isinstance(first.first, Option)
    assert first.first.value is Bottleneck.CPU
    assert "profile hints at cpu: a short run" in person.shown
    # The person was not sure, so the hint counts after all.
    assert document["answers"]["bottleneck"]["origin"] == "profile"
    assert "bottleneck (profile)" in str(document["notes"])


def test_a_contradiction_is_shown(folder: Path, capsys: Output) -> None:
    """You said one thing, the profile another."""
    found = {"value": "cpu", "origin": "profile", "confidence": "high", "detail": "92% of the time on CPU with the GIL"}
    (folder / "seen.json").write_text(json.dumps({"bottleneck": found}))
    [contradiction] = chosen(capsys, "--answers", "seen.json", "--set", "bottleneck=io")["contradictions"]
    assert (contradiction["kept"]["value"], contradiction["against"]["value"]) == ("io", "cpu")
    assert choose("--answers", "seen.json", "--set", "bottleneck=io") == 0
    assert "92% of the time on CPU with the GIL" in " ".join(capsys.readouterr().out.split())


# --- keeping answers


def test_saved_answers_are_used_again_only_when_asked_for(folder: Path, capsys: Output) -> None:
    """Under the usual name, or another; what is ours may be written anew."""
    assert choose("--set", "items=70", "--save", person=Person("waiting")) == 0
    assert "answers saved: conc-advisor.toml" in capsys.readouterr().err
    text = (folder / DEFAULT_SAVE).read_text()
    assert text.startswith(MARK)
    assert 'bottleneck = "io"' in text
    assert "os =" not in text
    document = chosen(capsys, "--answers", DEFAULT_SAVE)
    assert document["answers"]["bottleneck"]["origin"] == "saved answers"
    assert document["recommendation"]["quantities"]["items"] == 70
    assert choose("--set", "bottleneck=cpu", "--save") == 0
    assert 'bottleneck = "cpu"' in (folder / DEFAULT_SAVE).read_text()
    assert choose() == ExitCode.REFUSED
    # An unknown that was saved is not asked again.
    assert choose("--save", "mine.toml", person=Person("computing")) == 0
    person = Person()
    assert choose("--answers", "mine.toml", person=person) == 0
    assert Factor.EXISTING_LOOP not in person.factors


def test_a_file_of_somebody_elses_is_not_overwritten(folder: Path, capsys: Output) -> None:
    """It may be anything; --force is the way."""
    (folder / DEFAULT_SAVE).write_text("mine = true\n")
    person = Person()
    assert choose("--save", person=person) == ExitCode.REFUSED
    assert person.prompts == []
    assert "--force" in capsys.readouterr().err
    assert (folder / DEFAULT_SAVE).read_text() == "mine = true\n"
    assert choose("--save", "--force", "--set", "bottleneck=io") == 0
    assert (folder / DEFAULT_SAVE).read_text().startswith(MARK)


@pytest.mark.parametrize(
    "edit", [lambda text: text + "# mine\n", lambda text: text.replace('"io"', '"cpu"'), lambda _: f"{MARK}\nmine = 1\n"]
)
def test_saved_answers_that_were_edited_are_not_overwritten(folder: Path, capsys: Output, edit: Callable[[str], str]) -> None:
    """A comment is worth keeping; --force is the way."""
    save = folder / DEFAULT_SAVE
    assert choose("--set", "bottleneck=io", "--save") == 0
    edited = edit(save.read_text())
    save.write_text(edited)
    assert choose("--set", "bottleneck=io", "--save") == ExitCode.REFUSED
    assert "--force" in capsys.readouterr().err
    assert save.read_text() == edited
    assert choose("--set", "bottleneck=io", "--save", "--force") == 0
    assert save.read_text() != edited


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--save"], ["--save", DEFAULT_SAVE]),
        (["--save", "x.toml"], ["--save", "x.toml"]),
        (["--save", "--force"], ["--save", DEFAULT_SAVE, "--force"]),
        (["--save", "-q"], ["--save", DEFAULT_SAVE, "-q"]),
        (["--save=x.toml", "-q"], ["--save=x.toml", "-q"]),
        (["-q"], ["-q"]),
    ],
)
def test_a_lone_save_has_a_usual_file(words: Sequence[str], expected: list[str]) -> None:
    assert with_file(words) == expected


# --- what is wrong

BIG = "x" * 10_000_000
LONG = "x" * 300


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"bottleneck: io\n", "looks like YAML"),
        (b"caf\xe9 = 1\n", "is not UTF-8"),
        (b'bottelneck = "io"\n', "is not a question of choose"),
        (b'bottleneck = "disk"\n', "cannot be 'disk'"),
        (BIG.encode(), "is larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_answers(folder: Path, capsys: Output, content: bytes, message: str) -> None:
    """Exit code 2, one sentence and a way out."""
    (folder / "f").write_bytes(content)
    assert choose("--answers", "f") == ExitCode.USAGE
    *_, error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: f ") or " in f " in error
    assert message in error
    assert hint.startswith("hint: ")


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("--answers .", ExitCode.USAGE, ". is a folder"),
        ("--answers missing.toml", ExitCode.USAGE, "there is no file missing.toml"),
        ("--answers f/g", ExitCode.USAGE, "cannot read f/g"),
        ("--set bottleneck", ExitCode.USAGE, "--set takes key=value"),
        ("--set botleneck=io", ExitCode.USAGE, "did you mean bottleneck?"),
        ("--set bottleneck=oi", ExitCode.USAGE, "did you mean io?"),
        ("--set bottleneck=io --set bottleneck=cpu", ExitCode.USAGE, "do not agree"),
        ("--set bottleneck=io --format yaml", ExitCode.USAGE, "--format cannot be 'yaml'"),
        ("--set bottleneck=io --format jsn", ExitCode.USAGE, "did you mean json?"),
        ("--set bottleneck=io --format mermaid", ExitCode.USAGE, "mermaid is a format of --tree only"),
        ("--set bottleneck=io -q -v", ExitCode.USAGE, "exclude each other"),
        ("--set bottleneck=io -o f", ExitCode.REFUSED, "f exists already"),
        ("--set bottleneck=io -o a --save a", ExitCode.USAGE, "two outputs would go to the same file"),
        ("--set bottleneck=io --save no/where.toml", ExitCode.USAGE, "cannot write"),
        ("--set bottleneck=io --save=-", ExitCode.USAGE, "--save needs a file"),
        ("--answers a --answers b", ExitCode.USAGE, "--answers is given 2 times"),
        ("--from last --from last", ExitCode.USAGE, "--from is given 2 times"),
        ("--answers=", ExitCode.USAGE, "--answers is given nothing"),
        ("--scan=", ExitCode.USAGE, "--scan is given nothing"),
        ("--from=", ExitCode.USAGE, "--from is given nothing"),
        ("--save= --set bottleneck=io", ExitCode.USAGE, "--save is given nothing"),
        ("--output= --set bottleneck=io", ExitCode.USAGE, "-o is given nothing"),
        ("--answers f -o f --force", ExitCode.USAGE, "f is read and would be overwritten"),
        (f"--set bottleneck=io -o {LONG}", ExitCode.USAGE, "name too long"),
        (f"--set bottleneck=io --save {LONG}", ExitCode.USAGE, "name too long"),
        (f"--scan {LONG}", ExitCode.CANNOT, "name too long"),
        (f"--from {LONG}", ExitCode.CANNOT, "name too long"),
        (f"--answers {LONG}", ExitCode.USAGE, "name too long"),
        ("--from missing.conc", ExitCode.CANNOT, "missing.conc"),
        ("--from f", ExitCode.CANNOT, "f"),
        ("--from last", ExitCode.CANNOT, "no recording has been saved yet"),
        ("--scan missing", ExitCode.CANNOT, "missing"),
        ("--tree --set bottleneck=io", ExitCode.USAGE, "--set means nothing beside --tree"),
        ("--tree --answers f", ExitCode.USAGE, "--answers means nothing beside --tree"),
        ("--tree --save", ExitCode.USAGE, "--save means nothing beside --tree"),
        ("--tree --format markdown", ExitCode.USAGE, "--tree has no format markdown"),
    ],
)
def test_a_wrong_command_line(folder: Path, capsys: Output, line: str, code: ExitCode, message: str) -> None:
    """Says what is wrong before anybody is asked, and writes nothing."""
    (folder / "f").write_text("not ours")
    person = Person()
    assert choose(*line.split(), person=person) == code
    told = capsys.readouterr()
    assert message in told.err
    assert "hint: " in told.err
    assert told.out == ""
    assert person.prompts == []
    assert sorted(path.name for path in folder.iterdir()) == ["f"]


def test_a_folder_without_python_is_nothing_to_go_by(folder: Path, capsys: Output) -> None:
    """As if nothing had been said."""
    (folder / "docs").mkdir()
    assert choose("--scan", "docs") == ExitCode.REFUSED
    assert "missing answers" in capsys.readouterr().err


def test_what_a_scan_did_not_read_is_told(folder: Path, capsys: Output) -> None:
    """In the notes of the result, and where there is no result."""
    (folder / "old.py").write_text('print "x"\n')
    assert choose("--scan", ".") == ExitCode.REFUSED
    assert "Scanned code: not read: Python 2 code (1)." in capsys.readouterr().err
    assert "Scanned code: not read: Python 2 code (1)." in chosen(capsys, "--scan", ".", "--set", "bottleneck=io")["notes"]


def test_looking_into_the_code_tells_what_was_not_read(folder: Path, capsys: Output) -> None:
    """Before the next question."""
    (folder / "old.py").write_text('print "x"\n')
    assert choose(person=Person("waiting", Move.SCAN)) == 0
    assert "Not read: Python 2 code (1)." in capsys.readouterr().err


def test_answers_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    """A dash; nobody is asked then, because nobody can answer."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"bottleneck": "cpu", "gil": "holds"}')))
    person = Person()
    document = chosen(capsys, "--answers", "-", person=person)
    assert document["answers"]["gil"]["detail"] == "standard input"
    assert person.prompts == []


@pytest.mark.parametrize("format_", ["text", "mermaid", "json"])
def test_the_tree(capsys: Output, format_: str) -> None:
    """On standard output."""
    assert choose("--tree", "--format", format_) == 0
    told = capsys.readouterr()
    assert "Where does the time go?" in told.out
    assert told.err == "next: conc-advisor choose\n"


# --- parts


def test_the_formats_are_those_of_the_reports() -> None:
    """Spelled out twice, for the sake of a quick start."""
    assert get_args(choose_options.FormatName) == (*ChoiceFormat, "mermaid")


def test_missing_answers_are_those_that_matter() -> None:
    """Once it is known that it waits, what computes is of no interest."""
    everything, waiting = list(missing_answers(Workload())), list(missing_answers(Workload(bottleneck=Bottleneck.IO)))
    assert len(waiting) < len(everything) <= len(Factor) + 1
    assert not any("bottleneck" in line for line in waiting)


def test_this_machine_is_a_hint() -> None:
    """Of its system; of one that nobody knows it says nothing."""
    assert [each.value for each in evidence_of_machine("win32")] == [OperatingSystem.WINDOWS]
    assert evidence_of_machine("plan9") == ()


def test_this_machine_counts_what_is_free(tmp_path: Path) -> None:
    """Within the limits of the control group, and roughly: the advice should not change by the second."""
    memory = tmp_path / "meminfo"
    memory.write_text("MemTotal: 9000000 kB\nMemAvailable:    5000000 kB\n")
    free = quantities_of_machine(cgroup=tmp_path, memory=memory)
    assert free.memory_mb == 4864
    assert free.cores == usable_cores()
    (tmp_path / "memory.max").write_text("1073741824\n")
    (tmp_path / "memory.current").write_text("300000000\n")
    assert quantities_of_machine(cgroup=tmp_path, memory=memory) == Quantities(cores=usable_cores(), memory_mb=512)
    assert quantities_of_machine(cgroup=tmp_path, memory=tmp_path / "none").memory_mb is None


def prompt(first: Reply | None = None, *, factor: Factor = Factor.BOTTLENECK) -> Prompt:
    question = next(question for question in QUESTIONS if question.factor is factor)
    return Prompt(number=2, question=question, moves=(Move.NOT_SURE, Move.SCAN, Move.BACK), first=first)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1\n", Bottleneck.IO),
        ("2)\n", Bottleneck.CPU),
        ("both\n", Bottleneck.MIXED),
        ("0\n99\n\nfoo\n 3 \n", Bottleneck.MIXED),
        ("4\n", Move.NOT_SURE),
        ("Not Sure\n", Move.NOT_SURE),
        ("5\n", Move.SCAN),
        ("back\n", Move.BACK),
    ],
)
def test_numbered_lines_take_numbers_and_words(typed: str, expected: Bottleneck | Move, capsys: Output) -> None:
    """And ask again until it is one of them."""
    reply = PlainAsker(io.StringIO(typed)).ask(prompt())
    assert (reply if isinstance(reply, Move) else reply.value) == expected
    told = capsys.readouterr()
    assert told.out == ""
    assert "2. Where does the time go?" in told.err


def test_numbered_lines_have_a_first_choice() -> None:
    """Which an empty line takes; the end of the input takes nothing."""
    option = prompt().question.options[1]
    assert PlainAsker(io.StringIO("\n")).ask(prompt(option)) == option
    with pytest.raises(EOFError):
        PlainAsker(io.StringIO("")).ask(prompt(option))


def test_what_is_shown_cannot_harm_the_terminal(capsys: Output) -> None:
    """The evidence may name hostile files."""
    hostile = Evidence(factor=Factor.GIL, value=Gil.HOLDS, origin=Origin.CODE, confidence=Confidence.LOW, detail="\x1b[2J.py:1 \u202e")
    PlainAsker(io.StringIO()).show(f"hint: {hostile.detail}")
    assert "\x1b" not in capsys.readouterr().err


def test_a_menu_that_closes_without_an_answer_is_put_again(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    """A key that we do not know of may do that."""
    asked = prompt()
    replies: list[object] = ["", None, "io", asked.question.options[1]]

    class Menu:
        def unsafe_ask(self) -> object:
            return replies.pop(0)

    monkeypatch.setattr("conc_advisor.cli.prompts._menu", lambda _prompt, _look: Menu())
    assert MenuAsker(io.StringIO()).ask(asked) is asked.question.options[1]
    assert asked.question.options[1].label in capsys.readouterr().err


@pytest.mark.parametrize("columns", [20, 21, 33, 47, 80, 200])
def test_what_is_shown_is_wrapped_at_word_ends(columns: int, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """However narrow the terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    for line in introduction([]):
        PlainAsker(io.StringIO()).show(line)
    shown = capsys.readouterr().err
    assert all(len(line) < columns for line in shown.splitlines())
    assert shown.split() == " ".join(introduction([])).split()


def test_every_finder_has_words() -> None:
    """A question that a command can answer names the command."""
    assert set(HOW_TO_FIND_OUT) == set(Finder)


def test_answers_load_nothing_heavy(folder: Path) -> None:
    """`choose --answers` has to be as fast as `--help`, about: no menus, no rich, no pydantic, no profiling, no catalogue."""
    (folder / "work.toml").write_text('bottleneck = "io"\n')
    program = (
        "import sys; from conc_advisor.cli.app import run\n"
        "assert run(['choose', '--answers', 'work.toml']) == 0\n"
        "print('\\n' + ' '.join(sorted({name.partition('.')[0] for name in sys.modules})))\n"
        "print(' '.join(sorted(name for name in sys.modules if name.startswith('conc_advisor.'))))"
    )
    environ = {**os.environ, "XDG_CACHE_HOME": str(folder)}
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, env=environ, cwd=folder
    )
    *_, others, ours = answer.stdout.splitlines()
    assert not {"rich", "questionary", "prompt_toolkit", "pydantic", "msgspec", "asyncio", "multiprocessing"} & set(others.split())
    assert "conc_advisor.decision.recommend" in ours.split()
    heavy = ("conc_advisor.profiling", "conc_advisor.scanning", "conc_advisor.catalogue", "conc_advisor.guide", "conc_advisor.cli.prompts")
    assert [name for name in ours.split() if name.startswith(heavy)] == []


# --- evidence


@pytest.fixture
def recording(folder: Path, capsys: Output) -> Path:
    """Keep the recording of two threads that compute and take turns at the GIL."""
    path = folder / "seen.conc"
    assert run(["profile", "--save", str(path), "--", "sh"], Outside(record=FakeSession(), now=clock)) == 0
    capsys.readouterr()
    return path


def test_a_recording_answers_what_it_can(recording: Path, capsys: Output) -> None:
    """And says so; a person who says something else is contradicted."""
    document = chosen(capsys, "--from", str(recording))
    assert document["answers"]["bottleneck"]["value"] == "cpu"
    assert document["answers"]["bottleneck"]["origin"] == "profile"
    assert document["recommendation"]["model"] == "processes"
    assert document["notes"][0].startswith("The profile's verdict is gil-bound.")
    document = chosen(capsys, "--from", str(recording), "--set", "bottleneck=io")
    assert [each["factor"] for each in document["contradictions"]] == ["bottleneck"]
    assert document["answers"]["bottleneck"]["value"] == "io"


def test_after_a_recording_what_is_next_is_not_another_program(recording: Path, capsys: Output) -> None:
    """The one that was recorded is measured again, as it was typed; without that, the page about the model comes first."""
    with zipfile.ZipFile(recording) as old:
        members = {name: old.read(name) for name in old.namelist()}
    header = json.loads(members["recording.json"])
    header["command"] = ["gunicorn", "app:app"]
    with zipfile.ZipFile(recording, "w") as new:
        for name, data in (members | {"recording.json": json.dumps(header).encode()}).items():
            new.writestr(name, data)
    following = chosen(capsys, "--from", str(recording))["next"]
    assert "conc-advisor profile app.py" not in following
    assert "conc-advisor profile -- gunicorn app:app" in following
    assert following[-1] == "conc-advisor explain processes"


@pytest.mark.parametrize(
    ("program", "typed"),
    [
        (("app.py", "--port", "80"), "conc-advisor profile app.py --port 80"),
        (("-m", "pytest", "-x"), "conc-advisor profile -m pytest -x"),
        (("gunicorn", "app:app"), "conc-advisor profile -- gunicorn app:app"),
        (("./my tool",), "conc-advisor profile -- './my tool'"),
    ],
)
def test_a_recorded_program_is_named_as_it_is_typed(program: tuple[str, ...], typed: str) -> None:
    said = recommend(Workload(bottleneck=Bottleneck.CPU))
    commands = frozenset({"profile", "explain"})
    topic_page = f"conc-advisor explain {topic(said.model)}"
    assert next_commands(said, frozenset({Origin.PROFILE}), commands, program) == (typed, topic_page)
    assert next_commands(said, frozenset({Origin.PROFILE}), commands) == (topic_page,)
    assert next_commands(said, frozenset({Origin.YOU}), commands)[0] == "conc-advisor profile app.py"


TYPICAL = (
    "bottleneck=io",
    "bottleneck=io io_kind=http fan_out=50 async_lib=no",
    "bottleneck=io io_kind=http fan_out=800 async_lib=yes existing_loop=none",
    "bottleneck=io io_kind=db fan_out=50 async_lib=partial existing_loop=asyncio",
    "bottleneck=cpu gil=holds task_duration=1-100ms",
    "bottleneck=cpu gil=releases",
    "bottleneck=cpu vectorisable=true",
    "bottleneck=mixed io_kind=http fan_out=800 async_lib=yes gil=holds existing_loop=none",
)


@pytest.mark.parametrize("line", TYPICAL)
def test_the_usual_page_fits_two_screens(capsys: Output, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most 80 lines of 80 columns, the code apart: that is as long as it is."""
    monkeypatch.setenv("COLUMNS", "80")
    assert choose("--no-input", *(word for pair in line.split() for word in ("--set", pair))) == 0
    lines = capsys.readouterr().out.splitlines()
    begin = next(number for number, text in enumerate(lines) if text == "How to write it")
    code = [text for text in lines[begin : lines.index("Mistakes to avoid")] if text.startswith("      ")]
    assert len(lines) - len(code) <= 80


def test_the_newest_recording_is_called_last(folder: Path, capsys: Output) -> None:
    """As in profile --load last."""
    (folder / "app.py").write_text("print()\n")
    assert run(["profile", "app.py"], Outside(record=FakeSession(), now=clock)) == 0
    capsys.readouterr()
    assert chosen(capsys, "--from", "last")["answers"]["bottleneck"]["value"] == "cpu"


def test_a_recording_of_a_future_version_is_refused(recording: Path, capsys: Output) -> None:
    """Clearly, and before anybody is asked."""
    with zipfile.ZipFile(recording) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(recording, "w") as new:
        for name, data in members.items():
            new.writestr(name, data.replace(SCHEMA.encode(), b"conc-advisor.recording/99"))
    person = Person()
    assert choose("--from", str(recording), person=person) == ExitCode.CANNOT
    told = capsys.readouterr()
    assert "conc-advisor.recording/99" in told.err
    assert "hint: " in told.err
    assert person.prompts == []


def test_the_code_answers_what_it_can(folder: Path, capsys: Output) -> None:
    """Each answer with the place that it was read from; the profile counts before it."""
    (folder / "web.py").write_text(
        "import asyncio\nimport aiohttp\n\nasync def main():\n    await asyncio.sleep(1)\n\nasyncio.run(main())\n"
    )
    answers = chosen(capsys, "--scan", ".")["answers"]
    assert answers["existing_loop"]["value"] == "asyncio"
    assert answers["existing_loop"]["origin"] == "code"
    assert "web.py" in answers["existing_loop"]["detail"]


def test_saved_evidence_gives_way_to_fresh(folder: Path, recording: Path, capsys: Output) -> None:
    """What an old profile saw does not outlive a new one."""
    old = {"value": "io", "origin": "profile", "confidence": "high", "detail": "long ago"}
    (folder / "old.json").write_text(json.dumps({"bottleneck": old}))
    document = chosen(capsys, "--answers", "old.json", "--from", str(recording))
    assert document["answers"]["bottleneck"]["value"] == "cpu"
    assert chosen(capsys, "--answers", "old.json")["answers"]["bottleneck"]["value"] == "io"
