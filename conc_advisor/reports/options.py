"""How the text report is to look; whoever knows the terminal decides."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOptions:
    """Options of the text report.

    `width` in columns · `color` False: no escape code at all, bold and dim included · `unicode` False: nothing but ASCII (an output
    encoding other than UTF-8, or `TERM=dumb`) · `verbose`: no list is cut short, and the sources of thresholds are shown ·
    `working_directory`: the target's, to show shorter paths; empty if unknown.
    """

    width: int = 80
    color: bool = False
    unicode: bool = True
    verbose: bool = False
    working_directory: str = ""
