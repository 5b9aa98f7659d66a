"""A request for every operation, made from what the contract says of it: its examples, defaults and schemas."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
import yaml

from adapters.http.contract import Contract
from scripts.generate.grammar import METHODS
from scripts.places import GENERATED

_TEXTS = {"date-time": "2025-11-03T01:54:29Z", "uri": "https://example.com/", "email": "ann@example.com"}
_WORDS = ("x", "a1", "1m", "t_1", "sha256")


@dataclass(frozen=True)
class Asked:
    """A request that the contract admits."""

    operation: str
    method: str
    path: str
    template: str
    declared: Mapping[str, Any]
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """The scopes that it takes; None where it is open to everybody."""
        security = self.declared.get("security", [{"bearer": []}])
        return (
            tuple(scope for needed in security[:1] for scopes in needed.values() for scope in scopes)
            if security
            else None
        )

    @property
    def is_unfinished(self) -> bool:
        """Whether the operation is promised and not done yet."""
        return self.declared.get("x-unfinished", False)


@cache
def contract() -> Contract:
    """The published contract."""
    return Contract(orjson.loads((GENERATED / "openapi.json").read_bytes()))


@cache
def every_request() -> tuple[Asked, ...]:
    """One request for each operation of the published contract."""
    return tuple(_requests(contract()))


def _requests(contract: Contract) -> Iterator[Asked]:
    for template, item in contract.document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _asked(contract, template, method)


def _asked(contract: Contract, template: str, method: str) -> Asked:
    declared = contract.operation(template, method)
    values: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
    for parameter in declared["parameters"]:
        if parameter.get("required"):
            values[parameter["in"]][parameter["name"]] = _text(contract, parameter)
    media, content = _body(contract, declared)
    headers = {**values["header"], **({"Content-Type": media} if media else {})}
    path = re.sub(r"{(\w+)}", lambda found: values["path"][found[1]], template)
    return Asked(declared["operationId"], method.upper(), path, template, declared, values["query"], headers, content)


def _text(contract: Contract, parameter: Mapping[str, Any]) -> str:
    """A value of a parameter, as it is written."""
    schema = contract.resolve(parameter.get("schema", {}))
    known = [
        parameter.get("example"),
        *(contract.resolve(shown)["value"] for shown in parameter.get("examples", {}).values()),
    ]
    known += [*schema.get("examples", ()), schema.get("default"), *schema.get("enum", ())]
    for value in known:
        if value is not None:
            return ",".join(value) if isinstance(value, list) else str(value)
    if schema.get("type") in ("integer", "number"):
        return str(schema.get("minimum", 1))
    words = [_TEXTS.get(schema.get("format", "")), *_WORDS, "f" * 64]
    validator = contract.validator(parameter["schema"])
    return next(word for word in words if word is not None and validator.is_valid(word))


def _body(contract: Contract, declared: Mapping[str, Any]) -> tuple[str | None, bytes | None]:
    """The media type and the bytes of the first example of a body."""
    body = contract.resolve(declared.get("requestBody", {}))
    for media, content in body.get("content", {}).items():
        shown = [contract.resolve(example)["value"] for example in content.get("examples", {}).values()]
        value = shown[0] if shown else content.get("example")
        if value is not None:
            return media, _encoded(media, _at_once(value))
    return None, None


def _at_once(value: Any) -> Any:
    """The same body for somebody who does not wait."""
    return {**value, "wait_seconds": 0} if isinstance(value, dict) and "wait_seconds" in value else value


def _encoded(media: str, value: Any) -> bytes:
    if media == "application/x-www-form-urlencoded":
        return urlencode(value).encode()
    if isinstance(value, str) and "json" not in media.removesuffix("x-ndjson"):
        return value.encode()
    if "ndjson" in media:
        return value.encode() if isinstance(value, str) else b"\n".join(orjson.dumps(line) for line in value)
    return yaml.safe_dump(value).encode() if "yaml" in media else orjson.dumps(value)
