"""Help, version, completion: what must be quick and right before anything runs."""

import json
import os
import subprocess
import sys
from typing import get_args

import pytest
from typer.main import get_command

from conc_advisor import __version__
from conc_advisor.cli import options
from conc_advisor.cli.app import app, run
from conc_advisor.findings import Severity
from conc_advisor.profiling.demo_catalogue import DEMOS
from conc_advisor.profiling.target import Engine
from conc_advisor.reports.registry import ReportFormat

COMMANDS = ["profile", "calibrate", "explain", "choose", "scaffold", "review"]


def test_every_command_is_in_this_list() -> None:
    """So that the laws below hold for all of them."""
    assert list(get_command(app).commands) == COMMANDS  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", [[], *([command] for command in COMMANDS)])
def test_help_leads_with_examples(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Usage, a sentence, examples, and only then the options."""
    assert run([*words, "--help"]) == 0
    text = capsys.readouterr().out
    example = " ".join(["  conc-advisor", *words])
    assert text.index("Usage:") < text.index("Examples:") < text.index(example) < text.index("\nOptions:")
    assert max(map(len, text.splitlines())) <= 80


def test_no_words_at_all_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """A newcomer types the name first."""
    assert run([]) == 0
    assert "Examples:" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """One line."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"conc-advisor {__version__}\n"


@pytest.mark.parametrize(
    ("literal", "enum"), [(options.FormatName, ReportFormat), (options.EngineName, Engine), (options.SeverityName, Severity)]
)
def test_the_choices_are_those_of_the_enums(literal: object, enum: type[Engine]) -> None:
    """They are spelled out twice, for the sake of a quick start."""
    assert get_args(literal) == tuple(enum)


def test_demo_list_shows_every_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """With what each shows, on standard output."""
    assert run(["profile", "--demo", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [demo.name for demo in DEMOS]
    assert all(demo.shows in line for demo, line in zip(DEMOS, lines, strict=True))


def test_help_imports_nothing_heavy() -> None:
    """Only what typer needs itself: no rich, no msgspec, nothing that records, analyses or renders."""
    program = (
        "import sys, json; import typer; before = set(sys.modules)\n"
        "from conc_advisor.cli.app import run\n"
        "run(['profile', '--help']); run(['review', '--help']); run(['--help'])\n"
        "print('\\n' + json.dumps(sorted(set(sys.modules) - before)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(json.loads(answer.stdout.splitlines()[-1]))
    assert "conc_advisor.cli.app" in loaded
    heavy = {"rich", "msgspec", "platformdirs", "tomllib", "asyncio", "concurrent", "multiprocessing", "http"}
    assert {name for name in loaded if name.partition(".")[0] in heavy} == set()
    assert {name for name in loaded if name.startswith(("conc_advisor.profiling", "conc_advisor.reports"))} <= {
        "conc_advisor.reports",
        "conc_advisor.reports.sanitise",
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("conc-advisor ", set(COMMANDS)),
        ("conc-advisor profile --eng", {"--engine"}),
        ("conc-advisor profile --format s", {"speedscope"}),
        ("conc-advisor profile --engine py", {"py-spy", "pyinstrument"}),
        ("conc-advisor profile --demo heal", {"healthy-asyncio"}),
        ("conc-advisor explain dead", {"deadlines"}),
        ("conc-advisor explain coroutine-never-a", {"coroutine-never-awaited"}),
        ("conc-advisor review --explain CA101", {"CA101"}),
        ("conc-advisor review --format s", {"sarif"}),
        ("conc-advisor review --select coroutine-n", {"coroutine-never-awaited"}),
        ("conc-advisor review --min-", {"--min-confidence"}),
        ("conc-advisor profile -m tool --eng", set()),
        ("conc-advisor profile app.py --eng", set()),
    ],
)
def test_the_shell_completes(line: str, expected: set[str]) -> None:
    """Our options, our values, and nothing of ours once the program's own words have begun."""
    words = line.split(" ")
    answer = subprocess.run(
        [sys.executable, "-m", "conc_advisor"],
        env={**os.environ, "_CONC_ADVISOR_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(answer.stdout.split()) == expected
    assert answer.stderr == ""
