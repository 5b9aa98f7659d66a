"""Path, query and header parameters: a plan compiled once per operation, then strict reading per request."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

import orjson

from adapters.http.contract import Contract, Validator
from handlers.core.errors import InvalidRequest

_FORM_DEFAULT_EXPLODE = True
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,2})?")


class Head(Protocol):
    """The headers of a request."""

    headers: Mapping[bytes, bytes]

    @property
    def repeats_headers(self) -> bool:
        """Whether any came more than once."""

    def repeats(self, name: bytes) -> bool:
        """Whether this one did."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter and how to read it."""

    name: str
    argument: str
    location: str
    required: bool
    default: Any
    convert: Callable[[str], Any]
    validator: Validator

    def read(self, text: str) -> Any:
        """The value that the text stands for, if the contract allows it."""
        value = self.convert(text)
        if not self.validator.is_valid(value):
            issue = next(iter(self.validator.iter_errors(value))).message
            raise InvalidRequest(f"Invalid value for {self.name}: {issue}", field=self.name, location=self.location)
        return value


class ParameterPlan:
    """All parameters of one operation."""

    def __init__(self, contract: Contract, declared: Sequence[Mapping[str, Any]]) -> None:
        parameters = [_compile(contract, parameter) for parameter in declared]
        self.arguments = tuple(parameter.argument for parameter in parameters)
        self._path = [parameter for parameter in parameters if parameter.location == "path"]
        self._query = {parameter.name: parameter for parameter in parameters if parameter.location == "query"}
        self._headers = {
            parameter.name.lower().encode(): parameter for parameter in parameters if parameter.location == "header"
        }
        self._defaults = {
            parameter.argument: parameter.default for parameter in parameters if parameter.location != "path"
        }
        self._required = [parameter for parameter in parameters if parameter.required and parameter.location != "path"]

    def read(self, path_values: Mapping[str, str], query: bytes, head: Head) -> dict[str, Any]:
        """The arguments for the handler; refuses what is unknown, repeated, missing or invalid."""
        arguments = self._defaults.copy()
        for parameter in self._path:
            arguments[parameter.argument] = parameter.read(path_values[parameter.name])
        seen: set[str] = set()
        if query:
            self._read_query(query, arguments, seen)
        if self._headers:
            self._read_headers(head, arguments, seen)
        for parameter in self._required:
            if parameter.name not in seen:
                message = f"Missing required parameter: {parameter.name}"
                raise InvalidRequest(message, field=parameter.name, location=parameter.location)
        return arguments

    def _read_query(self, query: bytes, arguments: dict[str, Any], seen: set[str]) -> None:
        for name, text in query_pairs(query):
            parameter = self._query.get(name)
            if parameter is None:
                raise InvalidRequest(f"Unknown query parameter: {name}", field=name, location="query")
            _store(parameter, text, arguments, seen)

    def _read_headers(self, head: Head, arguments: dict[str, Any], seen: set[str]) -> None:
        for name, parameter in self._headers.items():
            value = head.headers.get(name)
            if value is None:
                continue
            if head.repeats_headers and head.repeats(name):
                raise _repeated(parameter)
            _store(parameter, value.decode("latin-1"), arguments, seen)


def query_pairs(query: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string, decoded."""
    if b"%" not in query and b"+" not in query:
        return [field.partition("=")[::2] for field in _decoded(query).split("&") if field]
    fields = [field.partition(b"=") for field in query.split(b"&") if field]
    return [(_decoded(name), _decoded(value)) for name, _, value in fields]


def _store(parameter: Parameter, text: str, arguments: dict[str, Any], seen: set[str]) -> None:
    if parameter.name in seen:
        raise _repeated(parameter)
    seen.add(parameter.name)
    arguments[parameter.argument] = parameter.read(text)


def _repeated(parameter: Parameter) -> InvalidRequest:
    message = f"{parameter.name} may be given only once"
    return InvalidRequest(message, field=parameter.name, location=parameter.location)


def _decoded(text: bytes) -> str:
    try:
        if b"%" in text or b"+" in text:
            return unquote_to_bytes(text.replace(b"+", b" ")).decode()
        return text.decode()
    except UnicodeDecodeError as exc:
        raise InvalidRequest("The query is not valid UTF-8", location="query") from exc


def _compile(contract: Contract, declared: Mapping[str, Any]) -> Parameter:
    is_json = "content" in declared
    judged = declared["content"]["application/json"]["schema"] if is_json else declared["schema"]
    schema = contract.resolve(judged)
    is_list = schema.get("type") == "array" and not is_json
    if is_list and declared.get("explode", _FORM_DEFAULT_EXPLODE):
        raise ValueError(f"{declared['name']}: a list is written with commas; say `explode: false`")
    scalar = contract.resolve(schema["items"]) if is_list else schema
    convert = _json if is_json else _CONVERTERS.get(scalar.get("type"), str)
    return Parameter(
        name=declared["name"],
        argument=declared["name"].lower().replace("-", "_"),
        location=declared["in"],
        required=declared.get("required", False),
        default=contract.stated(judged, "default"),
        convert=partial(_list, convert) if is_list else convert,
        validator=contract.validator(judged),
    )


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _list(convert: Callable[[str], Any], text: str) -> list[Any]:
    return [convert(part) for part in text.split(",")]


def _integer(text: str) -> int | str:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else text


def _number(text: str) -> float | str:
    return float(text) if _NUMBER.fullmatch(text) else text


def _boolean(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text, text)


# A text that cannot be converted stays a text, and the schema refuses it with its own words.
_CONVERTERS: dict[Any, Callable[[str], Any]] = {"integer": _integer, "number": _number, "boolean": _boolean}
