"""Worker processes: starts them, shares files among them, takes what they send, and does without those that die.

They are plain child processes with a socket, not `multiprocessing`'s: those run the main program's module again, and are forked or not by
a setting that is not ours.
"""

import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final

from conc_advisor.review.engine.orders import FileOrder, Task, Unread
from conc_advisor.review.engine.worker import Begin, Request, Result

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Orders = Sequence[FileOrder]

_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from conc_advisor.review.engine.worker import main; main({handle})"
"""What a worker runs; our own search path keeps it from importing what lies in the working folder."""
_TRIES: Final = 2
"""How often a worker may die over a file until that file is left out: once may be chance."""
_SECONDS_TO_DIE: Final = 1.0
"""How long it may take from the end of a process's socket to its own."""
_MOST_DEATHS: Final = 6
"""Beyond it something else than the files kills them, a lack of memory for one, and what is left is left out."""


class Worker:
    """One process.  `waiting` are the files that it has been sent and has not answered for, in the order in which it will."""

    def __init__(self, task: Task, keep: int) -> None:
        """Start it; raises `OSError` where that cannot be done."""
        self.waiting: deque[FileOrder] = deque()
        self.connection: Connection[Begin | Request, Result]
        self.connection, there = Pipe()
        with there:
            command = [sys.executable, "-c", _PROGRAM.format(path=sys.path, handle=there.fileno())]
            # A session of its own: Ctrl-C is for the review, which ends its workers.
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[there.fileno()],
                start_new_session=True,
            )
        self._send(Begin(task=task, keep=keep))

    def ask(self, request: Request, orders: Orders) -> None:
        """Send a request for some files."""
        self.waiting.extend(orders)
        self._send(request)

    def _send(self, message: Begin | Request) -> None:
        # One that has died says so when its answer is waited for.
        with suppress(OSError):
            self.connection.send(message)

    def end(self, patience: float = 0.0) -> str:
        """End the process unless it does so itself within some seconds, and return how it ended, in a clause."""
        self.connection.close()
        try:
            status = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        return f"ended by signal {-status}" if status < 0 else f"ended with status {status}"


class Team:
    """Some workers.  Each goes on with the files that it has read."""

    def __init__(self, task: Task, *, size: int, keep: int) -> None:
        """Start them; `keep` is how many lines' trees they may keep together.  Raises `OSError` where no process can be started."""
        self._task = task
        self._keep = keep // size
        self._deaths = 0
        self._tries: Counter[int] = Counter()
        self._owners: dict[int, Worker] = {}
        self._workers: list[Worker] = []
        try:
            for _ in range(size):
                self._workers.append(Worker(task, self._keep))
        except OSError:
            self.close()
            raise

    def run(self, request_for: Callable[[Orders], Request], orders: Orders) -> Iterator[Result]:
        """Yield a result for each file, in any order; `request_for` makes what a worker is sent for its share of the files."""
        for worker, share in self._shares(orders):
            worker.ask(request_for(share), share)
        while busy := [worker for worker in self._workers if worker.waiting]:
            ready = wait([worker.connection for worker in busy])
            for worker in busy:
                if worker.connection not in ready:
                    continue
                try:
                    result = worker.connection.recv()
                except (EOFError, OSError):
                    yield from self._bury(worker, request_for)
                else:
                    worker.waiting.popleft()
                    yield result

    def close(self) -> None:
        """End all workers, whatever they do."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def _shares(self, orders: Orders) -> Iterator[tuple[Worker, Orders]]:
        """Yield each worker with its files: those that it has read, and of the others the largest first to whoever has least."""
        shares: dict[Worker, list[FileOrder]] = {worker: [] for worker in self._workers}
        loads = dict.fromkeys(self._workers, 0)
        for order in sorted(orders, key=lambda order: (order.number not in self._owners, -order.size)):
            worker = self._owners.get(order.number) or min(loads, key=lambda each: loads[each])
            self._owners[order.number] = worker
            shares[worker].append(order)
            loads[worker] += order.size
        yield from ((worker, share) for worker, share in shares.items() if share)

    def _bury(self, dead: Worker, request_for: Callable[[Orders], Request]) -> Iterator[Unread]:
        """Give a dead worker's files to a new one, but for the file that it dies over again and again."""
        how = dead.end(_SECONDS_TO_DIE)
        rest = list(dead.waiting)
        self._deaths += 1
        self._tries[rest[0].number] += 1
        if self._tries[rest[0].number] >= _TRIES:
            yield Unread(number=rest.pop(0).number, why=f"the process that worked on it {how}")
        place = self._workers.index(dead)
        try:
            if self._deaths > _MOST_DEATHS:
                raise ChildProcessError(f"too many processes {how}")
            new = self._workers[place] = Worker(self._task, self._keep)
        except OSError as error:
            del self._workers[place]
            yield from (Unread(number=order.number, why=f"no process to work on it: {error.strerror or error}") for order in rest)
            return
        self._owners = {number: new if worker is dead else worker for number, worker in self._owners.items()}
        if rest:
            new.ask(request_for(rest), rest)
