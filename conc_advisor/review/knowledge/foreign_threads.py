"""Libraries that call functions they are given from threads of their own, and decorators whose functions run in a server's threads."""

from typing import Final

CALLING_BACK: Final = frozenset(
    {
        *("paho", "watchdog", "pynput", "sounddevice", "pyaudio", "rtmidi", "mido", "keyboard", "mouse", "pystray"),
        *("RPi", "gpiozero", "pigpio", "pyudev", "pychromecast", "soco", "vlc", "mpv", "roslibpy", "rospy", "pymumble_py3"),
        *("soundcard", "websocket", "zeroconf", "usb1", "libusb1", "pygatt", "bluepy", "inputs", "pyinotify", "pyroute2"),
        *("firebase_admin", "sseclient", "signalr", "snap7", "opcua", "Xlib", "evdev", "pymodbus3", "stomp"),
    }
)
"""Packages, by the first word of their paths, that run callbacks in threads of their own."""
CALLING_BACK_PATHS: Final = (
    "google.cloud.pubsub",
    "azure.cognitiveservices.speech",
    "apscheduler.schedulers.background",
    "socketio.Client",
    "engineio.Client",
    "scapy.sendrecv.AsyncSniffer",
)
"""The same, for parts of packages."""
NOT_FROM_THREADS: Final = frozenset({"asyncio", "aio", "Async", "async", "tornado", "twisted"})
"""Words in a path that say that the package calls from an event loop there."""
CALLBACK_KEYWORDS: Final = frozenset({"callback", "error_callback", "after"})
"""Arguments that run in the callee's own thread: of a pool's `apply_async` and `map_async`, and of discord's `play`."""
SERVED: Final = frozenset(
    {
        *(f"{owner}.route" for owner in ("flask.Flask()", "flask.Blueprint()", "bottle.Bottle()", "bottle", "flask_restx.Namespace()")),
        *(
            f"{owner}.{method}"
            for owner in ("flask.Flask()", "flask.Blueprint()", "fastapi.FastAPI()", "fastapi.APIRouter()", "bottle", "bottle.Bottle()")
            for method in ("get", "post", "put", "delete", "patch", "before_request", "after_request", "errorhandler")
        ),
    }
)
"""Decorators of functions that answer requests in threads, many at a time; async ones run on the event loop."""
SERVING_WORDS: Final = frozenset(path.rpartition(".")[2] for path in SERVED)


def calls_back_from_threads(path: str) -> bool:
    """Tell whether what a path names runs the functions that it is given in threads of its own."""
    if path.partition(".")[0] not in CALLING_BACK and not path.startswith(CALLING_BACK_PATHS):
        return False
    return not any(word in path for word in NOT_FROM_THREADS)
