"""Links become commands where nobody can follow them."""

import pytest

from conc_advisor.guide.guide import topics
from conc_advisor.guide.links import see_also, with_commands

PAGE = """# Title

Summary.  Read [the docs](https://docs.python.org/3/) and [deadlines](../concepts/deadlines.md) first.

## See also

- [threads](threads.md): blocking calls.
- [gil](../concepts/gil.md): who holds it.
"""


def test_the_last_section_names_the_next_pages() -> None:
    """In its order, and nothing from above it."""
    assert see_also(PAGE) == ("threads", "gil")


def test_links_become_words_and_commands() -> None:
    """Those of the last section can be typed; those to the web stay."""
    text = with_commands(PAGE)
    assert "Read [the docs](https://docs.python.org/3/) and deadlines first." in text
    assert text.endswith("- `conc-advisor explain threads`: blocking calls.\n- `conc-advisor explain gil`: who holds it.\n")


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.name)
def test_no_page_keeps_a_link_to_a_file(topic: object) -> None:
    """What is shown anywhere else has no files beside it."""
    text = topic.path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert ".md)" not in with_commands(text)
    assert len(see_also(text)) >= 2


@pytest.mark.parametrize("text", ["", "no section\n", "x = items[0](name)\n", "[a](https://example.org/page.md)\n"])
def test_text_without_links_stays_as_it_is(text: str) -> None:
    """Code that looks a little like a link too."""
    assert with_commands(text) == text
    assert see_also(text) == ()
