"""What `scaffold` begins with: the templates, the project, and the folder that --dir names."""

import os
from pathlib import Path, PurePosixPath

from conc_advisor.config import read_configuration, working_folder
from conc_advisor.errors import RefusedError
from conc_advisor.scaffolding.catalogue import Templates, load_templates


def all_templates(project: str | None) -> Templates:
    """Return the bundled templates and those that the project's configuration names."""
    return load_templates(read_configuration(project_folder(project)).templates)


def project_folder(project: str | None) -> Path:
    """Return the folder that --project names, else the working directory."""
    return working_folder() if project is None else Path(project).expanduser()


def folder_in(root: Path, text: str, project: str | None) -> PurePosixPath:
    """Return the folder that --dir names, relative to the project.

    A relative one counts from the working directory, or from the project where that was named.  Raises `RefusedError` for one that lies
    outside.
    """
    start = root if project is not None else Path(os.path.realpath(working_folder()))
    # By the words alone: where links lead is looked at before anything is written.
    folder = Path(os.path.normpath(start / Path(text).expanduser()))
    if not folder.is_relative_to(root):
        raise RefusedError(f"{text} lies outside of the project {root}", hint="give a folder of the project, or another --project")
    return PurePosixPath(folder.relative_to(root))
