"""Text laid out without rich: nothing is wider than the page, nothing is lost, nothing does anything."""

import random
import re

import pytest

from conc_advisor.reports.plain import Paper, Span, Style, cell_width

PROSE = "A pool of threads is for a bounded number of blocking calls, or for code that gives up the GIL."
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_paragraph_has_all_words_in_order_within_the_width(width: int) -> None:
    lines = Paper(width=width).paragraph(PROSE, mark="-")
    assert " ".join(" ".join(lines).split()) == f"- {PROSE}"
    assert max(map(len, lines)) <= width


def test_following_lines_stand_under_the_text_and_not_under_the_mark() -> None:
    first, second, *_ = Paper(width=40).paragraph(PROSE, mark="!!", indent=2)
    assert first.startswith("  !! A pool")
    assert re.match(r" {5}\S", second)


def test_only_lines_after_the_first_hang() -> None:
    first, second, *_ = Paper(width=40).paragraph(PROSE, indent=2, hang=4)
    assert re.match(r" {2}\S", first)
    assert re.match(r" {6}\S", second)


def test_sentences_are_not_as_wide_as_a_wide_terminal_unless_asked() -> None:
    long = f"{PROSE} {PROSE}"
    assert max(map(len, Paper(width=200).paragraph(long))) <= 102
    assert len(Paper(width=200).paragraph(long, wide=True)) == 1


def test_a_word_that_is_too_long_is_not_broken() -> None:
    assert Paper(width=20).paragraph("see " + "x" * 30) == ["  see", "  " + "x" * 30]


def test_spans_touch_unless_there_is_a_space() -> None:
    assert Paper().paragraph(Span("asyncio", Style.BOLD), " (high", "):", " yes", indent=0) == ["asyncio (high): yes"]


def test_a_word_of_two_spans_is_not_broken_between_them() -> None:
    assert Paper(width=11).paragraph("one two", Span("three", Style.BOLD), indent=0) == ["one", "twothree"]


def test_a_whole_span_stays_on_one_line_where_it_fits() -> None:
    command = Span("conc-advisor explain gil", whole=True)
    assert Paper(width=30).paragraph("The page is shown by ", command, indent=0) == ["The page is shown by", "conc-advisor explain gil"]
    assert max(map(len, Paper(width=14).paragraph("by ", command, indent=0))) <= 14


@pytest.mark.parametrize("color", [True, False])
def test_colour_adds_only_escape_codes(*, color: bool) -> None:
    spans = (Span("one two three", Style.GREEN), " four ", Span("five six", Style.DIM))
    plain = Paper(width=16).paragraph(*spans)
    shown = Paper(width=16, color=color).paragraph(*spans)
    assert [ESCAPE.sub("", line) for line in shown] == plain
    assert any(map(ESCAPE.search, shown)) is color


def test_no_line_ends_in_the_middle_of_a_style() -> None:
    """A pager that shows one line alone must not paint the next."""
    for line in Paper(width=16, color=True).paragraph(Span("one two three four five", Style.RED)):
        assert line.count("\x1b[1;31m") == line.count("\x1b[0m") == 1


def test_a_table_has_its_columns_under_each_other_and_wraps_the_last() -> None:
    lines = Paper(width=50).table([("bottleneck", "io", "you"), ("gil", "holds", PROSE)])
    assert lines[0] == "  bottleneck  io     you"
    assert lines[1].startswith("  gil         holds  A pool of")
    assert re.match(r" {21}\S", lines[2])
    assert max(map(len, lines)) <= 50


def test_a_table_on_a_narrow_page_is_a_list() -> None:
    lines = Paper(width=40).table([("beyond_one_machine", "keep-loop-or-ui-responsive", "you"), ("os", "any", "")])
    assert lines == ["  beyond_one_machine:", "    keep-loop-or-ui-responsive you", "  os: any"]


def test_a_table_without_rows_is_nothing() -> None:
    assert Paper().table([]) == []


@pytest.mark.parametrize("text", ["日本語", "🎉🎉", "éa", "한국어 テスト"])
def test_wide_characters_take_the_columns_that_a_terminal_gives_them(text: str) -> None:
    lines = Paper(width=20).paragraph(f"{text} " * 8)
    assert max(map(cell_width, lines)) <= 20
    assert len(lines) > 1


def test_a_combining_mark_takes_no_column() -> None:
    assert cell_width("e\N{COMBINING ACUTE ACCENT}") == 1


def test_code_keeps_its_lines_and_its_depth() -> None:
    assert Paper(width=10).code("def f():\n    return 'a long line'\n\nf()\n", indent=2) == [
        "  def f():",
        "      return 'a long line'",
        "",
        "  f()",
    ]


@pytest.mark.parametrize("command", ["conc-advisor choose", "conc-advisor choose --set 'a b=c d' --set x=y" * 3, "a\\ b --c " * 20])
def test_a_command_that_is_short_or_quoted_stays_on_one_line(command: str) -> None:
    assert Paper(width=60).command(command) == [f"  {command}"]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_long_command_goes_on_after_a_backslash_and_means_the_same(width: int) -> None:
    command = "conc-advisor choose --no-input" + " --set fan_out=1k-100k" * 5
    lines = Paper(width=width).command(command)
    assert max(map(len, lines)) <= width
    assert re.sub(r" \\ +", " ", " ".join(lines)).strip() == command
    assert all(line.endswith(" \\") for line in lines[:-1])


def test_nothing_that_is_shown_does_anything() -> None:
    evil = "a\x1b[2Jb\nc\u202ed\x9b"
    paper = Paper(width=30)
    lines = [*paper.paragraph(evil, mark=evil), *paper.table([(evil, evil)]), *paper.code(evil), *paper.command(evil), paper.title(evil)]
    assert all(line.isprintable() for line in lines)


def test_where_only_ascii_can_be_shown_nothing_else_is() -> None:
    paper = Paper(unicode=False)
    assert "\n".join([*paper.paragraph("2\N{EN DASH}3 é …"), *paper.folded(3, "reason")]).isascii()
    assert paper.sign("→", "->") == "->"


def test_what_is_left_out_is_counted() -> None:
    assert Paper().folded(1, "reason") == ["  … 1 more reason (-v shows all)"]
    assert Paper().folded(2, "reason") == ["  … 2 more reasons (-v shows all)"]
    assert Paper().folded(0, "reason") == []


def test_any_words_fit() -> None:
    source = random.Random(7)  # noqa: S311  # a fixed sequence is wanted
    for _ in range(300):
        words = ["x" * source.randint(1, 9) for _ in range(source.randint(1, 30))]
        width, indent, hang = source.randint(20, 60), source.randint(0, 5), source.randint(0, 5)
        lines = Paper(width=width).paragraph(*[f"{word} " for word in words], indent=indent, hang=hang)
        assert " ".join(lines).split() == words
        assert max(map(len, lines)) <= width
