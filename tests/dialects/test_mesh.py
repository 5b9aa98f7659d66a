"""Users, tenants and keys as the mesh API reference prints them."""

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from tests.dialects.shapes import resembles
from tests.serving import Connect, Running, a_second_later

REGISTER = {"email": "admin@example.com", "password": "a-strong-password", "displayName": "Admin"}
REGISTERED = {
    "accessToken": "eyJ...",
    "refreshToken": "...",
    "user": {"id": "usr_...", "email": "admin@example.com", "displayName": "Admin"},
}
TENANT = {"displayName": "My Organisation", "nodeProfile": "full"}
TENANT_MADE = {"id": "t_...", "crName": "tenant-...", "displayName": "My Organisation"}
KEY = {"label": "ci"}
KEY_MADE = {"rawKey": "...", "label": "ci"}
Person = Callable[[], tuple[httpx.Client, dict]]


def registration() -> dict[str, str]:
    """The printed registration, of an address that nobody has yet."""
    return {**REGISTER, "email": f"{uuid4().hex}@example.com"}


@pytest.fixture
def person(shared_server: Running, connect: Connect, stranger: httpx.Client) -> Person:
    """Registers people; each comes with a client that is logged in."""

    def register() -> tuple[httpx.Client, dict]:
        session = stranger.post("/auth/register", json=registration()).json()
        return connect(shared_server, session["accessToken"]), session

    return register


def as_key(shared_server: Running, connect: Connect, key: str) -> httpx.Client:
    """A client that sends its key as the mesh does."""
    client = connect(shared_server)
    client.headers["X-API-Key"] = key
    return client


def test_the_printed_flow(shared_server: Running, connect: Connect, stranger: httpx.Client) -> None:
    """Register, log in, create a tenant, create a key, and use it: each as printed, one after the other."""
    given = registration()
    registered = stranger.post("/auth/register", json=given)
    assert registered.status_code == 201
    resembles(registered.json(), REGISTERED, more=("expiresIn",))
    assert registered.json()["user"]["displayName"] == "Admin"
    assert registered.headers["location"] == "/api/v1/me"
    session = stranger.post("/auth/login", json={"email": given["email"], "password": given["password"]})
    assert session.status_code == 200
    resembles(session.json(), REGISTERED, more=("expiresIn",))
    person = connect(shared_server, session.json()["accessToken"])
    tenant = person.post("/api/v1/tenants", json=TENANT)
    assert tenant.status_code == 201
    resembles(tenant.json(), TENANT_MADE, more=("namespace", "nodeProfile", "createdAt"))
    assert (tenant.json()["id"][:2], tenant.json()["crName"][:7]) == ("t_", "tenant-")
    key = person.post(f"/api/v1/tenants/{tenant.json()['id']}/keys", json=KEY)
    assert key.status_code == 201
    resembles(key.json(), KEY_MADE, more=("hash", "tenantId", "scopes", "createdAt"))
    me = as_key(shared_server, connect, key.json()["rawKey"]).get("/api/v1/me").json()
    assert (me["credential"], me["tenant"]["id"]) == ("apiKey", tenant.json()["id"])
    assert me["key"]["hash"] == key.json()["hash"]
    assert me["key"]["scopes"] == ["agent:read", "ai:coordinate", "telemetry:read"]
    assert me["scopes"] == ["agent:read", "ai:coordinate", "event:read", "telemetry:read", "work:take"]


def test_an_address_registers_once(stranger: httpx.Client) -> None:
    """A second registration, in any case, is told to log in instead."""
    given = registration()
    assert stranger.post("/auth/register", json=given).status_code == 201
    again = stranger.post("/auth/register", json={**given, "email": given["email"].upper()})
    assert (again.status_code, list(again.json())) == (409, ["error"])


@pytest.mark.parametrize("password", ["password", "qwerty123"])
def test_a_common_password_is_refused(stranger: httpx.Client, password: str) -> None:
    """What everybody tries first is no password."""
    assert stranger.post("/auth/register", json={**registration(), "password": password}).status_code == 400


def test_a_name_is_made_of_the_address(stranger: httpx.Client) -> None:
    """Who says no name is shown by the beginning of their address."""
    given = {"email": f"Ann.{uuid4().hex}@example.com", "password": "a-strong-password"}
    user = stranger.post("/auth/register", json=given).json()["user"]
    assert user["displayName"] == given["email"].partition("@")[0].lower()


def test_a_wrong_password_is_told_nothing(stranger: httpx.Client) -> None:
    """An unknown address and a wrong password are answered with the same words."""
    given = registration()
    stranger.post("/auth/register", json=given)
    answers = [
        stranger.post("/auth/login", json={"email": email, "password": "something else"})
        for email in (given["email"], registration()["email"])
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_a_locked_name_is_told_how_long(shared_server: Running, stranger: httpx.Client) -> None:
    """After five wrong passwords the right one is refused with 429 and the time to wait."""
    given = registration()
    stranger.post("/auth/register", json=given)
    for _ in range(5):
        assert stranger.post("/auth/login", json={"email": given["email"], "password": "wrong"}).status_code == 401
    right = {"email": given["email"], "password": given["password"]}
    locked = stranger.post("/auth/login", json=right)
    assert locked.status_code == 429
    assert 800 < int(locked.headers["retry-after"]) <= 901


def test_a_refresh_rotates(person: Person, stranger: httpx.Client) -> None:
    """A new pair of tokens for the old one; the old refresh token ends them all."""
    client, session = person()
    assert client.get("/api/v1/me").status_code == 200
    renewed = stranger.post("/auth/refresh", json={"refreshToken": session["refreshToken"]}).json()
    assert renewed["refreshToken"] != session["refreshToken"]
    client.headers["Authorization"] = f"Bearer {renewed['accessToken']}"
    assert client.get("/api/v1/me").json()["user"] == session["user"]
    assert stranger.post("/auth/refresh", json={"refreshToken": session["refreshToken"]}).status_code == 401
    assert stranger.post("/auth/refresh", json={"refreshToken": renewed["refreshToken"]}).status_code == 401
    assert a_second_later(lambda: client.get("/api/v1/me").status_code == 401)


def test_a_logout_ends_the_session(person: Person, stranger: httpx.Client) -> None:
    """Who has the refresh token ends the session; once more, or with any other token, says the same."""
    client, session = person()
    for token in (session["refreshToken"], session["refreshToken"], "nexus_rt_nobody"):
        assert stranger.post("/auth/logout", json={"refreshToken": token}).json() == {"status": "revoked"}
    assert a_second_later(lambda: client.get("/api/v1/me").status_code == 401)
    assert stranger.post("/auth/refresh", json={"refreshToken": session["refreshToken"]}).status_code == 401


def test_a_stranger_may_look_at_themselves(person: Person) -> None:
    """Somebody without a tenant has no scopes, and is refused wherever one is needed."""
    client, session = person()
    assert client.get("/api/v1/me").json() == {"credential": "session", "user": session["user"], "scopes": []}
    for path in ("/tasks", "/v1/tasks", "/v2/tasks", "/api/tasks", "/api/admin/users"):
        assert client.get(path).status_code == 403
    assert client.get("/api/v1/tenants").json() == []


def test_a_tenant_lives(person: Person) -> None:
    """A tenant is listed, read, changed and deleted; then nobody finds it."""
    client, _ = person()
    made = client.post("/api/v1/tenants", json=TENANT)
    path = made.headers["location"]
    assert client.get(path).json() == made.json()
    changed = client.patch(path, json={"displayName": "Ours", "nodeUrl": "https://node.example.com"}).json()
    assert (changed["displayName"], changed["nodeUrl"]) == ("Ours", "https://node.example.com")
    assert client.get("/api/v1/tenants").json() == [changed]
    assert client.patch(path, json={"nodeUrl": "http://169.254.169.254/"}).status_code == 400
    assert client.delete(path).json() == {"id": made.json()["id"], "status": "deleted"}
    for method in ("GET", "DELETE"):
        assert client.request(method, path).status_code == 404
    assert client.get("/api/v1/tenants").json() == []


def test_a_tenants_members_are_let_in_and_others_are_not(person: Person, shared_server: Running) -> None:
    """Who is no member gets 403 for the tenant, its keys, and for choosing it; a guest reads, and manages nothing."""
    (ann, _), (bob, bobs) = person(), person()
    tenant = ann.post("/api/v1/tenants", json=TENANT).json()["id"]
    hashed = ann.post(f"/api/v1/tenants/{tenant}/keys", json=KEY).json()["hash"]
    paths = [f"/api/v1/tenants/{tenant}", f"/api/v1/tenants/{tenant}/keys", f"/api/v1/tenants/{tenant}/keys/{hashed}"]
    assert [bob.get(path).status_code for path in paths] == [403, 403, 403]
    assert bob.get("/v2/tasks", headers={"X-Tenant-ID": tenant}).status_code == 403
    identity = shared_server.nexus.core.identity
    owner = shared_server.wait(identity.authenticate(ann.headers["authorization"].removeprefix("Bearer ")))
    shared_server.wait(identity.members.add(owner, tenant, bobs["user"]["email"], "guest"))
    assert [bob.get(path).status_code for path in paths] == [200, 403, 403]
    assert bob.delete(paths[0]).status_code == 403
    assert bob.get("/v2/tasks", headers={"X-Tenant-ID": tenant}).status_code == 200


def test_scopes_are_asked_for_in_the_tenant_of_the_path(person: Person) -> None:
    """Who owns two tenants manages the second from the first."""
    client, _ = person()
    first, second = [client.post("/api/v1/tenants", json=TENANT).json()["id"] for _ in range(2)]
    assert client.post(f"/api/v1/tenants/{second}/keys", json=KEY).status_code == 201
    assert client.get("/api/v1/me", headers={"X-Tenant-ID": second}).json()["tenant"]["id"] == second
    assert client.get("/api/v1/me").json()["tenant"]["id"] == first
    assert client.delete(f"/api/v1/tenants/{second}").status_code == 200
    assert client.delete("/api/v1/tenants/t_default").status_code == 403


def test_a_key_lives(person: Person, shared_server: Running, connect: Connect) -> None:
    """A key is listed without what opens anything, read by its hash, and refused within a second of its end."""
    client, _ = person()
    tenant = client.post("/api/v1/tenants", json=TENANT).json()["id"]
    made = client.post(f"/api/v1/tenants/{tenant}/keys", json={**KEY, "scopes": ["task:read", "key:read"]})
    path = made.headers["location"]
    (listed,) = client.get(f"/api/v1/tenants/{tenant}/keys").json()
    assert client.get(path).json() == listed
    assert made.json()["rawKey"] not in str(listed)
    holder = as_key(shared_server, connect, made.json()["rawKey"])
    assert holder.get("/api/v1/me").status_code == 200
    bearer = connect(shared_server, made.json()["rawKey"])
    assert bearer.get("/v2/tasks").status_code == 200
    assert [bearer.get(f"/api/v1/tenants/{tenant}/keys").status_code, bearer.get(path).status_code] == [403, 403]
    assert client.delete(path).json() == {"hash": made.json()["hash"], "status": "revoked"}
    assert client.delete(path).status_code == 404
    assert a_second_later(lambda: holder.get("/api/v1/me").status_code == 401)


def test_a_deleted_tenants_keys_are_refused(person: Person, shared_server: Running, connect: Connect) -> None:
    """With the tenant its keys end, within a second."""
    client, _ = person()
    tenant = client.post("/api/v1/tenants", json=TENANT).json()["id"]
    holder = as_key(shared_server, connect, client.post(f"/api/v1/tenants/{tenant}/keys", json=KEY).json()["rawKey"])
    assert holder.get("/api/v1/me").status_code == 200
    assert client.delete(f"/api/v1/tenants/{tenant}").status_code == 200
    assert a_second_later(lambda: holder.get("/api/v1/me").status_code == 401)


def test_an_owner_is_no_administrator(person: Person) -> None:
    """Full rights in a tenant open neither the figures of the installation nor the scope `admin`."""
    client, _ = person()
    tenant = client.post("/api/v1/tenants", json=TENANT).json()["id"]
    assert client.get("/metrics").status_code == 403
    assert client.post(f"/api/v1/tenants/{tenant}/keys", json={**KEY, "scopes": ["admin"]}).status_code == 403
    assert client.post("/v2/tasks", json={"title": "Ours"}).status_code == 201
