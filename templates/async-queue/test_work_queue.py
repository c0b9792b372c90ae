"""Tests of the bounded queue: bounds, the clean end, errors, cancellation, flat memory."""

import asyncio
import weakref

import pytest

from work_queue import ClosableQueue, Put, run_consumers

MANY = 100_000


class Item:
    """An item that can be counted while it lives."""


async def put_numbers(put: Put[int]) -> None:
    """Put the numbers below 20."""
    for number in range(20):
        await put(number)


@pytest.mark.parametrize("consumers", [1, 3, 30])
@pytest.mark.parametrize("waiting", [1, 5, 50])
def test_every_item_is_consumed_once(consumers: int, waiting: int) -> None:
    """Whatever the numbers, everything is worked off and everybody ends."""
    seen: list[int] = []

    async def consume(number: int) -> None:
        await asyncio.sleep(0)
        seen.append(number)

    async def main() -> int:
        await run_consumers(put_numbers, consume, consumers=consumers, waiting=waiting)
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert sorted(seen) == list(range(20))


def test_a_producer_without_items_ends_the_consumers() -> None:
    """Nothing to do is an end like any other."""

    async def nothing(_put: Put[int]) -> None:
        pass

    async def consume(_number: int) -> None:
        raise AssertionError("there was nothing")

    asyncio.run(run_consumers(nothing, consume, consumers=3, waiting=2))


def test_a_full_queue_stops_the_producer() -> None:
    """The producer is ahead by what waits and what is worked on, and no more."""
    consumers, waiting = 2, 3

    async def main() -> int:
        produced = 0
        go = asyncio.Event()

        async def produce(put: Put[int]) -> None:
            nonlocal produced
            for number in range(100):
                await put(number)
                produced += 1

        async def consume(_number: int) -> None:
            await go.wait()

        running = asyncio.create_task(
            run_consumers(produce, consume, consumers=consumers, waiting=waiting)
        )
        for _ in range(100):
            await asyncio.sleep(0)
        while_full = produced
        go.set()
        await running
        assert produced == 100
        return while_full

    assert asyncio.run(main()) == consumers + waiting


def test_an_error_of_a_consumer_ends_a_producer_that_waits_for_room() -> None:
    """Nobody waits for ever when a consumer has failed."""
    ended: list[str] = []

    async def endless(put: Put[int]) -> None:
        try:
            while True:
                await put(1)
        finally:
            ended.append("producer")

    async def main() -> int:
        full = asyncio.Event()

        async def consume(_number: int) -> None:
            await full.wait()
            raise ValueError("bad item")

        asyncio.get_running_loop().call_later(0.01, full.set)
        with pytest.raises(ExceptionGroup) as caught:
            await run_consumers(endless, consume, consumers=2, waiting=1)
        assert caught.group_contains(ValueError, match="bad item")
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert ended == ["producer"]


def test_an_error_of_the_producer_ends_the_consumers() -> None:
    """Consumers that wait for items do not wait for ever."""

    async def broken(put: Put[int]) -> None:
        await put(1)
        raise OSError("feed")

    async def consume(_number: int) -> None:
        await asyncio.sleep(0)

    async def main() -> int:
        with pytest.raises(ExceptionGroup) as caught:
            await run_consumers(broken, consume, consumers=3, waiting=1)
        assert caught.group_contains(OSError, match="feed")
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1


async def await_something_cancelled() -> None:
    """Raise a CancelledError that is not meant for the task that runs this."""
    other = asyncio.get_running_loop().create_future()
    other.cancel()
    await other


@pytest.mark.parametrize("where", ["produce", "consume"])
def test_a_cancellation_from_within_is_an_error(where: str) -> None:
    """A consumer that vanished with its item, or a producer half-way, would look like success."""

    async def produce(put: Put[int]) -> None:
        await put_numbers(put)
        if where == "produce":
            await await_something_cancelled()

    async def consume(number: int) -> None:
        if where == "consume" and number == 19:
            await await_something_cancelled()

    async def main() -> int:
        with pytest.raises(ExceptionGroup) as caught:
            async with asyncio.timeout(20):
                await run_consumers(produce, consume, consumers=2, waiting=2)
        assert caught.group_contains(RuntimeError, match="cancelled from within")
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1


def test_cancelling_the_caller_ends_everybody() -> None:
    """Clean-up runs in the producer and in every consumer, then the cancellation goes on."""
    ended: list[str] = []

    async def main() -> int:
        busy = asyncio.Semaphore(0)

        async def produce(put: Put[int]) -> None:
            try:
                while True:
                    await put(1)
            finally:
                ended.append("producer")

        async def consume(_number: int) -> None:
            busy.release()
            try:
                await asyncio.sleep(60)
            finally:
                ended.append("consumer")

        task = asyncio.create_task(run_consumers(produce, consume, consumers=2, waiting=1))
        await busy.acquire()
        await busy.acquire()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert sorted(ended) == ["consumer", "consumer", "producer"]


def test_stages_can_be_put_in_a_row() -> None:
    """A stage closes its output when its own workers have ended."""

    async def main() -> list[int]:
        raw: ClosableQueue[int] = ClosableQueue(2)
        doubled: ClosableQueue[int] = ClosableQueue(2)
        found: list[int] = []

        async def double() -> None:
            async for number in raw:
                await doubled.put(2 * number)

        async def stage() -> None:
            async with asyncio.TaskGroup() as workers:
                workers.create_task(double())
                workers.create_task(double())
            await doubled.close()

        async def collect() -> None:
            async for number in doubled:
                found.append(number)  # noqa: PERF401 - as a consumer would

        async with asyncio.TaskGroup() as group:
            group.create_task(stage())
            group.create_task(collect())
            await put_numbers(raw.put)
            await raw.close()
        return sorted(found)

    assert asyncio.run(main()) == list(range(0, 40, 2))


def test_a_closed_queue_takes_nothing_more() -> None:
    """An item after the end would be lost: it is refused instead, and closing twice is fine."""

    async def main() -> int:
        queue: ClosableQueue[int] = ClosableQueue(1)
        await queue.close()
        await queue.close()
        with pytest.raises(RuntimeError, match="closed"):
            await queue.put(1)
        return len([item async for item in queue])

    assert asyncio.run(main()) == 0


def test_closing_a_full_queue_does_not_wait() -> None:
    """What is in it can still be taken, and the consumers see the end, whoever gives up waiting."""

    async def main() -> list[int]:
        queue: ClosableQueue[int] = ClosableQueue(1)
        await queue.put(1)
        closing = asyncio.create_task(queue.close())
        await asyncio.sleep(0)
        closing.cancel()  # too late: a close that waited would now leave the queue without an end
        await asyncio.wait([closing])
        async with asyncio.timeout(20):
            await queue.close()
            assert len(queue) == 1
            return [item async for item in queue]

    assert asyncio.run(main()) == [1]


def test_closing_refuses_those_who_wait_in_put() -> None:
    """Each of them, at once, though nobody takes anything; what was put before stays."""

    async def main() -> list[int]:
        queue: ClosableQueue[int] = ClosableQueue(1)
        await queue.put(1)
        waiting = [asyncio.create_task(queue.put(number)) for number in (2, 3)]
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await queue.close()
            for each in waiting:
                with pytest.raises(RuntimeError, match="closed"):
                    await each
            return [item async for item in queue]

    assert asyncio.run(main()) == [1]


def test_a_hundred_thousand_items_need_no_more_room_than_a_few() -> None:
    """Items are let go as soon as they are consumed."""
    alive: weakref.WeakSet[Item] = weakref.WeakSet()
    most = 0

    async def produce(put: Put[Item]) -> None:
        nonlocal most
        for number in range(MANY):
            item = Item()
            alive.add(item)
            await put(item)
            if number % 1000 == 0:
                most = max(most, len(alive))

    async def consume(_item: Item) -> None:
        await asyncio.sleep(0)

    async def main() -> None:
        await run_consumers(produce, consume, consumers=4, waiting=10)

    asyncio.run(main(), debug=False)  # debug mode would take most of a minute
    assert 4 < most <= 10 + 4 + 2


@pytest.mark.parametrize(("consumers", "waiting"), [(0, 1), (1, 0), (1, -1)])
def test_senseless_bounds_are_refused(consumers: int, waiting: int) -> None:
    """No consumer would never end, and asyncio takes 0 as no bound at all."""

    async def consume(_number: int) -> None:
        pass

    with pytest.raises(ValueError, match="less than 1"):
        asyncio.run(run_consumers(put_numbers, consume, consumers=consumers, waiting=waiting))
