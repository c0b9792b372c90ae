"""The command lines at the end of a consultation: the one that repeats it, and those to run next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from conc_advisor.cli.quoting import shell_command
from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.decision.recommendation import Recommendation
from conc_advisor.decision.values import UNKNOWN, written
from conc_advisor.workload import FOUND_AGAIN, Evidence, Factor, Origin, Quantities


def again(chosen: Mapping[Factor, Evidence], given: Quantities) -> str:
    """Return the command line that gives the same answer without questions; what this machine says, it will say again."""
    pairs = [f"{factor.value}={written(evidence.value)}" for factor, evidence in chosen.items() if evidence.origin not in FOUND_AGAIN]
    numbers = ((field.name, getattr(given, field.name)) for field in fields(given))
    pairs += [f"{name}={number!r}" for name, number in numbers if number is not None]
    options = [word for pair in pairs or [f"{Factor.BOTTLENECK.value}={UNKNOWN}"] for word in ("--set", pair)]
    return shell_command(["conc-advisor", "choose", "--no-input", *options])


def next_commands(
    recommendation: Recommendation, origins: frozenset[Origin], commands: frozenset[str], program: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the commands to run next, the most useful first; only such as exist (`commands`).

    `program`: the command line that was recorded, where that is known.
    """
    return tuple(shell_command(words) for words in _next(recommendation, origins, program) if words[1] in commands)


def _next(recommendation: Recommendation, origins: frozenset[Origin], program: Sequence[str]) -> Iterator[list[str]]:
    measured = Origin.PROFILE in origins
    if not measured:
        # What nobody has measured is worth measuring before anything is built on it.
        yield ["conc-advisor", "profile", "app.py"]
    if recommendation.templates:
        yield ["conc-advisor", "scaffold", recommendation.templates[0]]
    if measured and program:
        # To be measured again when the change is made.
        yield ["conc-advisor", "profile", *_as_typed(program)]
    yield ["conc-advisor", "explain", topic(recommendation.model)]


def _as_typed(program: Sequence[str]) -> list[str]:
    """Return a recorded command line as `profile` takes it: `--` before one that is neither a script nor one of our own ways to begin."""
    begins = program[0] in {"-m", "--demo"} or program[0].endswith(".py")
    return [*program] if begins else ["--", *program]


def topic(model: ConcurrencyModel) -> str:
    """Return the page of the guide about a model."""
    match model:
        case ConcurrencyModel.VECTORISE:
            return "vectorise"
        case ConcurrencyModel.FREE_THREADED:
            return "free-threading"
        case _:
            return model.value.replace("+", "-")
