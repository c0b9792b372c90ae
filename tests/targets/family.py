"""Makes children and becomes other programs, as it is told on its standard input; prints a pid for each order, then waits for the next.

`fork` a child like itself that stays, `spawn` one of another interpreter start, `other` one that is no Python,
`end` ends the last child, `exec` becomes this program anew, `exec-other` becomes one that is no Python.
"""

import os
import subprocess
import sys
import time

children = []


def fork():
    pid = os.fork()
    if pid == 0:
        time.sleep(600)
        os._exit(0)
    children.append(pid)
    return pid


def spawn(*command):
    children.append(subprocess.Popen(command, stdin=subprocess.DEVNULL).pid)
    return children[-1]


def end():
    os.kill(children[-1], 9)
    os.waitpid(children[-1], 0)
    return children.pop()


print(os.getpid(), flush=True)
while True:
    order = sys.stdin.buffer.raw.readline().decode().strip()
    if order == "fork":
        print(fork(), flush=True)
    elif order == "spawn":
        print(spawn(sys.executable, "-c", "import time; time.sleep(600)"), flush=True)
    elif order == "other":
        print(spawn("sleep", "600"), flush=True)
    elif order == "end":
        print(end(), flush=True)
    elif order == "exec":
        os.execv(sys.executable, [sys.executable, __file__])
    elif order == "exec-other":
        os.execvp("sleep", ["sleep", "600"])
    else:
        for child in children:
            os.kill(child, 9)
        sys.exit()
