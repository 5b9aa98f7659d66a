"""Awaiting what is usually there already, without a timer unless it is not.

A timer costs more than the rest of a small request, and the server has most bodies complete before it calls us. So
the first step of the awaitable is taken by hand: it either ends there, or hands over what it waits for, and only
then is a clock set.
"""

import asyncio
from collections.abc import Awaitable, Generator
from typing import Any


async def within(seconds: float, awaitable: Awaitable[Any]) -> Any:
    """The result of an awaitable; raises `TimeoutError` when it takes longer than that."""
    steps = awaitable.__await__()
    try:
        waited_for = next(steps)
    except StopIteration as done:
        return done.value
    async with asyncio.timeout(seconds):
        return await _Rest(steps, waited_for)


class _Rest:
    """An awaitable whose first step has been taken: it goes on as if nobody had touched it."""

    __slots__ = ("_steps", "_waited_for")

    def __init__(self, steps: Generator[Any, Any, Any], waited_for: Any) -> None:
        self._steps = steps
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, Any]:
        waited_for = self._waited_for
        try:
            while True:
                try:
                    result = yield waited_for
                except BaseException as exc:  # noqa: BLE001 - a cancellation belongs to the awaitable, as all else
                    waited_for = self._steps.throw(exc)
                else:
                    waited_for = self._steps.send(result)
        except StopIteration as done:
            return done.value
