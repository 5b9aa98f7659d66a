"""Two processes over one MongoDB hold one limit: for many callers at once, for passwords, and for open sockets."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as dial

from scripts.serving import API_KEY, served
from tests.adapters.documents.stores import RUN
from tests.adapters.http.test_rates import is_followed
from tests.serving import eventually

AUTHORIZED = {"Authorization": f"Bearer {API_KEY}"}


@pytest.fixture(scope="module")
def urls(mongo_url: str) -> Iterator[list[str]]:
    """Two servers, processes of their own, with the contract's own limits."""
    shared = urlsplit(mongo_url)._replace(path=f"/nexus_test_{RUN}_rates").geturl()
    with served(database_url=shared, rate_limits="") as one, served(database_url=shared, rate_limits="") as other:
        yield [one.url, other.url]


def guess(caller: int) -> dict[str, object]:
    """A wrong password, of another user each time, so that nobody is locked."""
    return {"json": {"username": f"user{caller}", "password": "not the password"}}


def known(_: int) -> dict[str, object]:
    """A request with the one key."""
    return {"headers": AUTHORIZED}


async def statuses(
    urls: list[str], method: str, path: str, callers: int, times: int, options: Callable[[int], dict[str, object]]
) -> list[int]:
    """What so many callers are answered, who ask the servers in turn."""
    async with httpx.AsyncClient(timeout=30) as client:

        async def ask(caller: int) -> list[int]:
            turn = itertools.cycle(urls[caller % 2 :] + urls[: caller % 2])
            requests = [client.request(method, next(turn) + path, **options(caller)) for _ in range(times)]
            return [(await request).status_code for request in requests]

        return [status for found in await asyncio.gather(*map(ask, range(callers))) for status in found]


async def test_a_key_has_one_limit_at_all_servers(urls: list[str]) -> None:
    """64 callers at once, then each server alone until it refuses: exactly what the key may, not one more."""
    found = await statuses(urls, "GET", "/v1/tasks", 64, 4, known)
    for url in urls:
        found += await statuses([url, url], "GET", "/v1/tasks", 1, 60, known)
    assert set(found) == {200, 429}
    assert found.count(200) == 200


async def test_passwords_are_tried_as_often_as_at_one_server(urls: list[str]) -> None:
    """A second process is no second chance: of 64 guesses at once, ten are looked at."""
    found = await statuses(urls, "POST", "/api/auth/login", 64, 1, guess)
    assert (found.count(401), found.count(429)) == (10, 54)


def test_a_user_has_five_sockets_at_all_servers(urls: list[str]) -> None:
    """Wherever they are open: the sixth is closed with 4001."""
    task = httpx.post(f"{urls[0]}/v2/tasks", json={"title": "followed"}, headers=AUTHORIZED).json()["task_id"]
    addresses = [f"ws{url.removeprefix('http')}/ws/tasks/{task}?token={API_KEY}" for url in urls]
    with ExitStack() as open_ones:
        for number in range(5):
            assert open_ones.enter_context(dial(addresses[number % 2])).recv(timeout=20)
        for address in addresses:
            with dial(address) as sixth, pytest.raises(ConnectionClosed) as close:
                sixth.recv(timeout=20)
            assert close.value.rcvd.code == 4001
    assert eventually(lambda: is_followed(addresses[0]))
