"""Every scope counts: with all but the one that an operation asks for nobody gets in, and with that one alone they do.

What to ask, and for which scopes, is made from the contract.
"""

from uuid import uuid4

import httpx
import pytest

from generated.operations import OPERATIONS
from handlers.core.keys import NewKey
from handlers.core.roles import Roles
from tests.serving import PASSWORD, Connect, Running
from tests.walking import Asked, contract, every_request

SCOPED = [asked for asked in every_request() if asked.scopes]
NEEDED = [(asked, scope) for asked in SCOPED for scope in asked.scopes or ()]
IMPLIED = Roles({}, implied=contract().document["x-implied-scopes"])
EVERY = frozenset(scope for name, schema in contract().document["components"]["schemas"].items()
                  if name.endswith("Scope") and "enum" in schema for scope in schema["enum"])  # fmt: skip
# What these would give to others, in the contract's examples, is more than the one scope that they ask for.
GIVING = {
    "v1.keys.create_key",
    "v2.keys.create_key",
    "mesh.keys.create_key",
    "mesh.members.add_member",
    "lexos.users.create_user",
}


class Holders:
    """Makes administrators whose credentials are given only some scopes, each in a tenant of their own."""

    def __init__(self, server: Running, connect: Connect) -> None:
        self._server = server
        self._connect = connect

    def send(self, asked: Asked, scopes: frozenset[str]) -> httpx.Response:
        """Ask with exactly these scopes, and read no stream."""
        tenant = f"t_{uuid4().hex}"
        is_in_path = "x-tenant" in asked.declared
        token = self._session(tenant, scopes) if is_in_path else self._key(tenant, scopes)
        path = within(asked, tenant) if is_in_path else asked.path
        client = self._connect(self._server, token)
        request = client.build_request(
            asked.method, path, params=asked.query, headers=asked.headers, content=asked.content
        )
        answer = client.send(request, stream=True)
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
        answer.close()
        client.close()
        return answer

    def _key(self, tenant: str, scopes: frozenset[str]) -> str:
        identity = self._server.nexus.core.identity
        maker = self._server.wait(identity.authenticate(self._server.key_for("admin", tenant)))
        key, _ = self._server.wait(identity.keys.create(maker, NewKey("test", tuple(sorted(scopes)))))
        return key

    def _session(self, tenant: str, scopes: frozenset[str]) -> str:
        """Who names a tenant has to have logged in; their access token has only these scopes."""
        identity, user = self._server.nexus.core.identity, self._server.user_of("admin", tenant)
        session = self._server.wait(identity.log_in(user["username"], PASSWORD, refresh_days=1))
        return self._server.wait(identity.sessions.refresh(session.refresh_token, sorted(scopes))).token


def within(asked: Asked, tenant: str) -> str:
    """The path of a request in a tenant."""
    named = f"{{{asked.declared['x-tenant']}}}"
    pairs = zip(asked.template.split("/"), asked.path.split("/"), strict=True)
    return "/".join(tenant if template == named else value for template, value in pairs)


@pytest.fixture
def holders(shared_server: Running, connect: Connect) -> Holders:
    """Who asks."""
    return Holders(shared_server, connect)


@pytest.mark.parametrize("dialect", contract().document["x-dialects"])
def test_no_other_scopes_open_an_operation(holders: Holders, dialect: str) -> None:
    """Whoever holds every scope but the one that is needed, and those that open it, is refused with 403."""
    needed = [(asked, scope) for asked, scope in NEEDED if asked.operation.startswith(f"{dialect}.")]
    let_in = []
    for asked, scope in needed:
        rest = frozenset(other for other in EVERY - {"admin"} if scope not in IMPLIED.opened_by(frozenset({other})))
        answer = holders.send(asked, rest)
        if answer.status_code != 403:
            let_in.append((asked.operation, scope, answer.status_code))
    assert needed
    assert let_in == []


@pytest.mark.parametrize("dialect", contract().document["x-dialects"])
def test_the_scopes_of_an_operation_open_it(holders: Holders, dialect: str) -> None:
    """Whoever holds exactly what the contract names is let in, whatever comes of what they ask."""
    asked_here = [asked for asked in SCOPED if asked.operation.startswith(f"{dialect}.")]
    refused = {
        asked.operation: answer.text
        for asked in asked_here
        if (answer := holders.send(asked, frozenset(asked.scopes or ()))).status_code in (401, 403)
    }
    assert asked_here
    assert refused.keys() == {operation for operation in GIVING if operation.startswith(f"{dialect}.")}
    assert all("hold" in text for text in refused.values()), refused


@pytest.mark.parametrize("given", contract().document["x-implied-scopes"])
def test_a_scope_opens_what_it_implies(holders: Holders, given: str) -> None:
    """A key with a printed scope reaches the operations that ask for what it opens."""
    opened = IMPLIED.opened_by(frozenset({given})) - {given}
    asked_of = [asked for asked in SCOPED if "x-tenant" not in asked.declared and set(asked.scopes or ()) <= opened]
    assert asked_of
    assert {holders.send(asked, frozenset({given})).status_code for asked in asked_of}.isdisjoint({401, 403})


def test_every_operation_that_asks_for_scopes_is_tried() -> None:
    """The walk has all of them, and the list of those that give something is about operations that there are."""
    assert {asked.operation for asked in SCOPED} == {one.operation_id for one in OPERATIONS if one.scopes}
    assert {asked.operation for asked in SCOPED} >= GIVING
