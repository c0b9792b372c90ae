"""Paths of containers, taken apart."""

import pytest

from conc_advisor.review.symbols.containers import container_end, element, item, split, value_of


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("", ""),
        ("<a()>", "a()"),
        ("{a()}", "a()"),
        ("<>", ""),
        ("<<a>>", "<a>"),
        ("(,a,b)", "a"),
        ("()", ""),
        ("a", "a[]"),
        ("a()", "a()[]"),
        ("<a>.b", ""),
        ("<(a,<b>)>", "(a,<b>)"),
    ],
)
def test_an_element_is_what_iterating_gives(path: str, inside: str) -> None:
    assert element(path) == inside


@pytest.mark.parametrize(
    ("path", "index", "found"),
    [
        ("(a,b)", 0, "a"),
        ("(a,b)", -1, "b"),
        ("(a,b)", 2, ""),
        ("(a,b)", -3, ""),
        ("(a,(b,c))", 1, "(b,c)"),
        ("<a>", 5, "a"),
        ("a", 0, "a[]"),
        ("", 0, ""),
    ],
)
def test_an_item_is_one_place_of_a_tuple_or_an_element(path: str, index: int, found: str) -> None:
    assert item(path, index) == found


@pytest.mark.parametrize(
    ("path", "method", "found"),
    [
        ("{a}", "values", "<a>"),
        ("{a}", "items", "<(,a)>"),
        ("{a}", "get", "a"),
        ("{a}", "pop", "a"),
        ("<a>", "pop", "a"),
        ("<a>", "popleft", "a"),
        ("<a>", "copy", "<a>"),
        ("<a>", "append", ""),
        ("{a}", "keys", ""),
        ("<a>", "values", ""),
    ],
)
def test_a_method_gives_what_is_inside_or_nothing_known(path: str, method: str, found: str) -> None:
    assert value_of(path, method) == found


@pytest.mark.parametrize(
    ("path", "parts"), [("(a,b)", ["a", "b"]), ("(<a,b>,{c},(d,e))", ["<a,b>", "{c}", "(d,e)"]), ("(a,)", ["a", ""]), ("(a)", ["a"])]
)
def test_a_tuple_is_split_at_its_own_commas(path: str, parts: list[str]) -> None:
    assert split(path) == parts


@pytest.mark.parametrize(("path", "end"), [("", 0), ("a<b>", 0), ("<a>.b", 3), ("<(a,b)>[]", 7), ("{<a>}", 5), ("<a", 0)])
def test_the_end_of_a_container_is_behind_its_own_bracket(path: str, end: int) -> None:
    assert container_end(path) == end
