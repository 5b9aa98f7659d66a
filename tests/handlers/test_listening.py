"""Ports that cannot be had end the start with a sentence, whoever serves."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from handlers import listening
from handlers.__main__ import _supervise
from handlers.settings import Settings

_NOWHERE = "no host has such a name"


@pytest.fixture
def collecting() -> Iterator[None]:
    """Whatever a test leaves, garbage is collected again."""
    yield
    gc.enable()


@pytest.mark.parametrize("take", [listening.for_http, listening.for_grpc])
def test_a_host_that_does_not_exist_is_said(take: Callable[[Settings], Any], settings: Settings) -> None:
    """For each port, in words and not as a traceback."""
    with pytest.raises(SystemExit, match=f"nexus: cannot listen on {_NOWHERE}:"):
        take(replace(settings, api_host=_NOWHERE))


@pytest.mark.usefixtures("collecting")
def test_a_supervisor_collects_its_garbage(settings: Settings) -> None:
    """It lives as long as its workers, and has nothing to start fast for but them."""
    gc.disable()
    with pytest.raises(SystemExit):
        asyncio.run(_supervise(replace(settings, api_host=_NOWHERE), lambda: None))
    assert gc.isenabled()
