"""Scopes, and what a name in one of them was imported as."""

from typing import Final


class Scope:
    """A module, class or function while it is read: what it imports and what else it binds.

    An import wins over other bindings of the same scope (`try: import x` with `except ImportError: x = None`).
    """

    __slots__ = ("bound", "function", "functions", "imports", "is_class", "is_function", "parent", "stars")

    def __init__(self, parent: "Scope | None" = None, name: str = "", *, is_class: bool = False, is_function: bool = False) -> None:
        self.parent = parent
        self.is_class = is_class
        self.is_function = is_function
        self.function: str = name if parent is None or parent.parent is None else f"{parent.function}.{name}"
        self.imports: dict[str, str] = {}
        self.stars: list[str] = []
        self.bound: set[str] = set()
        self.functions: set[str] = set()
        """Names of functions defined in this scope."""

    def resolve(self, name: str) -> str | None:
        """Return what a name was imported as, in full; None when something else binds it, or nothing does."""
        scope = self.binding(name)
        return scope.imports.get(name) if scope is not None else None

    def is_local_function(self, name: str) -> bool:
        """Tell whether a name means a function that was defined inside of another one, which pickle cannot send."""
        scope = self.binding(name)
        return scope is not None and scope.is_function and name in scope.functions

    def binding(self, name: str) -> "Scope | None":
        """Return the scope that binds a name, as Python looks it up: a class's names are not seen from its methods."""
        scope: Scope | None = self
        while scope is not None:
            if (scope is self or not scope.is_class) and (name in scope.imports or name in scope.bound):
                return scope
            scope = scope.parent
        return None

    def star_modules(self) -> list[str]:
        """Return the modules that were imported with a star into this scope or one around it."""
        scope: Scope | None = self
        found: list[str] = []
        while scope is not None:
            found.extend(scope.stars)
            scope = scope.parent
        return found


MODULE: Final = "<module>"
