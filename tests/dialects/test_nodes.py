"""Nodes in `v2`, and the agents of `mesh` that are deployed on them."""

from collections.abc import Callable
from typing import Any

import httpx
import yaml

from tests.receivers import Receiver
from tests.serving import Running, eventually

PATH = "/v2/system/nodes"
NODE = {"name": "eu-1", "url": "https://node.example.com", "profile": "full", "auth_token": "node_token_01k9f4"}


def attach(client: httpx.Client, name: str, **more: Any) -> dict[str, Any]:
    """A new node."""
    answer = client.post(PATH, json={**NODE, "name": name, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_node_is_made_read_changed_and_detached(client: httpx.Client) -> None:
    """Its token is never shown; its entity tag guards it; afterwards it is gone."""
    made = client.post(PATH, json=NODE)
    node = made.json()
    assert (made.status_code, made.headers["location"]) == (201, f"{PATH}/{node['node_id']}")
    assert (node["status"], node["agents"]) == ("unknown", 0) and "auth_token" not in node
    place = made.headers["location"]
    read = client.get(place)
    assert (read.json(), read.headers["etag"]) == (node, made.headers["etag"])
    changed = client.patch(place, json={"profile": "edge"}, headers={"If-Match": made.headers["etag"]})
    assert changed.json()["profile"] == "edge" and changed.headers["etag"] != made.headers["etag"]
    stale = {"If-Match": made.headers["etag"]}
    assert client.patch(place, json={"profile": "full"}, headers=stale).status_code == 412
    assert client.delete(place, headers=stale).status_code == 412
    assert client.delete(place).json() == {"node_id": node["node_id"], "status": "deleted"}
    assert [client.get(place).status_code, client.delete(place).status_code] == [404, 404]


def test_what_cannot_be_is_refused(client: httpx.Client, client_as: Callable[[str], httpx.Client]) -> None:
    """A name that is taken, an address that is private, and somebody who may only look."""
    attach(client, "eu-1")
    assert client.post(PATH, json=NODE).status_code == 409
    private = client.post(PATH, json={**NODE, "name": "b", "url": "http://169.254.169.254/"})
    assert (private.status_code, private.json()["error"]["details"]["field"]) == (422, "url")
    assert client_as("observer").post(PATH, json=NODE).status_code == 403
    assert client.get(PATH, params={"cursor": "bm90aGluZw"}).status_code == 422


def test_nodes_are_listed_by_name(client: httpx.Client) -> None:
    """From page to page, whatever the names are made of; and by how they are."""
    names = ["Berlin = 1", "a b", "eu-1", "eu-10", "~last"]
    for name in reversed(names):
        attach(client, name)
    found, cursor = [], None
    while True:
        page = client.get(PATH, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        found += [node["name"] for node in page["data"]]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert found == names
    assert len(client.get(PATH, params={"status": "unknown"}).json()["data"]) == 5
    assert client.get(PATH, params={"status": "online"}).json()["data"] == []


def test_a_repeated_request_attaches_one_node(client: httpx.Client) -> None:
    """The same key and request are answered with the same node."""
    first, second = [client.post(PATH, json=NODE, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert first.json() == second.json() and len(client.get(PATH).json()["data"]) == 1
    assert client.post(PATH, json={**NODE, "name": "b"}, headers={"Idempotency-Key": "k-1"}).status_code == 409


def test_an_agent_of_mesh_runs_on_an_attached_node(serve: Callable[..., Running], connect: Any) -> None:
    """It is handed over with the node's token, shown from there, and holds its node until it is removed."""
    server = serve(allow_private_targets=True)
    client = connect(server, server.key_for("admin", "t_default"))
    spec = {"apiVersion": "astromesh/v1", "kind": "Agent", "metadata": {"name": "support-bot", "version": "1.0.0"}}
    spec["spec"] = {"identity": {"display_name": "Support Bot"}, "model": {"primary": {"provider": "p", "model": "m"}}}
    spec["spec"]["orchestration"] = {"pattern": "react"}
    with Receiver() as receiver:
        node = attach(client, "eu-1", url=f"http://127.0.0.1:{receiver.port}")
        body = yaml.safe_dump(spec)
        made = client.post("/api/v1/agents", content=body, headers={"Content-Type": "application/yaml"})
        assert made.status_code in (200, 201), made.text
        assert eventually(lambda: len(receiver.received) == 1)
        handed = receiver.received[0]
        assert (handed.method, handed.path) == ("PUT", "/v1/agents/support-bot")
        assert {name.lower(): value for name, value in handed.headers.items()}["authorization"] == (
            f"Bearer {NODE['auth_token']}"
        )
        place = f"{PATH}/{node['node_id']}"
        assert eventually(lambda: client.get(place).json()["status"] == "online")
        assert client.get(place).json()["agents"] == 1
        refused = client.delete(place)
        assert (refused.status_code, refused.json()["error"]["details"]["agents"]) == (409, 1)
        client.delete("/api/v1/agents/support-bot")
        assert eventually(lambda: [one.method for one in receiver.received] == ["PUT", "DELETE"])
        assert eventually(lambda: client.delete(place).status_code == 200)
