"""After a conversation of `choose` inside a project: the code for the recommendation, if it is wanted."""

import sys
from collections.abc import Sequence
from typing import Final

from conc_advisor.cli.console import Voice
from conc_advisor.cli.menu import Menu, Offer, menu_at_terminal
from conc_advisor.cli.scaffold_request import Request
from conc_advisor.cli.scaffold_run import carry_out
from conc_advisor.cli.scaffold_sources import all_templates
from conc_advisor.config import working_folder
from conc_advisor.errors import ExitCode
from conc_advisor.scaffolding.declared import PROJECT_FILES
from conc_advisor.scaffolding.project import find_root

MOST: Final = 4
"""Templates that are offered: the first ones are those for the model itself."""
_NOTHING: Final = ""


def offer(names: Sequence[str], voice: Voice, menu: Menu | None = None) -> int:
    """Let the person at the terminal take one of these templates, and return the exit code; nothing is asked outside of a project.

    Whoever leaves here (`KeyboardInterrupt`, `EOFError`) has read the recommendation already: nothing is added, and all is well.
    """
    root = find_root(working_folder())
    if not any((root / name).is_file() for name in PROJECT_FILES) or sys.stdout is None or not sys.stdout.isatty():
        return ExitCode.DONE
    known = all_templates(None).by_name
    offers = [Offer(label=name, meaning=known[name].summary, value=name) for name in names[:MOST] if name in known]
    asker = menu or menu_at_terminal()
    if not offers or asker is None:
        return ExitCode.DONE
    nothing = Offer(label="no", meaning="add nothing", value=_NOTHING)
    try:
        picked = asker.pick(f"Add tested code for it to {root.name}?", [nothing, *offers])
    except (KeyboardInterrupt, EOFError):
        return ExitCode.DONE
    return ExitCode.DONE if picked == _NOTHING else carry_out(Request(name=picked, voice=voice), None)
