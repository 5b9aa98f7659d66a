"""The ceiling: an ASGI callable that reads the body, parses it, and answers canned JSON with the same headers."""

from typing import Any

import orjson

from adapters.http.replies import SECURITY_HEADERS
from tests.bench import contract

_STORED = orjson.dumps(contract.STORED)
_CREATED = orjson.dumps({**contract.BODY, **contract.RECORD})
_COMMON = [*SECURITY_HEADERS, (b"x-request-id", b"req_0123456789abcdef0123456789abcdef")]


def _start(status: int, body: bytes) -> dict[str, Any]:
    own = [(b"content-type", b"application/json"), (b"etag", contract.ENTITY_TAG.encode())]
    length = (b"content-length", str(len(body)).encode())
    return {"type": "http.response.start", "status": status, "headers": [*_COMMON, *own, length]}


_READ_START, _CREATED_START = _start(200, _STORED), _start(201, _CREATED)
_CREATED_START["headers"].append((b"location", f"/v2/r00/tasks/{contract.TASK_ID}".encode()))


def build() -> Any:
    """The application."""
    return app


async def app(scope: Any, receive: Any, send: Any) -> None:
    """One connection."""
    if scope["type"] != "http":
        await answer_lifespan(receive, send)
    elif scope["method"] == "POST":
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        orjson.loads(body)
        await send(_CREATED_START)
        await send({"type": "http.response.body", "body": _CREATED})
    else:
        await send(_READ_START)
        await send({"type": "http.response.body", "body": _STORED})


async def answer_lifespan(receive: Any, send: Any) -> None:
    """Start and stop, when told to."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
