"""A callable written by hand for these operations alone: it routes, knows the key, judges the body, and encodes.

It has no models, no figures, no identifiers, no limits and no words for what it refuses: what is left is what any
server must do for a request of this contract.
"""

from typing import Any

import orjson

from adapters.http.contract import Contract
from adapters.http.replies import SECURITY_HEADERS
from tests.bench import contract
from tests.bench.peers.bare import answer_lifespan

_PLACES = {contract.CREATE.format(resource=resource) for resource in contract.RESOURCES}
_IS_VALID = Contract(contract.document()).validator({"$ref": "#/components/schemas/V2TaskCreate"}).is_valid
_IS_ID = Contract(contract.document()).validator({"$ref": "#/components/schemas/Identifier"}).is_valid
_AUTHORIZATION = b"Bearer " + contract.API_KEY.encode()
_HEADERS = [
    *SECURITY_HEADERS,
    (b"x-request-id", b"req_0123456789abcdef0123456789abcdef"),
    (b"content-type", b"application/json"),
    (b"etag", contract.ENTITY_TAG.encode()),
]


def build() -> Any:
    """The application."""
    return app


async def app(scope: Any, receive: Any, send: Any) -> None:
    """One connection."""
    if scope["type"] != "http":
        await answer_lifespan(receive, send)
    elif dict(scope["headers"]).get(b"authorization") != _AUTHORIZATION:
        await _answer(send, 401, b"")
    elif scope["method"] == "POST":
        await _create(scope["path"], receive, send)
    else:
        await _read(scope["path"], scope["query_string"], send)


async def _create(place: str, receive: Any, send: Any) -> None:
    raw, more = b"", True
    while more:
        message = await receive()
        raw += message["body"]
        more = message["more_body"]
    body = orjson.loads(raw)
    if place not in _PLACES or not _IS_VALID(body):
        await _answer(send, 400, b"")
        return
    location = (b"location", f"{place}/{contract.TASK_ID}".encode())
    await _answer(send, 201, orjson.dumps({**body, **contract.RECORD}), location)


async def _read(path: str, query: bytes, send: Any) -> None:
    place, _, identifier = path.rpartition("/")
    given = dict(field.split("=") for field in query.decode().split("&"))
    include, history = given.pop("include", "deleted"), int(given.pop("history", 50))
    is_right = place in _PLACES and _IS_ID(identifier) and include == "deleted" and 0 < history <= 100 and not given
    await _answer(send, 200 if is_right else 400, orjson.dumps(contract.STORED))


async def _answer(send: Any, status: int, body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [*_HEADERS, *more, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
