"""Members of a tenant, and tenants that come back, over HTTP."""

import threading
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from tests.serving import ADMIN_KEY, Connect, Running, a_second_later

Person = Callable[[], tuple[httpx.Client, dict]]
MEMBER = {"userId", "tenantId", "email", "displayName", "role", "createdAt"}


@pytest.fixture
def person(shared_server: Running, connect: Connect, stranger: httpx.Client) -> Person:
    """Registers people; each comes with a client that is logged in."""

    def register() -> tuple[httpx.Client, dict]:
        given = {"email": f"{uuid4().hex}@example.com", "password": "a-strong-password"}
        session = stranger.post("/auth/register", json=given).json()
        return connect(shared_server, session["accessToken"]), session["user"]

    return register


@pytest.fixture
def operator(shared_server: Running, connect: Connect) -> httpx.Client:
    """Whoever runs the installation."""
    return connect(shared_server, ADMIN_KEY)


def make_tenant(client: httpx.Client) -> str:
    """A new tenant of the client's."""
    return client.post("/api/v1/tenants", json={"displayName": "Ours"}).json()["id"]


def add(client: httpx.Client, tenant: str, user: dict, role: str) -> httpx.Response:
    """Add somebody."""
    return client.post(f"/api/v1/tenants/{tenant}/members", json={"email": user["email"], "role": role})


def test_a_membership_lives(person: Person) -> None:
    """Added, read where the answer says, listed, given another role, removed; each in force within a second."""
    (ann, ann_user), (bob, bob_user) = person(), person()
    tenant = make_tenant(ann)
    made = add(ann, tenant, bob_user, "guest")
    assert (made.status_code, made.json().keys()) == (201, MEMBER)
    path = made.headers["location"]
    assert path == f"/api/v1/tenants/{tenant}/members/{bob_user['id']}"
    assert ann.get(path).json() == made.json()
    listed = ann.get(f"/api/v1/tenants/{tenant}/members").json()
    assert [(member["userId"], member["role"]) for member in listed] == [
        (bob_user["id"], "guest"),
        (ann_user["id"], "owner"),
    ]
    inside = {"X-Tenant-ID": tenant}
    ask = lambda: bob.post("/v2/tasks", json={"title": "t"}, headers=inside).status_code  # noqa: E731 - asked again
    assert (bob.get("/v2/tasks", headers=inside).status_code, ask()) == (200, 403)
    assert ann.patch(path, json={"role": "family_member"}).json() == {**made.json(), "role": "family_member"}
    assert a_second_later(lambda: ask() == 201)
    assert ann.delete(path).json() == {"userId": bob_user["id"], "status": "removed"}
    assert a_second_later(lambda: bob.get("/v2/tasks", headers=inside).status_code == 403)
    assert [ann.request(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]


def test_what_cannot_be_added_is_said(person: Person) -> None:
    """Nobody whom we know not, nobody twice, no role beyond one's own, no role that there is not."""
    (ann, _), (_, bob) = person(), person()
    tenant = make_tenant(ann)
    assert add(ann, tenant, {"email": f"{uuid4().hex}@example.com"}, "guest").status_code == 400
    for role in ("admin", "seedbringer", "operator", "council"):
        assert add(ann, tenant, bob, role).status_code == 403
    for role in ("emperor", "stranger"):
        assert add(ann, tenant, bob, role).status_code == 400
    assert [add(ann, tenant, bob, "guest").status_code for _ in range(2)] == [201, 409]


def test_a_member_without_the_scope_sees_themselves_and_leaves(person: Person) -> None:
    """A guest neither lists nor adds nor changes; they read their own membership, and end it."""
    (ann, owner), (bob, bob_user), (_, cy) = person(), person(), person()
    tenant = make_tenant(ann)
    own = add(ann, tenant, bob_user, "guest").headers["location"]
    members = f"/api/v1/tenants/{tenant}/members"
    assert bob.get(own).json()["role"] == "guest"
    refused = [
        bob.get(members),
        bob.get(f"{members}/{owner['id']}"),
        add(bob, tenant, cy, "guest"),
        bob.patch(own, json={"role": "owner"}),
        bob.delete(f"{members}/{owner['id']}"),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert ann.delete(f"{members}/{owner['id']}").status_code == 409
    assert bob.delete(own).status_code == 200
    assert ann.get(own).status_code == 404


def test_others_do_not_see_who_belongs(person: Person, key: str, shared_server: Running, connect: Connect) -> None:
    """Neither somebody else nor an API key looks at a tenant's members; a tenant that there is not is not found."""
    (ann, user), (eve, _) = person(), person()
    tenant = make_tenant(ann)
    path = f"/api/v1/tenants/{tenant}/members"
    for client in (eve, connect(shared_server, key)):
        assert [client.get(path).status_code, client.get(f"{path}/{user['id']}").status_code] == [403, 403]
    assert ann.get("/api/v1/tenants/t_nowhere/members").status_code == 404


def test_changes_of_members_are_told(person: Person) -> None:
    """Each in the tenant's own log, with whom it was done to."""
    (ann, _), (_, bob) = person(), person()
    tenant = make_tenant(ann)
    path = add(ann, tenant, bob, "guest").headers["location"]
    ann.patch(path, json={"role": "observer"})
    ann.delete(path)
    entries = ann.get("/v2/audit", params={"resource_id": bob["id"]}, headers={"X-Tenant-ID": tenant}).json()["data"]
    assert [entry["event_type"] for entry in entries] == ["member_removed", "member_updated", "member_added"]


def test_of_two_who_remove_each_other_one_stays(person: Person) -> None:
    """At the same moment, from two threads, again and again: there is always somebody who manages the tenant."""
    (ann, _), people = person(), [person() for _ in range(2)]
    for _ in range(8):
        tenant = make_tenant(ann)
        paths = [add(ann, tenant, user, "owner").headers["location"] for _, user in people]
        statuses: list[int] = []
        barrier = threading.Barrier(2)

        def remove(client: httpx.Client, path: str, barrier=barrier, statuses=statuses) -> None:
            barrier.wait()
            statuses.append(client.delete(path).status_code)

        threads = [
            threading.Thread(target=remove, args=(client, path))
            for (client, _), path in zip(people, reversed(paths), strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses.count(200) == 1
        assert set(statuses) <= {200, 401, 403, 404, 409}


def test_a_deleted_tenant_comes_back(
    person: Person, operator: httpx.Client, shared_server: Running, connect: Connect
) -> None:
    """An operator finds in the log what was deleted and brings it back, with its keys and members."""
    (ann, user), (bob, bob_user) = person(), person()
    tenant = make_tenant(ann)
    add(ann, tenant, bob_user, "guest")
    key = ann.post(f"/api/v1/tenants/{tenant}/keys", json={"label": "ci"}).json()["rawKey"]
    recover = f"/api/v1/tenants/{tenant}/recover"
    assert operator.post(recover).status_code == 404
    ann.delete(f"/api/v1/tenants/{tenant}")
    assert a_second_later(lambda: connect(shared_server, key).get("/v2/me").status_code == 401)
    (told,) = operator.get("/v2/audit", params={"event_type": "tenant_deleted", "resource_id": tenant}).json()["data"]
    assert told["actor"] == user["id"]
    assert ann.post(recover).status_code == 403
    elsewhere = connect(shared_server, shared_server.key_for("admin", f"t_{uuid4().hex}"))
    assert elsewhere.post(recover).status_code == 404
    back = operator.post(recover)
    assert (back.status_code, back.json()["id"]) == (200, tenant)
    assert ann.get(f"/api/v1/tenants/{tenant}").json() == back.json()
    assert bob.get("/v2/tasks", headers={"X-Tenant-ID": tenant}).status_code == 200
    assert connect(shared_server, key).get("/v2/me").status_code == 200
    assert operator.post(recover).status_code == 404
