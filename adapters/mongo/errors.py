"""What the driver's errors mean to a caller of the store. The only place that judges them.

A caller may be a stranger: the driver's own words, which tell hosts and ports, stay in the cause.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from handlers.core.errors import Duplicate, Unavailable
from handlers.core.ports import Collection

# https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
DUPLICATE_KEY = 11000
REFUSED = {13: "refuses this user", 18: "refuses this user's password"}

# The first class that fits decides, so the narrow ones come first.
REASONS: tuple[tuple[type[PyMongoError], str], ...] = (
    (ServerSelectionTimeoutError, "cannot be reached"),
    (NetworkTimeout, "took too long to answer"),
    (WaitQueueTimeoutError, "has no connection free"),
    (ExecutionTimeout, "took too long to answer"),
    (WTimeoutError, "did not confirm a write in time"),
    (ConnectionFailure, "broke the connection"),
    (ConfigurationError, "cannot be used as configured"),
)


def translated(error: PyMongoError, collection: Collection | None = None) -> Unavailable | Duplicate:
    """The refusal that stands for an error of the driver."""
    if isinstance(error, DuplicateKeyError) and collection is not None:
        return duplicate(collection, error.details or {})
    return Unavailable(f"The database {reason(error)}")


def refusal(error: Exception) -> Exception:
    """What one caller of a failed group gets: an instance of its own, because raising one changes it."""
    own = translated(error) if isinstance(error, PyMongoError) else RuntimeError("A group of writes failed")
    own.__cause__ = error
    return own


def reason(error: PyMongoError) -> str:
    """What is the matter, in words."""
    if isinstance(error, OperationFailure) and error.code in REFUSED:
        return REFUSED[error.code]
    return next((words for kind, words in REASONS if isinstance(error, kind)), "cannot answer")


def duplicate(collection: Collection, details: Mapping[str, Any]) -> Duplicate:
    """The refusal of a document, from what the server says about the index that it violates.

    That may be an index which only another version declares.
    """
    fields = tuple(name for name in details.get("keyPattern", {"_id": 1}) if name != "tenant")
    known = {frozenset(group): group for group in (fields, *collection.unique)}
    return Duplicate(collection.name, ("id",) if fields == ("_id",) else known[frozenset(fields)])


@contextmanager
def translating(collection: Collection | None = None) -> Iterator[None]:
    """Let no error of the driver out."""
    try:
        yield
    except PyMongoError as error:
        raise translated(error, collection) from error
