"""Frames as brokers send them, read by the driver."""

import struct
from typing import Any

import pytest
from pamqp import commands, encode, frame, header

from adapters.rabbit import link  # noqa: F401 - has the driver read everything
from adapters.rabbit.decoding import UNREADABLE
from adapters.rabbit.headers import kept, plain
from tests.adapters.rabbit.encoded import UNUSUAL, Encoded, nested, short, table


def read(properties: Encoded) -> Any:
    """The properties of a header frame."""
    payload = struct.pack(">HxxQ", commands.Basic.frame_id, 0) + properties.marshal()
    _, _, read = frame.unmarshal(struct.pack(">BHI", 2, 1, len(payload)) + payload + b"\xce")
    assert isinstance(read, header.ContentHeader)
    return read.properties


@pytest.mark.parametrize("properties", UNUSUAL.values(), ids=UNUSUAL)
def test_everything_is_read_and_can_be_sent_on(properties: Encoded) -> None:
    """What was read has room in AMQP again."""
    found = read(properties)
    for text in (found.message_id, found.correlation_id, found.message_type):
        assert text is None or encode.short_string(text)
    assert encode.field_table(kept(found.headers or {}))


def test_names_in_bytes_stay_apart() -> None:
    """Messages are known by them."""
    names = {read(Encoded(message=bytes((first, 0xFF)))).message_id for first in range(256)}
    assert len(names) == 256


def test_a_key_in_bytes_is_nobodys() -> None:
    """It is read in a form that no sender's word has."""
    payload = struct.pack(">I", 0x003C003C) + short(b"c") + b"\0" * 8 + b"\0" + short(b"") + short(b"t_\xff.d")
    _, _, delivered = frame.unmarshal(struct.pack(">BHI", 1, 1, len(payload)) + payload + b"\xce")
    assert delivered.routing_key == "t_\\xff.d"


def test_what_can_be_read_of_a_table_is_read() -> None:
    """And it says that there was more."""
    found = read(Encoded(headers=short(b"a") + b"t\x01" + short(b"b") + b"?" + b"1234"))
    assert found.headers == {"a": True, UNREADABLE: True}
    assert read(Encoded(headers=nested(b"A", 3000))).headers == {UNREADABLE: True}


def test_a_usual_table_is_read_as_ever() -> None:
    """All kinds of values, also in one another."""
    given = {"a": 1, "b": "x" * 300, "c": [1, 2, {"d": None}], "f": 1.5, "h": {"i": {"j": 2**40}}, "l": True}
    assert read(Encoded(headers=encode.field_table(given)[4:])).headers == given


def test_values_become_those_of_json() -> None:
    """Whatever AMQP has, and not without end."""
    fields = short(b"t") + b"T" + struct.pack(">Q", 5) + short(b"d") + b"d" + struct.pack(">d", float("nan"))
    found = read(Encoded(headers=fields + short(b"x") + b"x" + table(b"\xff") + short(b"D") + b"D\x01\x00\x00\x00\x0f"))
    assert plain(found.headers) == {"t": 5, "d": None, "x": "\ufffd", "D": 1.5}
    assert str(plain(read(Encoded(headers=nested(b"F", 100))).headers)).count("{") == 8
