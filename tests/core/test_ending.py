"""What runs beside ends when it is told to, also if it overhears that once."""

import asyncio

import pytest

from handlers.core import ending
from handlers.core.ending import ended


async def test_what_has_ended_or_was_never_begun_is_not_waited_for() -> None:
    """Its failure is nobody's."""
    failing = asyncio.ensure_future(_fail())
    await asyncio.wait([failing])
    await ended(None, failing)
    await ended()


async def test_all_have_ended_afterwards() -> None:
    """What they do last is waited for."""
    said: list[str] = []
    running = [asyncio.create_task(_say_last(said)) for _ in range(3)]
    await asyncio.sleep(0)
    await ended(*running)
    assert said == ["last"] * 3
    assert all(one.cancelled() for one in running)


async def test_what_overhears_it_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As who waits by `asyncio.wait_for` does in the turn in which the answer comes."""
    monkeypatch.setattr(ending, "_AGAIN_SECONDS", 0.01)
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    deaf = asyncio.create_task(_overhear(answer))
    await asyncio.sleep(0)
    answer.set_result(1)
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await ended(deaf)
    assert deaf.cancelled()


async def _fail() -> None:
    raise ValueError


async def _say_last(said: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0.01)
        said.append("last")


async def _overhear(answer: "asyncio.Future[int]") -> None:
    await asyncio.wait_for(_of(answer), 20)
    await asyncio.Event().wait()


async def _of(answer: "asyncio.Future[int]") -> int:
    return await answer
