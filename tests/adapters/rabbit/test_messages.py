"""Events as messages."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import generated
from adapters.http.contract import Contract
from adapters.rabbit.messages import MalformedMessage, Numbered, logged_of, mark, message_of, routing_key
from handlers.core.events import Event, Logged
from tests.adapters.logs.conftest import PlainWire

WIRE = PlainWire()
CONTRACT = Contract(orjson.loads((Path(generated.__file__).parent / "asyncapi.json").read_bytes()))
FIELDS = CONTRACT.validator({"$ref": "#/channels/amqpEvents/messages/event/headers"})
MARK_FIELDS = CONTRACT.validator({"$ref": "#/channels/amqpEventLog/messages/mark/headers"})
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
_JSON = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(_TEXTS, _TEXTS, st.integers(0, 4_000_000_000_000), st.dictionaries(st.text(), _JSON), st.integers(0, 2**60))
def test_what_is_read_is_what_was_written(tenant: str, subject: str, at: int, data: dict[str, Any], version: int):
    """Any event survives the way to the broker and back, in its place."""
    event = Event("evt_1", "task.created", tenant, subject, at, data, version)
    message = message_of(Numbered(event, "publisher", 1), "life", WIRE)
    message.headers["x-stream-offset"] = 42
    assert logged_of(message, "life", WIRE) == Logged(event, "life", 42, len(message.body))
    assert not list(FIELDS.iter_errors(fields(message)))


@given(_TEXTS)
def test_a_tenant_is_one_word_of_a_key(tenant: str):
    """Whatever its name, a tenant's keys have no word more, and no wildcard."""
    key = routing_key(Event("evt_1", "created", tenant, "", 0, {}))
    assert len(key) <= 255
    assert key.count(".") <= 1
    assert not set("*#") & set(key)


@pytest.mark.parametrize("missing", ["nexus-publisher", "nexus-tenant", "nexus-record"])
@pytest.mark.parametrize("instead", [None, 1])
def test_a_message_without_what_we_give_it_is_malformed(missing: str, instead: Any):
    """Nobody but a server of ours says so much."""
    message = message_of(Numbered(Event("evt_1", "task.created", "acme", "", 0, {}), "p", 1), "life", WIRE)
    message.headers.update({"x-stream-offset": 1, missing: instead})
    with pytest.raises(MalformedMessage):
        logged_of(message, "life", WIRE)


@pytest.mark.parametrize("is_offer", [False, True])
def test_a_mark_is_what_the_contract_says(is_offer: bool):
    """Its headers are those of the contract."""
    assert not list(MARK_FIELDS.iter_errors(fields(mark("m", "3f9a17c2", WIRE, is_offer=is_offer))))


def fields(message: Any) -> dict[str, Any]:
    """The properties and headers of a message, as the contract counts them."""
    return {"message_id": message.message_id, "type": message.type, "timestamp": message.timestamp, **message.headers}
