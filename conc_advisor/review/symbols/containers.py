"""Takes paths of containers apart; the grammar stands in `paths`."""

from typing import Final

_OPEN: Final = "<({"
_CLOSE: Final = ">)}"
_TAKING: Final = frozenset({"pop", "popleft", "get", "setdefault", "popitem"})


def element(path: str) -> str:
    """Return the path of what iterating over, or indexing, a value gives."""
    if not path:
        return ""
    if path[0] == "<" or path[0] == "{":
        return path[1:-1] if _whole(path) else ""
    if path[0] == "(":
        return next((each for each in split(path) if each), "")
    return f"{path}[]"


def item(path: str, index: int) -> str:
    """Return the path of one place of a tuple; of any other value it is an element."""
    if path[:1] != "(":
        return element(path)
    parts = split(path)
    return parts[index] if -len(parts) <= index < len(parts) else ""


def value_of(path: str, method: str) -> str:
    """Return the path of what a method of a container gives; "" for one that gives nothing of what is inside."""
    if path[0] == "{":
        if method == "values":
            return f"<{path[1:-1]}>"
        if method == "items":
            return f"<(,{path[1:-1]})>"
    if method in _TAKING:
        return element(path)
    return path if method in {"copy", "union"} else ""


def split(path: str) -> list[str]:
    """Return the parts of a tuple's path."""
    parts: list[str] = []
    depth, begin = 0, 1
    for place, character in enumerate(path[1:-1], start=1):
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth -= 1
        elif character == "," and not depth:
            parts.append(path[begin:place])
            begin = place + 1
    parts.append(path[begin:-1])
    return parts


def container_end(path: str) -> int:
    """Return where the container that a path begins with ends: the index behind its closing bracket; 0 where it begins with none."""
    if path[:1] not in _OPEN or not path:
        return 0
    depth = 0
    for place, character in enumerate(path):
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth -= 1
            if not depth:
                return place + 1
    return 0


def _whole(path: str) -> bool:
    return container_end(path) == len(path)
