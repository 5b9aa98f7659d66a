"""No error of the driver is left without a meaning."""

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from adapters.mongo.errors import translated, translating
from adapters.mongo.inserts import verdicts
from handlers.core.errors import Duplicate, Unavailable
from tests.adapters.documents.declarations import ITEMS


def driver_errors(kind: type[PyMongoError] = PyMongoError) -> list[type[PyMongoError]]:
    """Every error that the driver can raise."""
    return [kind, *(error for narrow in kind.__subclasses__() for error in driver_errors(narrow))]


def made(kind: type[PyMongoError]) -> PyMongoError:
    """An error of a kind, however that is made."""
    error = kind.__new__(kind)
    if issubclass(kind, OperationFailure):
        OperationFailure.__init__(error, "broken", 1, {})
    else:
        PyMongoError.__init__(error, "broken")
    return error


@pytest.mark.parametrize("kind", driver_errors())
def test_every_error_of_the_driver_is_translated(kind: type[PyMongoError]) -> None:
    """Whatever the driver raises reaches the caller as a refusal, with the driver's error as its cause."""
    with pytest.raises((Unavailable, Duplicate)) as refusal, translating(ITEMS):
        raise made(kind)
    assert isinstance(refusal.value.__cause__, kind)
    assert isinstance(refusal.value, Duplicate) == issubclass(kind, DuplicateKeyError)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ServerSelectionTimeoutError("db.internal:27017: refused"), "cannot be reached"),
        (NetworkTimeout("db.internal:27017: timed out"), "took too long to answer"),
        (AutoReconnect("x"), "broke the connection"),
        (OperationFailure("x", 18), "refuses this user's password"),
        (OperationFailure("x", 1), "cannot answer"),
    ],
)
def test_the_cause_is_told_in_words(error: PyMongoError, words: str) -> None:
    """A caller learns from the refusal what is the matter, and not where the server stands."""
    assert str(translated(error)) == f"The database {words}"


def test_a_duplicate_names_the_declared_group() -> None:
    """The index that was violated tells which fields are taken."""
    for keys, group in (({"_id": 1}, ("id",)), ({"tenant": 1, "due_at": 1, "series": 1}, ("series", "due_at"))):
        refusal = translated(DuplicateKeyError("x", 11000, {"keyPattern": keys}), ITEMS)
        assert isinstance(refusal, Duplicate) and refusal.fields == group


def test_a_bulk_without_its_write_concern_is_not_safe() -> None:
    """When the write concern failed, even documents that were written are not answered as safe."""
    failure = {"index": 0, "code": 11000, "keyPattern": {"_id": 1}}
    error = BulkWriteError({"writeErrors": [failure], "writeConcernErrors": [{"code": 64}]})
    first, second = verdicts(ITEMS, error, 2)
    assert isinstance(first, Duplicate) and isinstance(second, Unavailable)
