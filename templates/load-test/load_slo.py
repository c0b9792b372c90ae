"""A load test with objectives: it ends with a non-zero exit code when one of them is missed.

Run by `locust -f load_slo.py --headless --users 50 --spawn-rate 10 --run-time 1m --host URL`; the
objectives are options of their own (`--slo-p95-ms`, `--slo-error-share`, `--slo-min-rate`).
"""

# locust replaces parts of the standard library when it is imported, so it comes before the rest.
from locust import FastHttpUser, constant, events, task  # isort: skip
from locust.runners import WorkerRunner  # isort: skip

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from locust.argument_parser import LocustArgumentParser
    from locust.env import Environment
    from locust.stats import StatsEntry


@dataclass(frozen=True, slots=True)
class Objectives:
    """What the service has to keep, over the whole run."""

    p95_ms: float = 250.0
    """95 of 100 requests are answered within so many milliseconds."""
    error_share: float = 0.01
    """Of all requests, 0 to 1, at most this share fails."""
    min_rate: float = 10.0
    """Answered requests in a second, failed ones not counted, at least."""


class Visitor(FastHttpUser):
    """What one user does: put your own requests here."""

    wait_time = constant(0.05)

    @task
    def look(self) -> None:
        """Ask for the front page; an answer of the wrong kind counts as failed, too."""
        with self.client.get("/", catch_response=True) as response:
            if response.status_code == 200 and not response.text:  # noqa: PLR2004  # HTTP's OK
                response.failure("an empty page")


def missed(total: "StatsEntry", wanted: Objectives) -> list[str]:
    """Return a sentence for each objective that was missed; none if all were kept.

    A run without a single request has kept nothing.
    """
    if not total.num_requests:
        return ["not one request was made"]
    p95 = total.get_response_time_percentile(0.95)
    rate = total.total_rps - total.total_fail_per_sec
    found = {
        f"p95 is {p95:.0f} ms, above {wanted.p95_ms:.0f} ms": p95 > wanted.p95_ms,
        f"{total.fail_ratio:.2%} of the requests failed, more than {wanted.error_share:.2%}": (
            total.fail_ratio > wanted.error_share
        ),
        f"{rate:.1f} requests a second were answered, less than {wanted.min_rate:.1f}": (
            rate < wanted.min_rate
        ),
    }
    return [sentence for sentence, is_missed in found.items() if is_missed]


def _add_options(parser: "LocustArgumentParser") -> None:
    usual = Objectives()
    parser.add_argument("--slo-p95-ms", type=float, default=usual.p95_ms, env_var="SLO_P95_MS")
    parser.add_argument(
        "--slo-error-share", type=float, default=usual.error_share, env_var="SLO_ERROR_SHARE"
    )
    parser.add_argument(
        "--slo-min-rate", type=float, default=usual.min_rate, env_var="SLO_MIN_RATE"
    )


def _judge(environment: "Environment", **_: object) -> None:
    """Set the exit code; locust's own would be 1 for a single failed request."""
    runner, options = environment.runner, environment.parsed_options
    if runner is None or options is None or isinstance(runner, WorkerRunner):
        return  # the master judges
    problems = missed(
        environment.stats.total,
        Objectives(
            p95_ms=options.slo_p95_ms,
            error_share=options.slo_error_share,
            min_rate=options.slo_min_rate,
        ),
    )
    problems += [f"the load test itself failed: {each['msg']}" for each in _own_errors(runner)]
    for problem in problems:
        print(f"objective missed: {problem}")
    if not problems:
        print("all objectives were kept")
    if getattr(runner, "cpu_warning_emitted", False):
        print("but the load generator itself was at its limit: the service may be better")
    environment.process_exit_code = 1 if problems else 0


_on_options: Callable[[Callable[..., None]], object] = events.init_command_line_parser.add_listener
_on_options(_add_options)
_on_end: Callable[[Callable[..., None]], object] = events.quitting.add_listener
_on_end(_judge)


def _own_errors(runner: object) -> list[dict[str, object]]:
    return list(getattr(runner, "exceptions", {}).values())


class _Shop(BaseHTTPRequestHandler):
    """A small site to try it on."""

    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        """Bear with users that leave in the middle."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:  # the name is http.server's
        """Answer with a page."""
        page = b"<h1>open</h1>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


RUN: Final = ["--headless", "--users", "5", "--spawn-rate", "5", "--run-time", "2s"]


def main() -> int:
    """Show the exit codes of a run that keeps its objectives and of one that cannot."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"http://127.0.0.1:{server.server_address[1]}"
    command = [sys.executable, "-m", "locust", "-f", __file__, *RUN, "--host", host]
    easy = ["--slo-p95-ms", "5000", "--slo-min-rate", "1"]
    runs = [
        subprocess.Popen(  # noqa: S603  # ourselves
            [*command, *objectives],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for objectives in (easy, [*easy, "--slo-min-rate", "1000000"])
    ]
    for run in runs:
        output, _ = run.communicate(timeout=60)
        print(*(line for line in output.splitlines() if "objective" in line), sep="\n")
        print(f"  exit code {run.returncode}")
    server.shutdown()
    server.server_close()
    return 0 if [run.returncode for run in runs] == [0, 1] else 1


if __name__ == "__main__":
    sys.exit(main())
