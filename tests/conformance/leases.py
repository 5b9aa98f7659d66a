"""A lease to speak of: an agent, a command for it, and what it takes. No link of the contract tells of all three."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import orjson

from tests.links import at
from tests.walking import Asked, every_request

_PREFIX, _TAKE, _SUBMIT = "v2.leases.", "v2.leases.take_leases", "v2.commands.submit_result"
_serial = count()


def path_to(operation: str, send: Callable[[Asked], Any]) -> Mapping[str, Any]:
    """The path of a fresh lease, or of an agent who can take one, for an operation that takes one."""
    if not operation.startswith(_PREFIX) and operation != _SUBMIT:
        return {}
    agent = {"agent_id": f"leasing-{next(_serial)}"}

    def asked(name: str, body: Mapping[str, Any]) -> Any:
        request = next(one for one in every_request() if one.operation == name)
        request = at(request, agent) if name == _TAKE else request
        return send(replace(request, content=orjson.dumps(body))).raise_for_status().json()

    asked("v2.agents.register_agent", {**agent, "name": "Leasing"})
    asked("v2.commands.execute_command", {"command_type": "restart", "target": agent["agent_id"]})
    if operation in (_TAKE, "v2.leases.list_leases"):
        return agent
    (lease,) = asked(_TAKE, {})["data"]
    if operation == _SUBMIT:
        return {"command_id": lease["work"]["command_id"]}
    return {**agent, "lease_id": lease["lease_id"]}
