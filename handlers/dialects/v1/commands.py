"""Commands to devices and services, as the v1 specification prints them."""

from collections.abc import Mapping
from typing import Any

from generated.models import v1
from handlers.core.calls import Call
from handlers.core.command_lives import Command
from handlers.core.commands import Filter, NewCommand, outcome_of
from handlers.dialects.v1.mapping import COMMAND, COMMAND_STATUS

_TIMEOUT_SECONDS = 30


async def execute_command(call: Call, body: v1.CommandExecute) -> v1.CommandOutcome | v1.CommandAccepted:
    """Execute a command, and wait for its end unless told otherwise."""
    command = await call.core.commands.issue(call.principal, wanted(body.model_dump(exclude_unset=True)))
    if not body.async_:
        seconds = command.timeout_seconds + 1
        command = await call.core.commands.awaited(call.principal, command.id, seconds, call.audience)
    return accepted(command) if not command.is_over or body.async_ else outcome(command)


async def list_commands(
    call: Call,
    status: str | None,
    device_id: str | None,
    command: str | None,
    category: str | None,
    limit: int,
    offset: int,
) -> v1.CommandList:
    """One page of the commands that agree with the filters, and how many there are."""
    shown = Filter(COMMAND_STATUS.all_of(status), device_id, command, category)
    found = await call.core.commands.page(call.principal, shown, limit, offset=offset)
    total = await call.core.commands.count(call.principal, shown)
    return v1.CommandList(commands=[_shown(one) for one in found], total=total, limit=limit, offset=offset)


async def get_command(call: Call, command_id: str) -> v1.Command:
    """One command."""
    return _shown(await call.core.commands.get(call.principal, command_id))


async def cancel_command(call: Call, command_id: str, body: v1.CommandCancel | None) -> v1.Command:
    """Call a command off."""
    reason = None if body is None else body.reason
    return _shown(await call.core.commands.cancel(call.principal, command_id, reason))


async def report_command(call: Call, command_id: str, body: v1.CommandReport) -> v1.Command:
    """How the execution goes, from whoever executes it."""
    ended = None
    if body.status != "running":
        said = body.result.model_dump(exclude_unset=True) if body.result else {}
        took = said.pop("duration_ms", None)
        said.pop("success", None)
        ended = outcome_of(body.status == "completed", said or None, body.error or said.get("message"), took)
    return _shown(await call.core.commands.report(call.principal, command_id, ended))


def wanted(given: Mapping[str, Any]) -> NewCommand:
    """The command that somebody wants; its timeout stands among its parameters."""
    parameters, target = given.get("parameters", {}), given["target"]
    facts = {
        "type": given["command"],
        "parameters": parameters,
        "timeout_seconds": parameters.get("timeout_seconds", _TIMEOUT_SECONDS),
        **{core: target[name] for name, core in (("device_id", "target"), ("service", "service")) if name in target},
        **{name: given[name] for name in ("category", "callback_url") if name in given},
    }
    checked = {name: value for name, value in parameters.items() if name != "timeout_seconds"}
    return NewCommand("v1", facts, checked, separator="-")


def accepted(command: Command) -> v1.CommandAccepted:
    """A command on its way."""
    return COMMAND.show(v1.CommandAccepted, command)


def outcome(command: Command) -> v1.CommandOutcome:
    """How a command has ended."""
    return COMMAND.show(v1.CommandOutcome, command, **facts_of(command))


def callback(command: Command) -> bytes:
    """What is posted when a command has ended."""
    return outcome(command).model_dump_json(exclude_unset=True).encode()


def target_of(command: Command) -> v1.CommandTarget:
    """Whom a command is for."""
    return COMMAND.show(v1.CommandTarget, command)


def facts_of(command: Command) -> dict[str, Any]:
    """What came of a command: its result, and what went wrong; of one that was called off, why."""
    problem = command.error or command.reason
    return {**({} if problem is None else {"error": problem}), **_result(command)}


def _result(command: Command) -> dict[str, Any]:
    if command.success is None or (command.result is None and command.status != "completed"):
        return {}
    said = dict(command.result or {})
    message = said.get("message", said.get("output"))
    if message is not None:
        said["message"] = message if isinstance(message, str) else str(message)
    if command.duration is not None:
        said["duration_ms"] = command.duration
    return {"result": v1.CommandResult(**{**said, "success": command.success})}


def _shown(command: Command) -> v1.Command:
    return COMMAND.show(v1.Command, command, target=target_of(command), **facts_of(command))
