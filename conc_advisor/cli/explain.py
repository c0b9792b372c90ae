"""`conc-advisor explain`: shows the page of a topic, a template or a rule, what is known of a library, or all there is to ask for."""

from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from conc_advisor.cli import options
from conc_advisor.cli.console import Voice
from conc_advisor.errors import UsageError

if TYPE_CHECKING:
    from conc_advisor.catalogue.library import Library
    from conc_advisor.cli.console import Look
    from conc_advisor.cli.outlet import Outlet
    from conc_advisor.guide.guide import Page, Topic

HELP = """Explain a model, a concept, a verdict, a pitfall, a template, a rule or a library.

\b
Examples:
  conc-advisor explain               every topic, in a line each
  conc-advisor explain deadlines     one of them
  conc-advisor explain async-queue   a template of scaffold
  conc-advisor explain CA101         a rule of review
  conc-advisor explain requests      a library: GIL, threads, fork, async twin
  conc-advisor explain gil -o gil.md

Without --format: a page for the terminal, and Markdown for anything else.
"""

ALSO_LIBRARIES: Final = frozenset({"asyncio", "distributed"})
"""Topics that are also the name of a library in the catalogue: both are shown.  A test keeps the list; the catalogue takes long to read."""

FormatName = Literal["text", "markdown", "json"]


def complete_topic(incomplete: str) -> list[tuple[str, str]]:
    """Return the topics whose names begin like this, with their summaries; libraries where there is no such topic."""
    # Only shells that complete need any of it.
    from conc_advisor.cli.review_options import complete_rule  # noqa: PLC0415
    from conc_advisor.cli.template_pages import template_topics  # noqa: PLC0415
    from conc_advisor.guide.guide import topics  # noqa: PLC0415

    found = [(topic.name, topic.summary) for topic in (*topics(), *template_topics()) if topic.name.startswith(incomplete)]
    if found := [*found, *(complete_rule(incomplete) if incomplete else ())]:
        return found
    from conc_advisor.catalogue.catalogue import load_catalogue  # noqa: PLC0415  # slow, and seldom needed

    return [(library.name, library.advice) for library in load_catalogue().libraries if library.name.startswith(incomplete)]


TopicName = Annotated[
    str | None,
    typer.Argument(
        metavar="TOPIC",
        show_default=False,
        autocompletion=complete_topic,
        help="A topic, template or rule, or the name or import of a library.",
    ),
]
Format = Annotated[FormatName | None, typer.Option("--format", help="What to write.")]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write it; - is standard output.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Nothing on stderr but errors.")]


def explain(
    topic: TopicName = None, *, format_: Format = None, output: Output = None, force: options.Force = False, quiet: Quiet = False
) -> int:
    """Return the exit code."""
    page, library = (None, None) if topic is None else _found(topic)
    _write(page, library, format_, output=output, force=force)
    Voice(quiet=quiet).say(f"next: conc-advisor {_next(page, library)}")
    return 0


def show_rule(word: str, *, output: str | None, force: bool, quiet: bool) -> int:
    """Show the page of a rule of `review`, by its code or name, and return the exit code."""
    from conc_advisor.cli.rule_pages import after_rule, asked_rule, rule_page  # noqa: PLC0415  # not for --help

    rule = asked_rule(word)
    _write(rule_page(rule), None, None, output=output, force=force)
    Voice(quiet=quiet).say(f"next: conc-advisor {after_rule(rule)}")
    return 0


def _write(page: "Page | None", library: "Library | None", format_: FormatName | None, *, output: str | None, force: bool) -> None:
    # Imported here: --help must not wait for any of it.
    from conc_advisor.cli.outlet import outlet_for  # noqa: PLC0415

    outlet = outlet_for(output, force=force)
    match format_ or _usual_format(outlet):
        case "json":
            written = _json(page, library)
        case "markdown":
            written = _markdown(page, library)
        case _:
            written = _text(page, library, outlet.look)
    outlet.write([written])


def _found(name: str) -> "tuple[Page | None, Library | None]":
    """Return the page, or the library, or both, of that name; raises `UsageError` with the nearest names."""
    from conc_advisor.guide import guide  # noqa: PLC0415

    page = guide.page(name)
    if page is not None and page.topic.name not in ALSO_LIBRARIES:
        return page, None
    page = page or _template_or_rule(name)
    if page is not None and page.topic.name not in ALSO_LIBRARIES:
        return page, None
    from conc_advisor.catalogue.catalogue import load_catalogue  # noqa: PLC0415

    catalogue = load_catalogue()
    library = catalogue.by_name(name) or catalogue.by_import(name.strip())
    if page is None and library is None:
        from conc_advisor.cli.rule_pages import near_rules  # noqa: PLC0415
        from conc_advisor.cli.template_pages import near_templates  # noqa: PLC0415

        near = dict.fromkeys([*guide.near(name), *catalogue.near(name), *near_templates(name), *near_rules(name)])
        hint = f"did you mean {' or '.join(near)}?" if near else "conc-advisor explain lists the topics"
        raise UsageError(f"there is no topic and no library {name!r}", hint=hint)
    return page, library


def _template_or_rule(name: str) -> "Page | None":
    from conc_advisor.cli.template_pages import template_page  # noqa: PLC0415

    page = template_page(name)
    if page is not None:
        return page
    from conc_advisor.cli.rule_pages import find_rule, rule_page  # noqa: PLC0415  # as many modules as there are rules

    rule = find_rule(name)
    return None if rule is None else rule_page(rule)


def _usual_format(outlet: "Outlet") -> FormatName:
    """Return what is read best there."""
    from conc_advisor.cli.outlet import StreamOutlet  # noqa: PLC0415

    stream = outlet.stream if isinstance(outlet, StreamOutlet) else None
    return "text" if stream is not None and stream.isatty() else "markdown"


def _json(page: "Page | None", library: "Library | None") -> str:
    from conc_advisor.reports.explain import json  # noqa: PLC0415  # slow, and only this format needs it

    return json.render(() if page or library else _all_topics(), page, library)


def _markdown(page: "Page | None", library: "Library | None") -> str:
    from conc_advisor.guide.links import with_commands  # noqa: PLC0415

    if page is None and library is None:
        return "\n".join(["# Topics", *(line for title, rows in _groups() for line in _group_markdown(title, rows))]) + "\n"
    parts = [] if page is None else [with_commands(page.text)]
    if library is not None:
        from conc_advisor.reports.explain.library_page import library_page  # noqa: PLC0415

        parts.append(library_page(library))
    return "\n".join(parts)


def _text(page: "Page | None", library: "Library | None", look: "Look") -> str:
    from conc_advisor.reports.explain import page_text  # noqa: PLC0415
    from conc_advisor.reports.plain import Paper  # noqa: PLC0415

    paper = Paper(width=look.width, color=look.color, unicode=look.unicode)
    if page is None and library is None:
        return page_text.topic_list(_groups(), paper)
    return page_text.render(_markdown(page, library), paper)


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the topics by kind, each with its summary."""
    from conc_advisor.guide.guide import TopicKind  # noqa: PLC0415

    known = _all_topics()
    groups = [
        (f"{kind}s".capitalize(), [(_listed_as(topic), topic.summary) for topic in known if topic.kind is kind]) for kind in TopicKind
    ]
    return [*groups, ("Libraries", [("requests, PIL, …", "the name or the import of any library in the catalogue")])]


def _all_topics() -> "tuple[Topic, ...]":
    """Return the topics of the guide, of the templates and of the rules."""
    from conc_advisor.cli.rule_pages import rule_topics  # noqa: PLC0415
    from conc_advisor.cli.template_pages import template_topics  # noqa: PLC0415
    from conc_advisor.guide.guide import topics  # noqa: PLC0415

    return (*topics(), *template_topics(), *rule_topics().values())


def _listed_as(topic: "Topic") -> str:
    """Return the name by which a list shows a topic: of a rule the code, which is what findings show."""
    from conc_advisor.guide.guide import TopicKind  # noqa: PLC0415

    return topic.title.partition(" ")[0] if topic.kind is TopicKind.RULE else topic.name


def _group_markdown(title: str, rows: list[tuple[str, str]]) -> list[str]:
    return ["", f"## {title}", "", *(f"- `{name}`: {sentence}" for name, sentence in rows)]


def _next(page: "Page | None", library: "Library | None") -> str:
    """Return the command to run next, without our own name."""
    from conc_advisor.guide.guide import TopicKind  # noqa: PLC0415
    from conc_advisor.guide.links import see_also  # noqa: PLC0415

    if page is not None and page.topic.kind is TopicKind.TEMPLATE:
        return f"scaffold {page.topic.name}"
    if page is not None and page.topic.kind is TopicKind.RULE:
        from conc_advisor.cli.rule_pages import after_rule, asked_rule  # noqa: PLC0415

        return after_rule(asked_rule(page.topic.name))
    if page is not None:
        return f"explain {see_also(page.text)[0]}"
    if library is not None:
        from conc_advisor.reports.explain.library_page import related  # noqa: PLC0415

        return f"explain {related(library)[0][0]}"
    return "explain choosing"
