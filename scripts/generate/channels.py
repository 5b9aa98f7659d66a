"""The tables of the events: channels, operations, messages and their bindings, and the model of each message."""

from collections.abc import Iterator
from typing import Any

from scripts.generate.bundle import dereference
from scripts.generate.failures import UNFINISHED
from scripts.generate.references import Models, schema_name
from scripts.generate.sources import ContractError
from scripts.generate.tables import table

TOPICS, BOUNDS = "x-topics", "x-socket"

_CHANNELS_HEAD = '''\
"""Every channel, operation and message of the events, as data. Bindings stand as the contract writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel; messages by the keys that they have in it.

    `topics` are what can be subscribed to on it, `bounds` what one connection may do.
    """

    key: str
    address: str | None
    servers: tuple[str, ...]
    parameters: tuple[str, ...]
    messages: tuple[str, ...]
    bindings: Mapping[str, Any]
    topics: Mapping[str, Any]
    bounds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ChannelOperation:
    """What the server does on a channel: `send` or `receive`."""

    key: str
    action: str
    channel: str
    address: str | None
    messages: tuple[str, ...]
    reply: str | None
    scope: str | None
    bindings: Mapping[str, Any]
    is_counted: bool
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One message of one channel. `schema` is its payload in the bundle, `model` in `generated.models`.

    `fields` is the schema of what stands beside the payload.
    """

    channel: str
    key: str
    name: str
    content_type: str
    schema: str
    fields: str | None
    model: str
    bindings: Mapping[str, Any]


'''

_MESSAGES_HEAD = '''\
"""The model that carries each message's payload, by the message's name."""

from typing import Any

{imports}
PAYLOADS: dict[str, Any] = {{
'''


def channels(document: dict[str, Any], models: Models) -> str:
    """The source of `generated/channels.py`."""
    tables = (
        table("CHANNELS", "Channel", _channels(document)),
        table("OPERATIONS", "ChannelOperation", _operations(document)),
        table("MESSAGES", "Message", _messages(document, models)),
    )
    return _CHANNELS_HEAD + "\n".join(tables) + f"\nVERSION = {document['info']['version']!r}\n"


def messages(document: dict[str, Any], models: Models) -> str:
    """The source of `generated/messages.py`."""
    payloads: dict[str, str] = {}
    for message in _messages(document, models):
        if payloads.setdefault(message["name"], message["model"]) != message["model"]:
            raise ContractError(f"the message name {message['name']} stands for two payloads")
    dialects = sorted({model.split(".")[0] for model in payloads.values()})
    imports = f"from generated.models import {', '.join(dialects)}\n" if dialects else ""
    entries = "".join(f"    {name!r}: {model},\n" for name, model in sorted(payloads.items()))
    return _MESSAGES_HEAD.format(imports=imports) + entries + "}\n"


def each_message(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Channel key, message key and message object of all that is said."""
    for channel_key, channel in document.get("channels", {}).items():
        for key, message in channel.get("messages", {}).items():
            yield channel_key, key, dereference(document, message)


def mark_topics(document: dict[str, Any], unfinished: set[str]) -> None:
    """Marks the topics of channels that are promised and not done yet, `<channel>.<topic>`."""
    for key, channel in document.get("channels", {}).items():
        for name, topic in channel.get(TOPICS, {}).items():
            if f"{key}.{name}" in unfinished:
                channel[TOPICS] = {**channel[TOPICS], name: {**topic, UNFINISHED: True}}


def _channels(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "address": channel.get("address"),
            "servers": tuple(_last(server) for server in channel.get("servers", [])),
            "parameters": tuple(channel.get("parameters", {})),
            "messages": tuple(channel.get("messages", {})),
            "bindings": dereference(document, channel.get("bindings", {})),
            "topics": channel.get(TOPICS, {}),
            "bounds": channel.get(BOUNDS, {}),
        }
        for key, channel in sorted(document.get("channels", {}).items())
    ]


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [_operation(document, key, value) for key, value in sorted(document.get("operations", {}).items())]


def _operation(document: dict[str, Any], key: str, operation: dict[str, Any]) -> dict[str, Any]:
    channel = dereference(document, operation["channel"])
    named = [_last(message) for message in operation.get("messages", [])]
    reply = dereference(document, operation.get("reply", {}))
    return {
        "key": key,
        "action": operation["action"],
        "channel": _last(operation["channel"]),
        "address": channel.get("address"),
        "messages": tuple(named or channel.get("messages", {})),
        "reply": _last(reply["channel"]) if "channel" in reply else None,
        "scope": operation.get("x-scope"),
        "bindings": dereference(document, operation.get("bindings", {})),
        "is_counted": operation.get("x-audit") == "counted",
        "unfinished": operation.get(UNFINISHED, False),
    }


def _messages(document: dict[str, Any], models: Models) -> list[dict[str, Any]]:
    found = sorted(each_message(document), key=lambda entry: entry[:2])
    return [_message(document, models, *entry) for entry in found]


def _message(
    document: dict[str, Any], models: Models, channel: str, key: str, message: dict[str, Any]
) -> dict[str, Any]:
    model = models.of(message.get("payload"))
    if model is None:
        raise ContractError(f"{channel}.{key}: a payload is a reference to a schema in specs/schemas/")
    return {
        "channel": channel,
        "key": key,
        "name": message.get("name", key),
        "content_type": message.get("contentType", document.get("defaultContentType", "application/json")),
        "schema": schema_name(message["payload"]),
        "fields": schema_name(message["headers"]) if "headers" in message else None,
        "model": model,
        "bindings": dereference(document, message.get("bindings", {})),
    }


def _last(reference: dict[str, str]) -> str:
    return reference["$ref"].rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
