"""CA207."""

import pytest
from review_builder import findings, found_lines, marked_lines

from conc_advisor.findings import Severity
from conc_advisor.review.rules.daemon_thread_writes import RULE

BAD = [
    """
    import threading
    def save():
        with open("state", "w") as file:
            file.write("x")
    def start():
        threading.Thread(target=save, daemon=True).start()  # here
    """,
    """
    import json, threading
    class Snapshots:
        def _write(self):
            self.path.touch()
            json.dump({}, self.file)
        def _run(self):
            while True:
                self._write()
        def start(self):
            self._thread = threading.Thread(target=self._run)  # here
            self._thread.daemon = True
            self._thread.start()
    """,
    """
    import threading
    from functools import partial
    from pathlib import Path
    def save(path: Path, text):
        path.write_text(text)
    def start(path):
        thread = threading.Thread(target=partial(save, path), daemon=True)  # here
        thread.start()
    """,
]
GOOD = [
    """
    import threading
    def save():
        with open("state", "w") as file:
            file.write("x")
    def start():
        threading.Thread(target=save).start()
    """,
    """
    import threading
    def load():
        with open("state") as file, open("other", "rb") as other:
            print(file.read(), other)
    def start():
        threading.Thread(target=load, daemon=True).start()
    """,
    """
    import os, threading
    def save():
        with open("state.new", "w") as file:
            file.write("x")
        os.replace("state.new", "state")
    def start():
        threading.Thread(target=save, daemon=True).start()
    """,
    """
    import threading
    class Writer:
        def _run(self):
            open("state", "w").write("x")
        def start(self):
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        def close(self):
            self._thread.join()
    """,
    """
    import threading
    def save():
        open("state", "w").write("x")
    def start(owner):
        thread = threading.Thread(target=save, daemon=True)
        owner.adopt(thread)
    def start_all(count):
        threads = [threading.Thread(target=save, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.join()
    """,
    """
    import os, threading
    def quiet():
        open(os.devnull, "w").write("x")
        open("/dev/null", "w").write("x")
    def start():
        threading.Thread(target=quiet, daemon=True).start()
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_a_daemon_that_writes_is_found(source: str) -> None:
    assert found_lines(RULE, source) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_is_joined_put_into_place_or_only_read_is_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []


def test_appending_and_sending_are_information() -> None:
    source = """
    import requests, threading
    def log():
        open("log", mode="a").write("x")
    def send():
        requests.post("https://example.com", timeout=3)
    def start():
        threading.Thread(target=log, daemon=True).start()
        threading.Thread(target=send, daemon=True).start()
    """
    assert [each.severity for each in findings(RULE, source)] == [Severity.INFO, Severity.INFO]
