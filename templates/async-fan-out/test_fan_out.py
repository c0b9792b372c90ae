"""Tests of the bounded fan-out: order, bounds, errors, cancellation, flat memory."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Iterator

import pytest

from fan_out import Done, Failed, map_bounded, settle_bounded, stream_bounded

MANY = 100_000


class Item:
    """An item that can be counted while it lives."""

    def __init__(self, number: int) -> None:
        """Keep the number."""
        self.number = number


class Gauge:
    """Counts what is in flight, and what lives."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.now = 0
        self.most = 0
        self.alive: weakref.WeakSet[Item] = weakref.WeakSet()
        self.most_alive = 0
        self.most_tasks = 0

    async def work(self, number: int) -> int:
        """Return the double, after letting the others go first."""
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0)
            return 2 * number
        finally:
            self.now -= 1

    def items(self, count: int) -> Iterator[Item]:
        """Yield that many items, noting every thousand times how many of them are alive."""
        for number in range(count):
            item = Item(number)
            self.alive.add(item)
            if number % 1000 == 999:
                self.most_alive = max(self.most_alive, len(self.alive))
                self.most_tasks = max(self.most_tasks, len(asyncio.all_tasks()))
            yield item


async def numbers(count: int, closed: list[str]) -> AsyncIterator[int]:
    """Yield numbers, and note when it was closed."""
    try:
        for number in range(count):
            await asyncio.sleep(0)
            yield number
    finally:
        closed.append("closed")


async def fail_on_three(number: int) -> int:
    """Return the number, unless it is 3."""
    await asyncio.sleep(0)
    if number == 3:
        raise ValueError("three")
    return number


async def await_something_cancelled() -> None:
    """Raise a CancelledError that is not meant for the task that runs this."""
    other = asyncio.get_running_loop().create_future()
    other.cancel()
    await other


async def cancelled_within_on_three(number: int) -> int:
    """Return the number, unless it is 3."""
    await asyncio.sleep(0)
    if number == 3:
        await await_something_cancelled()
    return number


def collected(at_once: int, count: int = 6) -> list[Done[int, int] | Failed[int]]:
    """Return what comes out of the stream; fail instead of hanging."""

    async def main() -> list[Done[int, int] | Failed[int]]:
        async with (
            asyncio.timeout(20),
            stream_bounded(cancelled_within_on_three, range(count), at_once=at_once) as outcomes,
        ):
            return [each async for each in outcomes]

    return asyncio.run(main())


def test_results_are_in_the_order_of_the_items() -> None:
    """The first items take longest, and still come first."""

    async def slow_first(number: int) -> int:
        for _ in range(20 - number):
            await asyncio.sleep(0)
        return number

    assert asyncio.run(map_bounded(slow_first, range(20), at_once=7)) == list(range(20))


def test_never_more_than_at_once_are_in_flight() -> None:
    """The bound is reached and not passed."""
    gauge = Gauge()
    asyncio.run(map_bounded(gauge.work, range(100), at_once=5))
    assert gauge.most == 5


@pytest.mark.parametrize("count", [0, 1, 3])
def test_fewer_items_than_workers(count: int) -> None:
    """Workers without an item end quietly."""
    gauge = Gauge()
    assert asyncio.run(map_bounded(gauge.work, range(count), at_once=4)) == [0, 2, 4][:count]


def test_an_async_generator_is_read_to_its_end_and_closed() -> None:
    """Several workers share an async generator without asking it twice at a time."""
    closed: list[str] = []
    gauge = Gauge()
    found = asyncio.run(map_bounded(gauge.work, numbers(30, closed), at_once=4))
    assert found == [2 * number for number in range(30)]
    assert closed == ["closed"]


def test_the_first_error_cancels_the_others_and_names_its_item() -> None:
    """Fail-fast: no other item is begun afterwards, and nothing is left running."""
    cancelled: list[int] = []

    async def hang_or_fail(number: int) -> int:
        try:
            return await (fail_on_three(number) if number == 3 else asyncio.sleep(60, 0))
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    async def main() -> int:
        with pytest.raises(ExceptionGroup) as caught:
            await map_bounded(hang_or_fail, range(100), at_once=4)
        (error,) = caught.value.exceptions
        assert isinstance(error, ValueError)
        assert error.__notes__ == ["while working on item number 3, counted from 0"]
        return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert sorted(cancelled) == [0, 1, 2]


def test_settled_errors_stay_beside_their_items() -> None:
    """An error ends nothing when it is kept."""
    outcomes = asyncio.run(settle_bounded(fail_on_three, range(5), at_once=2))
    failed = outcomes[3]
    assert isinstance(failed, Failed)
    assert str(failed.error) == "three"
    assert [each for each in outcomes if each is not failed] == [Done(n, n) for n in (0, 1, 2, 4)]


def test_an_item_that_takes_too_long_fails_alone() -> None:
    """`seconds_each` ends one item; the others do not notice."""

    async def hang_on_one(number: int) -> int:
        return await asyncio.sleep(60 if number == 1 else 0, number)

    outcomes = asyncio.run(settle_bounded(hang_on_one, range(3), at_once=3, seconds_each=0.05))
    assert [type(each) for each in outcomes] == [Done, Failed, Done]
    assert isinstance(outcomes[1], Failed)
    assert isinstance(outcomes[1].error, TimeoutError)


def test_an_error_of_the_source_is_not_taken_for_an_items() -> None:
    """A broken iterable ends the whole, kept errors or not."""

    def broken() -> Iterator[int]:
        yield 1
        raise OSError("source")

    async def main() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            await settle_bounded(fail_on_three, broken(), at_once=2)
        assert caught.group_contains(OSError, match="source")

    asyncio.run(main())


def test_cancelling_the_caller_cancels_every_worker() -> None:
    """A cancelled item is not a failed one, and the generator is closed."""
    closed: list[str] = []
    began: list[int] = []
    ended: list[int] = []

    async def main() -> None:
        all_busy = asyncio.Event()

        async def hang(number: int) -> None:
            began.append(number)
            if len(began) == 3:
                all_busy.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(number)

        task = asyncio.create_task(settle_bounded(hang, numbers(100, closed), at_once=3))
        await all_busy.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert sorted(ended) == began == [0, 1, 2]
    assert closed == ["closed"]


@pytest.mark.parametrize("at_once", [1, 2, 9])
def test_a_cancellation_from_within_is_the_error_of_its_item(at_once: int) -> None:
    """No item is dropped, no worker is lost: settled, streamed or raised."""
    settled = asyncio.run(settle_bounded(cancelled_within_on_three, range(6), at_once=at_once))
    for outcomes in (settled, collected(at_once)):
        failed = outcomes[3]
        assert isinstance(failed, Failed)
        assert isinstance(failed.error.__cause__, asyncio.CancelledError)
        assert [each for each in outcomes if each is not failed] == [
            Done(n, n) for n in (0, 1, 2, 4, 5)
        ]

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(map_bounded(cancelled_within_on_three, range(6), at_once=at_once))
    assert caught.group_contains(RuntimeError, match="cancelled from within")


def test_a_source_that_is_cancelled_from_within_is_not_taken_for_a_short_one() -> None:
    """It has an error; a list of the items so far would look like all of them."""

    async def broken() -> AsyncIterator[int]:
        yield 1
        await await_something_cancelled()

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(map_bounded(fail_on_three, broken(), at_once=2))
    assert caught.group_contains(RuntimeError, match="cancelled from within")


def test_a_timeout_around_one_reading_loses_nothing() -> None:
    """The next reading gets the outcome for which the last one did not wait."""

    async def main() -> list[int]:
        go_on = asyncio.Event()

        async def slow_on_two(number: int) -> int:
            if number == 2:
                await go_on.wait()
            return number

        async with asyncio.timeout(20), stream_bounded(slow_on_two, range(6), at_once=2) as each:
            found = [(await anext(each)).item, (await anext(each)).item]
            for _ in range(2):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(anext(each), 0.02)
            go_on.set()
            return found + [outcome.item async for outcome in each]

    assert asyncio.run(main()) == list(range(6))


def test_a_second_reader_at_the_same_time_is_refused() -> None:
    """And the first one does not notice."""

    async def main() -> list[int]:
        async with stream_bounded(fail_on_three, range(3), at_once=1) as outcomes:
            first = asyncio.ensure_future(anext(outcomes))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="one reader"):
                await anext(outcomes)
            return [(await first).item] + [each.item async for each in outcomes]

    assert asyncio.run(main()) == [0, 1, 2]


@pytest.mark.parametrize("left_early", [True, False])
def test_reading_beyond_the_end_ends_at_once(left_early: bool) -> None:  # noqa: FBT001
    """A second time over the stream, and after its block: nothing comes any more."""

    async def main() -> int:
        async with stream_bounded(fail_on_three, range(50), at_once=2) as outcomes:
            async for _ in outcomes:
                if left_early:
                    break
            if not left_early:
                assert [each async for each in outcomes] == []
        async with asyncio.timeout(20):
            return len([each async for each in outcomes])

    assert asyncio.run(main()) <= (4 if left_early else 0)


def test_a_reader_that_outlives_the_block_is_not_left_waiting() -> None:
    """A task of its own that waits for an outcome sees the end."""

    async def main() -> list[object]:
        async def hang(_number: int) -> None:
            await asyncio.sleep(60)

        async with stream_bounded(hang, range(3), at_once=2) as outcomes:

            async def read() -> list[object]:
                return [each async for each in outcomes]

            reading = asyncio.create_task(read())
            await asyncio.sleep(0.01)
        return await asyncio.wait_for(reading, 20)

    assert asyncio.run(main()) == []


def test_the_stream_keeps_order_and_errors() -> None:
    """Outcomes come in the order of the items, failed ones among them."""

    async def main() -> list[int]:
        async with stream_bounded(fail_on_three, range(10), at_once=3) as outcomes:
            return [
                -each.item if isinstance(each, Failed) else each.value async for each in outcomes
            ]

    assert asyncio.run(main()) == [0, 1, 2, -3, 4, 5, 6, 7, 8, 9]


def test_the_stream_takes_no_more_than_ahead_of_its_reader() -> None:
    """A reader that does not read stops the work: backpressure."""
    taken: list[int] = []

    def counted() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    async def main() -> list[int]:
        gauge = Gauge()
        async with stream_bounded(gauge.work, counted(), at_once=2, ahead=6) as outcomes:
            first = await anext(aiter(outcomes))
            assert first == Done(0, 0)
            for _ in range(50):
                await asyncio.sleep(0)
            return list(taken)

    assert asyncio.run(main()) == list(range(6))


def test_a_stream_left_early_leaves_nothing_behind() -> None:
    """Leaving the block cancels the workers and closes the source."""
    closed: list[str] = []

    async def main() -> None:
        async with stream_bounded(fail_on_three, numbers(100, closed), at_once=4) as outcomes:
            async for _ in outcomes:
                break
        assert closed == ["closed"]  # now, and not when the loop ends
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_a_source_that_is_not_being_asked_is_closed_too() -> None:
    """The workers wait for their reader, and the generator in its `yield`, when the block ends."""
    closed: list[str] = []
    source = numbers(100, closed)

    async def main() -> None:
        async with stream_bounded(fail_on_three, source, at_once=2) as outcomes:
            await anext(aiter(outcomes))
            for _ in range(50):
                await asyncio.sleep(0)
        assert closed == ["closed"]

    asyncio.run(main())


def test_a_hundred_thousand_items_need_no_more_room_than_a_hundred() -> None:
    """Neither tasks nor items pile up, however many items there are."""
    gauge = Gauge()

    async def main() -> int:
        count = 0

        async def work(item: Item) -> int:
            return await gauge.work(item.number)

        async with stream_bounded(work, gauge.items(MANY), at_once=10, ahead=20) as outcomes:
            async for each in outcomes:
                assert isinstance(each, Done)
                count += 1
        return count

    assert asyncio.run(main(), debug=False) == MANY  # debug mode would take most of a minute
    assert gauge.most <= 10
    assert gauge.most_alive <= 20 + 2  # and the two that the generator and the reader hold
    assert gauge.most_tasks <= 10 + 1


def test_a_mapped_item_is_let_go_when_it_is_done() -> None:
    """Only the results are kept, not the items, and there is no task for each item."""
    gauge = Gauge()

    async def work(item: Item) -> int:
        return await gauge.work(item.number)

    asyncio.run(map_bounded(work, gauge.items(5000), at_once=10), debug=False)
    assert gauge.most_alive <= 10 + 2
    assert gauge.most_tasks <= 10 + 1


@pytest.mark.parametrize(("at_once", "ahead"), [(0, None), (-1, None), (5, 4)])
def test_senseless_bounds_are_refused(at_once: int, ahead: int | None) -> None:
    """A bound of nothing would wait for ever."""

    async def main() -> None:
        async with stream_bounded(fail_on_three, [1], at_once=at_once, ahead=ahead):
            pass

    with pytest.raises(ValueError, match="less than"):
        asyncio.run(main())
