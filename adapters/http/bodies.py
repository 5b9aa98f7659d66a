"""Request bodies: media type, size, time, encoding, depth, schema, in this order; then the generated model."""

import asyncio
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
import orjson
import yaml
from pydantic import TypeAdapter

from adapters.http.contract import Contract
from adapters.http.items import Items, Lines, around_items
from adapters.http.refusals import ClientGone, PayloadTooLarge, RequestTimeout, UnsupportedMediaType
from adapters.http.requests import Request
from adapters.http.verdicts import invalid_body
from handlers.core.errors import InvalidRequest
from handlers.core.projection import same

Receive = Callable[[], Any]
Carry = Callable[[Any], Any]
Reading = tuple[Callable[[bytes], Any], jsonschema_rs.Draft202012Validator, Carry]
_JSON = b"application/json"
_EACH, _LINES = "x-each", "x-lines"


@dataclass(frozen=True)
class Limits:
    """What one request may cost."""

    body_bytes: int = 1_048_576
    body_seconds: float = 30.0
    depth: int = 100


class _Loader(yaml.CSafeLoader):
    """YAML without dates, which to JSON are text, and without numbers that JSON does not have."""


def _finite(loader: _Loader, node: yaml.ScalarNode) -> float:
    number = loader.construct_yaml_float(node)
    if not math.isfinite(number):
        raise yaml.constructor.ConstructorError(None, None, f"{node.value} is not a number in JSON", node.start_mark)
    return number


def _whole(loader: _Loader, node: yaml.ScalarNode) -> int | float:
    """A whole number, rounded where JSON's reader would round it."""
    number = loader.construct_yaml_int(node)
    if -(2**63) <= number < 2**64:
        return number
    try:
        return float(number)
    except OverflowError as exc:
        raise yaml.constructor.ConstructorError(None, None, "a number is too large", node.start_mark) from exc


_Loader.add_constructor("tag:yaml.org,2002:float", _finite)
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)

_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class _Carrier:
    """A generated type that is no class, as a list of models is none, with its validator where a model has its own."""

    def __init__(self, declared: Any) -> None:
        self.__pydantic_validator__ = TypeAdapter(declared).validator


class BodyPlan:
    """How one operation reads its body."""

    def __init__(self, contract: Contract, declared: Mapping[str, Any], model: Any, limits: Limits) -> None:
        self._required = declared.get("required", False)
        self._limits = limits
        carrier = model if model is None or isinstance(model, type) else _Carrier(model)
        self._readings = {
            media: _reading(contract, media, declared["content"], carrier, limits) for media in declared["content"]
        }
        self._expected = list(self._readings)
        self._takes_json = _JSON.decode() in self._readings

    async def read(self, request: Request, receive: Receive) -> Any:
        """The body as the operation's model, or None where there is none and none is needed."""
        headers = request.headers
        announced = headers.get(b"content-length")
        if announced is not None and announced.isdigit() and int(announced) > self._limits.body_bytes:
            raise PayloadTooLarge(self._limits.body_bytes)
        is_empty = announced in (None, b"0") and b"transfer-encoding" not in headers
        if is_empty and not self._required:
            return None
        content_type = headers.get(b"content-type", b"")
        is_settled = content_type == _JSON and self._takes_json
        media = content_type if is_settled else self._media_type(content_type, is_empty)
        raw = b"" if is_empty else _body_at_hand(request, self._limits)
        if raw is None:
            raw = await _receive_all(receive, self._limits)
        if not raw:
            if self._required:
                raise InvalidRequest("A body is required", location="body")
            return None
        return self._judge(raw, media.decode("latin-1"))

    def _judge(self, raw: bytes, media: str) -> Any:
        decode, validator, carry = self._readings[media]
        value = decode(raw)
        if not validator.is_valid(value):
            raise invalid_body(next(iter(validator.iter_errors(value))))
        return carry(value)

    def _media_type(self, header: bytes, is_empty: bool) -> bytes:
        """The declared media type that the header means, whatever its case and parameters."""
        if is_empty and not header:
            return self._expected[0].encode()
        media, _, parameters = header.decode("latin-1").partition(";")
        media = media.strip().lower()
        if media not in self._readings or not _is_utf8(parameters):
            raise UnsupportedMediaType(header.decode("latin-1"), self._expected)
        return media.encode()


def _body_at_hand(request: Request, limits: Limits) -> bytes | None:
    """The whole body, if the server has it: no clock is set then, and most are here before we are called."""
    raw = request.exchange.body() if request.exchange is not None else None
    if raw is not None and len(raw) > limits.body_bytes:
        raise PayloadTooLarge(limits.body_bytes)
    return raw


async def _receive_all(receive: Receive, limits: Limits) -> bytes:
    chunks, size, more = [], 0, True
    try:
        async with asyncio.timeout(limits.body_seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > limits.body_bytes:
                    raise PayloadTooLarge(limits.body_bytes)
                more = message.get("more_body", False)
    except TimeoutError as exc:
        raise RequestTimeout(limits.body_seconds) from exc
    return b"".join(chunks)


def _is_utf8(parameters: str) -> bool:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8", "us-ascii"):
            return False
    return True


_NO_BRACKETS = bytes(code for code in range(256) if code not in b'[]{}"')
# A string that never ends counts as one to the end: to look for it again at each of its quotes takes forever.
_OUTSIDE_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)


def _is_surely_flat(raw: bytes, limit: int) -> bool:
    """Whether taking away innermost pairs of brackets, two levels at a time at most, leaves nothing soon enough.

    Given up where little goes at a time, so that what is strange costs no more than a look.
    """
    if b"\\" in raw:
        return False
    brackets = b"".join(raw.translate(None, _NO_BRACKETS).split(b'"')[::2])
    for _ in range(limit // 2):
        if not brackets:
            return True
        rest = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if 4 * len(rest) > 3 * len(brackets):
            return False
        brackets = rest
    return False


def _check_depth(raw: bytes, limit: int, what: str) -> None:
    """Refuse what nests too deeply. Counting brackets settles all but strange bodies without looking closer."""
    if raw.count(b"[") + raw.count(b"{") <= limit or _is_surely_flat(raw, limit):
        return
    depth = 0
    for match in _OUTSIDE_STRINGS.finditer(raw):
        if match.group(1):
            depth += 1
            if depth > limit:
                raise InvalidRequest(f"The {what} nests more than {limit} levels deep", location=what)
        elif match.group(2):
            depth -= 1


def _reading(contract: Contract, media: str, contents: Mapping[str, Any], carrier: Any, limits: Limits) -> Reading:
    """How one media type is read: decoded, judged, and carried. Lines can be items of the list of another type."""
    content = contents[media]
    schema = content["schema"]
    decode = _decoder(media, limits)
    carry = same if carrier is None else partial(_carried, carrier)
    if _LINES in content:
        carry = Lines(contract, contents[content[_LINES]]["schema"], partial(read_json, limits.depth), carry)
    elif content.get(_EACH):
        return decode, contract.validator(around_items(contract, schema)), Items(contract, schema, carry)
    elif decode is _decode_text:
        carry = same
    return decode, contract.validator(schema), carry


def _carried(carrier: Any, value: Any) -> Any:
    """A body as its model, which is built when the first one comes."""
    return carrier.__pydantic_validator__.validate_python(value)


def _decoder(media: str, limits: Limits) -> Callable[[bytes], Any]:
    if media == "application/json" or media.endswith("+json"):
        return partial(read_json, limits.depth)
    if media in ("application/yaml", "text/yaml", "application/x-yaml"):
        return partial(_decode_yaml, limits.depth)
    if media == "application/x-www-form-urlencoded":
        return _decode_form
    if media == "application/x-ndjson":
        return _decode_text
    raise ValueError(f"No decoder for {media}")


def _decode_text(raw: bytes) -> str:
    """Lines are left to whoever reads them: one that is wrong says nothing of the others."""
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        raise InvalidRequest("The body is not valid UTF-8", location="body") from exc


def _decode_form(raw: bytes) -> dict[str, str]:
    """The fields of a form: texts, as they are all in it, each at most once."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as exc:
        raise InvalidRequest("The body is not a form in UTF-8", location="body") from exc
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise InvalidRequest("A field of a form may be given only once", location="body")
        fields[name] = value
    return fields


def read_json(depth_limit: int, raw: bytes, what: str = "body") -> Any:
    """What a JSON text says, unless it nests so deeply that it would cost more to judge than to write."""
    _check_depth(raw, depth_limit, what)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise InvalidRequest(f"The {what} is not valid JSON: {exc}", location=what) from exc


def _decode_yaml(depth_limit: int, raw: bytes) -> Any:
    """A YAML document, held to what JSON can say."""
    try:
        text = raw.decode()
        _check_yaml(text, depth_limit)
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, stricter than yaml's own
        return orjson.loads(orjson.dumps(value))
    except UnicodeDecodeError as exc:
        raise InvalidRequest("The body is not valid UTF-8", location="body") from exc
    except (yaml.YAMLError, ValueError, orjson.JSONEncodeError) as exc:
        raise InvalidRequest(f"The body is not valid YAML: {_place(exc)}", location="body") from exc


def _check_yaml(text: str, depth_limit: int) -> None:
    """Refuse what could grow without bound: aliases (a small text, a huge value) and deep nesting (a full stack).

    Tags are refused because the loader's constructors trust that a tagged text has the form that its tag promises.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise InvalidRequest("Aliases are not read in YAML bodies", location="body")
        if getattr(event, "tag", None) is not None:
            raise InvalidRequest("Tags are not read in YAML bodies", location="body")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > depth_limit:
            raise InvalidRequest(f"The body nests more than {depth_limit} levels deep", location="body")


def _place(exc: Exception) -> str:
    mark = getattr(exc, "problem_mark", None)
    problem = getattr(exc, "problem", None) or str(exc)
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark else problem
