"""Making and closing a client with either driver. Nothing else in the tree knows that there are two."""

import inspect
from typing import Any, Literal

from bson.codec_options import CodecOptions, DatetimeConversion, TypeDecoder, TypeRegistry
from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, ReadPreference, WriteConcern

Driver = Literal["motor", "pymongo"]
CLIENTS: dict[str, Any] = {"motor": AsyncIOMotorClient, "pymongo": AsyncMongoClient}


class PlainInteger(TypeDecoder):
    """Large integers as Python's own: validators refuse the driver's subclass."""

    bson_type = Int64

    def transform_bson(self, value: Int64) -> int:
        """The same number."""
        return int(value)


CODEC: CodecOptions = CodecOptions(
    type_registry=TypeRegistry([PlainInteger()]), datetime_conversion=DatetimeConversion.DATETIME_MS
)


def connect(url: str, driver: Driver, milliseconds: int) -> Any:
    """A client that waits no longer than so for anything."""
    return CLIENTS[driver](url, appname="nexus", timeoutMS=milliseconds, serverSelectionTimeoutMS=milliseconds)


def database(client: Any, name: str | None) -> Any:
    """The database of this name, else of the URL, else ours. A write is acknowledged when a majority has it on disk."""
    named = name or client.get_default_database("nexus").name
    concern = WriteConcern(w="majority", j=True)
    return client.get_database(
        named, codec_options=CODEC, write_concern=concern, read_preference=ReadPreference.PRIMARY
    )


async def begun(cursor: Any) -> Any:
    """An aggregation's cursor, of which one driver gives a promise."""
    return await cursor if inspect.isawaitable(cursor) else cursor


async def disconnect(client: Any) -> None:
    """Close a client of either driver."""
    closed = client.close()
    if inspect.isawaitable(closed):
        await closed
