"""The options of `scaffold`, as typer reads them."""

from typing import Annotated, Literal

import typer

FormatName = Literal["text", "json"]


def complete_template(incomplete: str) -> list[tuple[str, str]]:
    """Return the templates whose names begin like this, with their summaries."""
    from conc_advisor.cli.scaffold_sources import all_templates  # noqa: PLC0415  # only shells that complete need it
    from conc_advisor.errors import ConcAdvisorError  # noqa: PLC0415

    try:
        templates = all_templates(None)
    except ConcAdvisorError:
        return []
    return [(name, template.summary) for name, template in templates.by_name.items() if name.startswith(incomplete)]


TemplateName = Annotated[
    str | None,
    typer.Argument(metavar="NAME", show_default=False, autocompletion=complete_template, help="The template; a list to pick from without."),
]
List = Annotated[bool, typer.Option("--list", help="Show all templates.")]
Show = Annotated[bool, typer.Option("--show", help="Show a template: what it is for, what it needs, its code.")]
Format = Annotated[FormatName, typer.Option("--format", help="How to write --list and --show.")]
Project = Annotated[
    str | None, typer.Option("--project", metavar="FOLDER", help="The project. Default: the one that the working directory is in.")
]
Folder = Annotated[
    str | None,
    typer.Option("--dir", metavar="FOLDER", help="Where the code goes. Default: the project's package, or its tests for a test."),
]
Names = Annotated[
    list[str] | None, typer.Option("--name", metavar="OLD=NEW", help="Give something in the code another name; as often as you like.")
]
NoTest = Annotated[bool, typer.Option("--no-test", help="Leave out its test.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
Diff = Annotated[bool, typer.Option("--diff", help="Write what would be done as a difference for git apply, and do nothing.")]
Check = Annotated[bool, typer.Option("--check", help="Tell whether copies in the project still are what was given; 1 if not.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist and differ.")]
SkipExisting = Annotated[bool, typer.Option("--skip-existing", help="Keep files that exist and differ.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Nothing on stderr but questions and errors.")]
