"""Waits in each way that the kernel tells apart, a named thread a way; prints the threads as JSON, then waits for the end of its input.

With the argument `cpu` it computes in three threads instead: two that fight for the GIL and one in C code that lets go of it.
"""

import fcntl
import hashlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time

LOCK = threading.Lock()
KEPT = []


def keep(thing):
    KEPT.append(thing)
    return thing


def sleep():
    time.sleep(3600)


def receive():
    keep(socket.socketpair())[0].recv(1)


def read_socket():
    os.read(keep(socket.socketpair())[0].fileno(), 1)


def read_pipe():
    os.read(keep(os.pipe())[0], 1)


def lock_file():
    name = keep(tempfile.NamedTemporaryFile()).name
    fcntl.flock(keep(open(name)), fcntl.LOCK_EX)
    fcntl.flock(keep(open(name)), fcntl.LOCK_EX)


def wait_for_child():
    keep(subprocess.Popen([sys.executable, "-S", "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)).wait()


def poll():
    poller = select.poll()
    poller.register(keep(socket.socketpair())[0], select.POLLIN)
    poller.poll()


def sleep_in_select():
    select.select([], [], [], 3600)


def epoll():
    poller = keep(select.epoll())
    poller.register(keep(socket.socketpair())[0], select.EPOLLIN)
    poller.poll()


def acquire():
    LOCK.acquire()


def compute():
    while True:
        sum(range(1000))


def compute_in_c():
    while True:
        hashlib.pbkdf2_hmac("sha256", b"", b"", 20000000)


def thread(name, work):
    def run():
        threads[name] = [threading.get_native_id(), threading.get_ident()]
        work()

    made = threading.Thread(target=run, name=name, daemon=True)
    made.start()
    while name not in threads:
        time.sleep(0.001)


threads = {"main": [threading.get_native_id(), threading.get_ident()]}
if sys.argv[1:] == ["cpu"]:
    thread("native", compute_in_c)
    thread("gil-1", compute)
    thread("gil-2", compute)
else:
    LOCK.acquire()
    for way in (sleep, receive, read_socket, read_pipe, lock_file, wait_for_child, poll, sleep_in_select, epoll, acquire):
        thread(way.__name__, way)
print(json.dumps(threads), flush=True)
sys.stdin.read()
os._exit(0)
