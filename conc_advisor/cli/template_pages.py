"""The pages of templates, as `explain` shows those of the guide."""

from conc_advisor.cli.scaffold_sources import all_templates
from conc_advisor.errors import ConcAdvisorError
from conc_advisor.guide.guide import Page, Topic, TopicKind
from conc_advisor.scaffolding.catalogue import Template, Templates, load_templates


def template_topics() -> tuple[Topic, ...]:
    """Return the topic of every template."""
    return tuple(map(_topic, _templates().by_name.values()))


def template_page(name: str) -> Page | None:
    """Return the page of a template, by its name in any capitals; None where there is none."""
    template = _templates().by_name.get("-".join(name.lower().replace("_", " ").replace("-", " ").split()))
    return None if template is None else Page(topic=_topic(template), text=template.page.read_text(encoding="utf-8"))


def near_templates(name: str) -> tuple[str, ...]:
    """Return the templates whose names look most like `name`, best first."""
    return _templates().near(name)


def _templates() -> Templates:
    """Return all templates; the bundled ones alone where the user's own are wrong: `scaffold` says what is, and a page is a page."""
    try:
        return all_templates(None)
    except ConcAdvisorError:
        return load_templates()


def _topic(template: Template) -> Topic:
    with template.page.open(encoding="utf-8") as file:
        title = file.readline().strip().removeprefix("# ")
    return Topic(name=template.name, title=title, summary=template.summary, kind=TopicKind.TEMPLATE)
