"""How an agent becomes known: registered, registered again by whoever has done it before, and by nobody else."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

from handlers.core.agents import TOKEN
from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import AGENTS
from handlers.core.errors import Conflict, Duplicate, IdempotencyMismatch, Stale, Unavailable
from handlers.core.ports import Document, Documents, Insert, Update
from handlers.core.presence import REGISTERED, Agent, completed, noted, settled, told_of
from handlers.core.principals import Principal
from handlers.core.pulses import Pulses
from handlers.core.records import REMEMBERED_MILLISECONDS, Once
from handlers.core.sealing import Sealing
from handlers.core.targets import check_target

HEARTBEAT_SECONDS = 30
_KEY = "idempotency_key"
_TRIES = 16
TOLD = "ai.agent.registered"
_AGAIN = "It was registered again"
# What a registration that is made again does not take away.
_OF_ITS_NODE = ("synced_at", "sync_at", "node", "node_message")
_LASTING = ("id", "tenant", "created_at", "leases", "lost", "lost_leases", "journal", *_OF_ITS_NODE)
_SAID = tuple(known.name for known in fields(Agent) if known.name not in _LASTING)


class Registration:
    """Takes registrations. `expect` is told when something of an agent is due."""

    def __init__(
        self,
        documents: Documents,
        sealing: Sealing,
        clock: Clock,
        expect: Callable[[Moment | None], None] = lambda due_at: None,
        *,
        pulses: Pulses | None = None,
        allows_private: bool = False,
        heartbeat_seconds: int = HEARTBEAT_SECONDS,
    ) -> None:
        self._documents = documents
        self._sealing = sealing
        self._clock = clock
        self._expect = expect
        self._pulses = pulses or Pulses()
        self._allows_private = allows_private
        self._heartbeat_seconds = heartbeat_seconds

    async def register(
        self,
        who: Principal,
        given: Mapping[str, Any],
        *,
        separator: str = "_",
        idempotency_key: str | None = None,
        more: Mapping[str, Any] | None = None,
        is_new: bool = False,
    ) -> Agent:
        """Make an agent known, or replace what its owner has said of it; one that must be new replaces nothing.

        `more` is kept with the record and not shown as a part of the agent.
        """
        if given.get("endpoint") is not None:
            check_target(given["endpoint"], field="endpoint", allows_private=self._allows_private)
        once = None if idempotency_key is None else Once(who.id, idempotency_key, _request(given))
        for _ in range(_TRIES):
            known = None if once is None else await self._answered(who, once, given.get(TOKEN))
            if known is not None:
                return known
            agent = self._new(who, given, separator)
            try:
                return await self._put(who, agent, self._hidden(agent, given, once) | dict(more or {}), is_new=is_new)
            except (Duplicate, Stale):
                continue  # somebody was faster: look again
        raise Unavailable("This agent is being registered by too many at once")

    async def _put(self, who: Principal, agent: Agent, beside: Mapping[str, Any], *, is_new: bool) -> Agent:
        """Write a registration, in place of an earlier one of the same owner or of one that is gone."""
        present = await self._documents.get(AGENTS, who.tenant, agent.id)
        if present is None:
            await self._documents.write(Insert(AGENTS, who.tenant, agent.document() | beside), [told_of(agent, TOLD)])
            self._expect(agent.due_at)
            return agent
        before = Agent.of(present)
        if before.deleted_at is None and (is_new or before.owner != who.id):
            raise Conflict("This identifier is taken", id=agent.id)
        return await self._replace(before, agent, beside)

    async def _replace(self, before: Agent, agent: Agent, beside: Mapping[str, Any]) -> Agent:
        """Write a registration over an earlier one."""
        said = {name: getattr(agent, name) for name in _SAID}
        counted = {"version": before.version + 1, "edition": before.edition + 1}
        if before.deleted_at is not None:
            counted |= {"created_at": agent.created_at, "leases": [], "lost_leases": []}
            counted |= {"synced_at": None, "node_message": None, "journal": agent.journal}
            # What is still to be taken from a node is replaced there, or taken, and runs nowhere else meanwhile.
            counted["node"] = before.node or agent.node
            counted["sync_at"] = agent.sync_at or before.sync_at
        else:
            counted["journal"] = noted(replace(before, status=REGISTERED), agent.registered_at, _AGAIN)
        changes = settled(before, {**said, **counted})
        update = Update(AGENTS, before.tenant, before.id, {"version": before.version}, {**changes, **beside})
        after = Agent.of(update.applied_to(before.document()))
        await self._documents.write(update, [told_of(after, TOLD)])
        self._pulses.drop((before.tenant, before.id))
        self._expect(after.due_at)
        return after

    def _new(self, who: Principal, given: Mapping[str, Any], separator: str) -> Agent:
        now = self._clock()
        wanted = {name: value for name, value in completed(given).items() if value is not None and name != TOKEN}
        identifier = wanted.get("id") or new_id("agent", now, separator)
        agent = Agent(
            tenant=who.tenant,
            owner=who.id,
            status=REGISTERED,
            created_at=now,
            registered_at=now,
            updated_at=now,
            version=1,
            heartbeat_interval_seconds=self._heartbeat_seconds,
            **{"name": identifier, **wanted, "id": identifier},
        )
        return Agent.of({**agent.document(), **settled(agent, {"journal": noted(agent, now, "It was registered")})})

    def _hidden(self, agent: Agent, given: Mapping[str, Any], once: Once | None) -> dict[str, Any]:
        """What the record has and nobody is shown: the token, and the key of the request that made it."""
        token = given.get(TOKEN)
        hidden = {TOKEN: None if token is None else self._sealing.seal(AGENTS, agent.tenant, agent.id, TOKEN, token)}
        if once is None:
            return hidden
        until = agent.created_at + REMEMBERED_MILLISECONDS
        first = {"fingerprint": once.fingerprint, "until": until, "record": agent.document()}
        return {**hidden, _KEY: once.owned_key, "first_answer": first}

    async def _answered(self, who: Principal, once: Once, token: str | None) -> Agent | None:
        """The answer that this request was given before."""
        known = await self._documents.find(AGENTS, who.tenant, {_KEY: once.owned_key})
        if known is None:
            return None
        first = known["first_answer"]
        if first["until"] <= self._clock():
            free = {_KEY: None, "first_answer": None}
            with suppress(Stale):  # somebody else has freed it
                await self._documents.write(Update(AGENTS, who.tenant, known["id"], {_KEY: once.owned_key}, free))
            return None
        is_other_token = known["registered_at"] == first["record"]["registered_at"] and self._token_of(known) != token
        if first["fingerprint"] != once.fingerprint or is_other_token:
            raise IdempotencyMismatch(once.key)
        return Agent.of(first["record"])

    def _token_of(self, record: Document) -> str | None:
        return self._sealing.open(AGENTS, record, TOKEN) if record.get(TOKEN) else None


def _request(given: Mapping[str, Any]) -> dict[str, Any]:
    """What tells one request from another; not its token, which a trace of it in the store would give away."""
    return {**{name: value for name, value in given.items() if name != TOKEN}, "has_token": TOKEN in given}
