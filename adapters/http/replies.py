"""Answers on the wire: header blocks that every answer carries, and models encoded once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]
_NO_CONTENT = 204

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-xss-protection", b"1; mode=block"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"content-security-policy", b"default-src 'self'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
JSON = b"application/json"
_SECURITY = dict(SECURITY_HEADERS)
_COMMON = frozenset((*_SECURITY, b"x-request-id", b"content-type", b"content-length"))


@dataclass(slots=True)
class Reply:
    """A whole answer, ready to be sent."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Sequence[tuple[bytes, bytes]] = ()


def encode(model: Any) -> bytes:
    """A generated model, or a list of them, as JSON: the fields that were given, and no others."""
    if type(model) is list:
        return b"[%b]" % b",".join(map(encode, model))
    return model.__pydantic_serializer__.to_json(model, exclude_unset=True, by_alias=True)


def header_list(headers: Mapping[str, str]) -> HeaderList:
    """Header names and values as ASGI wants them."""
    return [(_name(name), value.encode("latin-1")) for name, value in headers.items()]


@cache
def _name(name: str) -> bytes:
    """A header's name as it is sent; there are as many as the handlers use."""
    return name.lower().encode("latin-1")


def rate_lines(limit: int, remaining: int, reset: int) -> bytes:
    """The header lines that say how often the caller may ask."""
    return b"x-ratelimit-limit: %d\r\nx-ratelimit-remaining: %d\r\nx-ratelimit-reset: %d\r\n" % (
        limit,
        remaining,
        reset,
    )


def opening(
    status: int, request_id: bytes, content_type: bytes, extra: Iterable[tuple[bytes, bytes]], rate: bytes = b""
) -> dict[str, Any]:
    """The first message of an answer. What an operation says of a header replaces what all answers say of it."""
    headers = {**_SECURITY, b"x-request-id": request_id, **dict(line.split(b": ") for line in rate.splitlines())}
    if content_type:
        headers[b"content-type"] = content_type
    headers.update(extra)
    for name, value in headers.items():
        _check_value(name, value)
    return {"type": "http.response.start", "status": status, "headers": list(headers.items())}


async def send_reply(send: Send, reply: Reply, request_id: bytes, rate: bytes = b"", *, with_body: bool = True) -> None:
    """Send a whole answer in two messages; to HEAD everything but the body."""
    start = opening(reply.status, request_id, reply.content_type, reply.headers, rate)
    if reply.status != _NO_CONTENT:
        start["headers"].append((b"content-length", b"%d" % len(reply.body)))
    await send(start)
    await send({"type": "http.response.body", "body": reply.body if with_body else b""})


def head(reply: Reply, request_id: bytes, rate: bytes = b"") -> bytes:
    """The header lines of a whole answer, as `send_reply` would have them."""
    lines = _own_lines(reply.headers) if reply.headers else b""
    if reply.status == _NO_CONTENT or lines is None:
        return _head_of(reply, request_id, rate)
    common = _common_lines(reply.content_type)
    return b"%bx-request-id: %b\r\n%b%bcontent-length: %d\r\n" % (common, request_id, rate, lines, len(reply.body))


def _own_lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes | None:
    """The lines that one answer has besides; None if they need a look at each, which says what is wrong with which."""
    own = dict(headers)
    if len(own) < len(headers) or not _COMMON.isdisjoint(own):
        return None
    lines = _lines(own.items())
    is_whole = lines.count(b"\n") == lines.count(b"\r") == len(own) and b"\0" not in lines
    return lines if is_whole else None


@cache
def _common_lines(content_type: bytes) -> bytes:
    """The lines of all answers of one content type; there are as many as the contract names."""
    return _lines((*SECURITY_HEADERS, (b"content-type", content_type)))


def _head_of(reply: Reply, request_id: bytes, rate: bytes) -> bytes:
    """The header lines of an answer that says otherwise what all answers say."""
    headers = opening(reply.status, request_id, reply.content_type, reply.headers, rate)["headers"]
    if reply.status != _NO_CONTENT:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    return _lines(headers)


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])


def _check_value(name: bytes, value: bytes) -> None:
    """A value that would end its line is a defect of ours: whoever controls it could write another header."""
    if b"\n" in value or b"\r" in value or b"\0" in value:
        raise ValueError(f"A line break in the header {name!r}")
