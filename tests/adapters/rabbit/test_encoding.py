"""Messages as they are written: the driver, which brokers understand, reads what was meant."""

import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from adapters.rabbit import link  # noqa: F401 - has the driver read everything
from adapters.rabbit.encoding import Message, frames, table

_SHORT = st.text(max_size=60)
_VALUES = st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none() | st.lists(st.integers(0, 9))
_HEADERS = st.dictionaries(_SHORT.filter(bool), _VALUES, max_size=5)


def read(written: bytes) -> list[Any]:
    """The frames of some bytes, each with its channel."""
    found = []
    while written:
        used, channel, one = frame.unmarshal(written)
        assert channel == 3
        found.append(one)
        written = written[used:]
    return found


@given(st.binary(max_size=90), _SHORT, _SHORT, st.booleans(), _HEADERS, st.integers(1, 40))
def test_a_message_is_read_as_it_was_meant(
    body: bytes, exchange: str, key: str, mandatory: bool, headers: dict[str, Any], most: int
) -> None:
    """Where it goes, its properties, its headers, and its body in as many pieces as it takes."""
    method, header, *pieces = read(frames(3, Message(body, headers=headers), exchange, key, most, mandatory=mandatory))
    assert isinstance(method, commands.Basic.Publish) and isinstance(header, ContentHeader)
    assert (method.exchange, method.routing_key, method.mandatory) == (exchange, key, mandatory)
    assert all(isinstance(piece, ContentBody) and len(piece.value) <= most for piece in pieces)
    assert (header.body_size, b"".join(piece.value for piece in pieces)) == (len(body), body)
    assert (header.properties.headers or {}) == headers


def test_every_property_stands_in_its_place() -> None:
    """Each that is given, and none that is not."""
    whole = Message(
        b"{}",
        is_persistent=False,
        type="a.type",
        message_id="m",
        correlation_id="c",
        content_type="text/plain",
        content_encoding="gzip",
        timestamp=1_700_000_000,
        priority=0,
        expiration=0,
        headers={"one": 1},
    )
    said = read(frames(3, whole, "", "q", 100, mandatory=False))[1].properties
    assert {name: getattr(said, name) for name in said.__slots__ if getattr(said, name) not in (None, "")} == {
        "content_type": "text/plain",
        "content_encoding": "gzip",
        "headers": {"one": 1},
        "delivery_mode": 1,
        "priority": 0,
        "correlation_id": "c",
        "expiration": "0",
        "message_id": "m",
        "timestamp": datetime.fromtimestamp(1_700_000_000, UTC),
        "message_type": "a.type",
    }
    bare = read(frames(3, Message(b"", content_type=None), "", "q", 100, mandatory=False))[1].properties
    assert [name for name in bare.__slots__ if getattr(bare, name) not in (None, "")] == ["delivery_mode"]


@pytest.mark.parametrize("message", [Message(b"", type="x" * 256), Message(b"", headers={"ä" * 128: 1})])
def test_what_amqp_has_no_room_for_is_refused(message: Message) -> None:
    """Before anything is written."""
    with pytest.raises(ValueError, match="no room"):
        frames(3, message, "", "q", 100, mandatory=False)


def test_a_table_says_how_long_it_is() -> None:
    """Also one that is empty."""
    assert table({}) == b"\0\0\0\0"
    assert struct.unpack(">I", table({"a": "b"})[:4])[0] == len(table({"a": "b"})) - 4
