"""`[tool.conc-advisor]` in pyproject.toml."""

from pathlib import Path

import pytest

from conc_advisor.config import KEYS, REVIEW_KEYS, Configured, ConfiguredReview, read_configuration
from conc_advisor.errors import UsageError


def write(folder: Path, text: str) -> Path:
    """Write a pyproject.toml."""
    file = folder / "pyproject.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.ruff]\nline-length = 1\n", "[tool.conc-advisor]\n"])
def test_a_project_without_settings_configures_nothing(tmp_path: Path, text: str) -> None:
    """Whatever else its file says."""
    file = write(tmp_path, text)
    assert read_configuration(tmp_path) == Configured(file=file)


def test_no_file_at_all_configures_nothing(tmp_path: Path) -> None:
    """The usual case for a single script."""
    assert read_configuration(tmp_path) == Configured()


def test_every_key_is_read(tmp_path: Path) -> None:
    """From the nearest file above, too."""
    lines = ['engine = "py-spy"', 'fail-on = "error"', 'max-overhead = "2%"', 'python = "/usr/bin/python3"', "stall-ms = 20"]
    text = "\n".join(["[tool.conc-advisor.profile]", *lines])
    file = write(tmp_path, text)
    (tmp_path / "deep/er").mkdir(parents=True)
    assert read_configuration(tmp_path / "deep/er") == Configured(
        file=file, engine="py-spy", fail_on="error", max_overhead="2%", python=Path("/usr/bin/python3"), stall_ms=20.0
    )
    assert len(lines) == len(KEYS)


def test_every_key_of_review_is_read(tmp_path: Path) -> None:
    """The baseline counts from the file's own folder."""
    lines = [
        'baseline = "ci/baseline.json"',
        "cache = false",
        'exclude = ["generated/**"]',
        'fail-on = "never"',
        'ignore = ["P13"]',
        'min-confidence = "medium"',
        'per-file-ignores = { "tests/**" = ["CA1", "CA201"], "b.py" = [] }',
        'python = "3.9"',
        "ruff = false",
        'select = ["ALL"]',
    ]
    write(tmp_path, "\n".join(["[tool.conc-advisor.review]", *lines]))
    (tmp_path / "sub").mkdir()
    assert read_configuration(tmp_path / "sub").review == ConfiguredReview(
        baseline=tmp_path / "ci/baseline.json",
        cache=False,
        exclude=("generated/**",),
        fail_on="never",
        ignore=("P13",),
        min_confidence="medium",
        per_file_ignores=(("tests/**", ("CA1", "CA201")), ("b.py", ())),
        python="3.9",
        ruff=False,
        select=("ALL",),
    )
    assert len(lines) == len(REVIEW_KEYS)


def test_nothing_selected_is_not_the_same_as_no_word_on_it(tmp_path: Path) -> None:
    """An empty list selects no rule."""
    write(tmp_path, "[tool.conc-advisor.review]\nselect = []\n")
    assert read_configuration(tmp_path).review.select == ()


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("env/bin/python", "{folder}/env/bin/python"),
        ("python3.12", "python3.12"),
        ("/opt/python", "/opt/python"),
        ("./python", "{folder}/python"),
    ],
)
def test_a_relative_interpreter_counts_from_the_file(tmp_path: Path, python: str, expected: str) -> None:
    """So that it means the same in every folder of the project; a bare name is left to PATH."""
    write(tmp_path, f'[tool.conc-advisor.profile]\npython = "{python}"\n')
    (tmp_path / "sub").mkdir()
    assert read_configuration(tmp_path / "sub").python == Path(expected.format(folder=tmp_path))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[tool.conc-advisor.profile]\nstall_ms = 1", "'stall_ms'", "did you mean stall-ms?"),
        ("[tool.conc-advisor.profile]\nstal-ms = 1", "'stal-ms'", "did you mean stall-ms?"),
        ("[tool.conc-advisor.profile]\nzzz = 1", "'zzz'", "known there: engine"),
        ("[tool.conc-advisor.profle]\n", "'profle'", "did you mean profile?"),
        ("[tool.conc-advisor]\nengine = 'auto'", "'engine'", "it belongs into the table [tool.conc-advisor.profile]"),
        ("[tool.conc-advisor]\nselect = ['ALL']", "'select'", "it belongs into the table [tool.conc-advisor.review]"),
        ("[tool.conc-advisor]\nfail-on = 'info'", "'fail-on'", "[tool.conc-advisor.profile] or [tool.conc-advisor.review]"),
        ("[tool.conc-advisor.rewiev]\n", "'rewiev'", "did you mean review?"),
        ("[tool.conc-advisor.review]\nper-file-ignore = {}", "'per-file-ignore'", "did you mean per-file-ignores?"),
        ("[tool.conc-advisor.review]\nmin_confidence = 'low'", "'min_confidence'", "did you mean min-confidence?"),
        ("[tool.conc-advisor.review]\nselect = 'CA101'", "select in .* is a text, not a list", "README"),
        ("[tool.conc-advisor.review]\nselect = [1]", "select in .* is a list that holds something else", 'write select = ["…"]'),
        ("[tool.conc-advisor.review]\nruff = 'yes'", "ruff in .* is a text, not true or false", "README"),
        ("[tool.conc-advisor.review]\ncache = 1", "cache in .* is a whole number, not true or false", "README"),
        ("[tool.conc-advisor.review]\npython = 3.9", "python in .* is a number, not a text", "README"),
        ("[tool.conc-advisor.review]\nper-file-ignores = ['x']", "per-file-ignores in .* is a list, not a table", "README"),
        ("[tool.conc-advisor.review.per-file-ignores]\n'a.py' = 'CA101'", "'a.py' in .* is a text, not a list", "write 'a.py' = ["),
        ("[tool.conc-advisor]\nreview = 3", "not a table", "[tool.conc-advisor.review]"),
        ("[tool.conc-advisor.profile]\nstall-ms = '50'", "stall-ms in .* is a text, not a number", "README"),
        ("[tool.conc-advisor.profile]\nstall-ms = true", "is true or false, not a number", "README"),
        ("[tool.conc-advisor.profile]\nengine = 3", "is a whole number, not a text", "README"),
        ("[tool]\nconc-advisor = 3", "not a table", "[tool.conc-advisor.profile]"),
        ("tool = 3", "not a table", "[tool.conc-advisor.profile]"),
        ("[tool.conc-advisor]\nprofile = []", "is a list, not a table", "[tool.conc-advisor.profile]"),
        ("[tool.conc-advisor.profile\n", "not valid TOML: .*line 1", "mend the file"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(tmp_path: Path, text: str, message: str, hint: str) -> None:
    """Nothing that was written is silently ignored."""
    file = write(tmp_path, text)
    with pytest.raises(UsageError, match=message) as error:
        read_configuration(tmp_path)
    assert hint in error.value.hint
    assert str(file) in error.value.message


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    (tmp_path / "pyproject.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not valid TOML"):
        read_configuration(tmp_path)
