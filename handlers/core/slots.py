"""How much an agent may hold at once: slots in its own record, taken before the work and given back after it.

A slot is taken by a conditional change of the agent's record, so that however many take work in an agent's name, they
hold as much together as one may. It is no right to anything: that stands in the work's own record, which is changed
behind it. Whoever dies between the two leaves a slot that nothing fills; it is found when the agent's slots are all
taken, by asking of each whether its work is still held. One that was taken a moment ago is left alone, for its taker
may be about to fill it; a taker who was slow looks whether it still has its slot before anybody is told of the work.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import Any

from handlers.core.agents import Agents
from handlers.core.clock import Clock, Moment
from handlers.core.errors import NotFound
from handlers.core.pairs import Step
from handlers.core.ports import Document
from handlers.core.presence import Agent
from handlers.core.shapes import document_of, read_as

FILLED_MILLISECONDS = 15_000
_NOTED = 1_000
_SLOW_MILLISECONDS = FILLED_MILLISECONDS // 2


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for one piece of work under one lease, taken by one taker, and since when."""

    id: str
    kind: str
    work: str
    token: int
    since: Moment
    key: str | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Slot":
        """A slot as a record has it."""
        return read_as(cls, kept)

    @classmethod
    def new(cls, kind: str, record: Document, now: Moment, key: str | None = None) -> "Slot":
        """The slot of whoever is about to take a piece of work."""
        return cls(token_hex(8), kind, record["id"], record["token"] + 1, now, key)


# Whether a slot's work is held for it: None while that may still come.
IsHeld = Callable[[Agent, Slot], Awaitable[bool | None]]


class Slots:
    """The slots of all agents; `is_held` is asked of each when there is no room."""

    def __init__(self, agents: Agents, clock: Clock, is_held: IsHeld) -> None:
        self._agents = agents
        self._clock = clock
        self._is_held = is_held

    async def reserve(self, agent: Agent, wanted: Sequence[Slot]) -> list[Slot]:
        """Take as many of the wanted slots as there is room for, the first first; those that were taken.

        Where there is not enough room, that of slots which nothing fills is taken, too.
        """
        taken = await self._take(agent, wanted, set())
        if len(taken) < len(wanted):
            empty = await self._empty(agent.tenant, agent.id)
            if empty:
                taken += await self._take(agent, wanted[len(taken) :], empty)
        return taken

    async def _take(self, agent: Agent, wanted: Sequence[Slot], empty: Collection[str]) -> list[Slot]:
        """Take slots, and give back those that are empty."""
        taken: list[Slot] = []
        await self._agents.change(agent.tenant, agent.id, partial(_take, wanted, empty, taken))
        return taken

    def taking(self, agent: Agent, wanted: Slot) -> Step:
        """The same of one slot, to be made with the change of what it is for."""
        return self._agents.step(agent.tenant, agent.id, partial(_take, [wanted], (), []))

    async def free(self, tenant: str, agent: str, gone: Collection[str], *, lost: str | None = None) -> None:
        """Give slots back; one that is free already stays so. An agent that has `lost` a lease is told so once."""
        with suppress(NotFound):  # an agent that is no more holds nothing
            if gone:
                await self._agents.change(tenant, agent, lambda present: _free(gone, lost, present))

    def freeing(self, tenant: str, agent: str, gone: Callable[[], tuple[Collection[str], str | None]]) -> Step:
        """The same, to be made with the change of work that says which are gone, and which lease is lost, if any."""
        return self._agents.step(tenant, agent, lambda present: _free(*gone(), present))

    async def is_awaiting(self, agent: Agent) -> bool:
        """Whether there is room taken for work that nobody holds yet: by who is about to take it, or has died."""
        return any([await self._is_held(agent, slot) is None for slot in slots_of(agent)])

    async def has(self, agent: Agent, slot: Slot) -> bool:
        """Whether a slot that was taken is still its taker's: looked for only by one who was slow."""
        if self._clock() - slot.since < _SLOW_MILLISECONDS:
            return True
        try:
            return slot in slots_of(Agent.of(await self._agents.record(agent.tenant, agent.id)))
        except NotFound:
            return False  # the agent is gone, and has lost what it had

    async def _empty(self, tenant: str, agent: str) -> set[str]:
        """The slots that nothing fills."""
        present = Agent.of(await self._agents.record(tenant, agent))
        long_ago = self._clock() - FILLED_MILLISECONDS
        return {slot.id for slot in slots_of(present) if await self._is_empty(present, slot, long_ago)}

    async def _is_empty(self, agent: Agent, slot: Slot, long_ago: Moment) -> bool:
        is_held = await self._is_held(agent, slot)
        return slot.since <= long_ago if is_held is None else not is_held


def _take(wanted: Sequence[Slot], empty: Collection[str], taken: list[Slot], present: Agent) -> dict[str, Any]:
    """What takes the wanted slots of an agent, as far as there is room, which are `taken` then."""
    kept = [slot for slot in slots_of(present) if slot.id not in empty]
    taken[:] = wanted[: max(0, present.max_concurrent_tasks - len(kept))]
    return {"leases": [document_of(slot) for slot in (*kept, *taken)]} if taken or empty else {}


def _free(gone: Collection[str], lost: str | None, present: Agent) -> dict[str, Any]:
    """What gives back those of an agent's slots that are gone."""
    kept = [document_of(slot) for slot in slots_of(present) if slot.id not in gone]
    if len(kept) == len(present.leases):
        return {}
    told = [] if lost is None else [*(one for one in present.lost_leases if one != lost), lost]
    return {"leases": kept, **({"lost_leases": told[-_NOTED:]} if told else {})}


def slots_of(agent: Agent) -> list[Slot]:
    """The slots of an agent that are taken."""
    return [Slot.of(kept) for kept in agent.leases]
