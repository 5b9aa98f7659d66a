"""Request bodies: media type, size, time, encoding, depth, schema, in this order; then the generated model."""

import asyncio
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jsonschema_rs
import orjson
import yaml
from pydantic import TypeAdapter

from adapters.http.contract import Contract
from adapters.http.refusals import ClientGone, PayloadTooLarge, RequestTimeout, UnsupportedMediaType
from adapters.http.requests import Request
from handlers.core.errors import InvalidRequest

Receive = Callable[[], Any]
Reading = tuple[Callable[[bytes], Any], jsonschema_rs.Draft202012Validator, Any]


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
            media: _reading(media, contract.validator(content["schema"]), carrier, limits)
            for media, content in declared["content"].items()
        }
        self._expected = list(self._readings)

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
        media = content_type if content_type == b"application/json" else self._media_type(content_type, is_empty)
        raw = b"" if is_empty else await _whole_body(request, receive, self._limits)
        if not raw:
            if self._required:
                raise InvalidRequest("A body is required", location="body")
            return None
        return self._judge(raw, media.decode("latin-1"))

    def _judge(self, raw: bytes, media: str) -> Any:
        decode, validator, carrier = self._readings[media]
        value = decode(raw)
        if not validator.is_valid(value):
            raise invalid_body(next(iter(validator.iter_errors(value))))
        return value if carrier is None else carrier.__pydantic_validator__.validate_python(value)

    def _media_type(self, header: bytes, is_empty: bool) -> bytes:
        """The declared media type that the header means, whatever its case and parameters."""
        if is_empty and not header:
            return self._expected[0].encode()
        media, _, parameters = header.decode("latin-1").partition(";")
        media = media.strip().lower()
        if media not in self._readings or not _is_utf8(parameters):
            raise UnsupportedMediaType(header.decode("latin-1"), self._expected)
        return media.encode()


def invalid_body(error: jsonschema_rs.ValidationError) -> InvalidRequest:
    """A schema's verdict as a refusal that names the place of the mistake."""
    path = [str(part) for part in error.instance_path]
    missing = getattr(error.kind, "property", None)
    if missing is not None and error.schema_path and error.schema_path[-1] == "required":
        path.append(str(missing))
        return InvalidRequest(f"Missing required parameter: {'.'.join(path)}", field=".".join(path), location="body")
    message = error.message if len(error.message) <= 300 else error.message[:297] + "..."
    return InvalidRequest(f"Invalid body: {message}", field=".".join(path) or None, location="body")


async def _whole_body(request: Request, receive: Receive, limits: Limits) -> bytes:
    """The body at once if the server has it, and no clock is set then: most are here before we are called."""
    raw = request.exchange.body() if request.exchange is not None else None
    if raw is None:
        return await _receive_all(receive, limits)
    if len(raw) > limits.body_bytes:
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


# A string that never ends counts as one to the end: to look for it again at each of its quotes takes forever.
_OUTSIDE_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|([\[{])|([\]}])', re.DOTALL)


def _check_depth(raw: bytes, limit: int) -> None:
    """Refuse what nests too deeply. Counting brackets settles all but strange bodies without looking closer."""
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return
    depth = 0
    for match in _OUTSIDE_STRINGS.finditer(raw):
        if match.group(1):
            depth += 1
            if depth > limit:
                raise InvalidRequest(f"The body nests more than {limit} levels deep", location="body")
        elif match.group(2):
            depth -= 1


def _reading(media: str, validator: jsonschema_rs.Draft202012Validator, carrier: Any, limits: Limits) -> Reading:
    """How one media type is read: decoded, judged, and carried, where it stands for more than text."""
    decode = _decoder(media, limits)
    return decode, validator, None if decode is _decode_text else carrier


def _decoder(media: str, limits: Limits) -> Callable[[bytes], Any]:
    if media == "application/json" or media.endswith("+json"):
        return partial(_decode_json, limits.depth)
    if media in ("application/yaml", "text/yaml", "application/x-yaml"):
        return partial(_decode_yaml, limits.depth)
    if media == "application/x-ndjson":
        return _decode_text
    raise ValueError(f"No decoder for {media}")


def _decode_text(raw: bytes) -> str:
    """Lines are left to whoever reads them: one that is wrong says nothing of the others."""
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        raise InvalidRequest("The body is not valid UTF-8", location="body") from exc


def _decode_json(depth_limit: int, raw: bytes) -> Any:
    _check_depth(raw, depth_limit)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise InvalidRequest(f"The body is not valid JSON: {exc}", location="body") from exc


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
