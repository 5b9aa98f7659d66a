"""Work as it is posted to an agent's endpoint, and what the answer says of it."""

from typing import Any

import orjson

from generated.models import ggi
from handlers.core.projection import iso_seconds
from handlers.core.work import Lease, Outcome
from handlers.dialects.ggi.commands import reported


class Pushed:
    """The words of the callback `work`. `judge` is the validator of the answers that the contract declares."""

    def __init__(self, judge: Any) -> None:
        self._judge = judge

    def tell(self, lease: Lease) -> bytes:
        """The work, as it is posted."""
        work = lease.work
        said = ggi.AgentWork(
            agent_id=lease.agent,
            type="command",
            command_id=work["command_id"],
            name=work["name"],
            parameters=work["input"],
            deadline=iso_seconds(work["deadline"]),
            lease_id=lease.id,
            fencing_token=lease.token,
        )
        return said.model_dump_json(exclude_unset=True).encode()

    def read(self, body: bytes) -> Outcome | None:
        """What came of it; None for what is no report."""
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        return reported(ggi.CommandReport.model_validate(said)) if self._judge.is_valid(said) else None
