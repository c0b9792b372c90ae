"""What people write down, read as answers; and what is refused, with a way out."""

import json
import tomllib

import pytest

from conc_advisor.decision.answers import QUANTITIES, read_answers, read_pairs
from conc_advisor.decision.open_questions import VALUES
from conc_advisor.decision.saved_answers import MARK, quoted, saved_text
from conc_advisor.decision.values import is_no_count, parse_answer, parse_count, parse_duration, written, written_choices
from conc_advisor.errors import UsageError
from conc_advisor.findings import Confidence
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    Evidence,
    Factor,
    FanOut,
    Gil,
    Latency,
    Origin,
    PythonVersion,
    Quantities,
    TaskDuration,
    TotalWork,
    Value,
)

EVERY_VALUE = [(factor, value) for factor, values in VALUES.items() for value in values]


@pytest.mark.parametrize(("factor", "value"), EVERY_VALUE, ids=lambda each: written(each) if not isinstance(each, Factor) else str(each))
def test_every_value_is_read_as_it_is_written(factor: Factor, value: Value) -> None:
    """In any case, from a file and from the command line."""
    text = written(value)
    assert parse_answer(factor, text) == value
    assert parse_answer(factor, f" {text.upper()} ") == value
    assert read_pairs([f"{factor}={text}"]).said == {factor: value}
    assert read_answers(f"{factor} = {quoted(text)}", "a.toml").said == {factor: value}


@pytest.mark.parametrize("factor", Factor)
@pytest.mark.parametrize("raw", [None, "", "unknown", "Unknown", "not sure", "?"])
def test_unknown_is_legal_everywhere(factor: Factor, raw: object) -> None:
    """And is not the same as not being asked."""
    assert parse_answer(factor, raw) is None


@pytest.mark.parametrize("factor", Factor)
def test_the_listed_choices_are_read(factor: Factor) -> None:
    """What an error message offers must work."""
    assert all(parse_answer(factor, choice) is not None for choice in written_choices(factor))


@pytest.mark.parametrize(
    ("factor", "raw", "expected"),
    [
        (Factor.FAN_OUT, 1, FanOut.ONE),
        (Factor.FAN_OUT, 2, FanOut.FEW),
        (Factor.FAN_OUT, 20, FanOut.FEW),
        (Factor.FAN_OUT, "21", FanOut.TENS),
        (Factor.FAN_OUT, 5000, FanOut.THOUSANDS),
        (Factor.FAN_OUT, 10**9, FanOut.MORE),
        (Factor.FAN_OUT, "100 - 1k", FanOut.HUNDREDS),
        (Factor.FAN_OUT, "5,000", FanOut.THOUSANDS),
        (Factor.FAN_OUT, "5_000", FanOut.THOUSANDS),
        (Factor.FAN_OUT, "5k", FanOut.THOUSANDS),
        (Factor.FAN_OUT, "1e9", FanOut.MORE),
        (Factor.FAN_OUT, "500.0", FanOut.HUNDREDS),
        (Factor.TASK_DURATION, "5ms", TaskDuration.SHORT),
        (Factor.TASK_DURATION, "100 us", TaskDuration.TINY),
        (Factor.TASK_DURATION, "1ms", TaskDuration.SHORT),
        (Factor.TASK_DURATION, "2s", TaskDuration.SECONDS),
        (Factor.TASK_DURATION, 2, TaskDuration.SECONDS),
        (Factor.TASK_DURATION, 0.25, TaskDuration.SECONDS),
        (Factor.TASK_DURATION, "3 min", TaskDuration.LONG),
        (Factor.TOTAL_WORK, "30s", TotalWork.LONG),
        (Factor.TOTAL_WORK, 0.05, TotalWork.INSTANT),
        (Factor.NEED_KILL, True, True),
        (Factor.NEED_KILL, 0, False),
        (Factor.NEED_KILL, "YES", True),
        (Factor.NEED_KILL, "no", False),
        (Factor.PYTHON, "python3.12", PythonVersion(12)),
        (Factor.PYTHON, ">=3.11", PythonVersion(11)),
        (Factor.PYTHON, ">=3.9,<4", PythonVersion(9)),
        (Factor.PYTHON, ">=3.9, !=3.9.7, <3.14", PythonVersion(9)),
        (Factor.PYTHON, "==3.12.*", PythonVersion(12)),
        (Factor.PYTHON, "3.12.4rc1", PythonVersion(12)),
        (Factor.PYTHON, "3.15.0a2", PythonVersion(15)),
        (Factor.PYTHON, "3.14T", PythonVersion(14, free_threaded=True)),
        (Factor.PYTHON, "any", PythonVersion()),
        (Factor.PYTHON, "3.10", PythonVersion(10)),
        (Factor.LATENCY, "none", Latency.NONE),
    ],
)
def test_other_ways_to_say_it(factor: Factor, raw: object, expected: Value) -> None:
    """A number or a time where one is natural."""
    assert parse_answer(factor, raw) == expected


@pytest.mark.parametrize(
    ("factor", "raw", "hint"),
    [
        (Factor.BOTTLENECK, "disk", "one of: io, cpu, mixed, unknown"),
        (Factor.BOTTLENECK, "mixd", "did you mean mixed?"),
        (Factor.BOTTLENECK, True, "one of: io"),
        (Factor.IO_KIND, "htpp", "did you mean http?"),
        (Factor.FAN_OUT, 0, "whole and at least 1"),
        (Factor.FAN_OUT, "-5", "whole and at least 1"),
        (Factor.FAN_OUT, "2.5", "whole and at least 1"),
        (Factor.FAN_OUT, "5,00", "or a number"),
        (Factor.FAN_OUT, int("9" * 4000), "or a number"),
        (Factor.PYTHON, "3.99t", "in quotes"),
        (Factor.PYTHON, "3.100", "in quotes"),
        (Factor.PYTHON, "<4", "in quotes"),
        (Factor.PYTHON, ">=3.9,oops", "in quotes"),
        (Factor.FAN_OUT, -3, "or a number"),
        (Factor.FAN_OUT, True, "or a number"),
        (Factor.FAN_OUT, 2.5, "or a number"),
        (Factor.FAN_OUT, "9" * 5000, "or a number"),
        (Factor.TASK_DURATION, "-1s", "5ms"),
        (Factor.TASK_DURATION, "1 fortnight", "5ms"),
        (Factor.TASK_DURATION, "1e999s", "5ms"),
        (Factor.NEED_KILL, 2, "one of: true, false"),
        (Factor.NEED_KILL, "maybe", "one of: true, false"),
        (Factor.PYTHON, 3.1, "in quotes"),
        (Factor.PYTHON, "3.1", "in quotes"),
        (Factor.PYTHON, 2, "in quotes"),
        (Factor.PYTHON, "3.12t", "in quotes"),
        (Factor.PYTHON, "pypy", "in quotes"),
        (Factor.GIL, ["holds"], "one of: holds"),
        (Factor.GIL, {"a": 1}, "one of: holds"),
        (Factor.GIL, b"holds", "one of: holds"),
    ],
)
def test_a_wrong_value_is_named_with_what_it_could_be(factor: Factor, raw: object, hint: str) -> None:
    """The message names the key and where it stands; the hint what to write."""
    with pytest.raises(UsageError) as error:
        parse_answer(factor, raw, where=" in work.toml")
    assert f"{factor} in work.toml" in error.value.message
    assert hint in error.value.hint
    assert len(error.value.message) < 140


@pytest.mark.parametrize(("text", "seconds"), [("5ms", 0.005), ("2", 2.0), ("1.5 s", 1.5), ("1h", 3600.0), (".5s", 0.5), ("3us", 3e-6)])
def test_times(text: str, seconds: float) -> None:
    """A bare number is seconds."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        'bottleneck = "io"\nfan_out = 500\nneed_kill = true\ncores = 8\n',
        '[answers]\nbottleneck = "io"\nfan_out = "100-1k"\nneed_kill = "yes"\ncores = 8\n',
        '{"bottleneck": "IO", "fan_out": 500, "need_kill": true, "cores": 8}',
        '\ufeff{"answers": {"bottleneck": {"value": "io"}, "fan-out": "500", "Need_Kill": 1, "cores": "8"}}',
    ],
)
def test_toml_and_json_say_the_same(text: str) -> None:
    """At the top or below `answers`, found out by looking."""
    answers = read_answers(text, "work")
    assert answers.said == {Factor.BOTTLENECK: Bottleneck.IO, Factor.FAN_OUT: FanOut.HUNDREDS, Factor.NEED_KILL: True}
    assert answers.quantities == Quantities(cores=8)
    assert not answers.saved


def test_a_version_with_a_point_is_read_as_written() -> None:
    """3.10 is a number to TOML and JSON, and not 3.1."""
    for text in ("python = 3.10", '{"python": 3.10}'):
        assert read_answers(text, "work").said == {Factor.PYTHON: PythonVersion(10)}
    for text in ("python = 3.1", '{"python": 3.1}'):
        with pytest.raises(UsageError, match="python in work cannot be") as error:
            read_answers(text, "work")
        assert '"3.10"' in error.value.hint


def test_an_unknown_that_was_written_is_kept() -> None:
    """Who writes unknown need not be asked again."""
    assert read_answers('{"gil": null, "payload": "unknown"}', "work").said == {Factor.GIL: None, Factor.PAYLOAD: None}
    assert read_answers("{}", "work").said == {}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "is empty", 'bottleneck = "io"'),
        (" \n\t\n", "is empty", 'bottleneck = "io"'),
        ("bottleneck: io\nfan_out: 3\n", "looks like YAML", "JSON"),
        ("---\nbottleneck: io\n", "looks like YAML", "TOML"),
        ("- bottleneck: io\n", "looks like YAML", "TOML"),
        ('{"bottleneck": "io",}', "is not valid JSON", "JSON"),
        ('{"bottleneck": "io"', "is not valid JSON", "JSON"),
        ("bottleneck = io", "is not valid TOML or JSON", "TOML"),
        ('bottleneck = "io"\nbottleneck = "cpu"', "is not valid TOML or JSON", "TOML"),
        ('{"bottleneck": "io", "bottleneck": "cpu"}', "has the key 'bottleneck' twice", "leave one of them out"),
        ('{"fan_out": 3, "fan-out": 3}', "written twice", "leave one of them out"),
        ("[1, 2]", "holds no table of answers", "TOML"),
        ('"io"', "holds no table of answers", "TOML"),
        ("null", "holds no table of answers", "TOML"),
        ('{"answers": ["io"]}', "answers in work is not a table", "TOML"),
        ('{"answers": {"gil": "holds"}, "gil": "mixed"}', "stands beside its table of answers", "all outside of it"),
        ('{"gil": ["holds"]}', "gil in work is a list", "one of: holds"),
        ('{"gil": {"a": {"b": 1}}}', "gil in work is a table", "one of: holds"),
        ("gil = 2026-11-20", "gil in work cannot be 2026-11-20", "one of: holds"),
        ('{"bottelneck": "io"}', "'bottelneck' in work is not a question", "did you mean bottleneck?"),
        ('{"core": 3}', "'core' in work is not a question", "did you mean cores?"),
        ('{"xyzzy": 3}', "'xyzzy' in work is not a question", "the keys are: bottleneck"),
        ('{"cores": 0}', "cores in work cannot be 0", "at least 1"),
        ('{"cores": 2.5}', "cores in work cannot be", "whole number"),
        ('{"cores": true}', "cores in work cannot be true", "whole number"),
        ('{"bottleneck": true}', "bottleneck in work cannot be true", "one of: io"),
        ('{"cores": -4}', "cores in work cannot be -4", "at least 1"),
        ('{"cores": [1]}', "cores in work cannot be a list", "whole number"),
        ('{"cores": 1%s}' % ("0" * 30), "cores in work cannot be so large a number", "whole number"),
        ('{"cores": 1%s}' % ("0" * 9000), "holds a number of thousands of digits", "TOML"),
        ("cores = 1%s" % ("0" * 9000), "holds a number of thousands of digits", "TOML"),
        ("cores = 0x%s" % ("f" * 9000), "cores in work cannot be so large a number", "whole number"),
        ("cores = [0x%s]" % ("f" * 9000), "cores in work cannot be a list", "whole number"),
        ("[tool]\n", "'tool' in work is not a question", "the keys are: bottleneck"),
        ("## threads (low confidence)\n\n### What is known\n\n| answer | value |\n| --- | --- |\n", "looks like Markdown", "json"),
        ('{"item_seconds": 0}', "item_seconds in work cannot be 0", "above 0"),
        ('{"item_seconds": NaN}', "item_seconds in work cannot be", "a time"),
        ("a\x00b", "is not a text file", "TOML"),
        ("[" * 100_000, "nested too deeply", "TOML"),
        ('{"a":' * 100_000, "nested too deeply", "TOML"),
        ('{"schema": "conc-advisor.answers/9", "answers": {}}', "another version of conc-advisor", "update conc-advisor"),
        ('{"schema": "conc-advisor.choice/2"}', "another version of conc-advisor", "update conc-advisor"),
        ('{"schema": "conc-advisor.profile/1"}', "the report of a profile", "--from RECORDING"),
        ('{"schema": "conc-advisor.choice/1"}', "has no answers", "--save"),
        ('{"schema": 7}', "holds no answers", "--save"),
    ],
)
def test_what_is_no_answers_file_is_refused_clearly(text: str, message: str, hint: str) -> None:
    """One sentence that says what is wrong, one that mends it."""
    with pytest.raises(UsageError) as error:
        read_answers(text, "work")
    assert message in error.value.message
    assert hint in error.value.hint


def test_the_name_tells_which_language_was_meant() -> None:
    """A broken .toml is not called YAML, and a broken .yaml is."""
    for name, message in (("a.toml", "not valid TOML:"), ("a.json", "not valid JSON:"), ("a.yaml", "looks like YAML"), ("a.yml", "YAML")):
        with pytest.raises(UsageError, match=message):
            read_answers("a = b: c", name)
    with pytest.raises(UsageError, match="looks like YAML"):
        read_answers("{bottleneck: io}", "a.yaml")


def test_pairs_of_the_command_line() -> None:
    """Answers and numbers; spaces do not count, and nothing after the first equals sign is lost."""
    answers = read_pairs(["bottleneck=CPU", "fan-out = >100k", "gil=?", "item_seconds=5ms", "items=1000", "async_lib=na"])
    assert answers.said == {
        Factor.BOTTLENECK: Bottleneck.CPU,
        Factor.FAN_OUT: FanOut.MORE,
        Factor.GIL: None,
        Factor.ASYNC_LIB: AsyncLib.NA,
    }
    assert answers.quantities == Quantities(item_seconds=0.005, items=1000)
    assert read_pairs(["bottleneck=io", "bottleneck=IO", "cores=2", "cores=2"]).said == {Factor.BOTTLENECK: Bottleneck.IO}


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (["bottleneck"], "--set takes key=value, and 'bottleneck' is none"),
        (["=io"], "'' in --set is not a question"),
        (["bottleneck=io", "bottleneck=cpu"], "--set bottleneck=io and --set bottleneck=cpu do not agree"),
        (["gil=holds", "gil=unknown"], "--set gil=holds and --set gil=unknown do not agree"),
        (["gil="], "--set gil= has no value"),
        (["fan_out= "], "--set fan_out= has no value"),
        (["cores="], "--set cores= has no value"),
        (["cores=2", "cores=4"], "--set cores=2 and --set cores=4 do not agree"),
        (["bottleneck=x"], "bottleneck in --set cannot be 'x'"),
    ],
)
def test_pairs_that_mean_nothing_or_two_things(pairs: list[str], message: str) -> None:
    """Both are named."""
    with pytest.raises(UsageError) as error:
        read_pairs(pairs)
    assert message in error.value.message
    assert error.value.hint


def evidence(factor: Factor, value: Value, origin: Origin, detail: str = "because") -> Evidence:
    return Evidence(factor=factor, value=value, origin=origin, confidence=Confidence.MEDIUM, detail=detail)


def test_saved_answers_come_back_as_they_were() -> None:
    """A person's answers as a person's, what was found with who found it, and nothing of this machine."""
    found = evidence(Factor.GIL, Gil.HOLDS, Origin.PROFILE, detail='a "path"\\with\n\x7f\x1b[31m \udce9 everything')
    chosen = {
        Factor.BOTTLENECK: evidence(Factor.BOTTLENECK, Bottleneck.CPU, Origin.YOU),
        Factor.NEED_KILL: evidence(Factor.NEED_KILL, value=True, origin=Origin.SAVED),
        Factor.GIL: found,
        Factor.NOTEBOOK: evidence(Factor.NOTEBOOK, value=False, origin=Origin.CODE),
        Factor.PYTHON: evidence(Factor.PYTHON, PythonVersion(14, free_threaded=True), Origin.YOU),
        Factor.OS: evidence(Factor.OS, VALUES[Factor.OS][0], Origin.ENVIRONMENT),
    }
    text = saved_text(chosen, [Factor.PAYLOAD], Quantities(items=7, item_seconds=1e-6))
    assert text.startswith(MARK)
    answers = read_answers(text.encode().decode(), "conc-advisor.toml")
    assert answers.saved
    assert answers.said == {
        Factor.BOTTLENECK: Bottleneck.CPU,
        Factor.NEED_KILL: True,
        Factor.PYTHON: PythonVersion(14, free_threaded=True),
        Factor.PAYLOAD: None,
    }
    assert [(each.factor, each.value, each.origin, each.confidence) for each in answers.found] == [
        (Factor.GIL, Gil.HOLDS, Origin.PROFILE, Confidence.MEDIUM),
        (Factor.NOTEBOOK, False, Origin.CODE, Confidence.MEDIUM),
    ]
    assert "everything" in answers.found[0].detail
    assert answers.quantities == Quantities(items=7, item_seconds=1e-6)


def test_nothing_to_save_is_still_a_file_to_read() -> None:
    """An empty table."""
    text = saved_text({}, [], Quantities())
    assert tomllib.loads(text)["answers"] == {}
    assert read_answers(text, "x").said == {}


def test_the_answers_of_a_report_can_be_handed_in() -> None:
    """Each with its origin; this machine says its own again."""
    answers = {
        "bottleneck": {"value": "io", "origin": "you", "confidence": "high", "detail": "--set"},
        "io_kind": {"value": "http", "origin": "profile", "confidence": "high", "detail": "requests.get"},
        "os": {"value": "linux", "origin": "this machine", "confidence": "low", "detail": "it is"},
        "gil": {"value": "holds", "origin": "code", "confidence": "nonsense"},
    }
    text = json.dumps({"schema": "conc-advisor.choice/1", "again": "x", "recommendation": {"model": "asyncio"}, "answers": answers})
    read = read_answers(text, "report.json")
    assert read.said == {Factor.BOTTLENECK: Bottleneck.IO}
    assert [(each.factor, each.origin) for each in read.found] == [(Factor.IO_KIND, Origin.PROFILE), (Factor.GIL, Origin.CODE)]
    assert read.found[1].confidence is Confidence.LOW


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("5,000", 5000), ("1_000_000", 10**6), ("1'000", 1000), ("5k", 5000), ("1.5k", 1500), ("2m", 2 * 10**6), ("1e9", 10**9)],
)
def test_counts_are_read_as_people_write_them(text: str, number: int) -> None:
    assert parse_count(text) == number
    assert read_pairs([f"items={text}"]).quantities == Quantities(items=number)
    assert not is_no_count(text)


@pytest.mark.parametrize("text", ["", "x", "1,5", "1,50,000", "1.5", "-3", "1e99", "5 kb", "k", "1.0005k", "½", "٣", "1__0", "9" * 19])
def test_what_is_no_count(text: str) -> None:
    """A fraction of a thing, a comma that stands elsewhere, another script."""
    assert parse_count(text) is None


def test_every_quantity_has_words() -> None:
    """For the message about a wrong one."""
    assert set(QUANTITIES) == set(Quantities.__slots__)
