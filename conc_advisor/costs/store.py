"""Keeps what was measured on this machine, one small file for each interpreter, in the user's cache folder.

Reading is on the way of every `choose`, so it needs the standard library alone, and a file that cannot be used is as good as none.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from conc_advisor.costs.unit_costs import StartMethod, UnitCosts
from conc_advisor.files import read_regular
from conc_advisor.workload import PythonVersion

SCHEMA: Final = "conc-advisor.costs/1"
_TEXTS: Final = frozenset({"source", "measured_on", "machine"})
_BY_METHOD: Final = frozenset({"process_seconds", "process_pool_seconds", "process_kb"})
_LARGEST: Final = 100_000
"""Bytes; ours have three thousand."""


def costs_folder() -> Path:
    """Return the folder for what was measured: `$XDG_CACHE_HOME/conc-advisor/costs` on Linux."""
    if sys.platform == "linux":
        # What platformdirs says there, without the 5 ms that importing it takes: every `choose` looks here.
        cache = os.environ.get("XDG_CACHE_HOME", "").strip() or "~/.cache"
        return Path(cache).expanduser() / "conc-advisor" / "costs"
    import platformdirs  # noqa: PLC0415  # as above

    return platformdirs.user_cache_path("conc-advisor", appauthor=False) / "costs"


def machine_name() -> str:
    """Return what tells this machine from another as far as costs go: system, kind and number of processors."""
    return f"{_system()}, {_processor()}, {os.cpu_count() or 1} cores"


def load_costs(python: PythonVersion | None = None, *, folder: Path | None = None) -> UnitCosts | None:
    """Return what was measured last on this machine under that Python, or under any where it is unknown; None if nothing was.

    Passed over: what was measured on another machine, an interpreter that has been replaced or removed since, a file that is damaged or
    was written by a newer conc-advisor.  Raises nothing.
    """
    folder = costs_folder() if folder is None else folder
    version = "3.*" if python is None or python.minor is None else str(python)
    machine = machine_name()
    try:
        files = sorted(folder.glob(f"{version}-*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    except OSError:
        return None
    found = (_read(file, machine) for file in files)
    return next((costs for costs in found if costs is not None), None)


def save_costs(costs: UnitCosts, interpreter: Path, *, folder: Path | None = None) -> Path:
    """Keep the costs of an interpreter in place of those measured before, and return the file; raises `OSError`."""
    import hashlib  # noqa: PLC0415  # 3 ms, and only who writes needs it
    import json  # noqa: PLC0415  # as above

    folder = costs_folder() if folder is None else folder
    path = Path(os.path.abspath(interpreter))  # noqa: PTH100  # a virtual environment's link must stay one
    name = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    file = folder / f"{costs.python}-{name}.json"
    values = {field.name: getattr(costs, field.name) for field in fields(costs)} | {"python": str(costs.python)}
    document = {"schema": SCHEMA, "interpreter": os.fsencode(path).hex(), "stamp": _stamp(path), "machine": machine_name(), "costs": values}
    folder.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(json.dumps(document, indent=1), encoding="ascii")
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file


def _read(file: Path, machine: str) -> UnitCosts | None:
    """Return what a file holds, None where it is of no use here."""
    import json  # noqa: PLC0415  # 1 ms, and only where there is a file

    try:
        text = read_regular(file, _LARGEST + 1)
        if len(text) > _LARGEST:
            return None
        document = json.loads(text.decode("ascii"))
        if document["schema"] != SCHEMA or document["machine"] != machine:
            return None
        if document["stamp"] != _stamp(Path(os.fsdecode(bytes.fromhex(document["interpreter"])))):
            return None
        return _costs(document["costs"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _costs(values: Mapping[str, object]) -> UnitCosts:
    """Return the costs that stand in a file; raises `ValueError`, `TypeError` or `KeyError` for anything that is not as we write it."""
    python = PythonVersion.parse(_text(values["python"]))
    if python is None or python.minor is None or values["measured_here"] is not True:
        raise ValueError
    read: dict[str, Any] = {"python": python, "measured_here": True, "noisy": _truth(values["noisy"])}
    for field in fields(UnitCosts):
        name, value = field.name, values[field.name]
        if name in read:
            continue
        if name in _TEXTS:
            read[name] = _text(value)
        elif name in _BY_METHOD:
            read[name] = dict(_methods(value))
        elif value is not None:
            read[name] = int(_amount(value)) if name == "cores" else _amount(value)
    return UnitCosts(**read)


def _methods(value: object) -> Iterator[tuple[StartMethod, float]]:
    if not isinstance(value, dict):
        raise TypeError
    for method, amount in value.items():
        yield StartMethod(method), _amount(amount)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _amount(value: object) -> float:
    # bool is an int to Python; NaN and the infinite are floats, and no costs.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < sys.float_info.max:
        raise TypeError
    return value


def _stamp(interpreter: Path) -> str:
    """Return what changes when an interpreter is replaced; raises `OSError` when it is gone."""
    status = interpreter.stat()
    return f"{status.st_size}|{status.st_mtime_ns}"


def _system() -> str:
    uname = getattr(os, "uname", None)
    if uname is None:
        return f"{sys.platform} {os.environ.get('PROCESSOR_ARCHITECTURE', '')}".strip()
    names = uname()
    return f"{names.sysname} {names.machine}"


def _processor() -> str:
    """Return the processor's name, as far as it is told without starting a program."""
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            key, _, value = line.partition(":")
            if key.strip() in {"model name", "Model", "cpu model"}:
                return " ".join(value.split())
            if not line.strip():
                break
    return os.environ.get("PROCESSOR_IDENTIFIER", "") or "unknown processor"
