"""What one sender may say over AMQP in a minute."""

from pathlib import Path

import httpx

from scripts.rabbitmq import private_rabbitmq
from scripts.serving import API_KEY, served
from tests.events.agents import opened
from tests.serving import eventually

HEADERS = {"Authorization": f"Bearer {API_KEY}"}


async def test_one_message_too_many_is_refused_and_other_agents_are_not(tmp_path: Path) -> None:
    """It is told so, in the form of every answer, and the audit log has it."""
    with private_rabbitmq(tmp_path) as node, served(amqp_url=node.url, rate_limits="v2.amqp=2") as server:
        client = httpx.Client(base_url=server.url, headers=HEADERS)
        agents = []
        for name in ("loud", "quiet"):
            client.post("/v2/agents", json={"agent_id": name, "name": name}).raise_for_status()
            agents.append(await opened(node.url, name))
        loud, quiet = agents
        for agent, codes in ((loud, ["NOT_FOUND", "NOT_FOUND", "RATE_LIMIT_EXCEEDED"]), (quiet, ["NOT_FOUND"])):
            said = [await agent.say("work.result", lease_id="cmd_none", fencing_token=1) for _ in codes]
            assert [answer["error"]["code"] for answer in said] == codes
        denied = {"event_type": "lease_completed", "outcome": "denied"}

        def statuses() -> list[int]:
            found = client.get("/v2/audit", params=denied).json()["data"]
            return [entry["details"]["status"] for entry in found]

        assert eventually(lambda: statuses() == [429])
        for agent in agents:
            await agent.close()
