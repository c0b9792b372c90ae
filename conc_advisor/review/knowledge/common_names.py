"""Names of methods that say nothing about whose they are: objects of the standard library have them."""

import asyncio
import collections
import io
import logging
import pathlib
import queue
import socket
import subprocess  # for the names of its methods
import threading
from functools import cache
from typing import Final

_TYPES: Final[tuple[type, ...]] = (
    *(str, bytes, int, float, list, dict, set, tuple, pathlib.Path, io.TextIOWrapper, io.BufferedRandom, io.BytesIO, logging.Logger),
    *(socket.socket, subprocess.Popen, threading.Thread, threading.Condition, queue.Queue, asyncio.Task, asyncio.StreamWriter),
    *(asyncio.StreamReader, asyncio.AbstractEventLoop, collections.deque, collections.OrderedDict, asyncio.Queue),
)


@cache
def common_names() -> frozenset[str]:
    """Return the names of the methods and attributes of the standard library's most used types."""
    return frozenset(name for each in _TYPES for name in dir(each))
