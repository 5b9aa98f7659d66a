"""Waits until something has ended. The server holds each question for a while, so that nobody has to ask often."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from .asking import Ask
from .faults import WaitTimeout
from .records import Record
from .transport import AsyncTransport, Transport

_LONGEST = 30
_BREATH = 0.1  # a server that is busy or stops answers sooner
_ENDED = "success"


def until_ended(transport: Transport, ask: Ask, timeout: float | None) -> Any:
    """The item when it has ended; without a timeout, whenever that is."""
    until = _deadline(timeout)
    while True:
        left = _left(until)
        record = transport.send(ask.asking(wait=int(min(left, _LONGEST))))
        if _ENDED in record:
            return record
        _check(until, record, timeout)
        time.sleep(_BREATH)


async def until_ended_async(transport: AsyncTransport, ask: Ask, timeout: float | None) -> Any:
    """The item when it has ended; without a timeout, whenever that is."""
    until = _deadline(timeout)
    while True:
        left = _left(until)
        record = await transport.send(ask.asking(wait=int(min(left, _LONGEST))))
        if _ENDED in record:
            return record
        _check(until, record, timeout)
        await asyncio.sleep(_BREATH)


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout


def _left(until: float | None) -> float:
    return _LONGEST if until is None else max(0.0, until - time.monotonic())


def _check(until: float | None, record: Record, timeout: float | None) -> None:
    if until is not None and _left(until) < 1:  # the server waits for whole seconds
        raise WaitTimeout(f"It has not ended after {timeout} s", record)
