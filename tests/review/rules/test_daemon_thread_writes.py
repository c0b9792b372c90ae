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


TOLD = [
    """
    import threading, queue, requests
    class Log:
        def __init__(self):
            self.q = queue.Queue()
            self.t = threading.Thread(target=self._drain, daemon=True)  # here
            self.t.start()
        def _drain(self):
            while True:
                rec = self.q.get()
                requests.post(self.url, json=rec, timeout=3)
    """,
    """
    import threading, queue
    class Log:
        def __init__(self):
            self.q = queue.Queue()
            t = threading.Thread(target=self._drain)  # here
            t.daemon = True
            t.start()
        def _drain(self):
            while True:
                batch = []
                while len(batch) < 10:
                    batch.append(self.q.get())
                self.client.send_batch(batch)
    """,
    """
    import threading, queue
    class Writer(threading.Thread):
        def __init__(self):
            super().__init__(daemon=True)
            self.q = queue.Queue()
        def run(self):
            while True:
                line = self.q.get()
                self.file.write(line)
    class App:
        def __init__(self):
            self.w = Writer()  # here
            self.w.start()
    """,
    """
    import threading, queue
    class Writer(threading.Thread):
        def __init__(self):
            threading.Thread.__init__(self)
            self.daemon = True
            self.q = queue.Queue()
            self.start()
        def run(self):
            while True:
                line = self.q.get()
                self.file.write(line)
    w = Writer()  # here
    """,
    """
    import threading, time
    class M:
        def __init__(self):
            threading.Thread(target=self._flush_loop, daemon=True).start()  # here
        def _flush_loop(self):
            while True:
                time.sleep(10)
                self.flush()
        def flush(self):
            self.client.send(self.buffer)
    """,
    """
    import threading
    def track(event):
        threading.Thread(target=_send, args=(event,), daemon=True).start()  # here
    def _send(event):
        import requests
        requests.post("u", json=event, timeout=2)
    """,
    """
    import threading, sqlite3
    def _save(row):
        conn = sqlite3.connect("x")
        conn.execute("insert into a values (?)", row)
        conn.commit()
    def save(row):
        threading.Thread(target=_save, args=(row,), daemon=True).start()  # here
    """,
    """
    import threading
    class U:
        def upload_async(self, path):
            t = threading.Thread(target=self.upload, args=(path,))  # here
            t.setDaemon(True)
            t.start()
        def upload(self, path):
            self.s3.upload_file(path, "b", path)
    """,
    """
    import multiprocessing
    def dump(path, data):
        with open(path, "w") as f:
            f.write(data)
    def start(path, data):
        p = multiprocessing.Process(target=dump, args=(path, data), daemon=True)  # here
        p.start()
    """,
    """
    import threading, queue
    class Handler:
        def __init__(self):
            self._queue = queue.Queue()
            self._worker = threading.Thread(target=self._process, daemon=True)  # here
            self._worker.start()
        def _process(self):
            while not self._stop.is_set():
                try:
                    rec = self._queue.get(timeout=1)
                except queue.Empty:
                    continue
                self._emit(rec)
        def close(self):
            self._stop.set()
    """,
]
"""Daemons that work off a queue, flush, send or commit."""
QUIET = [
    """
    import atexit, queue, threading
    class Log:
        def __init__(self):
            self.q = queue.Queue()
            threading.Thread(target=self._drain, daemon=True).start()
            atexit.register(self.q.put, None)
        def _drain(self):
            while True:
                self.client.send(self.q.get())
    """,
    """
    import queue, threading
    class Log:
        def __init__(self):
            self.q = queue.Queue()
            threading.Thread(target=self._drain, daemon=True).start()
        def _drain(self):
            while True:
                self.client.send(self.q.get())
                self.q.task_done()
        def close(self):
            self.q.join()
    """,
    """
    import queue, threading
    class Log:
        def __init__(self):
            self.q = queue.Queue()
            self.t = threading.Thread(target=self._drain, daemon=True)
        def _drain(self):
            while True:
                self.client.send(self.q.get())
        def close(self):
            self.q.put(None)
            self.t.join()
    """,
    """
    import queue, threading
    class Router:
        def __init__(self):
            self.q = queue.Queue()
            threading.Thread(target=self._move, daemon=True).start()
        def _move(self):
            while True:
                message = self.q.get()
                self.inboxes[message.name].put(message)
    """,
    """
    import threading, time
    class Clock:
        def __init__(self):
            threading.Thread(target=self._tick, daemon=True).start()
        def _tick(self):
            while True:
                time.sleep(1)
                self.now += 1
                self.redraw()
    """,
    """
    import threading
    class Writer(threading.Thread):
        def __init__(self):
            super().__init__(name="writer")
        def run(self):
            open("state", "w").write("x")
    Writer().start()
    """,
]
"""Daemons that are let finish, and those that bring nothing away."""


@pytest.mark.parametrize("source", TOLD)
def test_daemons_whose_work_is_lost_are_found(source: str) -> None:
    assert sorted(set(found_lines(RULE, source))) == marked_lines(source)


@pytest.mark.parametrize("source", QUIET)
def test_daemons_that_finish_or_only_compute_are_left_alone(source: str) -> None:
    assert found_lines(RULE, source) == []
