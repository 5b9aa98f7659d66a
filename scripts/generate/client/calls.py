"""The operations of a dialect as calls: to which group each belongs, what it is called, what it takes and gives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.generate.bundle import dereference
from scripts.generate.operations import each_operation

SDK = "x-sdk"
_WAIT = "wait"
_SCOPES = "security"


@dataclass(frozen=True)
class Call:
    """One operation, settled. `name` reads, `waiting` is the name of the call that waits for the end."""

    group: str
    name: str | None
    waiting: str | None
    method: str
    path: str
    operation: dict[str, Any]
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any]
    answer: dict[str, Any]

    @property
    def identifier(self) -> str:
        """The operation's name in the contract."""
        return self.operation["operationId"]

    @property
    def names(self) -> tuple[str, ...]:
        """What the operation is called in the client."""
        return tuple(name for name in (self.name, self.waiting) if name)


def calls_of(document: dict[str, Any], dialect: str) -> list[Call]:
    """Every operation of a dialect, by group and name."""
    return sorted(_calls(document, dialect), key=lambda call: (call.group, call.names))


def _calls(document: dict[str, Any], dialect: str) -> Iterator[Call]:
    for path, method, operation in each_operation(document):
        owner, _, rest = operation["operationId"].partition(".")
        if owner != dialect:
            continue
        group, _, identifier = rest.partition(".")
        item = document["paths"][path]
        given = [*item.get("parameters", []), *operation.get("parameters", [])]
        parameters = tuple(dereference(document, parameter) for parameter in given)
        name, waiting = _names(group, identifier, path, operation, parameters)
        body = dereference(document, operation.get("requestBody", {}))
        security = operation.get(_SCOPES, document.get(_SCOPES, []))
        yield Call(
            group, name, waiting, method.upper(), path, {**operation, _SCOPES: security}, parameters, body,
            _answer(document, operation),
        )  # fmt: skip


def _names(
    group: str, identifier: str, path: str, operation: dict[str, Any], parameters: tuple[dict[str, Any], ...]
) -> tuple[str | None, str | None]:
    """What the SDK guide calls it, else what is natural. Of what can wait, the guide's last name does."""
    said = operation.get(SDK, [])
    names = [_snake(name.rpartition(".")[2]) for name in ([said] if isinstance(said, str) else said)]
    if not names:
        return _natural(group, identifier, path), None
    if any(parameter["name"] == _WAIT for parameter in parameters):
        return (names[0] if len(names) > 1 else None), names[-1]
    return names[0], None


def _natural(group: str, identifier: str, path: str) -> str:
    """`tasks.create_task` is `tasks.create`. What is done to many at a time keeps its plural."""
    verb, _, noun = identifier.partition("_")
    ours = {group, group.removesuffix("s")} if "/bulk/" not in path else {group.removesuffix("s")}
    return verb if noun in ours else identifier


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _answer(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    return dereference(document, good)
