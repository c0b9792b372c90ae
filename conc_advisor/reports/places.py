"""Where something is in the code, as short as it can be said without becoming unclear."""

import posixpath
import re
from dataclasses import dataclass

from conc_advisor.findings import Location
from conc_advisor.profiling.recording import Frame

_INSTALLED = re.compile(r".*/(?:site-packages|dist-packages)/(?P<rest>.+)")
_STANDARD = re.compile(r".*/lib/python3\.\d+t?/(?P<rest>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Shows file names: relative to the target's working directory where that is shorter, installed modules from their package on."""

    working_directory: str = ""

    def file(self, file: str) -> str:
        """Return the name of a file for people; names that are no paths (`<string>`) stay as they are."""
        if not file.startswith("/"):
            return file
        if inside := _INSTALLED.fullmatch(file) or _STANDARD.fullmatch(file):
            return inside["rest"]
        if not self.working_directory.startswith("/"):
            return file
        relative = posixpath.relpath(file, self.working_directory)
        return relative if len(relative) < len(file) else file

    def line(self, file: str, line: int) -> str:
        """Return `file:line`, or the file alone where the line is not known."""
        return f"{self.file(file)}:{line}" if line > 0 else self.file(file)

    def location(self, location: Location | None) -> str:
        """Return `file:line`, or words for a place that is not known."""
        return self.line(location.file, location.line) if location else "an unknown place"


def frame_name(frame: Frame) -> str:
    """Return a frame as `function (file:line)`, with the whole path, for tools that show one string a frame."""
    place = f"{frame.file}:{frame.line}" if frame.line > 0 else frame.file
    return f"{frame.function} ({place})" if place else frame.function
