"""A document as MongoDB holds it, and back.

The tenant is part of `_id`, so that one tenant's identifier cannot name another's document. Every write gives the
record a new random revision: who finds a revision again finds the whole record unchanged. A top-level null is kept by
name only, because a partial index would bind a field that is present but null. A field with a value that JSON can say
and BSON cannot (a key with a zero character, an integer of more than 64 bits) is kept as JSON text. Events that were
not told yet lie in the record whose change they tell of.
"""

from collections.abc import Sequence
from typing import Any

import bson
import orjson
from bson.datetime_ms import DatetimeMS
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument

from handlers.core.errors import Unavailable
from handlers.core.ports import Collection, Document

REVISION = "_revision"
EXPIRY = "_expires_at"
NULLS = "_nulls"
AS_JSON = "_as_json"
OUTBOX, OUTBOX_AT = "_outbox", "_outbox_at"
OWN = {"_id", REVISION, EXPIRY, NULLS, AS_JSON, OUTBOX, OUTBOX_AT}
MAX_BYTES = 16 * 1024 * 1024
MAX_OUTBOX_BYTES = 6 * 1024 * 1024

Record = dict[str, Any]


def record_id(tenant: str, identifier: str) -> str:
    """The `_id` of a document. The tenant's part ends at the first slash, whatever the names hold."""
    return f"{tenant.replace('%', '%25').replace('/', '%2F')}/{identifier}"


def record(collection: Collection, document: Document, revision: int, outbox: Record) -> RawBSONDocument:
    """A document, encoded, with the events that it carries.

    What BSON cannot say is refused here, before anything is written.
    """
    if OWN & document.keys():
        raise ValueError(f"{collection.name}: a document has none of the fields {sorted(OWN)}")
    own = {
        "_id": record_id(document["tenant"], document["id"]),
        REVISION: revision,
        **outbox,
        **nulls(document),
        **expiry(collection, document),
    }
    return encoded(collection, {name: value for name, value in document.items() if value is not None}, own)


def outbox_of(texts: Sequence[str], at: int) -> Record:
    """The fields that carry events, and say since when, if there are any."""
    if sum(map(len, texts)) > MAX_OUTBOX_BYTES:
        raise Unavailable("Too many events of this item wait to be told")
    return {OUTBOX: list(texts), OUTBOX_AT: at} if texts else {}


def nulls(document: Document) -> Record:
    """The names of the fields that are there and null, if there are any."""
    names = [name for name, value in document.items() if value is None]
    return {NULLS: names} if names else {}


def expiry(collection: Collection, document: Document) -> Record:
    """The date by which the server removes a document that expires."""
    moment = document.get(collection.expires) if collection.expires else None
    return {EXPIRY: DatetimeMS(int(moment))} if isinstance(moment, (int, float)) else {}


def encoded(collection: Collection, values: Record, own: Record) -> RawBSONDocument:
    """A record in the form that goes over the wire."""
    try:
        encoding = bson.encode({**values, **own})
    except (BSONError, OverflowError):
        names = [name for name, value in values.items() if not sayable(value)]
        if collection.declared.intersection(names):
            raise ValueError(f"{collection.name}: an index cannot hold the {', '.join(names)} given") from None
        texts = {name: orjson.dumps(values[name]).decode() for name in names}
        encoding = bson.encode({**values, **texts, **own, AS_JSON: names})
    if len(encoding) > MAX_BYTES:
        raise ValueError(f"A document of {len(encoding)} bytes is too large to be stored")
    return RawBSONDocument(encoding)


def sayable(value: Any) -> bool:
    """Whether BSON can say a value."""
    try:
        bson.encode({"value": value})
    except (BSONError, OverflowError):
        return False
    return True


def document(found: Record) -> Document:
    """What a caller gets to see of a record."""
    absent = dict.fromkeys(found.get(NULLS, ()))
    texts = {name: orjson.loads(found[name]) for name in found.get(AS_JSON, ())}
    return {**{name: value for name, value in found.items() if name not in OWN}, **absent, **texts}


def expired(collection: Collection, found: Record, now: int) -> bool:
    """Whether a record is gone for every reader, although it still lies there."""
    moment = found.get(collection.expires) if collection.expires else None
    return moment is not None and moment <= now
