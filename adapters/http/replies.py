"""Answers on the wire: header blocks that every answer carries, and models encoded once."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
SendWhole = Callable[[int, bytes, bytes], Awaitable[None]]
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
# The ASGI extension by which a server takes a whole answer with its head already written.
WHOLE = "nexus.whole_answer"
_SECURITY = dict(SECURITY_HEADERS)
_SECURITY_LINES = b"".join(name + b": " + value + b"\r\n" for name, value in SECURITY_HEADERS)
_COMMON = frozenset((*_SECURITY, b"x-request-id", b"content-type", b"content-length"))
_LINE_BREAK = re.compile(rb"[\x00\r\n]")


@dataclass(slots=True)
class Reply:
    """A whole answer, ready to be sent."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: Iterable[tuple[bytes, bytes]] = ()


def encode(model: Any) -> bytes:
    """A generated model as JSON: the fields that were given, and no others."""
    return model.__pydantic_serializer__.to_json(model, exclude_unset=True, by_alias=True)


def header_list(headers: Mapping[str, str]) -> HeaderList:
    """Header names and values as ASGI wants them. A value that would end its line is a defect of ours."""
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if any(_LINE_BREAK.search(value) for _, value in encoded):
        raise ValueError("A line break in a header")
    return encoded


def opening(
    status: int, request_id: bytes, content_type: bytes, extra: Iterable[tuple[bytes, bytes]]
) -> dict[str, Any]:
    """The first message of an answer. What an operation says of a header replaces what all answers say of it."""
    headers = {**_SECURITY, b"x-request-id": request_id}
    if content_type:
        headers[b"content-type"] = content_type
    headers.update(extra)
    return {"type": "http.response.start", "status": status, "headers": list(headers.items())}


async def send_reply(
    send: Send, reply: Reply, request_id: bytes, *, with_body: bool = True, whole: SendWhole | None = None
) -> None:
    """Send a whole answer, in one piece if the server can; to HEAD everything but the body."""
    body = reply.body if with_body else b""
    if whole is not None:
        await whole(reply.status, head(reply, request_id), body)
        return
    start = opening(reply.status, request_id, reply.content_type, reply.headers)
    if reply.status != _NO_CONTENT:
        start["headers"].append((b"content-length", b"%d" % len(reply.body)))
    await send(start)
    await send({"type": "http.response.body", "body": body})


def head(reply: Reply, request_id: bytes) -> bytes:
    """The header lines of a whole answer, as `opening` would have them."""
    lines = _SECURITY_LINES + b"x-request-id: " + request_id + b"\r\n"
    if reply.content_type:
        lines += b"content-type: " + reply.content_type + b"\r\n"
    if reply.status != _NO_CONTENT:
        lines += b"content-length: %d\r\n" % len(reply.body)
    names = set()
    for name, value in reply.headers:
        if name in _COMMON or name in names:
            return _head_of(reply, request_id)
        if _LINE_BREAK.search(value):
            raise ValueError(f"A line break in the header {name!r}")
        names.add(name)
        lines += name + b": " + value + b"\r\n"
    return lines


def _head_of(reply: Reply, request_id: bytes) -> bytes:
    """The header lines of an answer that says otherwise what all answers say."""
    headers = dict(opening(reply.status, request_id, reply.content_type, reply.headers)["headers"])
    if reply.status != _NO_CONTENT:
        headers[b"content-length"] = b"%d" % len(reply.body)
    if any(map(_LINE_BREAK.search, headers.values())):
        raise ValueError("A line break in a header")
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers.items())
