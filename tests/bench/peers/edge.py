"""What the other frameworks get around them: a pure ASGI middleware for what our server does at its edge.

Security headers, request identifier, body limit, rate limit, audit log and figures, written as sparingly as such a
middleware can be; the last three are kept by our own code, so that they cost all the same. Not asked of the others,
though we do it: the time limit on a slow body and the limit on its depth.
"""

import re
from collections.abc import Callable
from time import perf_counter
from typing import Any
from uuid import uuid4

from adapters.http.figures import RequestFigures
from adapters.http.replies import SECURITY_HEADERS
from tests.bench import contract
from tests.bench.peers.duties import Duties

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_TOO_LARGE = b'{"error":"payload too large"}'


class Edge:
    """The middleware. `operation_of` names the operation that a finished scope was routed to."""

    def __init__(self, app: Any, operation_of: Callable[[Any], str]) -> None:
        self._app = app
        self._operation_of = operation_of
        self._figures = RequestFigures()
        self._duties = Duties()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        left = await self._duties.count(headers.get(b"authorization", b""))
        added = (*SECURITY_HEADERS, (b"x-request-id", request_id), *left)
        status = 500

        async def send_with_headers(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *added]
                await self._duties.tell(scope, self._operation_of(scope), status, headers, request_id.decode())
            await send(message)

        if int(headers.get(b"content-length", 0)) > contract.BODY_LIMIT:
            await _refuse(send_with_headers)
        else:
            is_chunked = b"transfer-encoding" in headers
            await self._app(scope, _limited(receive) if is_chunked else receive, send_with_headers)
        self._figures.add(self._operation_of(scope), status, perf_counter() - started)


class TooLargeError(Exception):
    """A body without an announced length that grew too large."""


def _request_id(headers: dict[bytes, bytes]) -> bytes:
    given = headers.get(b"x-request-id")
    return given if given is not None and _REQUEST_ID.fullmatch(given) else b"req_" + uuid4().hex.encode()


def _limited(receive: Any) -> Any:
    size = 0

    async def receive_within() -> Any:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > contract.BODY_LIMIT:
            raise TooLargeError
        return message

    return receive_within


async def _refuse(send: Any) -> None:
    length = (b"content-length", str(len(_TOO_LARGE)).encode())
    headers = [(b"content-type", b"application/json"), length]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LARGE})
