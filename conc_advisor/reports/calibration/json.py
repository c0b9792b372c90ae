"""The JSON report of `calibrate`.

`calibration-1.schema.json` beside this module describes it; it is made from the types in `document` by

    python -c "from conc_advisor.reports.calibration import json; print(json.schema_text(), end='')"
"""

from typing import Final

import msgspec

from conc_advisor import __version__
from conc_advisor.costs.calibration import PAYS, Calibration, Measurement, crossings
from conc_advisor.reports.calibration import document
from conc_advisor.reports.sanitise import encodable, json_ascii

SCHEMA_FILE: Final = "calibration-1.schema.json"


def render(calibration: Calibration) -> str:
    """Return the document, indented, in plain ASCII."""
    encoded = msgspec.json.format(msgspec.json.encode(_document(calibration)), indent=1)
    return json_ascii(encoded.decode("utf-8")) + "\n"


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) of the document as text."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{document.SCHEMA_ID.replace('/', ':')}",
        "title": document.SCHEMA_ID,
        "description": "What `conc-advisor calibrate --format json` writes. Keys may be added.",
        **msgspec.json.schema(document.Calibration),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=1).decode("utf-8") + "\n"


def unit_of(name: str) -> str:
    """Return the unit of a measurement: its name ends with it."""
    if name.endswith("bytes_per_second"):
        return "bytes/s"
    return "KB" if name.endswith("_kb") else "s"


def _document(calibration: Calibration) -> document.Calibration:
    measured, cores = calibration.measured, calibration.cores
    return document.Calibration(
        tool_version=__version__,
        python=document.Python(
            path=encodable(calibration.interpreter),
            implementation=encodable(measured.implementation),
            version=encodable(measured.version),
            free_threaded=measured.free_threaded,
            start_method=encodable(measured.start_method),
        ),
        machine=encodable(calibration.machine),
        cores=document.Cores(machine=cores.machine, affinity=cores.affinity, python=cores.python, quota=cores.quota, usable=cores.usable),
        measured_at=calibration.measured_at,
        seconds=calibration.seconds,
        others_busy=calibration.others_busy,
        noisy=calibration.noisy,
        pays_from_factor=PAYS,
        measurements=[_measurement(row) for row in calibration.measurements],
        speed_ups=[
            document.SpeedUp(
                way=encodable(each.way),
                workers=each.workers,
                task_seconds=each.task_seconds,
                work_seconds=each.work_seconds,
                factor=each.factor,
                low=each.low,
                high=each.high,
            )
            for each in calibration.speed_ups
        ],
        crossings=[
            document.Crossing(way=encodable(each.way), workers=each.workers, loses_seconds=each.loses, pays_seconds=each.pays)
            for each in crossings(calibration.speed_ups)
        ],
        without=[document.Without(way=encodable(each.way), why=encodable(each.why)) for each in calibration.without],
    )


def _measurement(row: Measurement) -> document.Measurement:
    return document.Measurement(
        name=encodable(row.name),
        method=encodable(row.method) or None,
        unit=unit_of(row.name),
        median=row.median,
        low=row.low,
        high=row.high,
        rounds=row.rounds,
        why=encodable(row.why) or None,
    )
