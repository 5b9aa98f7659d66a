"""The headers by which callers say who they are, and where they want to act."""

from collections.abc import Iterable

import httpx
import pytest

from tests.serving import Connect, Running

FALSE = "nexus_sk_live_000000000000_" + "x" * 32
PATHS = ("/tasks", "/v1/tasks", "/v2/tasks", "/api/tasks", "/api/v1/me")


def statuses(client: httpx.Client, paths: Iterable[str], **headers: str) -> set[int]:
    """What the paths answer."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return {client.get(path, headers=sent).status_code for path in paths}


def test_a_key_has_a_header_of_its_own_where_the_contract_says_so(stranger: httpx.Client, key: str) -> None:
    """`X-API-Key` is a credential for the operations that declare it, and nothing elsewhere."""
    assert statuses(stranger, ["/api/v1/me"], X_API_Key=key) == {200}
    assert statuses(stranger, PATHS[:-1], X_API_Key=key) == {401}


def test_the_bearer_comes_first(shared_server: Running, stranger: httpx.Client, key: str, tenant: str) -> None:
    """With two good credentials the token counts; with one that is false or of another scheme, the key does."""
    other = shared_server.key_for("guest", "t_elsewhere")
    both = {"Authorization": f"Bearer {other}", "X-API-Key": key}
    assert stranger.get("/api/v1/me", headers=both).json()["tenant"]["id"] == "t_elsewhere"
    for authorization in (f"Bearer {FALSE}", "Bearer x", "Basic eDp5", "Bearer"):
        answer = stranger.get("/api/v1/me", headers={"Authorization": authorization, "X-API-Key": key})
        assert answer.json()["tenant"]["id"] == tenant
    assert statuses(stranger, ["/api/v1/me"], Authorization=f"Bearer {FALSE}", X_API_Key=FALSE) == {401}


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key", "X-Tenant-ID"])
def test_a_header_counts_once(shared_server: Running, connect: Connect, key: str, tenant: str, name: str) -> None:
    """Two credentials of a kind, or two tenants, are refused: nobody has to guess which of them was meant."""
    given = {"Authorization": f"Bearer {key}", "X-API-Key": key, "X-Tenant-ID": tenant}
    headers = [*given.items(), (name, given[name])]
    assert connect(shared_server).get("/api/v1/me", headers=headers).status_code == 400


def test_a_tenant_is_chosen_in_every_dialect(client: httpx.Client, tenant: str) -> None:
    """One's own tenant may be named everywhere; any other, there or not, is refused with 403."""
    assert statuses(client, PATHS, X_Tenant_ID=tenant) == {200}
    for other in ("t_default", "t_nowhere", "platform", "x" * 200):
        assert statuses(client, PATHS[:-1], X_Tenant_ID=other) == {403}


def test_a_choice_needs_a_caller(stranger: httpx.Client, tenant: str) -> None:
    """To name a tenant lets nobody in; where nobody is asked for, it says nothing."""
    assert statuses(stranger, PATHS, X_Tenant_ID=tenant) == {401}
    assert statuses(stranger, ["/healthz", "/docs"], X_Tenant_ID="t_nowhere") == {200}


def test_a_stream_ends_with_what_let_it_in(shared_server: Running, connect: Connect, tenant: str) -> None:
    """A stream in a tenant that its caller leaves is let go within seconds."""
    identity = shared_server.nexus.core.identity
    owner = connect(shared_server, shared_server.session_for("owner", tenant))
    user = shared_server.user_of("guest", "t_elsewhere")
    token = shared_server.wait(identity.log_in(user["username"], "Admin123!")).token
    inviter = shared_server.wait(identity.authenticate(owner.headers["authorization"].removeprefix("Bearer ")))
    member = identity.members
    email = f"{user['username']}@example.com"
    root = shared_server.wait(identity.authenticate(shared_server.session_for("admin", "t_elsewhere")))
    shared_server.wait(identity.users.change(root, user["id"], {"email": email}))
    shared_server.wait(member.add(inviter, tenant, email, "family_member"))
    guest = connect(shared_server, token)
    with guest.stream("GET", "/v2/events/stream", headers={"X-Tenant-ID": tenant}) as stream:
        assert stream.status_code == 200
        shared_server.wait(member.remove(inviter, tenant, user["id"]))
        for _ in stream.iter_raw():
            pass
    assert statuses(guest, ["/v2/tasks"], X_Tenant_ID=tenant) == {403}
