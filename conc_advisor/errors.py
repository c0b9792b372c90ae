"""Everything that may go wrong in a way the user can act on.

Each subclass is one cause with its own exit code.  They are raised deep in the program and caught once, in `conc_advisor.cli.app.main`,
which prints `error:` and `hint:` and never a traceback.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """How conc-advisor ends (`profile` otherwise ends with the target's own exit code)."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    CANNOT = 3
    REFUSED = 4
    BUG = 70
    INTERRUPTED = 130


class ConcAdvisorError(Exception):
    """A problem that the user can act on.

    `message` is one plain sentence; `hint` names the command or setting that mends it.
    """

    exit_code: int = ExitCode.CANNOT

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ConcAdvisorError):
    """The command line or the configuration is wrong."""

    exit_code = ExitCode.USAGE


class RefusedError(ConcAdvisorError):
    """What was asked would destroy something, or needs an answer that nobody can give here."""

    exit_code = ExitCode.REFUSED


class TargetError(ConcAdvisorError):
    """The program to profile, or the source to scan, cannot be found, read, started or attached to."""


class ProfilerError(ConcAdvisorError):
    """py-spy or pyinstrument is missing, too old, not permitted, or does not support the target."""


class RecordingError(ConcAdvisorError):
    """A recording cannot be read or written."""


class ProjectError(ConcAdvisorError):
    """The user's project cannot be read, or cannot be written to; it is as it was."""


class OutputError(ConcAdvisorError):
    """A report cannot be written where the user asked for it."""

    exit_code = ExitCode.USAGE
