"""CA301 in the many ways in which the mistake is written."""

import pytest
from review_builder import found_lines, marked_lines

from conc_advisor.review.rules.cancellation_swallowed import RULE

BAD = [
    """
    import asyncio
    async def f(q):
        while True:
            try:
                await q.get()
            finally:
                break  # here
    """,
    """
    import asyncio
    async def f(q):
        try:
            await q.get()
        finally:
            if q:
                return 1  # here
    """,
    """
    import asyncio
    class A:
        async def __aexit__(self, *exc):
            await self.close()
            return True  # here
    """,
    """
    import asyncio, contextlib
    async def f(q):
        while True:
            with contextlib.suppress(Exception, asyncio.CancelledError):  # here
                await q.get()
    """,
    """
    from contextlib import suppress
    async def f(q):
        with suppress(BaseException):  # here
            await q.get()
        await q.more()
    """,
    """
    import asyncio
    ERRORS = (OSError, asyncio.CancelledError)
    async def f(q):
        while True:
            try:
                await q.get()
            except ERRORS:  # here
                continue
    """,
    """
    import asyncio
    async def f(q):
        while True:
            try:
                await q.get()
            except (OSError, asyncio.CancelledError, EOFError) as e:  # here
                print(e)
    """,
    """
    import functools
    def safe(func):
        @functools.wraps(func)
        async def wrapper(*a, **k):
            try:
                return await func(*a, **k)
            except:  # here
                log.exception("x")
        return wrapper
    """,
    """
    import asyncio
    async def gen(q):
        while True:
            try:
                item = await q.get()
                yield item
            except asyncio.CancelledError:  # here
                pass
    """,
    """
    import asyncio, concurrent.futures
    async def f(q):
        while True:
            try:
                await q.get()
            except concurrent.futures.CancelledError:  # here
                pass
    """,
    """
    import anyio
    async def f(q):
        try:
            await q.receive()
        except anyio.get_cancelled_exc_class():  # here
            pass
        await q.more()
    """,
    """
    import trio
    async def f(q):
        try:
            await q.receive()
        except trio.Cancelled:  # here
            pass
        await q.more()
    """,
    """
    import asyncio
    async def f(q):
        try:
            await q.get()
        except BaseException as e:  # here
            self.error = str(e)
        await q.more()
    """,
    """
    import asyncio
    async def f(q):
        try:
            return await q.get()
        except asyncio.CancelledError:  # here
            return None
    """,
    """
    import asyncio
    async def f(q):
        while True:
            try:
                await q.get()
            except asyncio.CancelledError:  # here
                break
        await q.close()
    """,
    """
    import asyncio
    class C:
        async def flush(self):
            await asyncio.wait_for(self.q.join(), 3)
        async def reconnect(self):
            while True:
                try:
                    await self.flush()
                    break
                except (OSError, TimeoutError):  # here
                    pass
    """,
    """
    import asyncio
    async def f(q):
        try:
            return await asyncio.wait_for(q.get(), 3)
        except TimeoutError:  # here
            return None
    """,
    """
    import async_timeout
    async def f(q):
        try:
            async with async_timeout.timeout(3):
                return await q.get()
        except TimeoutError:  # here
            return None
    """,
    """
    import aiohttp
    async def f(q):
        try:
            async with aiohttp.ClientSession() as s, s.get("x") as r:
                return await r.text()
        except (aiohttp.ClientConnectorError, TimeoutError):  # here
            return None
    """,
    """
    import asyncio
    async def f(ws):
        async for msg in ws:
            try:
                await handle(msg)
            except:  # here
                print("x")
    """,
    """
    import asyncio
    async def f(xs):
        for x in xs:
            try:
                await handle(x)
            except BaseException:  # here
                print("x")
    """,
    """
    import asyncio
    async def f(xs):
        while True:
            try:
                await handle(xs)
            except asyncio.CancelledError as e:  # here
                logger.info("cancelled %s", e)
    """,
    """
    import asyncio
    async def f(xs):
        while True:
            try:
                await handle(xs)
            except asyncio.exceptions.CancelledError:  # here
                logger.info("cancelled")
                await asyncio.sleep(1)
    """,
    """
    import sys
    async def f(q):
        while True:
            try:
                await q.get()
            except:  # here
                print(sys.exc_info()[0])
    """,
    """
    import asyncio
    async def main():
        try:
            await serve()
        except (KeyboardInterrupt, asyncio.CancelledError):  # here
            pass
        finally:
            await cleanup()
    """,
    """
    import asyncio
    async def f(q):
        try:
            await asyncio.sleep(1)
        except BaseException:  # here
            traceback.print_exc()
            return False
        return True
    """,
    """
    import asyncio
    async def f(q):
        try:
            await q.get()
        except asyncio.CancelledError:  # here
            raise RuntimeError("x")
    """,
    """
    import asyncio
    class It:
        async def __anext__(self):
            try:
                return await self.q.get()
            except asyncio.CancelledError:  # here
                raise StopAsyncIteration
    """,
    """
    from contextlib import asynccontextmanager
    @asynccontextmanager
    async def session():
        s = make()
        try:
            yield s
        except BaseException:  # here
            log.exception("x")
    """,
]
GOOD = [
    """
    import asyncio
    class A:
        async def __aexit__(self, t, v, tb):
            await self.close()
            return t is ValueError
    """,
    """
    import asyncio
    class A:
        async def __aexit__(self, t, v, tb):
            if t is ValueError:
                return True
    """,
    """
    import asyncio
    async def f(q, fut):
        try:
            await q.get()
        except BaseException as e:
            fut.set_exception(e)
    """,
    """
    import concurrent.futures
    def f(fut):
        try:
            return fut.result(3)
        except TimeoutError:
            return None
    """,
    """
    import asyncio
    async def f(q):
        while True:
            try:
                await q.get()
            except BaseException as e:
                if isinstance(e, asyncio.CancelledError):
                    raise
                print(e)
    """,
    """
    import asyncio
    async def close(queue):
        try:
            await queue.get()
        finally:
            for item in queue.rest:
                if item is None:
                    break
    """,
    """
    import asyncio
    async def close(queue):
        try:
            await queue.get()
        finally:
            def rest():
                return 1
            queue.on_end(rest)
    """,
    """
    import asyncio
    class Group:
        async def __aexit__(self, kind, error, trace):
            await self.close()
            return kind is ValueError
    """,
    """
    import asyncio
    class Group:
        async def __aexit__(self, kind, error, trace):
            if kind is None or not issubclass(kind, OSError):
                return False
            return True
    """,
    """
    class Group:
        def __exit__(self, *error):
            return True
    """,
    """
    import asyncio
    ERRORS = (OSError, ValueError)
    async def run(queue):
        while True:
            try:
                await queue.get()
            except ERRORS:
                continue
    """,
    """
    import sys
    async def run(queue, answer):
        try:
            await queue.get()
        except:
            answer.set_exc_info(sys.exc_info())
    """,
    """
    import asyncio
    async def run(queue):
        try:
            await queue.get()
        except asyncio.CancelledError:
            raise TimeoutError from None
    """,
    """
    import asyncio
    async def run(queue):
        try:
            await queue.get()
        except BaseException as error:
            if queue.closed:
                raise
            raise RuntimeError from error
    """,
    """
    from contextlib import asynccontextmanager
    @asynccontextmanager
    async def session(pool):
        try:
            yield pool
        except BaseException:
            await pool.rollback()
            raise
    """,
    """
    async def rows(pool):
        try:
            yield pool
        except Exception:
            print("failed")
    """,
    """
    import asyncio
    class Client:
        async def flush(self):
            try:
                await asyncio.wait_for(self.queue.join(), 3)
            except asyncio.TimeoutError:
                pass
        async def run(self):
            try:
                await self.flush()
            except (OSError, TimeoutError):
                pass
    """,
    """
    class Client:
        async def flush(self):
            await self.queue.join()
        async def run(self):
            try:
                await self.flush()
            except TimeoutError:
                pass
    """,
]


@pytest.mark.parametrize("source", BAD)
def test_it_is_found_in_each_shape(source: str) -> None:
    """Finds a cancellation that ends in an unusual place."""
    assert found_lines(RULE, source, python=10) == marked_lines(source)


@pytest.mark.parametrize("source", GOOD)
def test_what_only_looks_like_it_is_left_alone(source: str) -> None:
    """Says nothing of code that differs from the bad one in what matters."""
    assert found_lines(RULE, source, python=10) == []
