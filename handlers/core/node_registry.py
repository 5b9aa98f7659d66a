"""The nodes that a tenant has attached: made known, listed, changed and detached, and how they were when asked last."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from handlers.core.agents import Agents
from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import NODES, PLATFORM, TENANTS
from handlers.core.errors import Conflict, Duplicate, NotFound, PreconditionFailed, Stale
from handlers.core.groups import in_groups
from handlers.core.nodes import Target
from handlers.core.ports import Delete, Document, Documents, Position, Query, Update
from handlers.core.principals import Principal
from handlers.core.records import Once, Records, forget
from handlers.core.sealing import Sealing
from handlers.core.shapes import read_as
from handlers.core.targets import check_target

UNKNOWN, ONLINE, OFFLINE = "unknown", "online", "offline"
DEFAULT_PROFILE = "full"
TOKEN = "auth_token"  # noqa: S105 - the name of a field
_NEWS_MILLISECONDS = 60_000
_LOST_MILLISECONDS = 3600 * 1000
_PAGE = 100
_AT_ONCE = 16
Knock = Callable[[Target], Awaitable[None]]


async def _pass_by(target: Target) -> None:
    """Ask nobody."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it may be told: `status` is how it was when it was asked last."""

    id: str
    tenant: str
    name: str
    url: str
    profile: str
    status: str
    created_at: Moment
    updated_at: Moment
    version: int
    last_seen: Moment | None = None


class NodeRegistry:
    """The rules of attached nodes.

    `expect` is told when something of a node is due: its agents are to follow it, or it is to be asked again; `knock`
    asks one, and has `hear` told what came of that.
    """

    def __init__(
        self,
        documents: Documents,
        sealing: Sealing,
        agents: Agents,
        clock: Clock,
        expect: Callable[[Moment | None], None] = lambda due_at: None,
        *,
        allows_private: bool = False,
    ) -> None:
        self._documents = documents
        self._records = Records(documents, NODES, "node")
        self._sealing = sealing
        self._agents = agents
        self._clock = clock
        self._expect = expect
        self._allows_private = allows_private
        self.knock: Knock = _pass_by

    async def create(self, who: Principal, given: Mapping[str, Any], *, idempotency_key: str | None = None) -> Node:
        """Attach a node; a name that is taken is a conflict."""
        self._check(given)
        record = self._record(given)
        sealed = self._sealed(who.tenant, record["id"], given)
        try:
            if idempotency_key is None:
                await self._records.insert(who.tenant, {**record, **sealed})
            else:
                once = Once(who.id, idempotency_key, _request(given))
                record, _ = await self._records.insert_once(who.tenant, record, once, secrets=sealed)
        except Duplicate as exc:
            raise _taken(given["name"]) from exc
        return read_as(Node, {"tenant": who.tenant, **record})

    async def get(self, who: Principal, identifier: str) -> Node:
        """One node."""
        return read_as(Node, await self._records.get(who.tenant, identifier))

    async def page(self, who: Principal, status: str | None, limit: int, after: Position | None = None) -> list[Node]:
        """One page of the tenant's nodes, by name."""
        found = await self._documents.page(_of(who.tenant, status), limit, after=after)
        return [read_as(Node, record) for record in found]

    async def agents_on(self, node: Node) -> int:
        """How many agents a node has, or is still to be told that it has not."""
        return await self._agents.count_on(node.tenant, node.id)

    async def agents_on_each(self, nodes: Iterable[Node]) -> list[int]:
        """The same of several."""
        return await in_groups(map(self.agents_on, nodes), _AT_ONCE)

    async def change(
        self, who: Principal, identifier: str, given: Mapping[str, Any], *, version: int | None = None
    ) -> Node:
        """Change some fields. A token belongs to its address, and where that changes, agents are handed over anew."""
        self._check(given)
        now = self._clock()

        def decide(present: Document) -> dict[str, Any]:
            open_fields = {name: value for name, value in given.items() if name != TOKEN}
            changes = {**open_fields, **self._sealed(who.tenant, identifier, given), "updated_at": now}
            if given.get("url", present["url"]) == present["url"]:
                return changes
            return {TOKEN: None, "status": UNKNOWN, "last_seen": None, "moved_at": now, "due_at": now, **changes}

        try:
            _, changed = await self._records.change(who.tenant, identifier, decide, version)
        except Duplicate as exc:
            raise _taken(given["name"]) from exc
        self._expect(changed.get("due_at"))
        return read_as(Node, changed)

    async def delete(self, who: Principal, identifier: str, *, version: int | None = None) -> None:
        """Detach a node on which there is nothing. One that is lost is not waited for to let go of what is removed."""
        node = await self.get(who, identifier)
        count_on = self._agents.count_living_on if self._is_lost(node) else self._agents.count_on
        if count := await count_on(who.tenant, identifier):
            raise Conflict("There are agents on this node", id=identifier, agents=count)
        try:
            await self._documents.write(
                Delete(NODES, who.tenant, identifier, {} if version is None else {"version": version})
            )
        except Stale as exc:
            raise PreconditionFailed(identifier, (await self.get(who, identifier)).version) from exc

    async def place(self, tenant: str) -> str | None:
        """The node that takes one more agent: of those that are not known to be away, the one with the fewest."""
        nodes, after = [], None
        while found := await self._documents.page(_of(tenant), _PAGE, after=after):
            nodes += [read_as(Node, record) for record in found]
            after = Position(nodes[-1].name, nodes[-1].id)
        counted = zip(nodes, await self.agents_on_each(nodes), strict=True)
        ranks = [(node.status == OFFLINE, count, node.name, node.id) for node, count in counted]
        return min(ranks)[-1] if ranks else None

    async def target(self, tenant: str, identifier: str) -> Target | None:
        """Where a node listens, and what is shown there; None if it was detached."""
        record = await self._documents.get(NODES, tenant, identifier)
        if record is None:
            return None
        token = self._sealing.open(NODES, record, TOKEN) if record.get(TOKEN) else None
        return Target(record["url"], token, tenant, identifier)

    async def hear(self, target: Target, *, is_there: bool) -> None:
        """Know whether a node has answered; that it still does is written down once a minute.

        One that does not is due, to be asked again.
        """
        record = None if target.node is None else await self._documents.get(NODES, target.tenant, target.node)
        if record is None or record["url"] != target.address:
            return
        now, status = self._clock(), ONLINE if is_there else OFFLINE
        due_at = record.get("due_at")
        is_known = now - record.get("last_seen", 0) < _NEWS_MILLISECONDS if is_there else due_at is not None
        if record["status"] == status and is_known:
            return
        seen = {"last_seen": now} if is_there else {"due_at": due_at or now + _NEWS_MILLISECONDS}
        with suppress(Stale):  # it was detached, or has moved
            changes = {"status": status, **seen}
            await self._documents.write(Update(NODES, target.tenant, record["id"], {"url": target.address}, changes))
            self._expect(seen.get("due_at"))

    async def attend(self, record: Document) -> Moment | None:
        """Do what is due with a node: its agents follow it if it has moved, and one that was away is asked again."""
        if "moved_at" in record:
            await self._have_followed(record)
        if record["status"] == OFFLINE and (target := await self.target(record["tenant"], record["id"])) is not None:
            await self.knock(target)
        present = await self._documents.get(NODES, record["tenant"], record["id"])
        is_away = present is not None and present["status"] == OFFLINE
        return self._clock() + _NEWS_MILLISECONDS if is_away else None

    async def _have_followed(self, record: Document) -> None:
        """Have the agents of a node that has moved handed over anew."""
        now, after = self._clock(), None
        while agents := await self._agents.page_on(record["tenant"], record["id"], _PAGE, after):
            for agent in agents:
                with suppress(NotFound):
                    await self._agents.change(record["tenant"], agent.id, lambda agent: {"sync_at": now})
            after = Position(agents[-1].created_at, agents[-1].id)
        with suppress(Stale):  # it was detached, or has moved again
            moved = {"moved_at": record["moved_at"]}
            await self._documents.write(Update(NODES, record["tenant"], record["id"], moved, {"moved_at": None}))

    async def reseal(self) -> int:
        """Bring the tokens of all nodes under the present key; how many records changed."""
        changed, after = 0, None
        while tenants := await self._documents.page(Query(TENANTS, PLATFORM, "created_at"), _PAGE, after=after):
            for tenant in tenants:
                changed += await self._sealing.reseal_all(_of(tenant["id"]), (TOKEN,))
            after = Position(tenants[-1]["created_at"], tenants[-1]["id"])
        return changed

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some nodes of a tenant that is no more; return how many were found."""
        return await forget(self._documents, _of(tenant), most)

    def _is_lost(self, node: Node) -> bool:
        """Whether a node does not answer, and has not for long."""
        return node.status == OFFLINE and (node.last_seen or 0) <= self._clock() - _LOST_MILLISECONDS

    def _record(self, given: Mapping[str, Any]) -> Document:
        now = self._clock()
        return {
            "id": new_id("node", now),
            "profile": DEFAULT_PROFILE,
            "status": UNKNOWN,
            "created_at": now,
            "updated_at": now,
            "version": 1,
            **{name: value for name, value in given.items() if name != TOKEN},
        }

    def _sealed(self, tenant: str, identifier: str, given: Mapping[str, Any]) -> Document:
        if TOKEN not in given:
            return {}
        return {TOKEN: self._sealing.seal(NODES, tenant, identifier, TOKEN, given[TOKEN])}

    def _check(self, given: Mapping[str, Any]) -> None:
        if "url" in given:
            check_target(given["url"], field="url", allows_private=self._allows_private)


def _of(tenant: str, status: str | None = None) -> Query:
    return Query(NODES, tenant, "name", {} if status is None else {"status": status}, descending=False)


def _taken(name: str) -> Conflict:
    return Conflict("There is a node of this name", name=name)


def _request(given: Mapping[str, Any]) -> dict[str, Any]:
    """What tells one request from another; not its token, which a trace of it in the store would give away."""
    return {**{name: value for name, value in given.items() if name != TOKEN}, "has_token": TOKEN in given}
