"""What is there at once costs no timer; what is not is waited for, and no longer than allowed."""

import asyncio

import pytest

from adapters.http.at_once import within


async def test_a_result_that_is_there_needs_no_timer(monkeypatch):
    """No clock is set for an awaitable that ends at its first step."""

    async def ready():
        return "value"

    monkeypatch.setattr(asyncio, "timeout", None)
    assert await within(1, ready()) == "value"


async def test_a_result_that_comes_later_is_waited_for():
    """An awaitable may pause as often as it likes."""

    async def later():
        event = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, event.set)
        await event.wait()
        await asyncio.sleep(0.01)
        return "value"

    assert await within(1, later()) == "value"


async def test_a_failure_is_passed_on_from_either_side_of_a_pause():
    """What the awaitable raises is raised, whether it has paused or not."""

    async def fail(pauses):
        for _ in range(pauses):
            await asyncio.sleep(0)
        raise ValueError(pauses)

    for pauses in (0, 1, 2):
        with pytest.raises(ValueError, match=str(pauses)):
            await within(1, fail(pauses))


async def test_what_takes_too_long_is_cancelled_and_cleans_up():
    """The awaitable sees its cancellation, and the caller a timeout."""
    seen = []

    async def slow():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    with pytest.raises(TimeoutError):
        await within(0.01, slow())
    assert seen == ["cancelled"]


async def test_a_cancellation_from_outside_stays_one():
    """A caller that is cancelled while it waits is not told of a timeout."""
    task = asyncio.ensure_future(within(10, asyncio.sleep(10)))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_exception_of_the_awaited_future_reaches_the_awaitable():
    """A failure of what the awaitable waits for arrives inside it, where it may be handled."""
    future = asyncio.get_running_loop().create_future()

    async def handling():
        try:
            await future
        except ValueError:
            return "handled"

    asyncio.get_running_loop().call_soon(future.set_exception, ValueError())
    assert await within(1, handling()) == "handled"
