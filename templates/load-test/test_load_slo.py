"""Tests of the load test: what counts as missed, and the exit codes of real runs."""

import inspect
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

# locust replaces parts of the standard library when it is imported, unless it is told not to.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
from locust.stats import RequestStats, StatsEntry

from load_slo import Objectives, missed

del os.environ["LOCUST_SKIP_MONKEY_PATCH"]


def measured(*, quick: int = 0, slow: int = 0, failed: int = 0, seconds: int = 10) -> StatsEntry:
    """Return what a run would have measured: answers in 10 and in 900 ms."""
    stats = RequestStats()
    for count, milliseconds in ((quick, 10), (slow, 900), (failed, 10)):
        for _ in range(count):
            stats.log_request("GET", "/", milliseconds, 100)
    for _ in range(failed):
        stats.log_error("GET", "/", "no answer")
    total = stats.total
    total.start_time, total.last_request_timestamp = 1000.0, 1000.0 + seconds
    return total


@pytest.mark.parametrize(
    "total",
    [
        measured(quick=1000),
        measured(quick=960, slow=40),
        measured(quick=991, failed=9),
        measured(quick=100),
    ],
)
def test_kept_objectives_are_not_missed(total: StatsEntry) -> None:
    """Nor where they are only just kept."""
    assert missed(total, Objectives(p95_ms=250, error_share=0.01, min_rate=10)) == []


@pytest.mark.parametrize(
    ("total", "sentence"),
    [
        (measured(quick=900, slow=100), "p95 is 900 ms"),
        (measured(quick=980, failed=20), "2.00% of the requests failed"),
        (measured(quick=50), "5.0 requests a second"),
        (measured(), "not one request"),
    ],
)
def test_each_missed_objective_is_told(total: StatsEntry, sentence: str) -> None:
    """And only that one."""
    (problem,) = missed(total, Objectives(p95_ms=250, error_share=0.01, min_rate=10))

    assert sentence in problem


def test_failed_requests_are_no_throughput() -> None:
    """A server that refuses quickly does not serve."""
    (problem,) = missed(
        measured(quick=50, failed=1000), Objectives(p95_ms=250, error_share=1, min_rate=10)
    )

    assert "5.0 requests a second" in problem


class Site(BaseHTTPRequestHandler):
    """Serves a page, and fails for every tenth request."""

    protocol_version = "HTTP/1.1"
    asked = 0
    lock = threading.Lock()

    def handle(self) -> None:
        """Bear with users that leave in the middle."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:  # the name is http.server's
        """Answer."""
        with Site.lock:
            Site.asked += 1
            broken = Site.asked % 10 == 0
        self.send_response(500 if broken else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """Serve it on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_exit_code_says_whether_the_objectives_were_kept(site: str) -> None:
    """Errors within the share that is allowed are no failure; one too many is."""
    command = [
        *[sys.executable, "-m", "locust", "-f", inspect.getfile(Objectives), "--host", site],
        *["--headless", "--users", "3", "--spawn-rate", "3", "--run-time", "3s"],
        *["--slo-p95-ms", "30000", "--slo-min-rate", "0.1"],
    ]
    runs = [
        subprocess.Popen(
            [*command, "--slo-error-share", share],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for share in ("0.9", "0.001")
    ]
    outputs = [run.communicate(timeout=120) for run in runs]

    assert [run.returncode for run in runs] == [0, 1], outputs
    assert "all objectives were kept" in outputs[0][0]
    assert "of the requests failed" in outputs[1][0]
