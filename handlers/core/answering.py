"""Answering whoever waits."""

from asyncio import Future
from typing import Any


def answered(waiting: "Future[Any]", result: Any = None, problem: BaseException | None = None) -> None:
    """Give somebody what they wait for, or what is wrong, unless they have left."""
    if waiting.done():
        return
    if problem is None:
        waiting.set_result(result)
    else:
        waiting.set_exception(problem)
