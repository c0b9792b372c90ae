"""Which engine records the stacks of a target, found before anything is started."""

from dataclasses import dataclass
from pathlib import Path

from conc_advisor.errors import ProfilerError
from conc_advisor.profiling.samplers.py_spy import find_py_spy
from conc_advisor.profiling.samplers.pyinstrument import check_pyinstrument
from conc_advisor.profiling.target import Attach, Engine, Launch


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenEngine:
    """An engine that is there, with its version ("" where only the target can tell); `py_spy` is its program, None for pyinstrument."""

    engine: Engine
    version: str
    py_spy: Path | None = None


def choose_engine(target: Launch | Attach, engine: Engine) -> ChosenEngine:
    """Return the engine to use; raises `ProfilerError` when it is not to be had.

    `auto` is py-spy, and pyinstrument where py-spy is missing and the target's interpreter has that.
    """
    match engine:
        case Engine.PY_SPY:
            return _py_spy()
        case Engine.PYINSTRUMENT:
            return _pyinstrument(target)
        case Engine.AUTO:
            try:
                return _py_spy()
            except ProfilerError as missing:
                try:
                    return _pyinstrument(target)
                except ProfilerError:
                    raise missing from None


def _py_spy() -> ChosenEngine:
    program, version = find_py_spy()
    return ChosenEngine(engine=Engine.PY_SPY, version=version, py_spy=program)


def _pyinstrument(target: Launch | Attach) -> ChosenEngine:
    if isinstance(target, Attach):
        raise ProfilerError("pyinstrument cannot attach to a running process", hint="use --engine py-spy, or launch the program through us")
    version = "" if target.interpreter is None else check_pyinstrument(target.interpreter)
    return ChosenEngine(engine=Engine.PYINSTRUMENT, version=version)
