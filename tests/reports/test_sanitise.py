"""Strings of the target are made harmless, and harmless strings stay as they are."""

import json

import pytest

from conc_advisor.reports import sanitise

HARMLESS = ["parse", "a b", "[bold]x", "café", "日本語", "C:\\x", "", "{} $HOME `ls`"]


@pytest.mark.parametrize("text", HARMLESS)
def test_printable_text_is_left_alone(text: str) -> None:
    assert sanitise.visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eevil", "\\u202eevil"),
        ("a\u2028b", "a\\u2028b"),
        ("x\udc80", "x\\udc80"),
        ("\x00\x07\x7f", "\\x00\\x07\\x7f"),
    ],
)
def test_characters_that_do_something_are_spelled_out(text: str, shown: str) -> None:
    assert sanitise.visible(text) == shown


@pytest.mark.parametrize("text", ["parse", "a-b", "[x]", "C:\\x"])
def test_ascii_stays_as_it_is(text: str) -> None:
    assert sanitise.plain_ascii(text) == text


def test_ascii_twins_replace_common_punctuation_and_the_rest_is_spelled_out() -> None:
    assert sanitise.plain_ascii("2\N{EN DASH}3 \N{MULTIPLICATION SIGN} “é” …\x1b") == '2-3 x "\\xe9" ...\\x1b'


@pytest.mark.parametrize("text", ["plain", "\x1b[2J", "é\x9b\u202e", "😀 and 日本", '"quoted" \\ back'])
def test_json_means_the_same_in_ascii(text: str) -> None:
    escaped = sanitise.json_ascii(json.dumps(text, ensure_ascii=False))
    assert json.loads(escaped) == text
    assert escaped.isascii()
    assert escaped.isprintable()


def test_undecodable_bytes_of_a_file_name_can_be_written_as_utf8() -> None:
    assert sanitise.encodable("/app/\udcff.py").encode("utf-8") == b"/app/\\udcff.py"


@pytest.mark.parametrize("text", ["parse", "two words", "12 034"])
def test_plain_words_need_no_markdown_escape(text: str) -> None:
    assert sanitise.markdown(text) == text


@pytest.mark.parametrize("text", ["<script>", "[x](http://evil)", "**b**", "a|b", "`c`", "# title", "a\n\n- b", "&lt;"])
def test_markdown_and_html_lose_their_meaning(text: str) -> None:
    escaped = sanitise.markdown(text)
    assert "<" not in escaped
    assert "\n" not in escaped
    assert all(escaped[at - 1] == "\\" for at, char in enumerate(escaped) if char in "[](*|`#")


@pytest.mark.parametrize("text", ["</code><script>", "a|b", "`x`", "*x*"])
def test_nothing_ends_inline_code(text: str) -> None:
    inside = sanitise.markdown_code(text).removeprefix("<code>").removesuffix("</code>")
    assert not set(inside) & set("<>|`*")


@pytest.mark.parametrize("text", ["parse (app.py:3)", "<lambda>", "a b"])
def test_usual_frames_are_folded_as_they_are(text: str) -> None:
    assert sanitise.folded_frame(text) == text


def test_a_frame_cannot_end_its_stack() -> None:
    assert sanitise.folded_frame("a;b\nc 5") == "a:b\\nc 5"
