"""An asyncio program that counts its own callbacks and answers orders from its standard input.

`count` prints how many callbacks have begun so far, `work N` runs N more, `cancel N` plans N for later and takes them back, `block SECONDS`
keeps the loop from everything else, `renew` closes the loop and runs another, `close` closes the loop and stays.
"""

import asyncio
import gc
import sys
import time

begun = 0
_run = asyncio.events.Handle._run


def counted_run(handle):
    global begun
    begun += 1
    return _run(handle)


asyncio.events.Handle._run = counted_run


class Program:
    def __init__(self, loop):
        self.loop = loop
        self.then = "renew"
        loop.add_reader(sys.stdin.fileno(), self.order)

    def order(self):
        word, _, argument = sys.stdin.buffer.raw.readline().decode().strip().partition(" ")
        if word == "work":
            self.work(int(argument))
        elif word == "cancel":
            for handle in [self.loop.call_later(3600, self.done) for _ in range(int(argument))]:
                handle.cancel()
            self.done()
        elif word == "block":
            time.sleep(float(argument))
            self.done()
        elif word == "count":
            print(begun, flush=True)
        else:
            self.then = word
            self.loop.stop()

    def work(self, left):
        if left > 0:
            self.loop.call_soon(self.work, left - 1)
        else:
            self.done()

    def done(self):
        print("done", flush=True)


def run_loop():
    loop = asyncio.new_event_loop()
    program = Program(loop)
    print("ready", id(loop), flush=True)
    loop.run_forever()
    loop.remove_reader(sys.stdin.fileno())
    loop.close()
    return program.then


def main():
    while run_loop() == "renew":
        gc.collect()
    gc.collect()
    print("closed", flush=True)
    sys.stdin.buffer.raw.readline()


if __name__ == "__main__":
    main()
