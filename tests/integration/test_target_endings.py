"""Whoever starts `conc-advisor profile app.py` sees what they would have seen of `app.py`."""

import json
import signal
from pathlib import Path

import pytest
from conftest import Command

pytestmark = pytest.mark.real

ENDINGS = {
    "pass": 0,
    "raise SystemExit(3)": 3,
    "raise SystemExit('words')": 1,
    "1 / 0": 1,
    "syntax error": 1,
    "import os; os._exit(7)": 7,
    "import os, signal; os.kill(os.getpid(), signal.SIGTERM)": -signal.SIGTERM,
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": -signal.SIGKILL,
    "import os, signal; signal.signal(signal.SIGSEGV, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGSEGV)": -signal.SIGSEGV,
    "raise KeyboardInterrupt": -signal.SIGINT,
}


@pytest.mark.parametrize("program", ENDINGS, ids=range(len(ENDINGS)))
def test_we_end_as_the_program_does(program: str, conc_advisor: Command, workplace: Path) -> None:
    """With its output, and with a report, however short the run was."""
    (workplace / "app.py").write_text(f"print('caf\\xe9', flush=True)\n{program}\n" if program != "syntax error" else program)
    answer = conc_advisor("profile", "app.py")
    assert answer.returncode == ENDINGS[program], answer.stderr
    assert answer.stdout == ("café\n" if program != "syntax error" else "")
    assert answer.stderr.splitlines()[-1].startswith("next: conc-advisor profile --load ")
    assert [path.name for path in workplace.iterdir()] == ["app.py"]


def test_the_programs_output_can_go_to_a_file(conc_advisor: Command, workplace: Path) -> None:
    """And the report to a pipe."""
    (workplace / "app.py").write_text("import sys; print(sys.argv[1:])\n")
    answer = conc_advisor("profile", "--target-output", "out.txt", "--format", "json", "app.py", "--format", "x", "--", "y")
    assert answer.returncode == 0, answer.stderr
    assert (workplace / "out.txt").read_text() == "['--format', 'x', '--', 'y']\n"
    assert json.loads(answer.stdout)["target"]["exit_status"] == 0


def test_a_missing_command_is_told_before_anything_runs(conc_advisor: Command, workplace: Path) -> None:
    """Exit code 3, two lines, nothing left behind."""
    answer = conc_advisor("profile", "--", "no-such-command-at-all")
    assert answer.returncode == 3
    assert [line.partition(":")[0] for line in answer.stderr.splitlines()] == ["error", "hint"]
    assert list(workplace.iterdir()) == []
