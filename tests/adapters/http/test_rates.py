"""Limits over the wire: what every answer says of them, what one request too many is told, and who is counted."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as dial

from adapters.crypto.hasher import BcryptHasher
from handlers.app import Nexus, build
from handlers.core.collections import API_KEYS, PLATFORM
from handlers.core.credentials import key_id
from handlers.core.errors import Unavailable
from handlers.core.limits import read_table
from handlers.core.metering import Meters
from handlers.core.ports import Update
from handlers.settings import Settings
from tests.fakes import Clock
from tests.serving import ADMIN_KEY, PASSWORD, Connect, Running, eventually

HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
LISTS = {"ggi": "/tasks", "v1": "/v1/tasks", "v2": "/v2/tasks", "lexos": "/api/tasks", "mesh": "/api/v1/me"}
LIMITS = {"ggi": 500, "v1": 200, "v2": 500, "lexos": 1000, "mesh": 1000}
REFUSED = {
    "/tasks": {"error": {"code": "rate_limited", "details": {"limit": 2, "window_seconds": 60}}},
    "/v1/tasks": {"error": {"code": "RATE_LIMIT_EXCEEDED"}},
    "/v2/tasks": {"error": {"code": "RATE_LIMIT_EXCEEDED"}},
    "/api/tasks": {"error": True, "code": "RATE_LIMIT_EXCEEDED"},
    "/api/v1/me": {"error": "2 requests in 60 seconds are possible here, and this was one more"},
}
LOGIN = {"username": "admin", "password": "not the password"}
Serve = Callable[..., Running]


def told(answer: httpx.Response) -> tuple[int, ...]:
    """Limit, remaining and reset, as an answer says them."""
    return tuple(int(answer.headers[name]) for name in HEADERS)


def at(clock: Clock) -> Callable[[Nexus], None]:
    """Makes a server count by this clock, within the contract's own limits."""

    def adapt(nexus: Nexus) -> None:
        nexus.site.meters = Meters(read_table(nexus.site.contract.document["x-rate-limits"], 1000, {}), clock)

    return adapt


@pytest.fixture
def limited(serve: Serve) -> Running:
    """A server with the contract's own limits."""
    return serve(rate_limits="")


def test_every_dialect_has_the_limits_of_its_reference(limited: Running, connect: Connect) -> None:
    """The printed number stands in the first answer; each answer has one fewer left until the window ends."""
    client = connect(limited, ADMIN_KEY)
    for dialect, path in LISTS.items():
        first, second = told(client.get(path)), told(client.get(path))
        assert first[:2] == (LIMITS[dialect], LIMITS[dialect] - 1)
        assert second == (first[0], first[1] - 1, first[2])


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/v2/tasks", {}, 200),
        ("HEAD", "/v2/tasks", {}, 200),
        ("POST", "/v2/tasks", {"json": {"title": "t"}}, 201),
        ("GET", "/v2/tasks?unknown=1", {}, 400),
        ("GET", "/v2/tasks/%ff", {}, 400),
        ("POST", "/v2/tasks", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("GET", "/v2/tasks", {"headers": {"Authorization": "Bearer nobody"}}, 401),
        ("GET", "/v2/tasks", {"headers": {"Authorization": ""}}, 401),
        ("GET", "/v2/tasks/task_none", {}, 404),
        ("POST", "/v2/tasks", {"content": b" " * 2_000_000, "headers": {"Content-Type": "application/json"}}, 413),
        ("POST", "/v2/tasks", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
        ("GET", "/docs", {}, 200),
        ("POST", "/api/auth/login", {"json": LOGIN}, 401),
    ],
)
def test_every_answer_says_how_many_are_left(
    client: httpx.Client, method: str, path: str, options: Any, status: int
) -> None:
    """Whatever comes of a request, it was counted, and its answer says so."""
    answer = client.request(method, path, **options)
    assert answer.status_code == status
    limit, remaining, reset = told(answer)
    assert (limit, remaining < limit, reset > 1_700_000_000) == (1_000_000, True, True)


@pytest.mark.parametrize("failure", [Unavailable("The store does not answer"), RuntimeError("swordfish")])
@pytest.mark.parametrize("part", ["authenticate", "core"])
def test_our_own_failures_say_it_too(serve: Serve, connect: Connect, part: str, failure: Exception) -> None:
    """A store that does not answer and a defect, before or after the caller is known, leave the headers in place."""

    async def fail(*_: Any, **__: Any) -> None:
        raise failure

    def adapt(nexus: Nexus) -> None:
        if part == "authenticate":
            nexus.site.authenticate = fail
        else:
            nexus.site.core = replace(nexus.core, tasks=type("Broken", (), {"__getattr__": lambda *_: fail})())

    answer = connect(serve(adapt), ADMIN_KEY).get("/v2/tasks")
    assert answer.status_code == (503 if isinstance(failure, Unavailable) else 500)
    assert told(answer)[:2] == (1_000_000, 999_999)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/healthz"), ("GET", "/readyz"), ("OPTIONS", "/v2/tasks"), ("PUT", "/v2/tasks")]
)
def test_what_is_not_limited_says_nothing_of_limits(client: httpx.Client, method: str, path: str) -> None:
    """Probes, and what is no operation, are not counted."""
    assert not set(HEADERS) & client.request(method, path).headers.keys()


def test_one_too_many_is_told_so_in_every_dialect(serve: Serve, connect: Connect) -> None:
    """429, when to come back, and nothing left; the rest of the answer is the dialect's."""
    client = connect(serve(rate_limits="*=2"), ADMIN_KEY)
    for path, said in REFUSED.items():
        answers = [client.get(path) for _ in range(3)]
        assert 429 not in [answer.status_code for answer in answers[:2]]
        assert answers[2].status_code == 429
        assert told(answers[2]) == (2, 0, told(answers[0])[2])
        seconds = 3600 if path == "/api/tasks" else 60
        assert seconds - 5 <= int(answers[2].headers["retry-after"]) <= seconds
        assert is_within(said, answers[2].json())
        if path == "/v2/tasks":
            assert answers[2].json()["error"]["retry_after"] == int(answers[2].headers["retry-after"])


async def test_a_limit_is_exact_among_many_callers(limited: Running) -> None:
    """64 callers at once with one key get exactly what the key may, each answer with a number of its own."""
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with httpx.AsyncClient(base_url=limited.url, headers=headers, timeout=30) as client:

        async def ask(times: int) -> list[httpx.Response]:
            return [await client.get("/v1/tasks") for _ in range(times)]

        answers = [answer for found in await asyncio.gather(*(ask(5) for _ in range(64))) for answer in found]
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in answers if answer.status_code == 200]
    assert sorted(left) == list(range(200))
    assert [answer.status_code for answer in answers].count(429) == 120


def test_a_window_turns(serve: Serve, connect: Connect) -> None:
    """When the window ends, as the answers have said, everything is possible again."""
    clock = Clock()
    client = connect(serve(at(clock)), ADMIN_KEY)
    statuses = [client.get("/v1/tasks").status_code for _ in range(201)]
    assert (statuses.count(200), statuses[-1]) == (200, 429)
    refused = client.get("/v1/tasks")
    assert refused.headers["retry-after"] == "60"
    clock.now = told(refused)[2] * 1000
    assert told(client.get("/v1/tasks"))[:2] == (200, 199)


def test_a_burst_of_logins_stops_before_the_password(
    limited: Running, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten passwords a minute can be tried from one address; of one more nobody looks whether it is right."""
    looked_at, matches = [], BcryptHasher.matches

    async def look(hasher: BcryptHasher, secret: str, verifier: str) -> bool:
        looked_at.append(secret)
        return await matches(hasher, secret, verifier)

    monkeypatch.setattr(BcryptHasher, "matches", look)
    client = connect(limited)
    guesses = [{**LOGIN, "username": f"user{number}"} for number in range(10)]  # none often enough to be locked
    wrong = [client.post("/api/auth/login", json=guess).status_code for guess in guesses]
    right = client.post("/api/auth/login", json={**LOGIN, "password": PASSWORD})
    assert (wrong, right.status_code) == ([401] * 10, 429)
    assert (len(looked_at), PASSWORD in looked_at) == (10, False)
    assert connect(limited, ADMIN_KEY).get("/api/tasks").status_code == 200


def test_strangers_are_counted_by_their_address_and_callers_by_themselves(serve: Serve, connect: Connect) -> None:
    """Who tries keys from an address uses up what strangers may from there, and nothing of those who are known."""
    server = serve(rate_limits="*=5")
    stranger = connect(server, "nexus_sk_live_000000000000_guess")
    assert [stranger.get("/v2/tasks").status_code for _ in range(6)] == [401] * 5 + [429]
    assert connect(server).get("/v2/tasks").status_code == 429
    assert told(connect(server, ADMIN_KEY).get("/v2/tasks"))[:2] == (5, 4)


@pytest.mark.parametrize(("proxies", "statuses"), [("", [200, 429, 429]), ("127.0.0.0/8", [200, 200, 429])])
def test_only_a_trusted_proxy_says_who_asks(serve: Serve, connect: Connect, proxies: str, statuses: list[int]) -> None:
    """Whoever is no proxy of ours cannot ask in the names of others."""
    client = connect(serve(rate_limits="contract=1", trusted_proxies=proxies))
    asked = ["203.0.113.1", "6.6.6.6, 203.0.113.2", "7.7.7.7, 203.0.113.2"]
    assert [client.get("/docs", headers={"X-Forwarded-For": name}).status_code for name in asked] == statuses


def test_a_key_may_have_limits_of_its_own(limited: Running, connect: Connect) -> None:
    """What stands in a key's record holds within a second, for the categories that it names."""
    key = limited.key_for("admin", "t_one")
    documents = limited.nexus.core.tasks._documents
    limited.wait(documents.write(Update(API_KEYS, PLATFORM, key_id(key), {}, {"limits": {"tasks": 3}})))
    client = connect(limited, key)
    assert [client.get("/v2/tasks").status_code for _ in range(4)] == [200] * 3 + [429]
    assert told(client.get("/v2/tasks"))[0] == 3
    assert told(client.get("/metrics"))[0] == 1000


def test_a_user_is_counted_with_all_their_keys_where_the_contract_says_so(limited: Running, connect: Connect) -> None:
    """`lexos` counts a person, the others each key."""
    server = limited
    key = server.key_for("admin", "t_one")
    session = connect(server, key)
    token = connect(server).post("/api/auth/login", json={**LOGIN, "password": PASSWORD}).json()["token"]
    callers = [connect(server, ADMIN_KEY), connect(server, token)]
    assert [told(caller.get("/api/tasks"))[1] for caller in callers] == [999, 998]
    assert [told(caller.get("/v2/tasks"))[1] for caller in callers] == [499, 499]
    assert told(session.get("/api/tasks"))[1] == 999


def test_limits_can_be_set_and_switched_off(serve: Serve, connect: Connect) -> None:
    """The number where no reference has one is the server's; without counting nothing is ever used."""
    server = serve(rate_limits="", rate_limit_max_requests=7)
    client = connect(server, ADMIN_KEY)
    assert [told(client.get(path))[0] for path in ("/metrics", "/v2/tasks")] == [7, 500]
    server.stop()
    client = connect(serve(rate_limits="", rate_limit_enabled=False), ADMIN_KEY)
    assert [told(client.get("/v2/tasks"))[:2] for _ in range(3)] == [(500, 500)] * 3


def test_a_limit_of_nothing_stops_the_start(settings: Settings) -> None:
    """A category that the contract does not have is a mistake of the operator's."""
    with pytest.raises(SystemExit, match="NEXUS_RATE_LIMITS: taks: no such category"):
        build(replace(settings, rate_limits="taks=5"))


def test_an_event_stream_says_it_at_its_beginning(serve: Serve, connect: Connect) -> None:
    """Opening a stream is a request; one too many is refused before anything flows."""
    client = connect(serve(rate_limits="events=1"), ADMIN_KEY)
    with client.stream("GET", "/v2/events/stream") as answer:
        assert (answer.status_code, told(answer)[:2]) == (200, (1, 0))
    refused = client.get("/v2/events/stream")
    assert (refused.status_code, told(refused)[:2]) == (429, (1, 0))


def followed(server: Running, token: str) -> Any:
    """A socket that follows a task."""
    return dial(f"ws://{server.address}/ws/tasks/task_{'x' * 20}?token={token}")


def ended(socket: Any) -> int:
    """The code that closes a socket."""
    with pytest.raises(ConnectionClosed) as close:
        socket.recv(timeout=20)
    return close.value.rcvd.code


@pytest.mark.parametrize(("token", "code"), [(ADMIN_KEY, 1008), ("nobody", 4000)])
def test_handshakes_are_counted(serve: Serve, token: str, code: int) -> None:
    """One socket too many is closed with 4001, by caller or, of strangers, by address."""
    server = serve(rate_limits="websockets=2")
    codes = []
    for _ in range(3):
        with followed(server, token) as socket:
            codes.append(ended(socket))
    assert codes == [code, code, 4001]


def test_a_user_has_five_sockets_at_once(limited: Running, connect: Connect) -> None:
    """The sixth is closed with 4001; when one of the five ends, there is room again."""
    client = connect(limited, ADMIN_KEY)
    task = client.post("/api/agents/web_agent/task", json={"task_type": "web_scrape"}).json()["task_id"]
    address = f"ws://{limited.address}/ws/tasks/{task}?token={ADMIN_KEY}"
    with ExitStack() as four:
        for _ in range(4):
            assert four.enter_context(dial(address)).recv(timeout=20)
        with dial(address) as fifth:
            assert fifth.recv(timeout=20)
            with dial(address) as sixth:
                assert ended(sixth) == 4001
        assert eventually(lambda: is_followed(address))


def is_followed(address: str) -> bool:
    """Whether a socket is served."""
    with dial(address) as socket:
        try:
            socket.recv(timeout=20)
        except ConnectionClosed:
            return False
        return True


def is_within(part: Any, whole: Any) -> bool:
    """Whether all of a part stands in the whole."""
    if isinstance(part, dict):
        return all(name in whole and is_within(value, whole[name]) for name, value in part.items())
    return part == whole
