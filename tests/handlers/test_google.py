"""Google sign-in through the whole server, against an issuer of our own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.adapters.google.issuer import CLIENT, Issuer, issuing, token
from tests.serving import Connect, Running

Serve = Callable[..., Running]


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer in a thread of its own."""
    ready, found = threading.Event(), []

    async def run() -> None:
        async with issuing() as running:
            stop = asyncio.Event()
            found.extend([running, asyncio.get_running_loop(), stop])
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    yield found[0]
    found[1].call_soon_threadsafe(found[2].set)
    thread.join(10)


@pytest.fixture
def server(serve: Serve, issuer: Issuer) -> Running:
    """A server that takes the issuer for Google, and knows Ann."""
    return serve(google_client_id=CLIENT, google_jwks_url=issuer.url, google_roles="ann@example.org=council")


def sign_in(client: httpx.Client, id_token: str) -> Any:
    """The answer to a sign-in."""
    return client.post("/auth/oauth/google", json={"id_token": id_token})


def test_somebody_comes_in(server: Running, connect: Connect) -> None:
    """The session is as GGI prints it, its token is good in every dialect, and it can be refreshed and ended."""
    session = sign_in(connect(server), token()).json()
    assert session["access_token"].startswith("nexus_at_")
    assert session["refresh_token"].startswith("nexus_rt_")
    assert session["expires_in"] == 3600
    assert session["user"]["email"] == "ann@example.org"
    assert session["user"]["role"] == "council"
    client = connect(server, session["access_token"])
    assert [client.get(path).status_code for path in ("/tasks", "/v1/tasks", "/v2/tasks", "/api/tasks")] == [200] * 4
    assert client.post("/tasks", json={"name": "t", "type": "x"}).status_code == 403
    again = connect(server).post("/auth/oauth/refresh", json={"refresh_token": session["refresh_token"]}).json()
    assert again["user"] == session["user"]
    entries = client.get("/v2/audit", params={"event_type": "login"}).json()["data"]
    assert session["user"]["id"] in {entry["actor"] for entry in entries}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (token(email="eve@example.org"), 403),
        (token(aud="other"), 401),
        (token(email_verified=False), 401),
        (token("k2"), 401),
        ("noise", 401),
    ],
)
def test_somebody_else_does_not(server: Running, connect: Connect, given: str, status: int) -> None:
    """Neither a stranger nor a bad token opens anything, and it is told."""
    assert sign_in(connect(server), given).status_code == status
    listed = server.nexus.core.audit
    assert listed.figures.written >= 1


def test_a_silent_google_is_not_the_callers_fault(serve: Serve, connect: Connect) -> None:
    """Without keys the answer is 503, and when to come again."""
    answer = sign_in(connect(serve(google_client_id=CLIENT, google_jwks_url="http://127.0.0.1:1/")), token())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


def test_without_a_client_google_opens_nothing(serve: Serve, connect: Connect) -> None:
    """Where sign-in with Google is not set up, the answer is 403."""
    assert sign_in(connect(serve()), token()).status_code == 403


def test_a_password_does_not_open_a_google_account(server: Running, connect: Connect) -> None:
    """Who came from Google has no password, not even an empty one."""
    sign_in(connect(server), token())
    for password in ("", "None", "null"):
        login = {"username": "ann@example.org", "password": password or " "}
        assert connect(server).post("/api/auth/login", json=login).status_code == 401


def test_who_loses_their_role_is_out_at_once(serve: Serve, issuer: Issuer, connect: Connect) -> None:
    """After a restart with other roles neither the token nor its refresh is good; with a role again, both are."""
    google = {"google_client_id": CLIENT, "google_jwks_url": issuer.url}
    server = serve(**google, google_roles="ann@example.org=council")
    session = sign_in(connect(server), token()).json()
    for roles, status in (("bob@example.org=council", 401), ("*=council", 200)):
        server.stop()
        server = serve(**google, google_roles=roles)
        assert connect(server, session["access_token"]).get("/tasks").status_code == status
    server.stop()
    server = serve(**google)
    renewal = connect(server).post("/auth/oauth/refresh", json={"refresh_token": session["refresh_token"]})
    assert renewal.status_code == 401
