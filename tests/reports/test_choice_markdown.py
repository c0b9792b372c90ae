"""The design record: read rendered and unrendered, and nothing that others wrote is markup."""

import random
import re
from collections.abc import Iterator

import pytest
from choice_builder import HOSTILE, consultation, hostile_consultation, reason, rich_consultation, size
from markdown_it import MarkdownIt
from markdown_it.token import Token

from conc_advisor.decision.recommendation import Form
from conc_advisor.reports.choice.escape import code_block, prose, source
from conc_advisor.reports.choice.markdown import render_markdown
from conc_advisor.reports.sanitise import visible
from conc_advisor.workload import Workload

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
READABLE = [
    "Thousands of requests wait at once, and each of them costs 1.4 KB.",
    "fan_out 1k-100k, async_lib yes",
    "It works; two threads (and more) take turns: see below.",
    "asyncio+threads",
    "50% of it - or more",
    "start / (1 - 1 / workers)",
    "don't",
    "3.12",
]
ACTIVE = [
    "**b** and *i*",
    "_i_ and __b__",
    "[x](http://evil.example)",
    "![x](y)",
    "<script>alert(1)</script>",
    "a & b &lt;",
    "a | b",
    "~~gone~~",
    "`code` and ``",
    "# head",
    "1. one",
    "12) twelve",
    "- item",
    "+ item",
    "---",
    "=== ",
    "> quote",
    "back\\slash \\*",
    "$x^2$",
    "a\nb\x1b[2J",
    HOSTILE,
]


def tokens(text: str) -> Iterator[Token]:
    """Yield all tokens, those inside of lines too."""
    for token in PARSER.parse(text):
        yield token
        yield from token.children or ()


def words(text: str) -> str:
    """Return what a reader of the rendered text sees."""
    shown = "".join(token.content for token in tokens(text) if token.type in {"text", "code_inline"})
    return shown.strip()


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)} | {token.content for token in tokens(text) if token.type == "html_inline"}


def as_read(text: str) -> str:
    """Return what a reader is to see of `text`: all of it, but the backticks around code."""
    return re.sub("`([^`]+)`", r"\1", visible(text)).strip()


@pytest.mark.parametrize("text", READABLE)
def test_plain_words_are_not_escaped(text: str) -> None:
    assert prose(text) == text


@pytest.mark.parametrize("text", [*READABLE, *ACTIVE])
@pytest.mark.parametrize("frame", ["- {}", "{}", "word {}", "| a |\n| --- |\n| {} |"])
def test_a_reader_sees_the_text_and_nothing_else(text: str, frame: str) -> None:
    rendered = frame.format(prose(text))
    seen = words(rendered).removeprefix("word").removeprefix("a" if frame.startswith("|") else "").strip()
    assert seen == as_read(text)
    assert not kinds(rendered) & {
        "link_open",
        "image",
        "strong_open",
        "em_open",
        "s_open",
        "html_block",
        "heading_open",
        "blockquote_open",
        "hr",
    }
    assert {kind for kind in kinds(rendered) if kind.startswith("<")} <= {"<code>", "</code>"}


def test_no_text_at_all_is_read_as_markup() -> None:
    """A thousand texts of the characters that mean something."""
    pick = random.Random(11)  # noqa: S311  # a fixed sequence is wanted
    for _ in range(1000):
        text = "x" + "".join(pick.choice("ab1 `*_[]()<>!|~#-+.:/\\&$@=") for _ in range(pick.randint(1, 14))) + "x"
        assert words(f"- {prose(text)}") == as_read(text), text


def test_code_between_backticks_stays_code() -> None:
    assert kinds(prose("call `await x` first")) >= {"code_inline"}
    assert prose("`a | b`").startswith("<code>")


def test_addresses_of_sources_are_links_and_only_they() -> None:
    shown = source("https://docs.python.org/3/library/asyncio-task.html#timeouts, measured on *one* machine")
    assert [token.attrs["href"] for token in tokens(shown) if token.type == "link_open"] == [
        "https://docs.python.org/3/library/asyncio-task.html#timeouts"
    ]
    assert words(shown).endswith("measured on *one* machine")
    assert "link_open" not in kinds(source("javascript:alert(1) http://evil.example"))


@pytest.mark.parametrize("code", ["x = 1\ny = 2", "a ``` b", "```\n# head\n```", "\x1b[2J"])
def test_nothing_ends_a_block_of_code(code: str) -> None:
    block = code_block(code, "python")
    fences = [token for token in PARSER.parse(block) if token.type == "fence"]
    assert [fence.content.rstrip("\n") for fence in fences] == ["\n".join(map(visible, code.split("\n")))]
    assert len(PARSER.parse(block)) == 1


def test_the_page_has_all_sections_as_headings() -> None:
    page = render_markdown(rich_consultation())
    assert page.startswith("## asyncio (high confidence)\n")
    assert re.findall("^### (.*)$", page, re.MULTILINE) == [
        "Why",
        "What is known",
        "Contradictions",
        "Why not",
        "Better when",
        "Sizes to start from",
        "What it costs",
        "What makes up for it",
        "How to write it",
        "Mistakes to avoid",
        "How to prove it",
        "Take an engine for it",
        "What would change the answer",
        "Notes",
        "The same answer without questions",
        "Next",
    ]


def test_the_page_leaves_nothing_out() -> None:
    said = rich_consultation().recommendation
    seen = words(render_markdown(rich_consultation()))
    texts = [*said.trade_offs, *said.notes, *(each.because for each in said.why), *(each.because for each in said.alternatives)]
    texts += [each.text for part in (said.controls, said.pitfalls, said.forms, said.proofs) for each in part]
    assert [text for text in texts if as_read(text) not in seen] == []


def test_every_row_of_a_table_has_the_cells_of_its_heading() -> None:
    page = render_markdown(rich_consultation())
    tables = [block.splitlines() for block in page.split("\n\n") if block.startswith("|")]
    assert len(tables) == 6
    for lines in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1, lines[0]


def test_a_consultation_that_knows_nothing_has_no_empty_sections() -> None:
    page = render_markdown(consultation(workload=Workload(), again="", next_commands=()))
    assert "###" not in page
    assert "|" not in page


def test_code_is_fenced_with_its_language() -> None:
    page = render_markdown(consultation(forms=(Form(text="A loop.", code="for x in y:\n    f(x)\n", applies=""),)))
    assert "```python\nfor x in y:\n    f(x)\n```" in page
    assert "```sh\nconc-advisor choose" in page


def test_an_estimate_is_called_one() -> None:
    page = render_markdown(consultation(sizes=(size(value=8, unit="workers", measured=False), size(value=9, unit="tasks", measured=True))))
    assert "8 workers (estimated)" in page
    assert "| 9 tasks |" in page


def test_the_source_of_a_reason_is_a_link() -> None:
    page = render_markdown(consultation(why=(reason("r", "So.", "https://example.org/a_b"),)))
    assert "<https://example.org/a_b>" in page


def test_hostile_text_is_inert() -> None:
    page = render_markdown(hostile_consultation())
    assert all(line.isprintable() for line in page.splitlines())
    found = kinds(page)
    assert not found & {"link_open", "image", "em_open", "s_open", "html_block", "blockquote_open", "hr"}
    assert {kind for kind in found if kind.startswith("<")} <= {"<code>", "</code>"}
    # The names of engines are bold, and nothing else.
    assert sum(token.type == "strong_open" for token in tokens(page)) == len(hostile_consultation().recommendation.hand_overs)
    headings = [token for token in PARSER.parse(page) if token.type == "heading_open"]
    assert len(headings) == len(re.findall("^##", render_markdown(rich_consultation()), re.MULTILINE))
