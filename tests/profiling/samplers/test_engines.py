"""Which engine records, and what is said where it cannot."""

import sys
from pathlib import Path

import pytest

from conc_advisor.errors import ProfilerError
from conc_advisor.profiling.samplers import engines
from conc_advisor.profiling.samplers.engines import choose_engine
from conc_advisor.profiling.target import Attach, Engine, Launch

PROGRAM = Launch(command=(sys.executable, "app.py"), shown=("app.py",), interpreter=Path(sys.executable))
COMMAND = Launch(command=("gunicorn", "app:app"), shown=("gunicorn", "app:app"))


@pytest.fixture
def no_py_spy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take py-spy away."""

    def missing() -> tuple[Path, str]:
        raise ProfilerError("py-spy is not installed", hint="install it")

    monkeypatch.setattr(engines, "find_py_spy", missing)


@pytest.fixture
def no_pyinstrument(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take pyinstrument away from the target's interpreter."""

    def missing(interpreter: Path) -> str:
        raise ProfilerError(f"pyinstrument is not installed in {interpreter}", hint="install it there")

    monkeypatch.setattr(engines, "check_pyinstrument", missing)


@pytest.mark.parametrize("engine", [Engine.AUTO, Engine.PY_SPY])
@pytest.mark.parametrize("target", [PROGRAM, COMMAND, Attach(pid=1)])
def test_py_spy_comes_first(engine: Engine, target: Launch | Attach) -> None:
    chosen = choose_engine(target, engine)
    assert chosen.engine is Engine.PY_SPY
    assert chosen.py_spy is not None
    assert chosen.version


@pytest.mark.usefixtures("no_py_spy")
def test_pyinstrument_stands_in_where_the_target_has_it() -> None:
    chosen = choose_engine(PROGRAM, Engine.AUTO)
    assert (chosen.engine, chosen.py_spy) == (Engine.PYINSTRUMENT, None)
    assert chosen.version


@pytest.mark.usefixtures("no_py_spy", "no_pyinstrument")
def test_without_either_the_missing_py_spy_is_what_is_said() -> None:
    with pytest.raises(ProfilerError, match="py-spy"):
        choose_engine(PROGRAM, Engine.AUTO)


@pytest.mark.usefixtures("no_py_spy")
def test_py_spy_asked_for_by_name_has_no_stand_in() -> None:
    with pytest.raises(ProfilerError, match="py-spy"):
        choose_engine(PROGRAM, Engine.PY_SPY)


@pytest.mark.usefixtures("no_py_spy")
@pytest.mark.parametrize("engine", [Engine.AUTO, Engine.PYINSTRUMENT])
def test_nothing_but_py_spy_attaches(engine: Engine) -> None:
    with pytest.raises(ProfilerError) as caught:
        choose_engine(Attach(pid=1), engine)
    assert caught.value.hint


def test_whether_a_command_s_python_has_pyinstrument_only_it_can_tell() -> None:
    assert choose_engine(COMMAND, Engine.PYINSTRUMENT).version == ""
