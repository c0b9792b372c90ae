"""Named stand-ins for what lies outside of the program."""

from collections.abc import Callable
from datetime import datetime

from builders import MAIN, RecordingBuilder, frame, gil_wait, running

from conc_advisor.profiling.recording import Recording
from conc_advisor.profiling.session import Recorded, RecordOptions, Watcher
from conc_advisor.profiling.target import Attach, Launch

NOON = datetime(2026, 11, 20, 12, 0, 0).astimezone()


def clock() -> datetime:
    """Tell the same time always."""
    return NOON


def gil_bound(builder: RecordingBuilder) -> Recording:
    """Record two threads that take turns on the GIL for two seconds."""
    one, two = builder.thread("cpu-1"), builder.thread("cpu-2")
    work = (*MAIN, frame("work", "/app/work.py", 7))
    for _ in range(100):
        builder.during(0.01, {one: running(*work), two: gil_wait(*work)})
        builder.during(0.01, {one: gil_wait(*work), two: running(*work)})
    return builder.build()


class FakeSession:
    """Stands for the recorder: starts nothing, and saves a recording that was made up.

    `calls` holds what it was asked for.  `error` is raised in place of recording; `speak` is called with the watcher.
    """

    def __init__(
        self,
        *,
        exit_status: int | None = 0,
        error: BaseException | None = None,
        build: Callable[[RecordingBuilder], Recording] = gil_bound,
        speak: Callable[[Watcher], None] | None = None,
    ) -> None:
        self.calls: list[tuple[Launch | Attach, RecordOptions]] = []
        self._exit_status = exit_status
        self._error = error
        self._build = build
        self._speak = speak

    def __call__(self, target: Launch | Attach, options: RecordOptions, watcher: Watcher) -> Recorded:
        """Do as `profiling.session.record` would be seen to do."""
        self.calls.append((target, options))
        watcher.started(4711)
        if self._speak:
            self._speak(watcher)
        if self._error:
            raise self._error
        recording = self._build(RecordingBuilder(options.save.parent))
        return Recorded(recording=Recording.load(recording.path.replace(options.save)), exit_status=self._exit_status)

    @property
    def target(self) -> Launch | Attach:
        """The target of the only call."""
        [(target, _)] = self.calls
        return target

    @property
    def options(self) -> RecordOptions:
        """The options of the only call."""
        [(_, options)] = self.calls
        return options


class Terminal:
    """A text stream that claims to be a terminal and keeps what is written."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        """Claim to be a terminal."""
        return True

    def fileno(self) -> int:
        """Refuse: there is no file behind it, so no size either."""
        raise OSError

    def write(self, text: str) -> int:
        """Keep the text."""
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Do nothing."""
