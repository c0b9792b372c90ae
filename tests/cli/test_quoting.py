"""Command lines to copy and paste."""

import subprocess

import pytest

from conc_advisor.cli.quoting import shell_command


@pytest.mark.parametrize(
    "words",
    [
        ["plain"],
        ["with space", "it's", 'a "quote"'],
        ["$HOME", "`ls`", "a;b", "*"],
        ["tab\there", "new\nline", "\x1b[2J", "back\\slash\n", "it's\t"],
        ["", "é", "b\udcffyte", "\u202egnp.exe"],
    ],
)
def test_a_shell_gives_the_words_back(words: list[str]) -> None:
    """And what is shown holds no character that would act on a terminal."""
    text = shell_command(words)
    assert text.isprintable()
    answer = subprocess.run(["bash", "-c", f"printf '%s\\0' {text}"], capture_output=True, check=True)
    assert [word.decode("utf-8", "surrogateescape") for word in answer.stdout.split(b"\0")[:-1]] == words
