"""A page on the terminal: every width, with and without colour, and nothing of it lost."""

import re

import pytest

from conc_advisor.guide.guide import Topic, topics
from conc_advisor.guide.links import with_commands
from conc_advisor.reports.explain.page_text import render, topic_list
from conc_advisor.reports.plain import Paper

TOPICS = topics()


def shown(markdown: str, *, width: int = 80, color: bool = False, unicode: bool = True) -> str:
    """Return the text of a page."""
    return render(markdown, Paper(width=width, color=color, unicode=unicode))


def words(text: str) -> list[str]:
    """Return the words of a text, without marks."""
    return re.findall(r"\w+", text)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# Title\n\nWords\nand more.\n", "Title\n\n  Words and more.\n"),
        ("## Section\n\nWords.\n", "Section\n  Words.\n"),
        ("- one\n  goes on\n- two\n", "  • one goes on\n  • two\n"),
        ("1. one\n2. two\n", "  1. one\n  2. two\n"),
        ("Words:\n- one\n", "  Words:\n\n  • one\n"),
        ("**Strong** and *stressed*, 2 * 3 * 4, snake_case, a*b*c.\n", "  Strong and stressed, 2 * 3 * 4, snake_case, a*b*c.\n"),
        ("`f(*args, **kw)`\n", "  `f(*args, **kw)`\n"),
        (
            "See <https://example.org/a> and [this](https://example.org/b).\n",
            "  See https://example.org/a and this (https://example.org/b).\n",
        ),
        ("| a | b |\n|---|---|\n| 1 | `x` |\n", "  a  b\n  1  `x`\n"),
        ("```python\nx = '**no**'\n\n\ny = 1\n```\n", "    x = '**no**'\n\n\n    y = 1\n"),
        ("```python\nx\n```\n\n```text\nout\n```\n", "    x\n\n  writes:\n    out\n"),
        ("```text\nalone\n```\n", "    alone\n"),
        ("```python wrong\nx\n```\n", "  wrong:\n    x\n"),
        ("```python requires=3.14,numpy\nx\n```\n", "  needs Python 3.14, numpy:\n    x\n"),
        ("```sh\nls [bold]x[/bold]\n```\n", "    ls [bold]x[/bold]\n"),
    ],
)
def test_each_form_has_its_look(markdown: str, expected: str) -> None:
    """Markup is read, code is not touched, and what only looks like markup stays."""
    assert shown(markdown) == expected


def test_a_table_that_is_too_wide_becomes_paragraphs() -> None:
    """Rather than lines that the terminal breaks anywhere."""
    markdown = "| first | second |\n|---|---|\n| " + "a" * 30 + " | " + "words " * 12 + "|\n"
    assert max(map(len, shown(markdown, width=50).splitlines())) <= 50
    assert words(shown(markdown, width=50)) == words(shown(markdown, width=200))


def test_colour_is_never_alone() -> None:
    """Without it code keeps its backticks; with it, escape codes take their place."""
    assert shown("`code`\n") == "  `code`\n"
    assert shown("`code`\n", color=True) == "  \x1b[1;36mcode\x1b[0m\n"


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_page_fits_the_terminal(topic: Topic, width: int) -> None:
    """But for code, which is never broken; and all of its words are there."""
    text = topic.path.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = shown(with_commands(prose), width=width).splitlines()
    longest = max(len(word) for word in re.findall(r"`[^`]+`\S*|\S+", with_commands(prose)))
    assert max(map(len, lines)) <= max(width, longest + 4)
    assert words("\n".join(lines)) == words(re.sub(r"^\|[-|]+\|$|^#+", "", with_commands(prose), flags=re.MULTILINE))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_dumb_terminal_gets_plain_ascii(topic: Topic) -> None:
    """Without escape codes."""
    text = shown(topic.path.read_text(encoding="utf-8"), unicode=False)
    assert text.isascii()
    assert "\x1b" not in text
    assert "\\u" not in text
    assert "\\x" not in text


def test_the_list_of_topics_groups_them() -> None:
    """A title over each group, a line or more for each topic."""
    text = topic_list([("Models", [("asyncio", "A loop."), ("threads", "A pool.")]), ("None", [])], Paper())
    assert text == "Models\n  asyncio  A loop.\n  threads  A pool.\n\n"
