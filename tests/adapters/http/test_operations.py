"""Operations: compiled when the server starts, and refused then if contract and handler disagree."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel

from adapters.http.bodies import Limits
from adapters.http.contract import Contract
from adapters.http.operations import Operation
from adapters.http.requests import Request

READ = {
    "operationId": "tiny.things.read",
    "x-rate-limit": "things",
    "parameters": [
        {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "If-Match", "in": "header", "schema": {"type": "string"}},
    ],
    "responses": {"200": {"description": "", "content": {"application/json": {"schema": {}}}}},
}
WRITE = {
    "operationId": "tiny.things.write",
    "x-rate-limit": "things",
    "security": [{"bearer": ["thing:write"]}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"201": {"description": "", "content": {"application/json": {"schema": {}}}}},
}
JSON_ANSWER = {"description": "", "content": {"application/json": {"schema": {}}}}
FOUND_AT = {
    "headers": {"Location": {"schema": {"type": "string"}}},
    "links": {"read": {"operationId": "tiny.things.read", "parameters": {"thing_id": "$response.body#/thing_id"}}},
}
RUN = {
    "operationId": "tiny.things.run",
    "x-rate-limit": "things",
    "responses": {"200": JSON_ANSWER, "202": {**JSON_ANSWER, **FOUND_AT}},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "security": [{"bearer": []}],
    "paths": {"/things/{thing_id}": {"get": READ}, "/things": {"post": WRITE}, "/runs": {"post": RUN}},
}


async def read(call: Any, thing_id: str, if_match: str | None) -> bytes:
    """A handler that takes what is declared."""
    return f"{thing_id} {if_match}".encode()


async def write(call: Any, body: Any) -> bytes:
    """A handler that takes what is declared."""
    return b"{}"


async def lacks(call: Any, thing_id: str) -> bytes:
    """A handler that lacks a parameter."""
    return b""


async def has_more(call: Any, thing_id: str, if_match: str, other: str) -> bytes:
    """A handler that takes what is not declared."""
    return b""


async def lacks_body(call: Any) -> bytes:
    """A handler that lacks its body."""
    return b""


def is_not_async(call: Any, thing_id: str, if_match: str | None) -> bytes:
    """A handler that would hold up the loop."""
    return b""


@pytest.mark.parametrize(
    ("path", "method", "handler", "words"),
    [
        ("/things/{thing_id}", "get", lacks, "the contract declares"),
        ("/things/{thing_id}", "get", has_more, "the contract declares"),
        ("/things", "post", lacks_body, "the contract declares"),
        ("/things/{thing_id}", "get", is_not_async, "not async"),
    ],
)
def test_a_handler_that_disagrees_with_the_contract_stops_the_start(
    path: str, method: str, handler: Callable[..., Awaitable[bytes]], words: str
) -> None:
    """A handler takes exactly what its operation declares, or the server does not start."""
    with pytest.raises(TypeError, match=words):
        compiled(path, method, handler)


async def test_a_handler_is_called_with_what_the_contract_declares() -> None:
    """Names of headers become names of arguments."""
    operation = compiled("/things/{thing_id}", "get", read)
    headers = [(b"if-match", b'"1"'), (b"accept", b"*/*")]
    request = Request({"method": "GET", "headers": headers, "query_string": b""})
    assert await operation.call(None, {"thing_id": "a"}, request, None) == b'a "1"'


def test_what_the_contract_says_of_an_operation() -> None:
    """Scopes, status and media type are read from the contract, the document's security where none is declared."""
    operation = compiled("/things", "post", write)
    assert (operation.scopes, operation.success.status) == (("thing:write",), 201)
    assert operation.success.media_type == "application/json"
    assert (operation.id, operation.dialect, operation.is_stream) == ("tiny.things.write", "tiny", False)
    assert compiled("/things/{thing_id}", "get", read).scopes == ()


def test_an_operation_for_everybody_has_no_scopes() -> None:
    """An empty list of requirements asks nobody who they are."""
    document = {**DOCUMENT, "paths": {"/things": {"post": {**WRITE, "security": []}}}}
    assert Operation(Contract(document), "/things", "post", write, {}, Limits()).scopes is None


class Done(BaseModel):
    """What has ended."""

    thing_id: str


class Begun(BaseModel):
    """What will end later."""

    thing_id: str


async def run(call: Any) -> Done | Begun:
    """A handler that succeeds in two ways."""
    return Begun(thing_id="a")


@pytest.mark.parametrize(
    ("answer", "status", "headers"),
    [
        (Done(thing_id="a"), 200, []),
        (Begun(thing_id="a"), 202, [(b"location", b"/things/a")]),
        ((Begun(thing_id="b"), {"ETag": "1"}), 202, [(b"etag", b"1"), (b"location", b"/things/b")]),
    ],
    ids=["done", "begun", "begun, with a header"],
)
def test_a_handler_chooses_how_it_succeeds(answer: Any, status: int, headers: Any) -> None:
    """Of several good answers that the contract declares, the one whose model the handler returns is given."""
    reply = two_ways({Done: 200, Begun: 202}).reply(answer)
    assert (reply.status, reply.content_type, reply.headers) == (status, b"application/json", headers)


def test_an_answer_that_is_none_of_those_declared_is_a_defect() -> None:
    """A model that belongs to no good answer is not sent under some status."""
    with pytest.raises(KeyError):
        two_ways({Done: 200, Begun: 202}).reply(Leftover(thing_id="a"))


def test_good_answers_that_look_alike_stop_the_start() -> None:
    """Where the model does not tell which success it is, the server does not start."""
    with pytest.raises(TypeError, match="seen from its model"):
        two_ways({Done: 202})


class Leftover(BaseModel):
    """What the contract does not know."""

    thing_id: str


def two_ways(statuses: dict[Any, int]) -> Operation:
    """The operation that can succeed in two ways, by these models."""
    return Operation(Contract(DOCUMENT), "/runs", "post", run, {}, Limits(), {"tiny.things.run": statuses})


def compiled(path: str, method: str, handler: Callable[..., Awaitable[bytes]]) -> Operation:
    """An operation of the small contract."""
    return Operation(Contract(DOCUMENT), path, method, handler, {}, Limits())
