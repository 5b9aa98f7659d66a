"""One agent: what it is, and what being heard, or not being heard, makes of it. Pure rules over one record."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from handlers.core.clock import Moment, new_id
from handlers.core.errors import Forbidden
from handlers.core.events import Event
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.shapes import document_of, read_as

REGISTERED, IDLE, BUSY, DEGRADED, ERROR, OFFLINE = "registered", "idle", "busy", "degraded", "error", "offline"
STATUSES = (REGISTERED, IDLE, BUSY, DEGRADED, ERROR, OFFLINE)
# An agent in one of these takes work, and has room for it.
AVAILABLE = (REGISTERED, IDLE)
# Where a record stands when its agent is gone; it is kept for a while, for those who hold its work.
DELETED = "deleted"
KEPT_MILLISECONDS = 3600 * 1000
DEFAULT_TYPE = "general"
DEFAULT_RESOURCES = {"max_concurrent_tasks": 1}
# So many heartbeats may be overdue before an agent counts as degraded, and as offline; a quarter of one is no delay.
_LATE, _LOST, _PATIENCE = 2, 3, 0.25
_UNTOLD = ("leases", "lost", "lost_leases", "journal", "labels", "due_at")
_LINES = 50
# The events after which an agent may have another status.
TOLD_STATUS = frozenset(f"ai.agent.{word}" for word in ("registered", "status_changed", "offline", "deleted"))


@dataclass(slots=True)
class Agent:
    """A program that takes work, as it is stored.

    `owner` has registered it, and nobody else speaks for it. `said` is the status that it has given itself last; None
    leaves it to us. `edition` counts what people change of it, `version` every write. `leases` are the slots of the
    work that it holds: whoever changes them sets what `settled` makes of that. `lost` are those that it had when it was
    removed, each with the moment at which that is to be acted on; `lost_leases` those of which it is to be told. One
    that is hosted runs on a node that speaks for it, and is not waited for until it speaks for itself. `heard_at` is
    absent until it is heard, `journal` is what became of it lately. `synced_at` is when a node confirmed it, `sync_at`
    when that is to be tried, and `node_message` why it has not; `node` is the attached one on which it is, if it is on
    one.
    """

    id: str
    tenant: str
    name: str
    owner: str
    status: str
    created_at: Moment
    registered_at: Moment
    updated_at: Moment
    version: int
    heartbeat_interval_seconds: int
    edition: int = 1
    type: str = DEFAULT_TYPE
    capabilities: list[Document] = field(default_factory=list)
    resources: Document = field(default_factory=lambda: dict(DEFAULT_RESOURCES))
    tags: dict[str, str] = field(default_factory=dict)
    metadata: Document = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    leases: list[Document] = field(default_factory=list)
    lost: list[Document] = field(default_factory=list)
    lost_leases: list[str] = field(default_factory=list)
    journal: list[Document] = field(default_factory=list)
    current_tasks: int = 0
    load_percent: float = 0
    description: str | None = None
    release: str | None = None
    model: Document | None = None
    endpoint: str | None = None
    said: str | None = None
    reported_tasks: int | None = None
    reported_load: float | None = None
    resource_usage: Document | None = None
    heard_at: Moment | None = None
    up_since: Moment | None = None
    previous_status: str | None = None
    is_hosted: bool | None = None
    synced_at: Moment | None = None
    sync_at: Moment | None = None
    node: str | None = None
    node_message: str | None = None
    due_at: Moment | None = None
    deleted_at: Moment | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Agent":
        """The agent in a document, without its secrets."""
        return read_as(cls, document)

    @property
    def last_seen(self) -> Moment:
        """When anything was heard of it last; its registration is something."""
        return max(self.heard_at or 0, self.registered_at)

    @property
    def max_concurrent_tasks(self) -> int:
        """How much work it is given at a time."""
        return self.resources.get("max_concurrent_tasks", 1)

    @property
    def is_confirmed(self) -> bool:
        """Whether a node runs it as it is specified now."""
        return self.synced_at is not None and self.sync_at is None and self.node_message is None

    @property
    def is_elsewhere(self) -> bool:
        """Whether a node may have it."""
        return bool(self.is_hosted) or any(mark is not None for mark in (self.synced_at, self.sync_at, self.node))

    @property
    def names(self) -> list[str]:
        """The names of what it can do."""
        return [capability["name"] for capability in self.capabilities]

    @property
    def is_available(self) -> bool:
        """Whether it takes work, and has room for it."""
        return self.status in AVAILABLE and len(self.leases) < self.max_concurrent_tasks

    def document(self) -> Document:
        """The document of the agent: what it has, and nothing else."""
        return document_of(self)

    def told(self) -> Document:
        """The agent as events tell of it: of its leases how many they are, and the last one's work.

        One that is gone is heard no more.
        """
        told = {name: value for name, value in self.document().items() if name not in _UNTOLD}
        if self.leases and "work" in self.leases[-1]:
            told["current_work"] = self.leases[-1]["work"]
        return told if self.deleted_at is None else {**told, "status": OFFLINE}


@dataclass(frozen=True, slots=True)
class Beat:
    """How an agent says that it is. What `given` does not name stays as it was said last."""

    given: Mapping[str, Any] = field(default_factory=dict)

    def changes_of(self, agent: Agent, now: Moment) -> dict[str, Any]:
        """What it sets to hear this of an agent."""
        after = replace(agent, **self.given)
        status = after.said if after.said is not None else _judged(after)
        up_since = None if agent.status == OFFLINE else agent.up_since
        return settled(
            agent, {**self.given, "heard_at": now, "status": status, "up_since": up_since or now, "is_hosted": None}
        )


def settled(agent: Agent, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes of an agent, together with what follows from them: its load, its labels, and when it is due."""
    after = replace(agent, **changes)
    after.current_tasks = max(len(after.leases), after.reported_tasks or 0)
    after.load_percent = _load_of(after)
    if after.status in (IDLE, BUSY):
        after.status = after.said or _judged(after)
    if after.status != agent.status:
        after.previous_status = None if agent.status == DELETED else agent.status
    follows = {name: getattr(after, name) for name in ("current_tasks", "load_percent", "status", "previous_status")}
    return {**changes, **follows, "labels": labels_of(after), "due_at": due_of(after)}


def overdue_of(agent: Agent, now: Moment) -> dict[str, Any]:
    """What silence alone makes of an agent."""
    if agent.is_hosted or agent.status == OFFLINE or agent.deleted_at is not None:
        return {}
    if _overdue_at(agent, _LOST) <= now:
        return settled(agent, {"status": OFFLINE, "up_since": None})
    if agent.status not in (DEGRADED, ERROR) and _overdue_at(agent, _LATE) <= now:
        return settled(agent, {"status": DEGRADED})
    return {}


def due_of(agent: Agent) -> Moment | None:
    """When something of an agent is due next."""
    moments = [slot["at"] for slot in agent.lost]
    if agent.sync_at is not None:
        moments.append(agent.sync_at)
    if agent.deleted_at is not None and agent.sync_at is not None:
        return min(moments)  # it is kept until its node has let go of it
    if agent.deleted_at is not None:
        moments.append(agent.deleted_at + KEPT_MILLISECONDS)
    elif not agent.is_hosted and agent.status != OFFLINE:
        moments.append(_overdue_at(agent, _LOST if agent.status in (DEGRADED, ERROR) else _LATE))
    return min(moments, default=None)


def event_of(before: Agent, after: Agent) -> str | None:
    """What a change is called when it is told; None for what is not told: that it is heard, and still the same."""
    if after.deleted_at is not None:
        return "ai.agent.deleted" if before.deleted_at is None else None
    if after.registered_at != before.registered_at:
        return "ai.agent.registered"
    if after.status == before.status:
        return None if after.edition == before.edition else "ai.agent.updated"
    return "ai.agent.offline" if after.status == OFFLINE else "ai.agent.status_changed"


def labels_of(agent: Agent) -> list[str]:
    """Capabilities and tags as lists are filtered by them."""
    return [*map(capability_label, agent.names), *(tag_label(f"{name}:{value}") for name, value in agent.tags.items())]


def capability_label(name: str) -> str:
    """The label of a capability."""
    return f"can {name}"


def tag_label(tag: str) -> str:
    """The label of a tag, `name:value`."""
    return f"tag {tag}"


def owner_of(agent: Agent) -> Principal:
    """Whoever has registered an agent, in whose name it takes work."""
    return Principal(agent.owner, agent.tenant, frozenset())


def check_owner(who: Principal, agent: Agent) -> None:
    """Refuse whoever is not the one who has registered an agent: only they speak for it."""
    if agent.owner != who.id:
        raise Forbidden("Somebody else has registered this agent")


def completed(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, with what it leaves to us."""
    whole = dict(given)
    if "capabilities" in whole:
        whole["capabilities"] = _distinct(whole["capabilities"])
    if "resources" in whole:
        whole["resources"] = {**DEFAULT_RESOURCES, **whole["resources"]}
    return whole


def noted(agent: Agent, now: Moment, message: str) -> list[Document]:
    """The journal of an agent with one line more."""
    level = {DEGRADED: "warning", OFFLINE: "warning", ERROR: "error"}.get(agent.status, "info")
    return [*agent.journal, {"at": now, "level": level, "message": message}][-_LINES:]


def told_of(agent: Agent, kind: str) -> Event:
    """What is told of an agent as it is after a change."""
    at = agent.updated_at
    return Event(new_id("evt", at), kind, agent.tenant, agent.id, at, agent.told(), agent.version)


def _distinct(capabilities: list[Document]) -> list[Document]:
    """Capabilities without repetitions: of several with one name the last counts."""
    return list({capability["name"]: capability for capability in capabilities}.values())


def _judged(agent: Agent) -> str:
    """How an agent that is well, and does not say more, is: busy with all the work that it can have."""
    held = max(len(agent.leases), agent.reported_tasks or 0)
    return BUSY if held >= agent.max_concurrent_tasks else IDLE


def _load_of(agent: Agent) -> float:
    if agent.reported_load is not None:
        return agent.reported_load
    return min(100.0, round(100 * agent.current_tasks / agent.max_concurrent_tasks, 2))


def _overdue_at(agent: Agent, beats: int) -> Moment:
    return agent.last_seen + round((beats + _PATIENCE) * agent.heartbeat_interval_seconds * 1000)
