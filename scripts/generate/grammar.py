"""What stands where in OpenAPI 3.1 and AsyncAPI 3.0, as far as references go.

A grammar maps a kind of object to its keys; each key holds one value (`One`), a map (`Map`) or a list (`List`) of
another kind. Kinds named as a section of `components` are lifted there when they are referred to; all others are
put in place. A `path` is a path item that we serve. A key that is not listed holds data, in which `$ref` means nothing.
"""

from dataclasses import dataclass
from enum import Enum


class Holds(Enum):
    """How a key holds what it holds."""

    ONE = "one"
    MAP = "map"
    LIST = "list"


@dataclass(frozen=True)
class Slot:
    """What a key holds, and how."""

    kind: str
    holds: Holds


def _one(kind: str) -> Slot:
    return Slot(kind, Holds.ONE)


def _map(kind: str) -> Slot:
    return Slot(kind, Holds.MAP)


def _list(kind: str) -> Slot:
    return Slot(kind, Holds.LIST)


Kind = dict[str, Slot]
Grammar = dict[str, Kind]
ANY_KEY = "*"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

_SCHEMA: Kind = {
    **dict.fromkeys(
        (
            "additionalProperties",
            "contains",
            "else",
            "if",
            "items",
            "not",
            "propertyNames",
            "then",
            "unevaluatedItems",
            "unevaluatedProperties",
        ),
        _one("schemas"),
    ),
    **dict.fromkeys(("$defs", "dependentSchemas", "patternProperties", "properties"), _map("schemas")),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _list("schemas")),
}
_PARAMETER: Kind = {"schema": _one("schemas"), "content": _map("mediaType"), "examples": _map("examples")}
_PATH_ITEM: Kind = {"parameters": _list("parameters"), **dict.fromkeys(METHODS, _one("operation"))}

OPENAPI: Grammar = {
    "root": {"paths": _map("path"), "webhooks": _map("pathItem"), "components": _one("components")},
    "components": {
        "callbacks": _map("callbacks"),
        "examples": _map("examples"),
        "headers": _map("headers"),
        "links": _map("links"),
        "parameters": _map("parameters"),
        "pathItems": _map("pathItem"),
        "requestBodies": _map("requestBodies"),
        "responses": _map("responses"),
        "schemas": _map("schemas"),
        "securitySchemes": _map("securitySchemes"),
    },
    "path": _PATH_ITEM,
    "pathItem": _PATH_ITEM,
    "operation": {
        "parameters": _list("parameters"),
        "requestBody": _one("requestBodies"),
        "responses": _map("responses"),
        "callbacks": _map("callbacks"),
    },
    "callbacks": {ANY_KEY: _one("pathItem")},
    "parameters": _PARAMETER,
    "headers": _PARAMETER,
    "requestBodies": {"content": _map("mediaType")},
    "responses": {"headers": _map("headers"), "content": _map("mediaType"), "links": _map("links")},
    "mediaType": {"schema": _one("schemas"), "examples": _map("examples"), "encoding": _map("encoding")},
    "encoding": {"headers": _map("headers")},
    "schemas": _SCHEMA,
    "examples": {},
    "links": {},
    "securitySchemes": {},
}

_BINDINGS = ("serverBindings", "channelBindings", "operationBindings", "messageBindings")
_DESCRIBED: Kind = {"tags": _list("tags"), "externalDocs": _one("externalDocs")}

ASYNCAPI: Grammar = {
    "root": {
        "info": _one("info"),
        "servers": _map("servers"),
        "channels": _map("channel"),
        "operations": _map("operation"),
        "components": _one("components"),
    },
    "components": {
        "channels": _map("channel"),
        "operations": _map("operation"),
        "messages": _map("messages"),
        "schemas": _map("schemas"),
        "servers": _map("servers"),
        "parameters": _map("parameters"),
        "correlationIds": _map("correlationIds"),
        "replies": _map("replies"),
        "replyAddresses": _map("replyAddresses"),
        "messageTraits": _map("messageTraits"),
        "operationTraits": _map("operationTraits"),
        "tags": _map("tags"),
        "externalDocs": _map("externalDocs"),
        "securitySchemes": _map("securitySchemes"),
        **{name: _map(name) for name in _BINDINGS},
    },
    "info": _DESCRIBED,
    "servers": {
        "security": _list("securitySchemes"),
        "bindings": _one("serverBindings"),
        "variables": _map("serverVariables"),
        **_DESCRIBED,
    },
    "channel": {
        "messages": _map("messages"),
        "parameters": _map("parameters"),
        "servers": _list("servers"),
        "bindings": _one("channelBindings"),
        **_DESCRIBED,
    },
    "operation": {
        "channel": _one("channel"),
        "messages": _list("messages"),
        "reply": _one("replies"),
        "bindings": _one("operationBindings"),
        "traits": _list("operationTraits"),
        "security": _list("securitySchemes"),
        **_DESCRIBED,
    },
    "messages": {
        "payload": _one("schemas"),
        "headers": _one("schemas"),
        "correlationId": _one("correlationIds"),
        "bindings": _one("messageBindings"),
        "traits": _list("messageTraits"),
        **_DESCRIBED,
    },
    "messageTraits": {
        "headers": _one("schemas"),
        "correlationId": _one("correlationIds"),
        "bindings": _one("messageBindings"),
        **_DESCRIBED,
    },
    "operationTraits": {
        "bindings": _one("operationBindings"),
        "security": _list("securitySchemes"),
        **_DESCRIBED,
    },
    "replies": {
        "address": _one("replyAddresses"),
        "channel": _one("channel"),
        "messages": _list("messages"),
    },
    "schemas": _SCHEMA,
    **{
        name: {}
        for name in (
            *_BINDINGS,
            "correlationIds",
            "externalDocs",
            "parameters",
            "replyAddresses",
            "securitySchemes",
            "serverVariables",
            "tags",
        )
    },
}
