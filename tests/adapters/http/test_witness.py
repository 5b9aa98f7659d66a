"""Every access goes into the audit log: changes, denials and logins before they are answered, reads a moment later."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from websockets.sync.client import connect as dial

from handlers.core.audit import Sought
from handlers.core.audit_entries import Recorded
from handlers.core.collections import AUDIT
from handlers.core.credentials import key_id
from handlers.core.errors import Unavailable
from handlers.core.principals import Principal
from scripts.serving import free_port
from tests.frames import batch, by, stub
from tests.serving import ADMIN_KEY, PASSWORD, Connect, Running, eventually
from tests.sockets import opened

Serve = Callable[..., Running]


def logged(server: Running, tenant: str = "t_default", **sought: Any) -> list[Recorded]:
    """The entries of a tenant, the newest first."""
    who = Principal("usr_reader", tenant, frozenset())
    return server.wait(server.nexus.core.audit.page(who, Sought(**sought), 100))


def soon(server: Running, tenant: str = "t_default", **sought: Any) -> list[Recorded]:
    """The same, when there are some."""
    assert eventually(lambda: bool(logged(server, tenant, **sought)))
    return logged(server, tenant, **sought)


def test_a_change_is_told_before_it_is_answered(
    client: httpx.Client, shared_server: Running, tenant: str, key: str
) -> None:
    """Who, by which key, what, to which item, when, from where, and what came of it."""
    headers = {"User-Agent": "LexOS-Frontend/1.0", "X-Request-ID": "req_mine"}
    made = client.post("/v2/tasks", json={"title": "t"}, headers=headers).json()
    (entry,) = logged(shared_server, tenant)
    assert entry.user == made["created_by"]
    assert entry.details == {"method": "POST", "status": 201, "key": key_id(key)}
    assert (entry.event_type, entry.outcome, entry.operation) == ("task_created", "success", "v2.tasks.create_task")
    assert (entry.resource, entry.request_id) == (made["task_id"], "req_mine")
    assert (entry.peer, entry.user_agent) == ("127.0.0.1", "LexOS-Frontend/1.0")
    client.delete(f"/v2/tasks/{made['task_id']}")
    deleted = logged(shared_server, tenant)[0]
    assert (deleted.event_type, deleted.resource) == ("task_deleted", made["task_id"])


def test_a_read_is_told_with_how_often(client: httpx.Client, shared_server: Running, tenant: str) -> None:
    """Lists, items, and items that there are not."""
    made = client.post("/v2/tasks", json={"title": "t"}).json()
    for _ in range(3):
        assert client.get(f"/v2/tasks/{made['task_id']}").status_code == 200
    client.get("/v2/tasks")
    client.get("/v2/tasks/task_none")
    reads = lambda: logged(shared_server, tenant, event_type="read")  # noqa: E731 - asked again and again
    assert eventually(lambda: sum(one.details.get("count", 1) for one in reads()) == 5)
    assert {(one.operation, one.resource, one.outcome) for one in reads()} == {
        ("v2.tasks.get_task", made["task_id"], "success"),
        ("v2.tasks.list_tasks", None, "success"),
        ("v2.tasks.get_task", "task_none", "failed"),
    }


def test_a_denial_is_told(client_as: Callable[[str], httpx.Client], shared_server: Running, tenant: str) -> None:
    """Whoever may not do something has tried it."""
    assert client_as("guest").delete("/v2/tasks/task_1").status_code == 403
    (entry,) = logged(shared_server, tenant, outcome="denied")
    assert (entry.event_type, entry.resource, entry.details["status"]) == ("access_denied", "task_1", 403)
    assert entry.user is not None


def test_a_change_that_was_refused_changed_nothing(client: httpx.Client, shared_server: Running, tenant: str) -> None:
    """It is told among the reads."""
    assert client.patch("/v2/tasks/task_none", json={"title": "x"}).status_code == 404
    (entry,) = soon(shared_server, tenant, event_type="task_updated")
    assert (entry.outcome, entry.resource) == ("failed", "task_none")


def test_strangers_are_seen_by_those_who_run_the_installation(serve: Serve, connect: Connect) -> None:
    """Somebody without credentials, and somebody with false ones, in whatever dialect."""
    server = serve()
    for path in ("/v2/tasks", "/tasks", "/v1/tasks", "/api/tasks"):
        assert connect(server).get(path).status_code == 401
    assert connect(server, ADMIN_KEY[:-1]).get("/v2/tasks").status_code == 401
    entries = logged(server, event_type="access_denied")
    assert len(entries) == 5
    assert {(one.user, one.outcome, one.details["status"]) for one in entries} == {(None, "denied", 401)}


def test_logins_are_told(serve: Serve, connect: Connect) -> None:
    """With who came in; one that failed says that nobody did."""
    server = serve()
    login = {"username": "admin", "password": PASSWORD}
    session = connect(server).post("/api/auth/login", json=login).json()
    (entry,) = logged(server)
    assert (entry.event_type, entry.user) == ("login", session["user"]["user_id"])
    assert connect(server).post("/api/auth/login", json={**login, "password": "swordfish"}).status_code == 401
    (failed,) = logged(server, event_type="login_failed")
    assert (failed.outcome, failed.user, failed.details["tried"]) == ("denied", None, "admin")
    stranger = {"email": "nobody@example.com", "password": "swordfish"}
    assert connect(server).post("/auth/login", json=stranger).status_code == 401
    assert logged(server, event_type="login_failed")[0].details["tried"] == "nobody@example.com"
    assert connect(server).post("/api/auth/login", json={**login, "username": "swordfish!"}).status_code == 401
    assert "tried" not in logged(server, event_type="login_failed")[0].details
    assert "tried" not in entry.details
    assert "swordfish" not in repr(logged(server))


def test_a_registration_names_the_user(serve: Serve, connect: Connect) -> None:
    """What was made by it is whoever made it, not the place where they find themselves."""
    server = serve()
    given = {"email": "ann@example.com", "password": "a-strong-password"}
    user = connect(server).post("/auth/register", json=given).json()["user"]["id"]
    (entry,) = logged(server)
    assert (entry.event_type, entry.user, entry.resource) == ("user_created", user, user)


def test_what_is_done_in_a_tenant_is_in_its_log(shared_server: Running, connect: Connect) -> None:
    """Where the path names the tenant, its own people are told; who is not let in is told of at home."""
    ann, eve = [connect(shared_server, shared_server.session_for("owner", f"t_{uuid4().hex}")) for _ in range(2)]
    tenant = ann.post("/api/v1/tenants", json={"displayName": "Second"}).json()["id"]
    hashed = ann.post(f"/api/v1/tenants/{tenant}/keys", json={"label": "ci"}).json()["hash"]
    assert ann.get(f"/api/v1/tenants/{tenant}/keys/{hashed}").status_code == 200
    assert eve.get(f"/api/v1/tenants/{tenant}").status_code == 403
    (read,) = soon(shared_server, tenant, event_type="read")
    (made,) = [entry for entry in logged(shared_server, tenant) if entry != read]
    assert (made.event_type, made.resource) == ("key_created", hashed)
    assert (read.operation, read.resource) == ("mesh.keys.get_key", hashed)
    ann.delete(f"/api/v1/tenants/{tenant}")
    (deleted,) = logged(shared_server, "t_default", resource=tenant, event_type="tenant_deleted")
    assert deleted.user == made.user


def test_what_is_open_to_everybody_is_no_access(serve: Serve, connect: Connect) -> None:
    """The probes, the contract, paths that do not exist and methods that are not possible."""
    server = serve()
    client = connect(server, ADMIN_KEY)
    for path in ("/healthz", "/openapi.json", "/docs", "/nowhere"):
        client.get(path)
    client.options("/v2/tasks")
    client.put("/v2/tasks")
    client.get("/v2/tasks")
    assert [one.operation for one in soon(server)] == ["v2.tasks.list_tasks"]


def test_streams_are_told_when_they_begin(client: httpx.Client, shared_server: Running, tenant: str, key: str) -> None:
    """A stream of events and a WebSocket are reads; one that is not allowed is a denial."""
    made = client.post("/v2/tasks", json={"title": "t"}).json()["task_id"]
    address = f"ws://{shared_server.address}/ws/tasks/{made}?token="
    with client.stream("GET", "/v2/events/stream"), dial(address + key) as socket:
        socket.recv(timeout=20)
        told: set[tuple[str | None, str | None]] = set()

        def are_told() -> bool:
            told.update((one.operation, one.resource) for one in logged(shared_server, tenant, event_type="read"))
            return len(told) == 2

        assert eventually(are_told)
        assert told == {("v2.events.stream_events", None), ("lexos.streams.task", made)}


def test_sockets_that_are_denied_are_told(client: httpx.Client, shared_server: Running, tenant: str) -> None:
    """Whoever may not follow a task has tried it."""
    made = client.post("/v2/tasks", json={"title": "t"}).json()["task_id"]
    key = shared_server.key_for("observer", tenant)
    with (
        dial(f"ws://{shared_server.address}/ws/tasks/{made}?token={key}") as socket,
        pytest.raises(Exception, match="1008"),
    ):
        socket.recv(timeout=20)
    (entry,) = logged(shared_server, tenant, event_type="access_denied")
    assert entry.resource == made


def test_sockets_of_strangers_are_told(serve: Serve) -> None:
    """Neither a token that we never gave, nor a tenant that is not the caller's, goes unseen."""
    server = serve()
    refused = [({}, "?token=swordfish", 401)]
    guest = server.key_for("guest", "t_default")
    refused.append(({"X-Tenant-ID": "t_another"}, f"?token={guest}", 403))
    for headers, query, status in refused:
        address = f"ws://{server.address}/ws/tasks/task_1{query}"
        with dial(address, additional_headers=headers) as socket, pytest.raises(Exception, match=r"1008|4000"):
            socket.recv(timeout=20)
        entry = logged(server, event_type="access_denied")[0]
        assert (entry.details["status"], entry.resource) == (status, "task_1")
        assert "swordfish" not in repr(entry)


def test_an_execution_is_told_as_one(client: httpx.Client, shared_server: Running, tenant: str) -> None:
    """A task that a request ends, in whichever dialect, with who carried it out, what it was, and how it went."""
    ended = {
        "/v2/tasks": {"status": "completed"},
        "/v1/tasks": {"status": "failed"},
        "/tasks": {"status": "completed"},
        "/api/tasks": {"status": "completed"},
    }
    for path, change in ended.items():
        made = client.post("/v2/tasks", json={"title": "t", "type": "web_scrape", "assignee": "web_agent"}).json()
        identifier = made["task_id"]
        client.patch(f"{path}/{identifier}", json={"status": "running" if path == "/api/tasks" else "in_progress"})
        assert client.patch(f"{path}/{identifier}", json=change).status_code == 200
        (entry,) = logged(shared_server, tenant, event_type="task_execution", resource=identifier)
        assert entry.agent == "web_agent"
        success = change["status"] == "completed"
        told = {"task_id": identifier, "task_type": "web_scrape", "success": success}
        assert told.items() <= entry.details.items()


def test_a_change_is_made_while_its_entry_has_to_wait(serve: Serve, connect: Connect) -> None:
    """The store goes away between a change and its entry: the change is answered, and told when the store is back."""
    server = serve()
    documents = server.nexus.core.audit._documents
    write, insert_many = documents.write, documents.insert_many

    async def away(change: Any, *given: Any) -> Any:
        if AUDIT in (change, getattr(change, "collection", None)):
            raise Unavailable("away")
        return await write(change, *given)

    documents.write = documents.insert_many = away
    client = connect(server, ADMIN_KEY)
    assert client.post("/v2/tasks", json={"title": "t"}).status_code == 201
    assert "nexus_audit_waiting 1.0" in client.get("/metrics").text
    documents.write, documents.insert_many = write, insert_many
    assert [one.event_type for one in soon(server, event_type="task_created")] == ["task_created"]
    assert eventually(lambda: "nexus_audit_waiting 0.0" in client.get("/metrics").text)


def test_no_change_is_made_that_could_not_be_told(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When too many entries wait, a change is refused, and reads go on."""
    monkeypatch.setattr("handlers.core.audit._MOST_WAITING", 0)
    server = serve()
    client = connect(server, ADMIN_KEY)
    answer = client.post("/v2/tasks", json={"title": "t"})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert client.get("/v2/tasks").json()["data"] == []


def test_a_refusal_that_cannot_be_told_is_answered_all_the_same(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its dialect's shape, over whatever it came; the server's own log has what went wrong."""
    server = serve(grpc_port=free_port())

    async def broken(_: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(server.nexus.core.audit, "record", broken)
    answer = connect(server, "nobody").get("/v2/tasks")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTHENTICATION_FAILED")
    with opened(server, "/v1", "nobody") as socket:
        assert socket.closed()[0] == 4000
    with stub(server.procedures) as telemetry, pytest.raises(grpc.RpcError) as found:
        telemetry.Submit(batch(), metadata=by("nobody"), timeout=10)
    assert found.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_entries_outlive_a_restart(serve: Serve, connect: Connect) -> None:
    """A stop writes the reads of the last moment."""
    server = serve()
    connect(server, ADMIN_KEY).get("/v2/tasks")
    server.stop()
    assert [one.operation for one in logged(serve())] == ["v2.tasks.list_tasks"]
