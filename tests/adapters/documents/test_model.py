"""Whatever is done to a store, it answers as the model does."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from handlers.core.errors import Duplicate, Stale
from handlers.core.ports import Collection, Delete, Insert, Listing, Position, Query, Update
from tests.adapters.documents.model import ModelStore
from tests.adapters.documents.stores import IMPLEMENTATIONS, Clock, make

THINGS = Collection(
    name="things",
    listings=(Listing(order="at", filters=("status", "owner"), labels="labels"),),
    unique=(("key",), ("owner", "slot")),
    counters=((), ("status",), ("owner", "status")),
    expires="gone_at",
)
SOON = 100_000

texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=3)

tenants = st.sampled_from(["", "/x"])
names = st.sampled_from(["a", "b", "c", "d", "e"])
values: dict[str, st.SearchStrategy[Any]] = {
    "at": st.integers(0, 3),
    "status": st.sampled_from(["new", "old", None]),
    "owner": st.sampled_from(["ann", "bob", None]),
    "labels": st.lists(st.sampled_from(["x", "y"]), max_size=3) | st.none(),
    "key": st.sampled_from(["k", "l", None, None]),
    "slot": st.sampled_from([1, 2, None]),
    "soon": st.booleans(),
    "more": st.none() | st.integers(-(2**62), 2**62) | st.dictionaries(texts, texts),
}
fields = st.fixed_dictionaries({"at": values["at"]}, optional={k: v for k, v in values.items() if k != "at"})
changes = st.fixed_dictionaries({}, optional=values)
filters = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["new", "old", ("old", "new"), ("new", "new"), ()]),
        "owner": st.sampled_from(["ann", ("bob", "ann"), "nobody"]),
    },
)
bounds = st.tuples(st.none() | st.integers(0, 4), st.none() | st.integers(0, 4))
wanted_labels = st.sampled_from([(), ("x",), ("x", "y"), ("z",)])
conditions = st.sampled_from([{}, {"status": "new"}, {"owner": None}, {"at": 1, "key": "k"}])
windows = st.tuples(st.integers(1, 4), st.integers(0, 2), st.none() | st.builds(Position, st.integers(0, 3), names))


class StoreMachine(RuleBasedStateMachine):
    """Does the same to a store and to the model, and compares."""

    kind: str
    mongo_url: str

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._folder = Path(tempfile.mkdtemp())
        self._clock = Clock()
        self._run = uuid4().hex
        self._model = ModelStore(THINGS, self._clock)
        self._store = make(self.kind, self._folder, self.mongo_url, self._clock, [THINGS])
        self._wait(self._store.open())

    def teardown(self) -> None:
        """Let the store go."""
        self._wait(self._store.close())
        self._loop.close()
        shutil.rmtree(self._folder)

    @rule(tenant=tenants, name=names, given=fields)
    def insert(self, tenant: str, name: str, given: dict[str, Any]) -> None:
        """One new document."""
        self._compare(Insert(THINGS, self._run + tenant, {"id": name, **self._dated(given)}))

    @rule(tenant=tenants, given=st.lists(st.tuples(names, fields), max_size=4))
    def insert_many(self, tenant: str, given: list[tuple[str, dict[str, Any]]]) -> None:
        """Several new documents at once, in whatever order: all go in that fit together with those that did."""
        new = [{"id": name, **self._dated(one)} for name, one in given]
        found = self._wait(self._store.insert_many(THINGS, self._run + tenant, new))
        accepted = [one for one, verdict in zip(new, found, strict=True) if verdict is None]
        refused = [one for one, verdict in zip(new, found, strict=True) if verdict is not None]
        for one in accepted:
            self._model.write(Insert(THINGS, self._run + tenant, one))
        for one in refused:
            with pytest.raises(Duplicate):
                self._model.write(Insert(THINGS, self._run + tenant, one))

    @rule(tenant=tenants, name=names, expect=conditions, given=changes)
    def update(self, tenant: str, name: str, expect: dict[str, Any], given: dict[str, Any]) -> None:
        """New values for a document that may be there."""
        self._compare(Update(THINGS, self._run + tenant, name, expect, self._dated(given)))

    @rule(tenant=tenants, name=names, expect=conditions)
    def delete(self, tenant: str, name: str, expect: dict[str, Any]) -> None:
        """The end of a document that may be there."""
        self._compare(Delete(THINGS, self._run + tenant, name, expect))

    @rule()
    def let_time_pass(self) -> None:
        """What expires soon has expired."""
        self._clock.advance(SOON)

    @rule(tenant=tenants, name=names)
    def read(self, tenant: str, name: str) -> None:
        """One document by its identifier and by its unique values."""
        tenant = self._run + tenant
        assert self._wait(self._store.get(THINGS, tenant, name)) == self._model.get(tenant, name)
        for unique in ({"key": "k"}, {"owner": "ann", "slot": 1}):
            assert self._wait(self._store.find(THINGS, tenant, unique)) == self._model.find(tenant, unique)

    @rule(tenant=tenants, where=filters, labels=wanted_labels, descending=st.booleans(), bounds=bounds, window=windows)
    def query(self, tenant: str, where: Any, labels: Any, descending: bool, bounds: Any, window: Any) -> None:
        """A page and a count."""
        query = Query(THINGS, self._run + tenant, "at", where, labels, descending, *bounds)
        limit, offset, after = window
        found = self._wait(self._store.page(query, limit, after=after, offset=offset))
        assert found == self._model.page(query, limit, after, offset)
        assert self._wait(self._store.count(query)) == self._model.count(query)

    def _dated(self, given: dict[str, Any]) -> dict[str, Any]:
        """The drawn fields, the expiry as a moment."""
        rest = {field: value for field, value in given.items() if field != "soon"}
        return {**rest, "gone_at": self._clock() + SOON} if given.get("soon") else rest

    def _compare(self, change: Insert | Update | Delete) -> None:
        expected = answer(lambda: self._model.write(change))
        assert answer(lambda: self._wait(self._store.write(change))) == expected

    def _wait(self, work: Awaitable[Any]) -> Any:
        return self._loop.run_until_complete(work)


def answer(work: Callable[[], Any]) -> Any:
    """A result, or the kind of a refusal."""
    try:
        return work()
    except (Duplicate, Stale) as refused:
        return type(refused)


@pytest.mark.parametrize(("kind", "examples"), list(zip(IMPLEMENTATIONS, (50, 12, 12), strict=True)))
def test_a_store_answers_as_the_model_does(kind: str, examples: int, mongo_url: str) -> None:
    """No sequence of changes, time and queries tells a store from a dictionary."""
    machine = type("Machine", (StoreMachine,), {"kind": kind, "mongo_url": mongo_url})
    limits = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=limits)
