"""Lets `python -m conc_advisor` do what `conc-advisor` does."""

import sys

from conc_advisor.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
