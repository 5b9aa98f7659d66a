"""Roles and levels: what is left when somebody's are put together, by the table of the contract."""

from functools import cache
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generated.operations import OPERATIONS
from handlers.core.principals import Principal, beyond, narrowed
from handlers.core.roles import Roles
from scripts.places import GENERATED
from tests.core.people import CEILINGS, ROLES

SCOPES = st.frozensets(st.sampled_from(["admin", "task:read", "task:write", "key:read"]))


@cache
def table() -> dict[str, dict[str, object]]:
    """What the contract says of roles and levels."""
    document = orjson.loads((GENERATED / "openapi.json").read_bytes())
    return {
        "roles": document["x-roles"],
        "ceilings": document["x-ceilings"],
        "implied": document["x-implied-scopes"],
        "schemas": document["components"]["schemas"],
    }


@given(SCOPES, SCOPES, st.sampled_from(["task:read", "task:write", "key:read", "other"]))
def test_what_is_narrowed_is_within_both(scopes: frozenset[str], most: frozenset[str], scope: str) -> None:
    """Something is allowed exactly if both sides allow it, `admin` allowing all."""
    left = Principal("u", "t", narrowed(scopes, most))
    assert left.may(scope) == (Principal("u", "t", scopes).may(scope) and Principal("u", "t", most).may(scope))
    assert beyond(narrowed(scopes, most), most) == []


@pytest.mark.parametrize(
    ("role", "levels", "left"),
    [
        ("admin", {}, {"admin"}),
        ("admin", {"security_level": "ADMIN", "agent_access_level": "FULL"}, {"admin"}),
        ("admin", {"security_level": "SAFE"}, {"task:read", "task:write"}),
        ("admin", {"security_level": "SAFE", "agent_access_level": "LIMITED"}, {"task:read"}),
        ("family_member", {"security_level": "RESTRICTED"}, {"task:read"}),
        ("guest", {"security_level": "ADMIN", "agent_access_level": "FULL"}, {"task:read"}),
        ("guest", {"security_level": "UNHEARD_OF"}, set()),
        ("emperor", {}, set()),
    ],
)
def test_levels_are_ceilings(role: str, levels: dict[str, str], left: set[str]) -> None:
    """A level takes away and never gives; one that there is not leaves nothing."""
    roles = Roles(ROLES, CEILINGS)
    assert roles.under(levels, roles.of(role)) == left


def test_the_contract_knows_every_scope_of_its_tables() -> None:
    """No role and no level holds a scope that no key could have."""
    schemas = table()["schemas"].items()
    known = set(next(schema["enum"] for name, schema in schemas if name.endswith("Scope") and "enum" in schema))
    held = {scope for scopes in table()["roles"].values() for scope in scopes}
    held |= {scope for given, opened in table()["implied"].items() for scope in (given, *opened)}
    held |= {scope for levels in table()["ceilings"].values() for scopes in levels.values() for scope in scopes}
    assert held <= known


def test_a_scope_opens_others() -> None:
    """What is opened comes on top of what was given, and nothing else does."""
    roles = Roles(ROLES, implied={"task:write": ["task:read", "event:read"]})
    assert roles.opened_by(frozenset({"task:write", "key:read"})) == {
        "task:write",
        "key:read",
        "task:read",
        "event:read",
    }
    assert roles.opened_by(frozenset({"task:read"})) == {"task:read"}
    assert roles.opened_by(frozenset()) == frozenset()


def test_what_is_opened_goes_without_saying_elsewhere() -> None:
    """Who has a scope by role or under a level has what it opens, and what is opened opens nothing more."""
    implied = table()["implied"]
    groups = [*table()["roles"].values(), *(s for levels in table()["ceilings"].values() for s in levels.values())]
    for scope, opened in implied.items():
        assert [group for group in groups if scope in group and not set(opened) <= set(group)] == []
        assert implied.keys().isdisjoint(opened)


def test_the_printed_scopes_open_all_of_v1() -> None:
    """Of the operations that `v1.md` describes none asks for more than its seven scopes open."""
    printed = {
        "telemetry:read", "telemetry:write", "command:execute", "task:read", "task:write", "ai:coordinate",
    }  # fmt: skip
    opened = Roles({}, implied=table()["implied"]).opened_by(frozenset(printed))
    asked = {scope for operation in OPERATIONS if operation.dialect == "v1" for scope in operation.scopes}
    assert asked - opened == {"key:read", "key:write"}


def test_every_role_can_be_given_to_a_member() -> None:
    """Members may be whatever the table has, but strangers."""
    assert set(table()["schemas"]["MeshRole"]["enum"]) == table()["roles"].keys() - {"stranger"}


def test_an_owner_is_no_administrator() -> None:
    """Full rights inside a tenant are not those over the installation, and a stranger has none."""
    owner = set(table()["roles"]["owner"])
    assert owner.isdisjoint({"admin", "system:read"})
    assert {"task:write", "key:write", "tenant:write", "user:write"} <= owner
    assert table()["roles"]["stranger"] == []


def test_levels_go_from_all_to_little() -> None:
    """Each lower level leaves less than the one above it."""
    for levels in table()["ceilings"].values():
        first, *rest = [frozenset(scopes) for scopes in levels.values()]
        assert first == {"admin"}
        for above, below in pairwise(rest):
            assert below < above
