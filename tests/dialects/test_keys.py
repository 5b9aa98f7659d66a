"""API keys in v1 and v2: made once, told once, listed, changed, revoked."""

import time

import httpx
import pytest

from tests.serving import Connect, Running, a_second_later

V1 = {
    "name": "Devices in us-west-2",
    "scopes": ["telemetry:write", "work:take"],
    "expires_at": "2035-11-03T00:00:00.000Z",
}
V2 = {
    "label": "ci",
    "scopes": ["task:read", "task:write"],
    "expires_at": "2035-11-03T00:00:00.000Z",
    "rate_limits": {"tasks": 1000},
}
PAST = "2001-01-01T00:00:00Z"


def test_a_key_of_v1_lives(client: httpx.Client, shared_server: Running, connect: Connect) -> None:
    """What was asked for is told back, the key itself only once, until it is revoked."""
    made = client.post("/v1/api-keys", json=V1)
    assert made.status_code == 201
    assert {name: made.json()[name] for name in V1} == V1
    path = made.headers["location"]
    known = {name: value for name, value in made.json().items() if name != "api_key"}
    assert client.get(path).json() == known
    assert client.get("/v1/api-keys").json() == {"keys": [known], "total": 1, "limit": 50, "offset": 0}
    holder = connect(shared_server, made.json()["api_key"])
    assert holder.get("/v2/me").json()["scopes"] == V1["scopes"]
    assert "last_used_at" in client.get(path).json()
    assert client.delete(path).json() == {"key_id": made.json()["key_id"], "status": "revoked"}
    assert client.get(path).status_code == 404
    assert a_second_later(lambda: holder.get("/v2/me").status_code == 401)


def test_a_keys_limits_are_of_each_dialects_window(
    client: httpx.Client, shared_server: Running, connect: Connect
) -> None:
    """The number is the key's, the window the category's: an hour in lexos, a minute in mesh."""
    key = client.post("/v2/api-keys", json={**V2, "rate_limits": {"api": 500}}).json()["key"]
    for path, seconds in (("/api/tasks", 3600), ("/api/v1/me", 60)):
        answer = connect(shared_server, key).get(path)
        assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (200, "500")
        assert seconds - 30 < int(answer.headers["x-ratelimit-reset"]) - time.time() <= seconds + 1


def test_a_key_of_v2_lives(client: httpx.Client) -> None:
    """A key has an entity tag, by which it is changed and revoked."""
    made = client.post("/v2/api-keys", json=V2)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert {name: made.json()[name] for name in V2} == V2
    path = made.headers["location"]
    known = {name: value for name, value in made.json().items() if name != "key"}
    assert client.get(path).json() == known
    changed = client.patch(path, json={"label": "ci nightly"}, headers={"If-Match": '"1"'})
    assert (changed.json()["label"], changed.headers["etag"]) == ("ci nightly", '"2"')
    assert client.patch(path, json={"label": "x"}, headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(path, headers={"If-Match": '"2"'}).json() == {"key_id": known["key_id"], "status": "revoked"}
    assert [client.request(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]


def test_keys_are_paged(client: httpx.Client) -> None:
    """Cursors lead through all keys, each once; v1 counts them."""
    for number in range(5):
        assert client.post("/v2/api-keys", json={**V2, "label": str(number)}).status_code == 201
    seen, cursor = [], {}
    while True:
        page = client.get("/v2/api-keys", params={"limit": 2, **cursor}).json()
        seen += [key["label"] for key in page["data"]]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(seen) == ["0", "1", "2", "3", "4"]
    listed = client.get("/v1/api-keys", params={"limit": 2, "offset": 4}).json()
    assert (len(listed["keys"]), listed["total"]) == (1, 5)
    assert client.get("/v2/api-keys", params={"cursor": "AAAA"}).status_code == 422


@pytest.mark.parametrize(("path", "given"), [("/v1/api-keys", V1), ("/v2/api-keys", V2)])
def test_a_key_is_within_reason(client: httpx.Client, client_as, path: str, given: dict) -> None:
    """An end in the past is refused with 422, a scope that the maker lacks with 403, and nobody reads with less."""
    assert client.post(path, json={**given, "expires_at": PAST}).status_code == 422
    owner = client_as("owner")
    assert owner.post(path, json={**given, "scopes": ["admin"]}).status_code == 403
    assert owner.post(path, json=given).status_code == 201
    assert client_as("guest").get(path).status_code == 403


def test_a_key_is_made_once(client: httpx.Client) -> None:
    """The same request twice, with an idempotency key, is a conflict: nobody can be told the key again."""
    headers = {"Idempotency-Key": "once"}
    answers = [client.post("/v2/api-keys", json=V2, headers=headers).status_code for _ in range(3)]
    assert answers == [201, 409, 409]
    assert len(client.get("/v2/api-keys").json()["data"]) == 1


def test_whoever_asks_learns_who_they_are(
    client: httpx.Client, shared_server: Running, connect: Connect, tenant: str
) -> None:
    """`/v2/me` tells a person and a program apart, and where each may act."""
    person = connect(shared_server, shared_server.session_for("family_member", tenant)).get("/v2/me").json()
    assert (person["kind"], person["tenant_id"]) == ("user", tenant)
    assert [(other["tenant_id"], other["role"]) for other in person["tenants"]] == [(tenant, "family_member")]
    assert "task:write" in person["scopes"]
    assert "expires_at" in person
    key = client.post("/v2/api-keys", json=V2).json()
    program = connect(shared_server, key["key"]).get("/v2/me").json()
    assert (program["id"], program["kind"], program["name"]) == (key["key_id"], "api_key", "ci")
    assert (program["scopes"], program["expires_at"]) == (V2["scopes"], V2["expires_at"])
    assert [other["tenant_id"] for other in program["tenants"]] == [tenant]
