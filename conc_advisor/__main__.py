"""Where the program begins, as `conc-advisor` and as `python -m conc_advisor`."""

import sys
from typing import Final

_INTERRUPTED: Final = 130
"""What a shell reports of a program that Ctrl-C has ended, and our own code for it (`ExitCode.INTERRUPTED`)."""


def main() -> int:
    """Run the program and return its exit code."""
    try:
        # Imported here: an interrupt while the command line is loaded ends as one does later.
        from conc_advisor.cli.app import main as run  # noqa: PLC0415

        return run()
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
