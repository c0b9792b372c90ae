"""What code can answer about the work, how surely, and what it leaves open."""

from pathlib import Path

import pytest
from project_builder import scan_code, scan_project

from conc_advisor.findings import Confidence
from conc_advisor.scanning.evidence import evidence_of
from conc_advisor.scanning.scan import scan
from conc_advisor.workload import (
    AsyncLib,
    Bottleneck,
    Evidence,
    ExistingLoop,
    Factor,
    Gil,
    IoKind,
    Origin,
    Payload,
    PythonVersion,
    Value,
)


def answers(folder: Path, code: str) -> dict[Factor, Evidence]:
    """Return the evidence of one module."""
    return {evidence.factor: evidence for evidence in evidence_of(scan_code(folder, code))}


ANSWERED: list[tuple[str, Factor, Value, Confidence]] = [
    ("import asyncio\nasync def main(): pass\nasyncio.run(main())", Factor.EXISTING_LOOP, ExistingLoop.ASYNCIO, Confidence.HIGH),
    ("from fastapi import FastAPI\napp = FastAPI()", Factor.EXISTING_LOOP, ExistingLoop.ASYNCIO, Confidence.HIGH),
    ("async def handler(): pass", Factor.EXISTING_LOOP, ExistingLoop.ASYNCIO, Confidence.MEDIUM),
    ("import anyio\nanyio.run(main)", Factor.EXISTING_LOOP, ExistingLoop.ASYNCIO, Confidence.HIGH),
    ("import tkinter\ntkinter.Tk().mainloop()", Factor.EXISTING_LOOP, ExistingLoop.GUI, Confidence.HIGH),
    ("x = 1", Factor.EXISTING_LOOP, ExistingLoop.NONE, Confidence.MEDIUM),
    ("import gevent\ngevent.spawn(f)", Factor.EXISTING_LOOP, ExistingLoop.NONE, Confidence.LOW),
    ("import requests", Factor.ASYNC_LIB, AsyncLib.YES, Confidence.MEDIUM),
    ("import httpx", Factor.ASYNC_LIB, AsyncLib.YES, Confidence.HIGH),
    ("import asyncpg", Factor.ASYNC_LIB, AsyncLib.YES, Confidence.HIGH),
    ("import httpx, strangelib", Factor.ASYNC_LIB, AsyncLib.YES, Confidence.LOW),
    ("import pymssql", Factor.ASYNC_LIB, AsyncLib.NO, Confidence.MEDIUM),
    ("import requests, pymssql", Factor.ASYNC_LIB, AsyncLib.PARTIAL, Confidence.MEDIUM),
    ("import requests", Factor.IO_KIND, IoKind.HTTP, Confidence.MEDIUM),
    ("import boto3", Factor.IO_KIND, IoKind.HTTP, Confidence.MEDIUM),
    ("import psycopg2", Factor.IO_KIND, IoKind.DB, Confidence.MEDIUM),
    ("import paramiko", Factor.IO_KIND, IoKind.SOCKET, Confidence.MEDIUM),
    ("import serial", Factor.IO_KIND, IoKind.SERIAL, Confidence.MEDIUM),
    ("import kafka", Factor.IO_KIND, IoKind.QUEUE, Confidence.MEDIUM),
    ("import zmq", Factor.IO_KIND, IoKind.SOCKET, Confidence.MEDIUM),
    ("import subprocess\nsubprocess.run(['ffmpeg'])", Factor.IO_KIND, IoKind.SUBPROCESS, Confidence.MEDIUM),
    ("import smtplib\nsmtplib.SMTP('x')", Factor.IO_KIND, IoKind.SOCKET, Confidence.MEDIUM),
    ("import requests", Factor.BOTTLENECK, Bottleneck.IO, Confidence.LOW),
    ("import numpy", Factor.BOTTLENECK, Bottleneck.CPU, Confidence.LOW),
    ("import numpy, requests", Factor.BOTTLENECK, Bottleneck.MIXED, Confidence.LOW),
    ("import subprocess\nsubprocess.run(['ffmpeg'])", Factor.BOTTLENECK, Bottleneck.IO, Confidence.LOW),
    ("import cv2", Factor.GIL, Gil.RELEASES, Confidence.LOW),
    ("import numpy", Factor.GIL, Gil.MIXED, Confidence.LOW),
    ("import networkx", Factor.GIL, Gil.HOLDS, Confidence.LOW),
    ("import networkx, cv2", Factor.GIL, Gil.MIXED, Confidence.LOW),
    ("import polars", Factor.OWN_THREADS, True, Confidence.MEDIUM),
    ("import polars, networkx", Factor.OWN_THREADS, True, Confidence.LOW),
    ("import duckdb", Factor.OWN_THREADS, True, Confidence.MEDIUM),
    ("import pandas\nfor i, row in df.iterrows(): pass", Factor.VECTORISABLE, True, Confidence.LOW),
    ("import sqlite3\nsqlite3.connect('x')", Factor.SINGLE_WRITER, True, Confidence.LOW),
    ("import aiosqlite", Factor.SINGLE_WRITER, True, Confidence.LOW),
    (
        "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor() as p: p.map(lambda x: x, [])",
        Factor.PAYLOAD,
        Payload.UNPICKLABLE,
        Confidence.MEDIUM,
    ),
    ("x = 1", Factor.NOTEBOOK, False, Confidence.MEDIUM),
]

OPEN: list[tuple[str, Factor]] = [
    ("x = 1", Factor.BOTTLENECK),
    ("x = 1", Factor.IO_KIND),
    ("x = 1", Factor.ASYNC_LIB),
    ("x = 1", Factor.GIL),
    ("x = 1", Factor.PYTHON),
    ("x = 1", Factor.PAYLOAD),
    ("import numpy, strangelib", Factor.BOTTLENECK),
    ("import json, re\njson.loads(x)", Factor.BOTTLENECK),
    ("import json, re\njson.loads(x)", Factor.GIL),
    ("import pydantic, jinja2, orjson, yaml", Factor.GIL),
    ("import brotli, requests", Factor.GIL),
    ("import matplotlib", Factor.GIL),
    ("import tensorflow", Factor.GIL),
    ("import fastapi, celery", Factor.IO_KIND),
    ("import requests, psycopg2", Factor.IO_KIND),
    ("import numpy, scipy", Factor.OWN_THREADS),
    ("import pandas", Factor.VECTORISABLE),
    ("import sqlite3\nsqlite3.connect('x')\nimport psycopg2", Factor.SINGLE_WRITER),
    ("import sqlite3\nimport sqlalchemy\nsqlite3.connect('x')", Factor.SINGLE_WRITER),
    ("import sqlite3", Factor.SINGLE_WRITER),
    ("import psycopg2", Factor.SINGLE_WRITER),
    ("import psutil", Factor.IO_KIND),
    ("import multiprocessing\nmultiprocessing.Pool()", Factor.PAYLOAD),
    *(
        ("import requests, numpy, asyncio, celery\nasyncio.run(main())", factor)
        for factor in (
            *(Factor.FAN_OUT, Factor.SHARED_STATE, Factor.LATENCY, Factor.TASK_DURATION, Factor.TOTAL_WORK, Factor.BEYOND_ONE_MACHINE),
            *(Factor.DURABLE, Factor.NEED_KILL, Factor.MEMORY_TIGHT, Factor.PIPELINE, Factor.OS),
        )
    ),
]


@pytest.mark.parametrize(("code", "factor", "value", "confidence"), ANSWERED)
def test_code_answers_what_it_shows(tmp_path: Path, code: str, factor: Factor, value: Value, confidence: Confidence) -> None:
    """With a place to look at, and no surer than it can be."""
    evidence = answers(tmp_path, code)[factor]
    assert (evidence.value, evidence.confidence, evidence.origin) == (value, confidence, Origin.CODE)
    assert evidence.detail


@pytest.mark.parametrize(("code", "factor"), OPEN)
def test_what_code_does_not_show_stays_open(tmp_path: Path, code: str, factor: Factor) -> None:
    """How often, how long and how much is not in the source; two kinds that are level are no answer."""
    assert factor not in answers(tmp_path, code)


def test_a_detail_can_be_checked(tmp_path: Path) -> None:
    """File, line, library, and what would be its async client."""
    evidence = answers(tmp_path, "\nimport requests\nimport pymssql")
    assert evidence[Factor.ASYNC_LIB].detail == "app.py:3 imports pymssql; no async client known; there is one for requests"
    assert answers(tmp_path, "import requests")[Factor.ASYNC_LIB].detail == "app.py:1 imports requests (async: aiohttp)"


def test_the_oldest_python_is_what_the_project_asks_for(tmp_path: Path) -> None:
    """That is where it must still work."""
    inventory = scan_project(tmp_path, {"app.py": "", "pyproject.toml": "[project]\nrequires-python = '>=3.9,<4'"})
    [evidence] = [each for each in evidence_of(inventory) if each.factor is Factor.PYTHON]
    assert (evidence.value, evidence.confidence) == (PythonVersion(9), Confidence.MEDIUM)
    assert evidence.detail == "pyproject.toml asks for Python >=3.9,<4"


def test_the_main_code_speaks_and_nobody_else(tmp_path: Path) -> None:
    """What the tests and the examples use is theirs."""
    code = "import asyncio, requests, numpy\nasyncio.run(main())"
    files = {"app.py": "x = 1", "tests/test_app.py": code, "docs/conf.py": code, "examples/a.py": code}
    factors = {each.factor: each.value for each in evidence_of(scan_project(tmp_path, files))}
    assert factors == {Factor.EXISTING_LOOP: ExistingLoop.NONE, Factor.NOTEBOOK: False}


def test_only_notebooks_are_notebooks(tmp_path: Path) -> None:
    """Beside modules, either may be meant."""
    [evidence] = evidence_of(scan_project(tmp_path / "a", {"a.ipynb": "{}"}))
    assert (evidence.factor, evidence.value, evidence.detail) == (Factor.NOTEBOOK, True, "1 notebook and no .py file")
    both = evidence_of(scan_project(tmp_path / "b", {"a.ipynb": "{}", "app.py": ""}))
    assert Factor.NOTEBOOK not in {each.factor for each in both}


def test_an_empty_folder_answers_nothing(tmp_path: Path) -> None:
    """Not even that there is no event loop."""
    assert evidence_of(scan([tmp_path])) == ()


def test_an_event_loop_in_a_corner_is_not_what_runs_the_program(tmp_path: Path) -> None:
    """One file of many."""
    files = {f"m{number}.py": "x = 1" for number in range(11)} | {"tool.py": "import asyncio\nasyncio.run(main())"}
    [evidence] = [each for each in evidence_of(scan_project(tmp_path, files)) if each.factor is Factor.EXISTING_LOOP]
    assert (evidence.value, evidence.confidence) == (ExistingLoop.ASYNCIO, Confidence.LOW)


def test_what_could_not_be_read_makes_a_no_less_sure(tmp_path: Path) -> None:
    """The event loop may be in there; in a test it would not matter."""
    evidence = evidence_of(scan_project(tmp_path / "a", {"app.py": "x = 1", "old.py": "print 'x'"}))
    [loop] = [each for each in evidence if each.factor is Factor.EXISTING_LOOP]
    assert (loop.value, loop.confidence) == (ExistingLoop.NONE, Confidence.LOW)
    assert loop.detail.endswith("; 1 could not be read")
    evidence = evidence_of(scan_project(tmp_path / "b", {"app.py": "x = 1", "tests/old.py": "print 'x'"}))
    assert [each.confidence for each in evidence if each.factor is Factor.EXISTING_LOOP] == [Confidence.MEDIUM]


def test_starting_programs_now_and_then_is_no_workload(tmp_path: Path) -> None:
    """In a script it is what the script is for."""
    code = "import subprocess\nsubprocess.run(['git'])"
    files = {f"m{number}.py": "x = 1" for number in range(5)} | {"tool.py": code}
    found = {each.factor: each for each in evidence_of(scan_project(tmp_path, files))}
    assert Factor.BOTTLENECK not in found
    assert found[Factor.IO_KIND].confidence is Confidence.LOW


def test_a_library_in_a_corner_says_little(tmp_path: Path) -> None:
    """One file of very many: the program is hardly about it."""
    files = {f"m{number}.py": "x = 1" for number in range(20)} | {"client.py": "import requests"}
    found = {each.factor: each.confidence for each in evidence_of(scan_project(tmp_path, files))}
    assert Factor.BOTTLENECK not in found
    assert (found[Factor.IO_KIND], found[Factor.ASYNC_LIB]) == (Confidence.LOW, Confidence.LOW)


def test_an_event_loop_beside_something_bigger_is_not_sure(tmp_path: Path) -> None:
    """Most of the program is threads; whether the work in question is theirs or the loop's, only its author knows."""
    files = {f"m{number}.py": "import threading\nthreading.Thread()" for number in range(5)} | {
        "tool.py": "import asyncio\nasyncio.run(main())"
    }
    [evidence] = [each for each in evidence_of(scan_project(tmp_path, files)) if each.factor is Factor.EXISTING_LOOP]
    assert (evidence.value, evidence.confidence) == (ExistingLoop.ASYNCIO, Confidence.LOW)


def test_the_kind_of_io_in_most_files_counts(tmp_path: Path) -> None:
    """Surely when it is in twice as many."""
    files = {"a.py": "import requests", "b.py": "import requests, psycopg2"}
    [evidence] = [each for each in evidence_of(scan_project(tmp_path / "a", files)) if each.factor is Factor.IO_KIND]
    assert (evidence.value, evidence.confidence) == (IoKind.HTTP, Confidence.MEDIUM)
    files |= {"c.py": "import requests, psycopg2"}
    [evidence] = [each for each in evidence_of(scan_project(tmp_path / "b", files)) if each.factor is Factor.IO_KIND]
    assert (evidence.value, evidence.confidence) == (IoKind.HTTP, Confidence.LOW)


def test_evidence_comes_in_the_order_of_the_factors(tmp_path: Path) -> None:
    """As everywhere."""
    order = list(Factor)
    found = [order.index(factor) for factor in answers(tmp_path, "import requests, numpy, polars, sqlite3\nsqlite3.connect('x')")]
    assert found == sorted(found)
    assert len(found) > 5
