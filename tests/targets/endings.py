"""Ends in the way that its first argument names."""

import os
import signal
import sys
import time

how = sys.argv[1]
print("begins", flush=True)
if how == "exit-0":
    pass
elif how == "exit-3":
    sys.exit(3)
elif how == "exception":
    raise ValueError("boom")
elif how == "os-exit":
    os._exit(9)
elif how == "segfault":
    os.kill(os.getpid(), signal.SIGSEGV)
elif how == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
elif how == "fork":
    child = os.fork()
    if not child:
        time.sleep(0.4)
        os._exit(4)
    print(os.waitpid(child, 0)[1] >> 8, flush=True)
elif how == "exec":
    time.sleep(0.2)
    os.execv(sys.executable, [sys.executable, "-c", "import time, sys; time.sleep(0.5); print('executed'); sys.exit(5)"])
elif how == "exec-other":
    os.execvp("sh", ["sh", "-c", "sleep 0.3; echo shell; exit 6"])
elif how == "read":
    sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])
elif how == "write-100-mb":
    for _ in range(100):
        sys.stdout.buffer.write(b"0123456789abcdef" * 65536)
elif how == "daemon":
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    with open(sys.argv[2], "w") as file:
        file.write(str(os.getpid()))
    time.sleep(60)
