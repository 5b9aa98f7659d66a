"""Properties of messages in bytes of a test's own choice: what no driver would write, and every broker passes on."""

import struct
from dataclasses import dataclass

from aio_pika.abc import AbstractChannel

_HEADERS, _MODE, _CORRELATION, _MESSAGE, _TIMESTAMP, _TYPE = (1 << place for place in (13, 12, 10, 7, 6, 5))


@dataclass
class Encoded:
    """Properties by their bytes, in the order in which AMQP wants them."""

    headers: bytes = b""
    correlation: bytes = b""
    message: bytes = b""
    timestamp: bytes = b""
    type: bytes = b""
    message_id: str = "told apart by the driver"

    def marshal(self) -> bytes:
        """The properties as they are sent, with the flags that say which are there."""
        parts = {
            _HEADERS: table(self.headers),
            _MODE: b"\x02",
            _CORRELATION: short(self.correlation),
            _MESSAGE: short(self.message),
            _TIMESTAMP: self.timestamp,
            _TYPE: short(self.type),
        }
        present = {flag: part for flag, part in parts.items() if part.strip(b"\0")}
        return struct.pack(">H", sum(present)) + b"".join(present.values())


def short(text: bytes) -> bytes:
    """A short string."""
    return bytes((len(text),)) + text


def table(items: bytes) -> bytes:
    """A table of items that are encoded already."""
    return struct.pack(">I", len(items)) + items


def nested(kind: bytes, levels: int) -> bytes:
    """An item of tables (`F`) in tables, or of arrays (`A`) in arrays."""
    value = b""
    for _ in range(levels):
        value = table((short(b"a") if kind == b"F" else b"") + kind + value) if value else table(b"")
    return short(b"a") + kind + value


async def publish(channel: AbstractChannel, queue: str, body: bytes, properties: Encoded) -> None:
    """Send a message with such properties to a queue, and wait for the broker to confirm."""
    underlying = await channel.get_underlay_channel()
    await underlying.basic_publish(body, routing_key=queue, properties=properties)


# What a broker takes, and what a driver may not be able to read.
UNUSUAL = {
    "a time in microseconds": Encoded(timestamp=struct.pack(">Q", 1_762_134_869_000_000)),
    "the last time there is": Encoded(timestamp=b"\xff" * 8),
    "a name in bytes": Encoded(message=b"\xff\xfe", correlation=b"\xc3"),
    "the longest name in bytes": Encoded(message=b"\xff" * 255),
    "a type in bytes": Encoded(type=b"\x80"),
    "a time among the headers": Encoded(headers=short(b"t") + b"T" + b"\xff" * 8),
    "a header's name in bytes": Encoded(headers=short(b"\xff") + b"t\x01"),
    "a header in bytes": Encoded(headers=short(b"a") + b"S" + table(b"\xff")),
    "tables in tables": Encoded(headers=nested(b"F", 3000)),
}
