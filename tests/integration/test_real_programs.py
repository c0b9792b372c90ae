"""Programs that nobody wrote for this project get the verdict that their authors would give them."""

import importlib.util
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from conftest import Command

pytestmark = pytest.mark.real


def benchmark_script(name: str) -> Path:
    """Return the script of one of pyperformance's benchmarks; skips the test where that is not installed."""
    found = importlib.util.find_spec("pyperformance")
    if found is None or found.origin is None:
        pytest.skip("pyperformance is not installed")
    return Path(found.origin).parent / "data-files" / "benchmarks" / f"bm_{name}" / "run_benchmark.py"


@pytest.mark.parametrize(
    ("name", "words", "verdicts"),
    [
        ("richards", ("-n", "40"), {"cpu-bound-single"}),
        ("json_dumps", ("-n", "80"), {"cpu-bound-single"}),
        # Its loop really is kept for 50 to 90 ms at a time: by the garbage collector, with 56,000 tasks alive.
        ("async_tree", ("-n", "3", "none"), {"cpu-bound-single", "loop-stalled"}),
        ("asyncio_tcp", ("-n", "4"), {"cpu-bound-single"}),
    ],
)
def test_a_benchmark_gets_its_verdict(
    name: str, words: tuple[str, ...], verdicts: set[str], conc_advisor: Command, workplace: Path
) -> None:
    """One thread computes in all of them, two inside an event loop that is busy all the time."""
    script = str(benchmark_script(name))
    own = ("--worker", "-p", "1", "-w", "0", "-l", "1", *words)
    answer = conc_advisor("profile", "--python", sys.executable, "--format", "json", "-o", "report.json", script, *own)
    assert answer.returncode == 0, answer.stderr
    report = json.loads((workplace / "report.json").read_text())
    verdict = report["verdict"]
    busy = (report["machine"]["others_busy"] or 0.0) >= 0.4
    assert verdict["id"] in verdicts | ({"not-enough-evidence"} if busy else set()), verdict
    assert {finding["rule"] for finding in report["findings"] if finding["severity"] == "error"} <= {"loop-stall"}


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask_until(port: int, path: str, end: float, counts: list[int]) -> None:
    """Ask a server again and again until `end` (monotonic seconds), and note how many answers came."""
    answers = 0
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                answers += answer.status == 200
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    counts.append(answers)


def served(command: list[str], port: int, path: str, workplace: Path) -> dict[str, Any]:
    """Profile a server under load on loopback for a few seconds, end it with SIGINT, and return the report."""
    words = [sys.executable, "-m", "conc_advisor", "profile", "--format", "json", "-o", "report.json", "--", *command]
    server = subprocess.Popen(words, cwd=workplace, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    counts: list[int] = []
    clients = [threading.Thread(target=ask_until, args=(port, path, time.monotonic() + 5, counts)) for _ in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    server.send_signal(signal.SIGINT)
    _, errors = server.communicate(timeout=30)
    assert sum(counts) > 20, errors
    report: dict[str, Any] = json.loads((workplace / "report.json").read_text())
    return report


ASGI_APP = """
import asyncio
import time


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    if scope["path"] == "/blocking":
        time.sleep(0.08)
    else:
        await asyncio.sleep(0.01)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})
"""


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_blocking_handler_in_uvicorn_is_found_with_its_line(loop: str, workplace: Path) -> None:
    """Under both event loops."""
    (workplace / "web.py").write_text(ASGI_APP)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "web:app", "--port", str(port), "--loop", loop, "--log-level", "warning"]
    report = served(command, port, "/blocking", workplace)
    assert report["verdict"]["id"] == "loop-stalled", report["verdict"]
    worst = max(report["stalls"], key=lambda stall: stall["total_seconds"])
    assert (Path(worst["file"]).name, worst["line"], worst["cause"]) == ("web.py", 10, "sleep")
    assert worst["longest_seconds"] >= 0.07


def test_a_healthy_handler_in_uvicorn_raises_no_alarm(workplace: Path) -> None:
    """However busy the server is."""
    (workplace / "web.py").write_text(ASGI_APP)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "web:app", "--port", str(port), "--loop", "asyncio", "--log-level", "warning"]
    report = served(command, port, "/", workplace)
    assert report["verdict"]["id"] in {"loop-healthy", "not-enough-evidence"}, report["verdict"]
    assert not [stall for stall in report["stalls"] if stall["cause"] != "no-core" and not stall["estimated"]]


def test_the_workers_of_gunicorn_are_followed(workplace: Path) -> None:
    """A pre-fork server: the arbiter and both workers are recorded, each with its threads."""
    (workplace / "wsgi.py").write_text(
        "import time\ndef app(environ, start):\n    time.sleep(0.01)\n    start('200 OK', [])\n    return [b'done']\n"
    )
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "2", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    report = served(command, port, "/", workplace)
    assert len(report["processes"]) == 3
    arbiter, *workers = report["processes"]
    assert {worker["parent_pid"] for worker in workers} == {arbiter["pid"]}
    assert all(len(worker["threads"]) >= 3 for worker in workers)
    assert report["verdict"]["id"] in {"io-bound", "not-enough-evidence"}, report["verdict"]
