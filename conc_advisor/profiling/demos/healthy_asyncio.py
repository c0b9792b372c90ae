"""A healthy asyncio program: fifty connections in one thread, and no callback that keeps the loop.

Nothing is wrong: every wait is awaited, so the loop is free most of the time and answers at once.

Expected verdict: loop-healthy, without a stall.

Usage: python healthy_asyncio.py [SECONDS]
"""

import asyncio
import sys
import time

CLIENTS = 50


async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each line a little later, without holding anybody up."""
    while True:
        line = await reader.readline()
        if not line:
            break
        await asyncio.sleep(0.05)
        writer.write(line)
        await writer.drain()
    writer.close()


async def ask(port: int, deadline: float) -> int:
    """Ask again and again until the deadline; return the number of answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = 0
    while time.monotonic() < deadline:
        writer.write(b"ping\n")
        await writer.drain()
        answers += bool(await reader.readline())
    writer.close()
    return answers


async def run(seconds: float) -> None:
    """Serve all clients until the time is over."""
    server = await asyncio.start_server(serve_client, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    deadline = time.monotonic() + seconds
    answers = await asyncio.gather(*(ask(port, deadline) for _ in range(CLIENTS)))
    server.close()
    await server.wait_closed()
    print(f"{sum(answers)} answers")


if __name__ == "__main__":
    asyncio.run(run(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0))
