"""The contract lowered to OpenAPI 3.0.3 as far as Connexion needs it. Nothing is judged by it."""

from typing import Any

from scripts.generate.bundle import dereference
from scripts.generate.grammar import METHODS

_SCHEME_KEYS = ("type", "scheme", "bearerFormat", "name", "in", "flows", "openIdConnectUrl")
_TYPES = ("string", "integer", "number")
# Connexion looks over every response when the server starts, and asks for no more than that there is one.
_RESPONSES = {"default": {"description": ""}}


def skeleton(document: dict[str, Any]) -> dict[str, Any]:
    """What Connexion is given to route, resolve and guard by."""
    schemes = document["components"].get("securitySchemes", {})
    return {
        "openapi": "3.0.3",
        "info": {key: document["info"][key] for key in ("title", "version")},
        "servers": [{"url": server["url"]} for server in document.get("servers", [])],
        "security": document.get("security", []),
        "paths": {path: _item(document, item) for path, item in document["paths"].items()},
        "components": {"securitySchemes": {name: _scheme(scheme) for name, scheme in schemes.items()}},
    }


def _item(document: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    shared = _path_parameters(document, item)
    operations = {method: _operation(document, item[method]) for method in METHODS if method in item}
    return {**({"parameters": shared} if shared else {}), **operations}


def _operation(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    kept = {key: operation[key] for key in ("operationId", "security") if key in operation}
    parameters = _path_parameters(document, operation)
    return {**kept, **({"parameters": parameters} if parameters else {}), "responses": _RESPONSES}


def _path_parameters(document: dict[str, Any], holder: dict[str, Any]) -> list[dict[str, Any]]:
    parameters = [dereference(document, parameter) for parameter in holder.get("parameters", [])]
    return [
        {"name": parameter["name"], "in": "path", "required": True, "schema": _minimal(document, parameter)}
        for parameter in parameters
        if parameter["in"] == "path"
    ]


def _minimal(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    declared = dereference(document, parameter.get("schema", {})).get("type")
    return {"type": declared if declared in _TYPES else "string"}


def _scheme(scheme: dict[str, Any]) -> dict[str, Any]:
    return {key: scheme[key] for key in _SCHEME_KEYS if key in scheme}
