"""Negotiations in `ggi` and `v2`: one core, each dialect's words."""

from typing import Any

import httpx
import pytest

from tests.dialects.shapes import resembles
from tests.serving import Running
from tests.workers import registered

ASKED = {
    "task_type": "collaborative_analysis",
    "required_capabilities": ["data_processing", "ml_inference"],
    "preferred_agents": ["agent_euystacio_001"],
    "constraints": {"max_latency_ms": 1000, "min_accuracy": 0.9},
}
PRINTED = {
    "negotiation_id": "neg_abc123",
    "assigned_agents": [
        {"agent_id": "agent_euystacio_001", "role": "primary", "capabilities_matched": ["data_processing"]},
        {"agent_id": "agent_ml_003", "role": "secondary", "capabilities_matched": ["ml_inference"]},
    ],
    "estimated_completion": "2025-11-03T02:30:00Z",
}
MORE = (
    *("task_type", "required_capabilities", "preferred_agents", "constraints", "passed_over", "created_at"),
    *("reasons", "created_by"),
)
PATHS = ("/coordination/negotiate", "/v2/negotiations")
PLACES = dict(zip(PATHS, ("/coordination/negotiations", "/v2/negotiations"), strict=True))


@pytest.fixture
def agents(shared_server: Running, key: str) -> None:
    """The agents that the specification prints."""
    registered(shared_server, key, "agent_euystacio_001", capabilities=[{"name": "data_processing"}])
    registered(shared_server, key, "agent_ml_003", capabilities=[{"name": "ml_inference"}])


def negotiate(client: httpx.Client, path: str, **more: Any) -> httpx.Response:
    """A negotiation as the specification asks for it."""
    return client.post(path, json={**ASKED, **more})


def test_the_printed_negotiation(client: httpx.Client, agents: None) -> None:
    """The specification's request gets the specification's answer, agents and roles included."""
    answer = negotiate(client, PATHS[0])
    assert answer.status_code == 201
    resembles(answer.json(), PRINTED, more=MORE)
    without = [{name: one[name] for name in PRINTED["assigned_agents"][0]} for one in answer.json()["assigned_agents"]]
    assert without == PRINTED["assigned_agents"]


def test_the_printed_negotiation_without_preferences(client: httpx.Client, agents: None) -> None:
    """The third workflow's request, which prefers nobody and asks nothing more, gets the printed answer, too."""
    answer = client.post(PATHS[0], json={name: ASKED[name] for name in ("task_type", "required_capabilities")})
    assert answer.status_code == 201
    resembles(answer.json(), PRINTED, more=MORE)
    assert [
        (one["agent_id"], one["role"], one["capabilities_matched"]) for one in answer.json()["assigned_agents"]
    ] == [tuple(one.values()) for one in PRINTED["assigned_agents"]]


def test_what_one_dialect_has_found_the_other_shows(client: httpx.Client, agents: None) -> None:
    """The same agents for the same reasons, each time in its own form; `v2` lists all of them."""
    first, second = [negotiate(client, path) for path in PATHS]
    places = [answer.headers["location"] for answer in (first, second)]
    for place, shown in zip(places, (first, second), strict=True):
        assert client.get(place).json() == shown.json()
    identifier = first.json()["negotiation_id"]
    there = client.get(f"/v2/negotiations/{identifier}").json()
    assert there["assigned_agents"] == first.json()["assigned_agents"]
    assert there["created_at"][:19] == first.json()["created_at"][:19]
    listed = client.get("/v2/negotiations", params={"limit": 1}).json()
    assert ([one["negotiation_id"] for one in listed["data"]], listed["has_more"]) == (
        [second.json()["negotiation_id"]],
        True,
    )
    rest = client.get("/v2/negotiations", params={"cursor": listed["next_cursor"]}).json()
    assert [one["negotiation_id"] for one in rest["data"]] == [identifier]


@pytest.mark.parametrize(("first", "second"), [PATHS, PATHS[::-1]])
def test_the_longest_latency_of_one_dialect_is_one_of_the_other(
    client: httpx.Client, agents: None, first: str, second: str
) -> None:
    """Both take as much, and so each can show what the other was asked: an answer beyond its schema fails here."""
    constraints = {"max_latency_ms": 31_536_000_000, "max_load_percent": 100, "min_accuracy": 1}
    asked = negotiate(client, first, constraints=constraints)
    assert asked.status_code == 201
    shown = client.get(f"{PLACES[second]}/{asked.json()['negotiation_id']}")
    assert (shown.status_code, shown.json()["constraints"]) == (200, constraints)
    beyond = {"max_latency_ms": constraints["max_latency_ms"] + 1}
    assert negotiate(client, first, constraints=beyond).status_code == 400


@pytest.mark.parametrize("path", PATHS)
def test_what_is_missing_is_named(client: httpx.Client, agents: None, path: str) -> None:
    """A conflict in the dialect's shape, with the capabilities that nobody has, and who was passed over."""
    answer = negotiate(client, path, required_capabilities=["ml_inference", "magic"])
    assert answer.status_code == 409
    details = answer.json()["error"]["details"]
    assert details["missing"] == ["magic"]
    assert details["passed_over"] == [
        {"agent_id": "agent_euystacio_001", "reason": "It can do nothing of what is left"}
    ]


@pytest.mark.parametrize(("path", "header"), [(PATHS[0], "idempotency_key"), (PATHS[1], "Idempotency-Key")])
def test_a_repeated_request_is_one_negotiation(client: httpx.Client, agents: None, path: str, header: str) -> None:
    """The first answer again; another request under the key is a conflict."""
    first, second = [client.post(path, json=ASKED, headers={header: "k-1"}) for _ in range(2)]
    assert (first.json(), first.status_code) == (second.json(), 201)
    other = client.post(path, json={**ASKED, "task_type": "other"}, headers={header: "k-1"})
    assert other.status_code == 409


def test_it_takes_the_scope_to_coordinate(client_as: Any, stranger: httpx.Client) -> None:
    """Who may only look negotiates nothing; who is nobody neither."""
    for path in PATHS:
        assert negotiate(client_as("observer"), path).status_code == 403
        assert negotiate(stranger, path).status_code == 401


def test_what_has_no_form_is_refused(client: httpx.Client) -> None:
    """Nothing required, the same twice, and a share beyond the whole are named at their place."""
    for wrong in (
        {"required_capabilities": []},
        {"required_capabilities": ["a", "a"]},
        {"constraints": {"min_accuracy": 2}},
    ):
        assert [negotiate(client, path, **wrong).status_code for path in PATHS] == [400, 400]
    assert client.get("/coordination/negotiations/neg_none").status_code == 404
    assert client.get("/v2/negotiations/neg_none").status_code == 404
    assert client.get("/v2/negotiations", params={"cursor": "bm90aGluZw"}).status_code == 422
