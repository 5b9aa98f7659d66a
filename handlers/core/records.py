"""Versioned records of one collection: read, made once, changed although others change them too.

Every resource has these three; what may be changed, and to what, is its own affair.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from handlers.core.chance import after_losing
from handlers.core.clock import Moment
from handlers.core.errors import (
    Conflict,
    Duplicate,
    IdempotencyMismatch,
    NotFound,
    PreconditionFailed,
    Refusal,
    Stale,
    Unavailable,
)
from handlers.core.events import Event
from handlers.core.guesses import Guesses
from handlers.core.ports import Collection, Delete, Document, Documents, Insert, Query, Update
from handlers.core.turns import Turn, Turns

REMEMBERED_MILLISECONDS = 24 * 3600 * 1000
# Who changes a record that another process changes all the time loses most of its races.
_TRIES = 64
Tell = Callable[[Document, Document], Sequence[Event]]


@dataclass(frozen=True)
class Once:
    """A caller's key for a request that must take effect once, and what the request asks for."""

    owner: str
    key: str
    request: Mapping[str, Any]

    @property
    def owned_key(self) -> str:
        """The key as it is stored: two callers may choose the same."""
        return f"{self.owner} {self.key}"

    @property
    def fingerprint(self) -> str:
        """What tells one request from another."""
        return sha256(json.dumps(self.request, sort_keys=True).encode()).hexdigest()


async def forget(documents: Documents, query: Query, most: int) -> int:
    """Delete some of the documents that a query matches, whatever has become of them; return how many it found."""
    found = await documents.page(query, most)
    await asyncio.gather(*(_delete(documents, query, document["id"]) for document in found))
    return len(found)


async def _delete(documents: Documents, query: Query, identifier: str) -> None:
    with suppress(Stale):
        await documents.write(Delete(query.collection, query.tenant, identifier))


class Records:
    """The records of one collection, called `noun` in refusals. Each has a `version` and may have a `deleted_at`.

    If it `guesses`, it is remembered what they were, for the next change.
    """

    def __init__(self, documents: Documents, collection: Collection, noun: str, *, guesses: bool = False) -> None:
        self._documents = documents
        self._collection = collection
        self.noun = noun
        self._turns = Turns()
        self._guesses = Guesses() if guesses else Guesses(0)

    async def get(self, tenant: str, identifier: str, *, with_deleted: bool = False) -> Document:
        """The record of that identifier."""
        record = await self._documents.get(self._collection, tenant, identifier)
        if record is None or ("deleted_at" in record and not with_deleted):
            raise NotFound(self.noun, identifier)
        return record

    async def insert(self, tenant: str, record: Document, events: Sequence[Event] = ()) -> None:
        """Add a record, and tell of it."""
        await self._documents.write(Insert(self._collection, tenant, record), events)

    async def insert_once(
        self,
        tenant: str,
        record: Document,
        once: Once,
        events: Sequence[Event] = (),
        *,
        secrets: Document | None = None,
    ) -> tuple[Document, bool]:
        """Add a record unless its request was made before; the record as it was made then, and whether it was now.

        `secrets` are fields of it that are not remembered as a part of the answer.

        The key lives on the record that it made, under a unique index, so a concurrent twin finds it taken. `Duplicate`
        is raised when another record has what else must be unique.
        """
        now = record["created_at"]
        first = {"fingerprint": once.fingerprint, "until": now + REMEMBERED_MILLISECONDS, "record": record}
        keyed = {**record, **(secrets or {}), "idempotency_key": once.owned_key, "first_answer": first}
        for _ in range(_TRIES):
            try:
                await self.insert(tenant, keyed, events)
            except Duplicate as taken:
                known = await self._documents.find(self._collection, tenant, {"idempotency_key": once.owned_key})
                if known is not None and known["first_answer"]["until"] > now:
                    return self._first_answer(known, once), False
                if known is not None:
                    await self._forget(tenant, known, once)
                elif "idempotency_key" not in taken.fields:
                    raise  # it is something else of the record that another one has
            else:
                return record, True
        raise Unavailable("This idempotency key is in use by too many requests at once")

    async def answered(self, tenant: str, once: Once, now: Moment) -> Document | None:
        """The record as it was made for this request before, if it was: asked before a request is judged anew."""
        known = await self._documents.find(self._collection, tenant, {"idempotency_key": once.owned_key})
        return self._first_answer(known, once) if known is not None and known["first_answer"]["until"] > now else None

    async def change(
        self,
        tenant: str,
        identifier: str,
        decide: Callable[[Document], dict[str, Any]],
        version: int | None,
        tell: Tell | None = None,
        *,
        with_deleted: bool = False,
    ) -> tuple[Document, Document]:
        """Change the present record as `decide` says, with a version only if that is the present one. Before and after.

        Where nothing is decided, nothing is changed, and both are the same. What `tell` makes of the two is told with
        the change.

        Within a process changes of one record take turns, so only another process can make one decide again.
        """
        async with self.turn(tenant, identifier):
            guessed = await self._guessed(tenant, identifier, decide, tell) if version is None else None
            if guessed is not None:
                return guessed
            for losses in range(_TRIES):
                present = await self.get(tenant, identifier, with_deleted=with_deleted)
                if version is not None and version != present["version"]:
                    raise PreconditionFailed(identifier, present["version"])
                changes = decide(present)
                if not changes:
                    return present, present
                try:
                    return present, await self._write(present, changes, tell)
                except Stale:
                    await after_losing(losses)
        raise Unavailable(f"{identifier} is being changed by too many at once")

    async def _guessed(
        self, tenant: str, identifier: str, decide: Callable[[Document], dict[str, Any]], tell: Tell | None
    ) -> tuple[Document, Document] | None:
        """A record before and after its change, if it is what it was here, and is to be changed as such."""
        present = self.guess(tenant, identifier)
        if present is None:
            return None
        changes: dict[str, Any] = {}
        with suppress(Refusal):  # what is refused is seen in the record
            changes = decide(present)
        with suppress(Stale):
            if changes:
                return present, await self._write(present, changes, tell)
        self.forget(tenant, identifier)
        return None

    async def _write(self, present: Document, changes: Mapping[str, Any], tell: Tell | None) -> Document:
        """The record after a change, which is made and told of if it is still the present one."""
        update, events = self.change_of(present, changes, tell)
        return self.learn(await self._documents.write(update, events))

    def turn(self, tenant: str, identifier: str) -> Turn:
        """A record's turn, in which nobody else in this process changes it."""
        return self._turns.at((tenant, identifier))

    def guess(self, tenant: str, identifier: str) -> Document | None:
        """What a record may be, if that is known here."""
        return self._guesses.of((tenant, identifier))

    def change_of(
        self, present: Document, changes: Mapping[str, Any], tell: Tell | None
    ) -> tuple[Update, Sequence[Event]]:
        """The change of a record that is still the present one, and what is told of it."""
        tenant, identifier, version = present["tenant"], present["id"], present["version"]
        given = {**changes, "version": version + 1}
        update = Update(self._collection, tenant, identifier, {"version": version}, given)
        return update, () if tell is None else tell(present, update.applied_to(present))

    def learn(self, after: Document) -> Document:
        """Know what a record has become."""
        if "deleted_at" in after:
            self.forget(after["tenant"], after["id"])
        else:
            self._guesses.keep((after["tenant"], after["id"]), after)
        return after

    def forget(self, tenant: str, identifier: str) -> None:
        """Know nothing of a record that is not what it was."""
        self._guesses.forget((tenant, identifier))

    def _first_answer(self, known: Document, once: Once) -> Document:
        """The record as it was made, unless that would promise one that is no more."""
        if known["first_answer"]["fingerprint"] != once.fingerprint:
            raise IdempotencyMismatch(once.key)
        if "deleted_at" in known:
            message = f"The {self.noun} that this idempotency key created was deleted"
            raise Conflict(message, id=known["id"], idempotency_key=once.key)
        return known["first_answer"]["record"]

    async def _forget(self, tenant: str, known: Document, once: Once) -> None:
        expected = {"idempotency_key": once.owned_key}
        free = {"idempotency_key": None, "first_answer": None}
        try:
            await self._documents.write(Update(self._collection, tenant, known["id"], expected, free))
        except Stale:
            return  # somebody else has freed it
