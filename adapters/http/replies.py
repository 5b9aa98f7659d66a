"""Answers on the wire: header blocks that every answer carries, and models encoded once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]

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
    """Header names and values as ASGI wants them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def opening(
    status: int, request_id: bytes, content_type: bytes, extra: Iterable[tuple[bytes, bytes]]
) -> dict[str, Any]:
    """The first message of an answer. What an operation says of a header replaces what all answers say of it."""
    headers = {**_SECURITY, b"x-request-id": request_id}
    if content_type:
        headers[b"content-type"] = content_type
    headers.update(extra)
    return {"type": "http.response.start", "status": status, "headers": list(headers.items())}


async def send_reply(send: Send, reply: Reply, request_id: bytes, *, with_body: bool = True) -> None:
    """Send a whole answer; to HEAD everything but the body."""
    start = opening(reply.status, request_id, reply.content_type, reply.headers)
    if reply.status != 204:
        start["headers"].append((b"content-length", b"%d" % len(reply.body)))
    await send(start)
    await send({"type": "http.response.body", "body": reply.body if with_body else b""})
