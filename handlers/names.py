"""What the contract names and the code has: handlers, generated models, and each dialect's way of saying no."""

import importlib
from collections.abc import Iterable
from typing import Any

from adapters.http.failures import ErrorDialect
from adapters.http.sockets import Channel
from generated import channels, operations
from generated.errors import ERRORS

_HANDLERS = "handlers.dialects"
_FINISHED = {operation.operation_id: operation for operation in operations.OPERATIONS if not operation.unfinished}


def handler_of(operation: str) -> Any:
    """The handler of an operation of the API; for one that is not done yet, what is never called."""
    return _named(operation) if operation in _FINISHED else nothing_behind


async def nothing_behind(scope: Any, receive: Any, send: Any) -> None:
    """Stand where Connexion wants something to call, and is never to call it."""
    raise RuntimeError("The compiled contract serves every connection itself")


def error_dialects(names: Iterable[str]) -> dict[str, ErrorDialect]:
    """How each of the dialects says no."""
    modules = {name: importlib.import_module(f"{_HANDLERS}.{name}.errors") for name in names}
    return {name: ErrorDialect(module.render, ERRORS[name]) for name, module in modules.items()}


def body_models() -> dict[str, Any]:
    """The generated model of every operation that takes a body."""
    return {name: _model(found.body_model) for name, found in _FINISHED.items() if found.body_model}


def statuses() -> dict[str, dict[Any, int]]:
    """Which model's answer has which status, of every operation that succeeds in several ways."""
    return {
        name: {_model(model): status for status, model in found.answers.items() if model}
        for name, found in _FINISHED.items()
        if len(found.answers) > 1
    }


def websockets() -> list[Channel]:
    """The WebSocket channels of the event contract, each with the function of its one operation that is done."""
    sockets = {channel.key for channel in channels.CHANNELS if "ws" in channel.servers}
    by_address: dict[str, channels.ChannelOperation] = {}
    for operation in channels.OPERATIONS:
        if operation.channel in sockets and (operation.address not in by_address or not operation.unfinished):
            by_address[operation.address] = operation
    return [
        Channel(operation.key, address, operation.scope, None if operation.unfinished else _named(operation.key))
        for address, operation in by_address.items()
    ]


def _model(name: str) -> Any:
    dialect, _, model = name.partition(".")
    return getattr(importlib.import_module(f"generated.models.{dialect}"), model)


def _named(operation: str) -> Any:
    module, _, name = operation.rpartition(".")
    return getattr(importlib.import_module(f"{_HANDLERS}.{module}"), name)
