"""No error of the driver is left without a meaning."""

import asyncio
from typing import Any

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

from adapters.mongo.documents import MongoDocuments
from adapters.mongo.errors import translated, translating
from adapters.mongo.inserts import Inserts, verdicts
from adapters.mongo.records import record
from handlers.core.errors import Duplicate, Unavailable
from handlers.core.ports import Update
from tests.adapters.documents.declarations import ITEMS, item


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


class FailingCollection:
    """Takes no insert."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def insert_many(self, *_: Any, **__: Any) -> None:
        """Fail."""
        await asyncio.sleep(0)
        raise self._error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AutoReconnect("x"), Unavailable),
        (BulkWriteError({"writeConcernErrors": [{"code": 64}]}), Unavailable),
        (ZeroDivisionError("x"), RuntimeError),
        (asyncio.CancelledError(), Unavailable),
    ],
)
async def test_every_caller_of_a_failed_group_hears_of_it(error: BaseException, kind: type[Exception]) -> None:
    """Whatever ends a bulk, nobody waits for ever, and each caller gets an exception of its own."""
    inserts = Inserts(FailingCollection(error), ITEMS, 10)
    waiting = [inserts.insert(record(ITEMS, {**item(), "tenant": "t"}, 1, {})) for _ in range(3)]
    async with asyncio.timeout(5):
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [kind] * 3 and len(set(map(id, results))) == 3


async def test_a_defect_in_one_group_spoils_no_later_one() -> None:
    """After an error that nobody foresaw the next insert is tried again, and closing succeeds."""
    inserts = Inserts(FailingCollection(ZeroDivisionError()), ITEMS, 10)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="group") as failure:
            await asyncio.wait_for(inserts.insert(record(ITEMS, {**item(), "tenant": "t"}, 1, {})), 5)
        assert isinstance(failure.value.__cause__, ZeroDivisionError)
    await inserts.finish()


async def test_trouble_behind_the_first_change_leaves_that_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked knows what stands, and that there is no more; trouble with the first is trouble."""
    store = MongoDocuments("mongodb://127.0.0.1:1", [ITEMS])
    outcomes: list[Any] = [{"id": "one"}, Unavailable("Away"), Unavailable("Away")]

    async def write(*_: Any) -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(store, "write", write)
    steps = [(Update(ITEMS, "t_one", name, {}, {}), ()) for name in ("one", "two", "three")]
    assert await store.write_in_turn(steps) == [{"id": "one"}]
    with pytest.raises(Unavailable):
        await store.write_in_turn(steps)
