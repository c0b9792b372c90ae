"""What writing a plan would change, as `git apply` reads it."""

from conc_advisor.patch import file_diff
from conc_advisor.scaffolding.plan import FileAction


def git_diff(action: FileAction) -> bytes:
    """Return what an action changes; nothing where it changes nothing."""
    return file_diff(action.path, action.before, action.content) if action.writes else b""
