"""Tokens for API keys in v1 and v2, and their refreshing in every dialect that does it."""

from collections.abc import Callable

import httpx
import pytest

from tests.serving import Connect, Running, a_second_later

DIALECTS = ("v1", "v2")
TOKEN = {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
Trade = Callable[..., httpx.Response]


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    """One of those that trade keys for tokens."""
    return request.param


@pytest.fixture
def trade(stranger: httpx.Client, dialect: str) -> Trade:
    """Asks for a token."""

    def ask(**given: str) -> httpx.Response:
        grant = "refresh_token" if "refresh_token" in given else "client_credentials"
        return stranger.post(f"/{dialect}/auth/token", json={"grant_type": grant, **given})

    return ask


@pytest.fixture
def narrow(client: httpx.Client) -> str:
    """A key that reads and writes tasks."""
    given = {"label": "narrow", "scopes": ["task:read", "task:write"]}
    return client.post("/v2/api-keys", json=given).json()["key"]


def test_a_key_is_traded_whole_or_in_halves(
    trade: Trade, narrow: str, shared_server: Running, connect: Connect
) -> None:
    """Either form opens a session for an hour, with the scopes of the key, which every dialect takes."""
    first, secret = narrow[: len("nexus_sk_live_") + 12], narrow[len("nexus_sk_live_") + 13 :]
    for given in (
        {"client_secret": narrow},
        {"client_id": first, "client_secret": secret},
        {"client_id": first.removeprefix("nexus_sk_live_"), "client_secret": secret},
    ):
        answer = trade(**given)
        assert (answer.status_code, set(answer.json())) == (200, TOKEN)
        assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 3600)
        assert answer.json()["scope"] == "task:read task:write"
        holder = connect(shared_server, answer.json()["access_token"])
        for path in ("/tasks", "/v1/tasks", "/v2/tasks", "/api/tasks"):
            assert holder.get(path).status_code == 200


def test_less_is_given_and_more_is_not(trade: Trade, narrow: str, shared_server: Running, connect: Connect) -> None:
    """A session may be narrower than its key, and never wider."""
    answer = trade(client_secret=narrow, scope="task:read").json()
    assert answer["scope"] == "task:read"
    assert connect(shared_server, answer["access_token"]).post("/v2/tasks", json={"title": "x"}).status_code == 403
    assert trade(client_secret=narrow, scope="task:read admin").status_code == 403
    assert trade(refresh_token=answer["refresh_token"], scope="task:write").status_code == 403
    assert trade(refresh_token=answer["refresh_token"]).json()["scope"] == "task:read"


def test_what_is_no_key_opens_nothing(trade: Trade, narrow: str) -> None:
    """A false half, a false whole, and another client's name are refused with 401."""
    for given in (
        {"client_secret": "x"},
        {"client_secret": narrow + "x"},
        {"client_id": "000000000000", "client_secret": narrow},
        {"refresh_token": narrow},
    ):
        answer = trade(**given)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="nexus"')


def test_a_spent_token_ends_the_session(trade: Trade, narrow: str, shared_server: Running, connect: Connect) -> None:
    """A refresh token works once; used again, it ends everything that came of it."""
    first = trade(client_secret=narrow).json()
    second = trade(refresh_token=first["refresh_token"]).json()
    holder = connect(shared_server, second["access_token"])
    assert holder.get("/v2/tasks").status_code == 200
    assert trade(refresh_token=first["refresh_token"]).status_code == 401
    assert trade(refresh_token=second["refresh_token"]).status_code == 401
    assert a_second_later(lambda: holder.get("/v2/tasks").status_code == 401)


@pytest.mark.parametrize("path", ["/v1/auth/revoke", "/v2/auth/revoke", "/auth/oauth/revoke"])
def test_a_session_is_ended_by_its_token(
    trade: Trade, narrow: str, stranger: httpx.Client, path: str, shared_server: Running, connect: Connect
) -> None:
    """Every dialect ends a session by its refresh token, and says the same of one that is over."""
    session = trade(client_secret=narrow).json()
    for _ in range(2):
        answer = stranger.post(path, json={"refresh_token": session["refresh_token"]})
        assert (answer.status_code, answer.json()) == (200, {"status": "revoked"})
    holder = connect(shared_server, session["access_token"])
    assert holder.get("/v2/tasks").status_code == 401


def test_a_session_is_renewed_as_ggi_prints_it(trade: Trade, narrow: str, stranger: httpx.Client) -> None:
    """The answer has the printed form, and its token the printed beginning; a spent one is refused."""
    session = trade(client_secret=narrow).json()
    answer = stranger.post("/auth/oauth/refresh", json={"refresh_token": session["refresh_token"]})
    assert answer.status_code == 200
    assert answer.json()["access_token"].startswith("nexus_at_")
    assert answer.json()["refresh_token"].startswith("nexus_rt_")
    assert answer.json()["user"]["role"] == "seedbringer"
    authorized = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert stranger.get("/tasks", headers=authorized).status_code == 200
    again = stranger.post("/auth/oauth/refresh", json={"refresh_token": session["refresh_token"]})
    assert again.status_code == 401


def test_a_session_ends_with_its_key(
    trade: Trade, narrow: str, client: httpx.Client, shared_server: Running, connect: Connect
) -> None:
    """A revoked key takes the tokens along that it was traded for."""
    session = trade(client_secret=narrow).json()
    holder = connect(shared_server, session["access_token"])
    me = holder.get("/v2/me").json()
    assert (me["kind"], me["name"]) == ("api_key", "narrow")
    client.delete(f"/v2/api-keys/{me['id']}")
    assert a_second_later(lambda: holder.get("/v2/me").status_code == 401)
    assert trade(refresh_token=session["refresh_token"]).status_code == 401
