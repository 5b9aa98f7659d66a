"""The client has a call for every operation of the v2 contract, and what it sends is what the contract admits."""

import asyncio
import inspect
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from nexus_client import NexusClient, async_resources, resources
from nexus_client.asking import Ask
from nexus_client.pages import Page
from nexus_client.records import Record

from scripts.generate.client.calls import Call, calls_of
from tests.walking import Asked, contract, every_request

CALLS = {call.identifier: call for call in calls_of(contract().document, "v2")}
REQUESTS = [asked for asked in every_request() if asked.operation.startswith("v2.")]
STREAM = "v2.events.stream_events"  # followed by a reader of its own, and tested there
_CONNECTION = {"User-Agent", "Authorization", "Content-Type", "Idempotency-Key"}


class Recording:
    """Stands for the transport of a client, and keeps what is asked."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []

    def send(self, ask: Ask) -> Record:
        """Something that has ended, and has no more pages."""
        self.asks.append(ask.with_key())
        return Record({"success": True, "has_more": False, "data": []})


class AsyncRecording(Recording):
    """The same, to be awaited."""

    async def send(self, ask: Ask) -> Record:
        """Something that has ended, and has no more pages."""
        return super().send(ask)


def test_every_operation_has_a_call() -> None:
    """What the contract has, the client has, in both colours, and nothing else."""
    declared = {asked.operation for asked in REQUESTS}
    assert declared == set(CALLS)
    assert len(declared) > 100
    wanted = {(call.group, name) for call in CALLS.values() for name in call.names}
    assert len(wanted) == sum(len(call.names) for call in CALLS.values()), "Two operations have one name"
    for module in (resources, async_resources):
        assert _offered(module) == wanted


@pytest.mark.parametrize(
    "asked", [asked for asked in REQUESTS if asked.operation != STREAM], ids=lambda asked: asked.operation
)
def test_every_call_asks_what_the_contract_says(asked: Asked) -> None:
    """Method, path, query, headers and body of each call are those of the contract's own example, in both colours."""
    call = CALLS[asked.operation]
    for name in call.names:
        for ask in (_blocking(call, name, asked), asyncio.run(_awaited(call, name, asked))):
            assert (ask.method, ask.path) == (asked.method, asked.path)
            assert _query(ask, name, call) == asked.query
            assert {key.lower() for key in ask.sent_headers("k") if key not in _CONNECTION} == set()
            assert _same_body(ask, asked)


def test_keys_are_sent_where_they_are_taken() -> None:
    """An operation that takes an idempotency key gets one, the same for every try of a request."""
    keyed = [call for call in CALLS.values() if any(found["name"] == "Idempotency-Key" for found in call.parameters)]
    assert len(keyed) > 10
    for call in keyed:
        asked = next(each for each in REQUESTS if each.operation == call.identifier)
        assert _blocking(call, call.names[0], asked).is_repeatable


def test_what_is_paged_is_a_page() -> None:
    """A list is an iterator over all its pages."""
    transport: Any = Recording()
    assert isinstance(resources.Tasks(transport).list(), Page)
    assert hasattr(async_resources.Tasks(transport).list(), "__aiter__")


def test_every_call_says_what_it_is_for() -> None:
    """Each call has the contract's summary, and names its scopes."""
    for call in CALLS.values():
        for name in call.names:
            told = inspect.getdoc(getattr(getattr(resources, call.group.title()), name))
            assert call.operation["summary"].rstrip(".") in told
    assert "`task:write`" in inspect.getdoc(resources.Tasks.create)
    assert callable(NexusClient)


def _offered(module: Any) -> set[tuple[str, str]]:
    groups = [found for _, found in inspect.getmembers(module, inspect.isclass) if found.__module__ == module.__name__]
    return {(group.__name__.lower(), name) for group in groups for name in vars(group) if not name.startswith("_")}


def _blocking(call: Call, name: str, asked: Asked) -> Ask:
    transport: Any = Recording()
    places, keywords = _given(call, asked)
    getattr(getattr(resources, call.group.title())(transport), name)(*places, **keywords)
    return transport.asks[0]


async def _awaited(call: Call, name: str, asked: Asked) -> Ask:
    transport: Any = AsyncRecording()
    places, keywords = _given(call, asked)
    await getattr(getattr(async_resources, call.group.title())(transport), name)(*places, **keywords)
    return transport.asks[0]


def _given(call: Call, asked: Asked) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call that make it this request."""
    template, path = call.path.split("/"), asked.path.split("/")
    places: list[Any] = [value for part, value in zip(template, path, strict=True) if part.startswith("{")]
    if call.body:
        places.append(_body(asked))
    keywords: dict[str, Any] = dict(asked.query)
    if any("broker" in way for way in call.operation["security"]):
        keywords |= {"username": "rabbitmq", "password": "secret"}
    return places, keywords


def _body(asked: Asked) -> Any:
    if "json" not in asked.headers["Content-Type"]:
        return dict(parse_qsl(asked.content.decode()))
    return json.loads(asked.content)


def _query(ask: Ask, name: str, call: Call) -> dict[str, str]:
    """What is asked, but for the seconds that a waiting call adds."""
    return {key: value for key, value in ask.sent_query().items() if not (name == call.waiting and key == "wait")}


def _same_body(ask: Ask, asked: Asked) -> bool:
    if asked.content is None:
        return ask.content() is None
    if "json" in asked.headers["Content-Type"]:
        return json.loads(ask.content()) == json.loads(asked.content)
    return dict(parse_qsl(ask.content().decode())) == dict(parse_qsl(asked.content.decode()))
