"""Commands and their types, in the dialect that we recommend."""

from typing import Any

from generated.models import v2
from handlers.core.calls import Call
from handlers.core.command_lives import Command
from handlers.core.command_types import CommandType
from handlers.core.commands import Filter, NewCommand, outcome_of
from handlers.core.cursors import closed, opened
from handlers.core.errors import Unprocessable
from handlers.core.projection import iso_milliseconds, read_iso
from handlers.dialects.v2.mapping import COMMAND, COMMAND_STATUS, COMMAND_TYPE, page_of, position_of
from handlers.dialects.v2.versions import tag_of, version_of

_TYPES = "command-types."


async def execute_command(call: Call, body: v2.CommandExecute, idempotency_key: str | None) -> v2.Command:
    """Have something done; the answer comes as soon as it is safe."""
    given = COMMAND.read(body.model_dump(exclude_unset=True))
    wanted = NewCommand("v2", given, given.get("parameters", {}))
    return shown(await call.core.commands.issue(call.principal, wanted, idempotency_key=idempotency_key))


async def list_commands(
    call: Call,
    status: str | None,
    target: str | None,
    command_type: str | None,
    tags: list[str] | None,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
) -> v2.CommandPage:
    """One page of the commands that agree with the filters, and where the next one begins."""
    moments = [None if given is None else read_iso(given) for given in (since, until)]
    wanted = Filter(COMMAND_STATUS.all_of(status), target, command_type, None, tuple(tags or ()), *moments)
    found = await call.core.commands.page(call.principal, wanted, limit + 1, after=position_of(cursor))
    return page_of(v2.CommandPage, found, limit, shown)


async def get_command(call: Call, command_id: str, wait: int) -> v2.Command:
    """One command; with `wait`, when it has ended or the time is up."""
    if not wait:
        return shown(await call.core.commands.get(call.principal, command_id))
    return shown(await call.core.commands.awaited(call.principal, command_id, wait, call.audience))


async def cancel_command(call: Call, command_id: str, body: v2.CommandCancel | None) -> v2.Command:
    """Call a command off."""
    reason = None if body is None else body.reason
    return shown(await call.core.commands.cancel(call.principal, command_id, reason))


async def submit_result(call: Call, command_id: str, body: v2.CommandResult) -> v2.Command:
    """How a command has ended, by the holder of its lease."""
    outcome = outcome_of(body.success, body.result, body.error, body.duration)
    return shown(await call.core.commands.submit(call.principal, command_id, body.fencing_token, outcome))


async def create_type(
    call: Call, body: v2.CommandTypeCreate, idempotency_key: str | None
) -> tuple[v2.CommandType, dict[str, str]]:
    """Declare a type."""
    given = COMMAND_TYPE.read(body.model_dump(exclude_unset=True))
    return _tagged(await call.core.command_types.create(call.principal, given, idempotency_key=idempotency_key))


async def list_types(call: Call, category: str | None, limit: int, cursor: str | None) -> v2.CommandTypePage:
    """One page of the types, by name, the built-in ones among them."""
    found = await call.core.command_types.page(call.principal, category, limit + 1, _name_in(cursor))
    more = {"next_cursor": closed(_TYPES + found[limit - 1].name)} if len(found) > limit else {}
    return v2.CommandTypePage(data=[_type(one) for one in found[:limit]], has_more=bool(more), **more)


async def get_type(call: Call, command_type: str) -> tuple[v2.CommandType, dict[str, str]]:
    """One type."""
    return _tagged(await call.core.command_types.get(call.principal, command_type))


async def update_type(
    call: Call, command_type: str, body: v2.CommandTypeUpdate, if_match: str | None
) -> tuple[v2.CommandType, dict[str, str]]:
    """Change a type, if it is still the one that the caller has read."""
    given, version = body.model_dump(exclude_unset=True), version_of(if_match)
    return _tagged(await call.core.command_types.update(call.principal, command_type, given, version=version))


async def delete_type(call: Call, command_type: str, if_match: str | None) -> v2.CommandTypeDeleted:
    """Remove a type, if it is still the one that the caller has read."""
    await call.core.command_types.delete(call.principal, command_type, version=version_of(if_match))
    return v2.CommandTypeDeleted(command_type=command_type, status="deleted")


def shown(command: Command) -> v2.Command:
    """A command as all of `v2` shows it; one that has ended is expected no more."""
    expected: dict[str, Any] = {}
    if not command.is_over:
        expected = {"estimated_completion": iso_milliseconds(command.estimated_completion)}
    return COMMAND.show(v2.Command, command, **expected)


def callback(command: Command) -> bytes:
    """What is posted when a command has ended."""
    return shown(command).model_dump_json(exclude_unset=True).encode()


def _tagged(known: CommandType) -> tuple[v2.CommandType, dict[str, str]]:
    return _type(known), tag_of(known.version)


def _type(known: CommandType) -> v2.CommandType:
    return COMMAND_TYPE.show(v2.CommandType, known, parameters_schema=dict(known.parameters_schema or {}))


def _name_in(cursor: str | None) -> str | None:
    """The name of the type that a cursor stands behind."""
    if cursor is None:
        return None
    place = opened(cursor).decode(errors="replace")
    if not place.startswith(_TYPES):
        raise Unprocessable("This cursor was not given by a list", field="cursor", location="query")
    return place.removeprefix(_TYPES)
