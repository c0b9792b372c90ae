"""Commands whose options are read without pydantic.

typer has every value checked by pydantic, even one that was not given, and that takes longer to load than all of `--help`.  `choose` is to
answer as fast as `--help`, so its options, and those of the program itself, are texts and flags that are taken as they were typed.
"""

import difflib
from typing import TYPE_CHECKING, Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from conc_advisor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typer import Context
    from typer._click.core import Parameter


class LightOption(TyperOption):
    """A flag, a text, one of several words, or a list of texts."""

    def process_value(self, ctx: "Context", value: Any) -> Any:  # type: ignore[override]  # noqa: ANN401  # as typer declares it
        """Return the value, or the tuple of values; raises `UsageError` where there are choices and it is none of them."""
        if value is None:
            value = () if self.multiple else None
        elif not self.is_flag and (choices := self.type_descriptor.choices) is not None and value not in choices:
            near = difflib.get_close_matches(value, choices, n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of: {', '.join(choices)}"
            raise UsageError(f"{self.opts[-1]} cannot be {value!r}", hint=hint)
        return value if self.callback is None else self.callback(ctx, self, value)


class LightArgument(TyperArgument):
    """Any number of texts."""

    def process_value(self, ctx: "Context", value: Any) -> Any:  # type: ignore[override]  # noqa: ANN401, ARG002  # as typer declares it
        """Return the tuple of values."""
        return () if value is None else value

    def display_type_rich(self, ctx: "Context") -> None:  # type: ignore[override]  # as above
        """Return nothing: `<list[str]>` helps nobody who reads the help page."""


class LightCommand(TyperCommand):
    """A command whose options are all light, and whose arguments, if it has any, are any number of texts."""

    def get_params(self, ctx: "Context") -> "list[Parameter]":  # type: ignore[override]  # typer hands every command its own Context
        """Return the parameters."""
        return _light(super().get_params(ctx))


class LightGroup(TyperGroup):
    """The program itself: its own options are light, its commands are as they are."""

    def get_params(self, ctx: "Context") -> "list[Parameter]":  # type: ignore[override]  # as above
        """Return the parameters."""
        return _light(super().get_params(ctx))


def _light(params: "Iterable[Parameter]") -> "list[Parameter]":
    found = list(params)
    for param in found:
        if type(param) is TyperOption:
            # typer makes the options itself and offers no other way to have them of another class.
            param.__class__ = LightOption
        elif type(param) is TyperArgument:
            param.__class__ = LightArgument
    return found
