"""Commands, as the GGI specification prints them."""

from typing import Any

from generated.models import ggi
from handlers.core.calls import Call
from handlers.core.command_lives import Command
from handlers.core.commands import Filter, NewCommand, outcome_of
from handlers.core.errors import Conflict
from handlers.core.work import Outcome
from handlers.dialects.ggi.mapping import COMMAND, COMMAND_STATUS


async def create_command(call: Call, body: ggi.CommandCreate, idempotency_key: str | None) -> ggi.CommandCreated:
    """Issue a command; the idempotency key may come in the header or in the body."""
    given = COMMAND.read(body.model_dump(exclude_unset=True, exclude={"idempotency_key"}))
    key = _one_key(idempotency_key, body.idempotency_key)
    wanted = NewCommand("ggi", given, given.get("parameters", {}))
    return COMMAND.show(ggi.CommandCreated, await call.core.commands.issue(call.principal, wanted, idempotency_key=key))


async def list_commands(
    call: Call, agent_id: str | None, status: str | None, command: str | None, limit: int, offset: int
) -> ggi.CommandList:
    """One page of the commands that agree with the filters, and how many there are."""
    wanted = Filter(COMMAND_STATUS.all_of(status), agent_id, command)
    found = await call.core.commands.page(call.principal, wanted, limit, offset=offset)
    total = await call.core.commands.count(call.principal, wanted)
    return ggi.CommandList(commands=[_shown(one) for one in found], total=total, limit=limit, offset=offset)


async def get_command(call: Call, command_id: str) -> ggi.Command:
    """One command."""
    return _shown(await call.core.commands.get(call.principal, command_id))


async def update_command(call: Call, command_id: str, body: ggi.CommandUpdate) -> ggi.Command:
    """Cancel a command."""
    return _shown(await call.core.commands.cancel(call.principal, command_id, body.reason))


async def report_command(call: Call, command_id: str, body: ggi.CommandReport) -> ggi.Command:
    """How a command went, from whoever has executed it."""
    return _shown(await call.core.commands.report(call.principal, command_id, reported(body)))


def reported(report: ggi.CommandReport) -> Outcome:
    """How a command went, as its report says."""
    said = report.model_dump(exclude_unset=True, exclude={"success", "duration_ms"})
    return outcome_of(report.success, said or None, report.output, report.duration_ms)


def _shown(command: Command) -> ggi.Command:
    return COMMAND.show(ggi.Command, command, **result_of(command))


def result_of(command: Command) -> dict[str, Any]:
    """What came of a command, if anybody has said so: `output` is what it says of itself in whatever dialect."""
    if command.success is None or (command.result is None and command.status != "completed"):
        return {}
    said = dict(command.result or {})
    output = said.get("output", said.get("message"))
    if isinstance(output, str):
        said["output"] = output
    elif "output" in said:
        said["output"] = str(output)
    if command.duration is not None:
        said["duration_ms"] = round(command.duration)
    return {"result": ggi.CommandResult(**{**said, "success": command.success})}


def _one_key(header: str | None, field: str | None) -> str | None:
    if header is not None and field is not None and header != field:
        raise Conflict("The header and the body name different idempotency keys")
    return header if header is not None else field
