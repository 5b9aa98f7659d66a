"""The table of every operation of the API, as data: what a server needs to know before it reads a request."""

from collections.abc import Iterator
from typing import Any

from scripts.generate.bundle import dereference
from scripts.generate.failures import UNFINISHED
from scripts.generate.grammar import METHODS
from scripts.generate.references import Models
from scripts.generate.sources import ContractError
from scripts.generate.tables import table

# On a body that is handed over as the schema has judged it, and not as a model.
PLAIN = "x-plain"
_HEAD = '''\
"""Every operation of the API, as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. Models are named within `generated.models`, as in `ggi.Task`; `answers` are the good ones."""

    operation_id: str
    dialect: str
    method: str
    path: str
    public: bool
    schemes: tuple[str, ...]
    scopes: tuple[str, ...]
    rate_limit: str | None
    request_media_types: tuple[str, ...]
    body_required: bool
    body_model: str | None
    response_media_types: tuple[str, ...]
    answers: dict[int, str | None]
    unfinished: bool


'''


def operations(document: dict[str, Any], models: Models) -> str:
    """The source of `generated/operations.py`."""
    rows = [_row(document, models, *found) for found in each_operation(document)]
    return _HEAD + table("OPERATIONS", "Operation", sorted(rows, key=lambda row: row["operation_id"]))


def each_operation(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation object of all that the API offers."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _row(document: dict[str, Any], models: Models, path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    identifier = operation["operationId"]
    security = operation.get("security", document.get("security", []))
    body = dereference(document, operation.get("requestBody", {}))
    answers = _answers(document, operation, identifier)
    return {
        "operation_id": identifier,
        "dialect": identifier.split(".")[0],
        "method": method,
        "path": path,
        "public": not security or {} in security,
        "schemes": tuple(sorted({scheme for requirement in security for scheme in requirement})),
        "scopes": _scopes(security, identifier),
        "rate_limit": operation.get("x-rate-limit"),
        "request_media_types": tuple(body.get("content", {})),
        "body_required": body.get("required", False),
        "body_model": None if body.get(PLAIN) else _model(models, body),
        "response_media_types": tuple(next(iter(answers.values())).get("content", {})),
        "answers": {status: _model(models, answer) for status, answer in answers.items()},
        "unfinished": operation.get(UNFINISHED, False),
    }


def _answers(document: dict[str, Any], operation: dict[str, Any], identifier: str) -> dict[int, dict[str, Any]]:
    """What says that it worked, by status."""
    responses = operation["responses"].items()
    answers = {int(status): dereference(document, answer) for status, answer in responses if status.startswith("2")}
    if not answers:
        raise ContractError(f"{identifier}: no answer says that it worked")
    return answers


def _scopes(security: list[dict[str, list[str]]], identifier: str) -> tuple[str, ...]:
    ways = {tuple(sorted({scope for scopes in way.values() for scope in scopes})) for way in security if way}
    if len(ways) > 1:
        raise ContractError(f"{identifier}: every way to authenticate must ask for the same scopes")
    return ways.pop() if ways else ()


def _model(models: Models, holder: dict[str, Any]) -> str | None:
    named = [models.of(media.get("schema", {})) for media in holder.get("content", {}).values()]
    return next((model for model in named if model), None)
