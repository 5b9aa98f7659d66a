"""A callable written by hand for these operations alone: it routes, knows the key, judges the body, and encodes.

It has no models, no figures, and no words for what it refuses: what is left is what any server must do for a request
of this contract. Its duties can be left out, to show what they cost.
"""

from typing import Any
from uuid import uuid4

import orjson

from adapters.http.contract import Contract
from adapters.http.replies import SECURITY_HEADERS
from tests.bench import contract
from tests.bench.peers.bare import answer_lifespan
from tests.bench.peers.duties import Duties

_PLACES = {contract.CREATE.format(resource=resource) for resource in contract.RESOURCES}
_TASK = Contract(contract.document()).validator({"$ref": "#/components/schemas/V2TaskCreate"})
_ID = Contract(contract.document()).validator({"$ref": "#/components/schemas/Identifier"})
_AUTHORIZATION = b"Bearer " + contract.API_KEY.encode()
_HEADERS = [
    *SECURITY_HEADERS,
    (b"content-type", b"application/json"),
    (b"etag", contract.ENTITY_TAG.encode()),
]
Answer = tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]


def build() -> Any:
    """The application."""
    duties = Duties()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await answer_lifespan(receive, send)
            return
        headers = dict(scope["headers"])
        request_id = "req_" + uuid4().hex
        left = await duties.count(headers.get(b"authorization", b""))
        answer = await answer_to(scope, headers, receive)
        await duties.tell(scope, scope["path"], answer[0], headers, request_id)
        await send_answer(send, answer, [(b"x-request-id", request_id.encode()), *left])

    return app


async def answer_to(scope: Any, headers: dict[bytes, bytes], receive: Any) -> Answer:
    """Status, body and headers of its own for a request."""
    if headers.get(b"authorization") != _AUTHORIZATION:
        return 401, b"", ()
    if scope["method"] == "POST":
        return await _create(scope["path"], receive)
    return _read(scope["path"], scope["query_string"])


async def send_answer(send: Any, answer: Answer, headers: list[tuple[bytes, bytes]]) -> None:
    """Send the answer with these headers and those that all have."""
    status, body, own = answer
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*_HEADERS, *headers, *own, length]})
    await send({"type": "http.response.body", "body": body})


async def _create(place: str, receive: Any) -> Answer:
    raw, more = b"", True
    while more:
        message = await receive()
        raw += message["body"]
        more = message["more_body"]
    body = orjson.loads(raw)
    if place not in _PLACES or not _TASK.is_valid(body):
        return 400, b"", ()
    location = (b"location", f"{place}/{contract.TASK_ID}".encode())
    return 201, orjson.dumps({**body, **contract.RECORD}), (location,)


def _read(path: str, query: bytes) -> Answer:
    place, _, identifier = path.rpartition("/")
    given = dict(field.split("=") for field in query.decode().split("&"))
    include, history = given.pop("include", "deleted"), int(given.pop("history", 50))
    is_right = (
        place in _PLACES and _ID.is_valid(identifier) and include == "deleted" and 0 < history <= 100 and not given
    )
    return 200 if is_right else 400, orjson.dumps(contract.STORED), ()
