"""What the contract names and the code has: handlers, generated models, and each dialect's way of saying no."""

import importlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

import generated
from adapters.http.contract import Contract
from adapters.http.failures import ErrorDialect
from adapters.http.sockets import Channel, Heard
from adapters.http.speech import Form
from generated import channels, operations
from generated.errors import ERRORS
from handlers.core.telling import Telling
from handlers.core.testimony import account_of
from handlers.core.tongues import Tongue
from handlers.dialects.ggi.pushing import Pushed

_HANDLERS = "handlers.dialects"
_OVER_THE_BROKER = "events.streams."
_FINISHED = {operation.operation_id: operation for operation in operations.OPERATIONS if not operation.unfinished}
_MESSAGES = {(message.channel, message.key): message for message in channels.MESSAGES}


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


def refusals() -> dict[str, int]:
    """The status of each kind of refusal, as the audit log has it whatever was refused."""
    return {kind: error.status for kind, error in ERRORS["v2"].items()}


def websockets() -> list[Channel]:
    """The WebSocket channels of the event contract, each with what is done of it."""
    return [_websocket(channel) for channel in channels.CHANNELS if "ws" in channel.servers]


def forms() -> dict[str, dict[Any, Form]]:
    """What the contract says of the messages of each channel that the server tells of over HTTP, by their models."""
    told = {channel.key for channel in channels.CHANNELS if "amqp" not in channel.servers}
    found: dict[str, dict[Any, Form]] = {key: {} for key in told}
    for message in channels.MESSAGES:
        if message.channel in told:
            found[message.channel][_model(message.model)] = _form(message)
    return found


def sent() -> dict[str, Form]:
    """What the contract says of the message of each operation that sends over the broker, or answers there."""
    answers = {message.channel: message for message in channels.MESSAGES}
    sends = {
        operation.key: _MESSAGES[operation.channel, operation.messages[0]]
        for operation in channels.OPERATIONS
        if operation.key.startswith(_OVER_THE_BROKER)
    }
    replies = {operation.key: answers[operation.reply] for operation in channels.OPERATIONS if operation.reply}
    return {key: _form(message) for key, message in {**replies, **sends}.items()}


def _form(message: channels.Message) -> Form:
    return Form(message.name, message.schema, message.fields)


def _websocket(channel: channels.Channel) -> Channel:
    operations_of = [operation for operation in channels.OPERATIONS if operation.channel == channel.key]
    done = [operation for operation in operations_of if not operation.unfinished]
    scopes = {operation.scope for operation in operations_of}
    first = next((operation for operation in done or operations_of if operation.action == "send"), operations_of[0])
    return Channel(
        id=first.key,
        address=channel.address,
        scope=scopes.pop() if len(scopes) == 1 else None,
        tongue=_tongue(first.key.partition(".")[0], channel.key) if done else None,
        heard=[_heard(operation) for operation in operations_of if operation.action == "receive"],
        topics=channel.topics,
        bounds=channel.bounds,
    )


def _tongue(dialect: str, channel: str) -> Tongue:
    module = importlib.import_module(f"{_HANDLERS}.{dialect}.streams")
    return next(value for value in vars(module).values() if isinstance(value, Tongue) and value.channel == channel)


def _heard(operation: channels.ChannelOperation) -> Heard:
    message = _MESSAGES[operation.channel, operation.messages[0]]
    handler = None if operation.unfinished else _named(operation.key)
    account = account_of(operation.key, operation.scope, "SEND", is_counted=operation.is_counted)
    return Heard(operation.key, operation.scope, message.schema, _model(message.model), handler, account)


def tellings() -> dict[str, Telling]:
    """How each dialect in which webhooks are made tells them of events."""
    makers = {found.dialect for name, found in _FINISHED.items() if name.endswith(".webhooks.create_webhook")}
    return {name: importlib.import_module(f"{_HANDLERS}.{name}.webhooks").telling(example_of) for name in makers}


def told_by(document: Any) -> tuple[Any, Any]:
    """How each dialect tells of events, and of the end of what was asked for with a callback."""
    return tellings(), callbacks(document)


def callbacks(document: Any) -> dict[str, Any]:
    """How each dialect whose commands the contract gives a callback tells of their end."""
    parts = [part for item in document["paths"].values() for part in item.values()]
    shown = [part for part in parts if isinstance(part, Mapping) and "callbacks" in part]
    makers = {found["operationId"].partition(".")[0] for found in shown if ".commands." in found["operationId"]}
    return {name: importlib.import_module(f"{_HANDLERS}.{name}.commands").callback for name in makers}


def pushed(contract: Contract) -> Pushed:
    """How work is told to an agent's endpoint, and its answer read."""
    registering = contract.operation(contract.paths_by_operation["ggi.agents.register_agent"], "post")
    (called,) = contract.resolve(registering["callbacks"]["work"]).values()
    answer = contract.resolve(called["post"]["responses"]["200"])
    return Pushed(contract.validator(answer["content"]["application/json"]["schema"]))


def example_of(channel: str, event: str) -> Any:
    """What the event contract shows as the payload of a channel's message about an event, if anything."""
    return _examples(channel).get(event)


@cache
def _examples(channel: str) -> dict[str, Any]:
    """An example for each event that a channel has a message for; messages about several events show some of them."""
    document = orjson.loads((Path(generated.__file__).parent / "asyncapi.json").read_bytes())
    found: dict[str, Any] = {}
    for reference in document["channels"][channel]["messages"].values():
        message = _resolved(document, reference)
        shown = {example["headers"]["event"]: example["payload"] for example in message["examples"]}
        for event in _values(document, message, "payload", "type") or _values(document, message, "headers", "event"):
            found[event] = shown.get(event, next(iter(shown.values())))
    return found


def _values(document: Any, message: Any, part: str, name: str) -> list[str]:
    """The values that a field of a message can have, if it says so."""
    field = _resolved(document, _resolved(document, message[part])["properties"].get(name, {}))
    return field.get("enum", [field["const"]] if "const" in field else [])


def _resolved(document: Any, part: Any) -> Any:
    """A part of a document, or what it refers to."""
    while "$ref" in part:
        found = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        part = found
    return part


def _model(name: str) -> Any:
    dialect, _, model = name.partition(".")
    return getattr(importlib.import_module(f"generated.models.{dialect}"), model)


def _named(operation: str) -> Any:
    module, _, name = operation.rpartition(".")
    return getattr(importlib.import_module(f"{_HANDLERS}.{module}"), name)
