"""Prints, as JSON, where some of its own things are and what they hold; changes its deque by what it is told and prints again."""

import collections
import ctypes
import json
import sys
import threading

get = ctypes.pythonapi.PyThreadState_Get
get.restype = ctypes.c_void_p
deque = collections.deque(range(5))
appended = 5

while True:
    facts = {
        "state": get(),
        "ident": threading.get_ident(),
        "native_id": threading.get_native_id(),
        "deque": id(deque),
        "size": len(deque),
        "changes": appended,
    }
    print(json.dumps(facts), flush=True)
    order = sys.stdin.readline()
    if not order:
        break
    for letter in order.strip():
        appended += 1
        if letter == "a":
            deque.append(0)
        else:
            deque.popleft()
