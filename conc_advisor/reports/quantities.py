"""Numbers as people read them: durations, shares, counts, rates."""

from typing import Final

_SCALES: Final = (
    (0.5e-6, 0.0, 0, "s"),
    (0.9995e-3, 1e6, 0, "us"),
    (0.00995, 1e3, 1, "ms"),
    (0.9995, 1e3, 0, "ms"),
    (9.995, 1.0, 2, "s"),
    (99.95, 1.0, 1, "s"),
)
"""Rows of (below so many seconds, factor, decimals, unit); the limits are where rounding would reach the next row."""
_LITTLE: Final = 0.005
"""A share that rounds to 0%."""
_LARGE: Final = 100
"""From here on the decimals of a number say nothing."""


def duration(seconds: float) -> str:
    """Return a duration given in seconds with about three digits: `48 ms`, `1.25 s`, `12.3 s`, `2 min 05 s`, `3 h 12 min`."""
    for below, factor, decimals, unit in _SCALES:
        if seconds < below:
            return f"{seconds * factor:.{decimals}f} {unit}"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def share(fraction: float) -> str:
    """Return a fraction as a percentage: `0%` only for nothing, `<1%` for little, else whole percents."""
    if fraction <= 0:
        return "0%"
    return "<1%" if fraction < _LITTLE else f"{fraction * 100:.0f}%"


def count(number: int) -> str:
    """Return a whole number in groups of three: `12 034`, as a point or a comma would be read differently across the world."""
    return f"{number:,}".replace(",", " ")


def plural(number: int, noun: str, plural_noun: str = "") -> str:
    """Return the number with its noun: `1 thread`, `12 threads`."""
    return f"{count(number)} {noun if number == 1 else plural_noun or noun + 's'}"


def number(value: float) -> str:
    """Return a number with up to two decimals and no empty ones: `3`, `1.02`, `250`."""
    if abs(value) >= _LARGE:
        return count(round(value))
    return f"{value:.2f}".rstrip("0").rstrip(".")


def figure(value: float, unit: str) -> str:
    """Return a verdict's figure in its unit: shares as percent, seconds as a duration, everything else as a number with its unit."""
    match unit:
        case "share" | "fraction":
            return share(value)
        case "s" | "seconds":
            return duration(value)
        case "":
            return number(value)
        case _:
            return f"{number(value)} {unit}"
