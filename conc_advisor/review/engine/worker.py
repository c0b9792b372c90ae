"""What runs in a worker process: works on the files that it is sent, until nobody listens any more."""

from dataclasses import dataclass
from multiprocessing.connection import Connection

from conc_advisor.review.engine.orders import FileOrder, Reading, Reviewed, Task, Unread
from conc_advisor.review.engine.shard import Shard
from conc_advisor.review.engine.undisturbed import undisturbed


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """The first message: what holds for all files, and how many lines' trees may be kept."""

    task: Task
    keep: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadThese:
    """Files to read."""

    orders: tuple[FileOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewThese:
    """Files to look for pitfalls in, each with the digest of its text, and the packed summaries of all files."""

    orders: tuple[tuple[FileOrder, bytes], ...]
    summaries: tuple[bytes, ...]


Request = ReadThese | ReviewThese
Result = Reading | Reviewed | Unread


def main(handle: int) -> None:
    """Serve the process at the other end of a socket, a file descriptor, one result a file in the order of the files."""
    with Connection(handle) as connection, undisturbed():
        try:
            begin: Begin = connection.recv()
            shard = Shard(begin.task, keep=begin.keep)
            while True:
                _serve(connection, shard, connection.recv())
        except (EOFError, OSError):
            # The review has ended, or its process was killed.
            return


def _serve(connection: "Connection[Result, Begin | Request]", shard: Shard, request: Request) -> None:
    match request:
        case ReadThese():
            for read in shard.read(request.orders):
                connection.send(read)
        case ReviewThese():
            for reviewed in shard.review(request.orders, request.summaries):
                connection.send(reviewed)
