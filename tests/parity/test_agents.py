"""One agent through every dialect: registered in each, the same in all others, heard, found and removed anywhere."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

NAME, CAPABILITY = "agent-alpha-001", "data_analysis"
Facts = tuple[str, str, list[str]]
SPECIFICATION = {
    "apiVersion": "astromesh/v1",
    "kind": "Agent",
    "metadata": {"name": NAME},
    "spec": {
        "identity": {"display_name": "Alpha"},
        "model": {"primary": {"provider": "openai", "model": "gpt-4"}},
        "capabilities": [CAPABILITY],
    },
}
REGISTRATIONS: Mapping[str, tuple[str, Any]] = {
    "ggi": ("/agents/register", {"agent_id": NAME, "name": "Alpha", "capabilities": [CAPABILITY]}),
    "v1": (
        "/v1/ai/agents/register",
        {"agent_id": NAME, "name": "Alpha", "type": "analytics", "capabilities": [CAPABILITY]},
    ),
    "v2": ("/v2/agents", {"agent_id": NAME, "name": "Alpha", "capabilities": [{"name": CAPABILITY}]}),
    "mesh": ("/api/v1/agents", SPECIFICATION),
}
BEATS: Mapping[str, tuple[str, Any]] = {
    "ggi": (f"/agents/{NAME}/heartbeat", {"status": "degraded"}),
    "v1": (f"/v1/ai/agents/{NAME}/heartbeat", {"status": "degraded"}),
    "v2": (f"/v2/agents/{NAME}/heartbeat", {"status": "degraded"}),
}
ITEMS = {
    "ggi": f"/agents/{NAME}",
    "v1": f"/v1/ai/agents/{NAME}",
    "v2": f"/v2/agents/{NAME}",
    "lexos": f"/api/agents/{NAME}",
    "mesh": f"/api/v1/agents/{NAME}",
}
UNWELL = {"ggi": "degraded", "v1": "degraded", "v2": "degraded", "lexos": "error", "mesh": "Degraded"}


def names(said: list[Any]) -> list[str]:
    """The names of capabilities, however they are said."""
    return [one if isinstance(one, str) else one["name"] for one in said]


def flat(agent: Mapping[str, Any]) -> Facts:
    """What all but one dialect say at the top: name, status, capabilities."""
    return agent["name"], agent["status"], names(agent["capabilities"])


def specified(agent: Mapping[str, Any]) -> Facts:
    """What the mesh says in parts."""
    spec = agent["spec"]
    return spec["identity"]["display_name"], agent["status"]["phase"], spec["capabilities"]


READERS: Mapping[str, Callable[[Mapping[str, Any]], Facts]] = dict.fromkeys(ITEMS, flat) | {"mesh": specified}


def register(client: httpx.Client, dialect: str) -> httpx.Response:
    """The agent, registered in a dialect."""
    path, body = REGISTRATIONS[dialect]
    media = "application/yaml" if dialect == "mesh" else "application/json"
    request = client.build_request("POST", path, json=body)
    request.headers["Content-Type"] = media
    return client.send(request)


@pytest.mark.parametrize("writer", REGISTRATIONS)
@pytest.mark.parametrize("hearer", BEATS)
def test_an_agent_is_one_in_five_dialects(client: httpx.Client, writer: str, hearer: str) -> None:
    """Registered in one and heard in another, it has one name, one status and the same capabilities in all."""
    assert register(client, writer).status_code == 201
    path, said = BEATS[hearer]
    assert client.post(path, json=said).status_code == 200
    for dialect, item in ITEMS.items():
        facts = READERS[dialect](client.get(item).json())
        assert facts == ("Alpha", UNWELL[dialect], [CAPABILITY]), dialect


@pytest.mark.parametrize("writer", REGISTRATIONS)
@pytest.mark.parametrize("remover", ["ggi", "v1", "v2", "mesh"])
def test_what_is_removed_in_one_is_gone_in_all(client: httpx.Client, writer: str, remover: str) -> None:
    """No dialect finds it, nor lists it, and each can register it again."""
    register(client, writer)
    assert client.delete(ITEMS[remover]).status_code == 200
    assert {name: client.get(item).status_code for name, item in ITEMS.items()} == dict.fromkeys(ITEMS, 404)
    assert client.get("/agents").json()["total"] == client.get("/api/agents").json()["total_agents"] == 0
    assert client.get("/v2/agents").json()["data"] == client.get("/api/v1/agents").json() == []
    assert register(client, writer).status_code == 201
