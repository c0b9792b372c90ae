"""Where our options end and the target's command line begins."""

import pytest

from conc_advisor.cli.command_line import split_target

VALUED = {"-m", "--module", "-o", "--output", "--pid", "--format"}


@pytest.mark.parametrize(
    "line",
    [
        "app.py",
        "app.py --help",
        "app.py -m x",
        "app.py -- x",
        "app.py -- -m x",
        "-q app.py -o x",
        "-o x app.py -m y",
        "--format=json app.py",
        "--pid 1",
        "-ofile app.py -m x",
        "-o -m app.py",
        "-o -- app.py",
        "-",
        "",
        "-o",
        "-qo x app.py",
    ],
)
def test_nothing_is_changed_where_the_parser_stops_by_itself(line: str) -> None:
    """The parser stops at the first word that is no option; those words need no help."""
    assert split_target(line.split(), VALUED, ending={"-m", "--module"}) == (line.split(), False)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-m tool --pid 1", "-m tool -- --pid 1"),
        ("-m tool -- x", "-m tool -- -- x"),
        ("-q -m tool -o x", "-q -m tool -- -o x"),
        ("-qm tool -o x", "-qm tool -- -o x"),
        ("-mtool -o x", "-mtool -- -o x"),
        ("--module tool -h", "--module tool -- -h"),
        ("--module=tool -h", "--module=tool -- -h"),
        ("-o x -m tool -o y", "-o x -m tool -- -o y"),
    ],
)
def test_all_words_after_a_module_are_its_own(line: str, expected: str) -> None:
    """As with `python -m`, so with `profile -m`."""
    assert split_target(line.split(), VALUED, ending={"-m", "--module"}) == (expected.split(), False)


@pytest.mark.parametrize("line", ["-- gunicorn -w 2 app:app", "-q -- x", "-o out -- x -- y", "-ofile -- x", "--format=json -- x", "--"])
def test_a_separator_of_ours_is_remembered(line: str) -> None:
    """It tells a command line from a script."""
    assert split_target(line.split(), VALUED, ending={"-m", "--module"}) == (line.split(), True)
