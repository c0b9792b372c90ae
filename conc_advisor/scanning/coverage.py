"""How much of the code a scan has seen, and in words what it has not."""

from collections import Counter
from typing import Final

from conc_advisor.scanning.inventory import Inventory
from conc_advisor.scanning.walk import BEYOND, MAX_FILES, NOT_LISTED, NOTEBOOK

_MOST_REASONS: Final = 4


def is_partial(inventory: Inventory) -> bool:
    """Tell whether a part of the tree was not looked at, so that what was not found may be there all the same."""
    return any(each.why == BEYOND or each.why.startswith(NOT_LISTED) for each in inventory.skipped)


def unseen(inventory: Inventory) -> str:
    """Return a sentence on what was not read and why; "" where everything was."""
    reasons = Counter(_reason(each.why) for each in inventory.skipped if each.why not in {NOTEBOOK, BEYOND})
    said = [f"{reason} ({number})" for reason, number in reasons.most_common(_MOST_REASONS)]
    if others := sum(number for _, number in reasons.most_common()[_MOST_REASONS:]):
        said.append(f"other reasons ({others})")
    if (said and inventory.ignored) or (inventory.ignored and not inventory.files_read):
        # Beside code that was read it is what everybody expects.
        said.append(f"ignored by git ({inventory.ignored})")
    if inventory.notebooks and not inventory.files_read:
        said.append(f"a notebook: only counted ({inventory.notebooks})")
    left_out = f"Not read: {', '.join(said)}." if said else ""
    beyond = sum(each.why == BEYOND for each in inventory.skipped)
    if beyond:
        return f"{MAX_FILES:,} of {MAX_FILES + beyond:,} files were read: give --scan a smaller folder. {left_out}".rstrip()
    return left_out


def _reason(why: str) -> str:
    """Return the reason without what holds for one file alone."""
    return why.partition(":")[0].partition(" (line")[0]
