"""A healthy thread pool: eight workers wait for a slow server at the same time, and that is all they do.

Nothing is wrong: a blocked socket call gives the GIL away, so the waits overlap.  The server stands in for
the network: it answers each line after 80 ms, with one thread that only looks at its sockets and timers.

Expected verdict: io-bound, without a warning.

Usage: python thread_pool_sockets.py [SECONDS]
"""

import concurrent.futures
import heapq
import selectors
import socket
import sys
import threading
import time

DELAY = 0.08
WORKERS = 8


def serve(listener: socket.socket, stop: socket.socket) -> None:
    """Answer every line after DELAY seconds until `stop` becomes readable."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(stop, selectors.EVENT_READ)
    due: list[tuple[float, int, socket.socket]] = []
    while True:
        timeout = max(0.0, due[0][0] - time.monotonic()) if due else None
        for key, _ in selector.select(timeout):
            if key.fileobj is stop:
                return
            if key.fileobj is listener:
                connection = listener.accept()[0]
                selector.register(connection, selectors.EVENT_READ, connection)
            elif key.data.recv(100):
                heapq.heappush(due, (time.monotonic() + DELAY, key.fd, key.data))
            else:
                selector.unregister(key.data)
                key.data.close()
        while due and due[0][0] <= time.monotonic():
            heapq.heappop(due)[2].sendall(b"answer\n")


def fetch(port: int, deadline: float) -> int:
    """Ask again and again until the deadline; return the number of answers."""
    answers = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while time.monotonic() < deadline:
            connection.sendall(b"question\n")
            answers += bool(connection.recv(100))
    return answers


def main() -> None:
    """Run the server in a thread and the clients in a pool."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    deadline = time.monotonic() + seconds
    stop_reading, stop_writing = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = threading.Thread(target=serve, args=(listener, stop_reading), name="server")
        server.start()
        with concurrent.futures.ThreadPoolExecutor(WORKERS, thread_name_prefix="fetch") as pool:
            answers = sum(pool.map(fetch, [port] * WORKERS, [deadline] * WORKERS))
        stop_writing.sendall(b"stop")
        server.join()
    stop_reading.close()
    stop_writing.close()
    print(f"{answers} answers")


if __name__ == "__main__":
    main()
