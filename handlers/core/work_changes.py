"""The change of a piece of work, with all that follows from it: what is told, when it is due, its holder's slots."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from handlers.core.clock import Clock, Moment, new_id
from handlers.core.early import Early
from handlers.core.errors import Refusal
from handlers.core.events import Event
from handlers.core.pairs import Pair, Step, changed_in_turn
from handlers.core.ports import Document, Documents
from handlers.core.records import Records
from handlers.core.slots import Slots
from handlers.core.work import (
    CANCELLED,
    EXPIRED,
    WorkKind,
    changed,
    due_of,
    is_held,
    lease_event_of,
    lease_id,
    lease_of,
)

Decide = Callable[[Document, Moment], dict[str, Any]]


class WorkChanges:
    """Makes changes of work of some kinds. `expect` is told when something of one is due."""

    def __init__(
        self,
        documents: Documents,
        kinds: Sequence[WorkKind],
        clock: Clock,
        expect: Callable[[Moment | None], None],
        slots: Slots,
        early: Early,
    ) -> None:
        self._documents = documents
        self._records = {kind.name: Records(documents, kind.collection, kind.noun, guesses=True) for kind in kinds}
        self._clock = clock
        self._expect = expect
        self._slots = slots
        self._early = early

    async def record(self, kind: str, tenant: str, identifier: str) -> Document:
        """A piece of work as it is."""
        return await self._records[kind].get(tenant, identifier)

    def known(self, kind: str, tenant: str, identifier: str) -> Document | None:
        """What a piece of work was when this process placed or changed it last, if that is not long ago."""
        return self._records[kind].guess(tenant, identifier)

    def placed(self, kind: WorkKind, record: Document) -> None:
        """Know of a new piece of work."""
        self._records[kind.name].learn(record)
        self._expect(record.get("due_at"))
        self._early.tell_work(kind, record)

    async def make(self, kind: WorkKind, tenant: str, identifier: str, decide: Decide) -> Pair:
        """Change a piece of work, tell of it, and give back the slot of a lease that is over. Before and after."""
        step = self._step(kind, tenant, identifier, decide)
        done = await self._with_slot(step)
        before, after = done[0] if done else await self._alone(step)
        if _slot_over(before, after) is not None:
            if len(done) < 2:
                await self._give_back(before, after)
            self._early.tell_room(tenant, before["lease"]["agent"])
        return before, after

    async def grant(self, kind: WorkKind, taking: Step, record: Document, decide: Decide) -> tuple[bool, Pair | None]:
        """Take a slot, and then the work for which it is, in one go; whether the slot was taken, and what became of it.

        That takes knowing the agent; where nothing is done, both can still be done one after the other.
        """
        step = self._step(kind, record["tenant"], record["id"], decide, record)
        done = await changed_in_turn(self._documents, taking, step)
        return bool(done), done[1] if len(done) == 2 else None

    def _step(
        self, kind: WorkKind, tenant: str, identifier: str, decide: Decide, present: Document | None = None
    ) -> Step:
        def decided(present: Document) -> dict[str, Any]:
            now = self._clock()
            changes = decide(present, now)
            if not changes:
                return {}
            return {**changes, "due_at": due_of(changed(present, changes)), "updated_at": now}

        return Step(
            self._records[kind.name],
            tenant,
            identifier,
            decided,
            partial(_told, kind),
            partial(self._done, kind),
            present,
        )

    async def _alone(self, step: Step) -> Pair:
        before, after = await step.records.change(step.tenant, step.identifier, step.decide, None, step.tell)
        if after is not before:
            step.done(before, after)
        return before, after

    async def _with_slot(self, step: Step) -> list[Pair]:
        """Change work that is held, and then its holder's slots, if that ends the lease and both are known here."""
        held = step.records.guess(step.tenant, step.identifier)
        if held is None or not is_held(held) or "slot" not in held["lease"]:
            return []
        foreseen: list[Pair] = []

        def decide(present: Document) -> dict[str, Any]:
            changes = step.decide(present)
            foreseen[:] = [(present, changed(present, changes))]
            return changes

        freeing = self._slots.freeing(step.tenant, held["lease"]["agent"], lambda: _gone(*foreseen[0]))
        return await changed_in_turn(self._documents, replace(step, decide=decide), freeing)

    async def _give_back(self, before: Document, after: Document) -> None:
        slot, lost = _gone(before, after)
        with suppress(Refusal):  # the change stands; a slot that is left over is found when it is missed
            await self._slots.free(before["tenant"], before["lease"]["agent"], slot, lost=lost)

    def _done(self, kind: WorkKind, _: Document, after: Document) -> None:
        """Know of a change that was made."""
        self._expect(after.get("due_at"))
        if after.get("place") is not None:
            self._early.tell_work(kind, after)


def _slot_over(before: Document, after: Document) -> str | None:
    """The slot of a lease that has ended."""
    return before["lease"].get("slot") if is_held(before) and not is_held(after) else None


def _gone(before: Document, after: Document) -> tuple[frozenset[str], str | None]:
    """The slots that are free after a change, and the lease that its holder has lost by it."""
    slot = _slot_over(before, after)
    is_lost = slot is not None and after["lease"]["status"] in (CANCELLED, EXPIRED)
    return frozenset(() if slot is None else (slot,)), lease_id(after) if is_lost else None


def _told(kind: WorkKind, before: Document, after: Document) -> list[Event]:
    told = list(kind.told(before, after))
    name = lease_event_of(before, after)
    if name is not None:
        lease, at = lease_of(kind, after), after["updated_at"]
        told.append(Event(new_id("evt", at), name, after["tenant"], lease.id, at, lease.document(), lease.version))
    return told
