"""An asyncio server whose handler blocks: while one request sleeps, no other is served.

What is wrong: `read_report` uses `time.sleep` where it should `await`.  The event loop has one thread; as
long as a callback keeps it, timers are late and every other connection waits.  `await asyncio.sleep(...)`
would mend it, or `await asyncio.to_thread(read_report)` where the call cannot be awaited.

Expected verdict: loop-stalled, with the line of the `time.sleep`.

Usage: python blocked_event_loop.py [SECONDS]
"""

import asyncio
import sys
import time


def read_report() -> bytes:
    """Stand for a blocking call: a slow file, a database driver without async, `requests.get`."""
    time.sleep(0.12)
    return b"report\n"


async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each line; the word `report` takes the blocking path."""
    while True:
        line = await reader.readline()
        if not line:
            break
        writer.write(read_report() if line == b"report\n" else b"pong\n")
        await writer.drain()
    writer.close()


async def ask(port: int, word: bytes, pause: float, deadline: float) -> float:
    """Send `word` again and again until the deadline; return the longest time an answer took, in seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    longest = 0.0
    while time.monotonic() < deadline:
        begin = time.monotonic()
        writer.write(word)
        await writer.drain()
        await reader.readline()
        longest = max(longest, time.monotonic() - begin)
        await asyncio.sleep(pause)
    writer.close()
    return longest


async def run(seconds: float) -> None:
    """Serve a few quick clients and one that asks for reports."""
    server = await asyncio.start_server(serve_client, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    deadline = time.monotonic() + seconds
    quick = [ask(port, b"ping\n", 0.02, deadline) for _ in range(5)]
    longest = await asyncio.gather(*quick, ask(port, b"report\n", 0.2, deadline))
    server.close()
    await server.wait_closed()
    print(f"the slowest ping took {1000 * max(longest[:-1]):.0f} ms")


if __name__ == "__main__":
    asyncio.run(run(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0))
