"""Work: what one agent is to do, and the right to do it. Pure rules over the record that the work is.

A record that is work (a command, later a run or a step) says by these fields of its own where it stands, so that each
step of its life is one conditional change of one record, whoever else wants to make another:

- `queue`: where it waits, an agent's or a device's name, or `*` and a capability. `place`: where it stands there, what
  is urgent before what is old; absent while nobody may have it. `offer_at`: when it comes back to its place.
- `lease`: the last right to it, of which one at most is held. Each has a `token` that is greater than the last one's,
  so that what a former holder says can be told from what the present one says, whatever the network does to either.
- `attempt`: how often it was taken, `deadline`: when it is lost, whatever the lease says; `due_at` follows from these.

These rules know no command. What a beginning, a failure or an end means to the item, its kind says (`WorkKind`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from handlers.core.clock import Moment
from handlers.core.errors import Conflict
from handlers.core.events import Event
from handlers.core.ports import Collection, Document
from handlers.core.shapes import document_of

OFFERED, HELD, COMPLETED, FAILED, RELEASED, EXPIRED, CANCELLED = (
    "offered", "held", "completed", "failed", "released", "expired", "cancelled",
)  # fmt: skip
_RANKS = {"urgent": 0, "high": 1, "normal": 2, "low": 3}
_RANK = 10**14  # more milliseconds than any moment has
_PREFIX = "lease_"
# What the queue of a capability begins with.
ABLE = "*"
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How work has ended: `completed`, `failed`, `timeout` or `cancelled`."""

    status: str
    result: Document | None = None
    error: str | None = None
    duration: float | None = None
    reason: str | None = None


class WorkKind(Protocol):
    """A kind of item that is work: where its records lie, and what the steps of work mean to them."""

    name: str
    noun: str
    collection: Collection

    def shown(self, record: Record) -> Document:
        """What its holder is told of it, beside what all work has."""

    def began(self, record: Record, now: Moment) -> Document:
        """What changes when somebody takes it."""

    def moved(self, progress: float, message: str | None, now: Moment) -> Document:
        """What changes when its holder says how far it has come."""

    def waits(self, record: Record, now: Moment) -> Document:
        """What changes when it is to be taken once more."""

    def ended(self, record: Record, outcome: Outcome, now: Moment) -> Document:
        """What changes when it ends."""

    def told(self, before: Document, after: Document) -> Sequence[Event]:
        """The events of a change."""


@dataclass(frozen=True)
class Holder:
    """Who takes work, in an agent's name, for how long at a time, and into which of its slots, if it has any."""

    principal: str
    agent: str
    seconds: int
    slot: str | None = None


@dataclass(frozen=True)
class Claimed:
    """The lease that somebody speaks of, and the fencing token by which they say that it is theirs."""

    agent: str
    lease: str
    token: int


class LeaseLost(Conflict):
    """Somebody speaks as the holder of work who is not, or not any more."""

    def __init__(self, lease: str, record: Record) -> None:
        present = record.get("lease") or {}
        facts = {"lease_id": lease, "status": present.get("status"), "fencing_token": present.get("token")}
        super().__init__("The lease is not held any more", **facts)


def place_of(priority: str, since: Moment) -> int:
    """Where work stands in its queue."""
    return _RANKS[priority] * _RANK + since


def queue_of(target: str | None, capability: str | None) -> str:
    """Where work waits: for one by name, or for whoever can do it."""
    return f"{ABLE}{capability}" if target is None else target


def lease_id(record: Record) -> str:
    """What the leases of a piece of work are called; tokens tell them apart."""
    return _PREFIX + record["id"]


def item_id(lease: str) -> str | None:
    """The item that a lease is of, if this is the name of a lease."""
    return lease.removeprefix(_PREFIX) if lease.startswith(_PREFIX) else None


def is_held(record: Record) -> bool:
    """Whether somebody holds it."""
    return (record.get("lease") or {}).get("status") == HELD


def is_waiting(record: Record) -> bool:
    """Whether somebody may take it, now or later."""
    return record.get("place") is not None or record.get("offer_at") is not None


def is_open(record: Record) -> bool:
    """Whether it has not ended."""
    return is_held(record) or is_waiting(record)


def due_of(record: Record) -> Moment | None:
    """When something of it is due."""
    moments = [record["deadline"]] if is_open(record) else []
    if is_held(record):
        moments.append(record["lease"]["expires_at"])
    if record.get("offer_at") is not None:
        moments.append(record["offer_at"])
    return min(moments, default=None)


def offered(record: Record) -> Document:
    """The fields of work that is new."""
    place = place_of(record["priority"], record["created_at"])
    return {"place": place, "attempt": 0, "token": 0, "due_at": record["deadline"]}


def granted(record: Record, holder: Holder, now: Moment) -> Document:
    """What makes somebody the holder, if it may be had."""
    if record.get("place") is None or record["deadline"] <= now:
        raise Conflict("Somebody else has it, or nobody can have it any more", id=record["id"])
    token = record["token"] + 1
    lease = {
        "holder": holder.principal,
        "agent": holder.agent,
        "token": token,
        "status": HELD,
        "seconds": holder.seconds,
        "granted_at": now,
        "expires_at": _until(record, holder.seconds, now),
    }
    taken = {"place": None, "attempt": record["attempt"] + 1, "token": token, "agent": holder.agent}
    return {**taken, "lease": {**lease, **({"slot": holder.slot} if holder.slot else {})}}


def renewed(record: Record, seconds: int | None, now: Moment) -> Document:
    """What puts off the end of the present lease."""
    lease = record["lease"]
    chosen = lease["seconds"] if seconds is None else seconds
    return {"lease": {**lease, "seconds": chosen, "expires_at": _until(record, chosen, now)}}


def check_held(claimed: Claimed, record: Record, holder: str, now: Moment) -> None:
    """Refuse whoever is not the present holder."""
    present = record["lease"]
    if not _is_of(present, claimed, holder) or present["status"] != HELD or present["expires_at"] <= now:
        raise LeaseLost(claimed.lease, record)


def is_repeated(claimed: Claimed, record: Record, holder: str, said: str) -> bool:
    """Whether the holder says again what has ended its lease, and was not answered, perhaps."""
    return _is_of(record["lease"], claimed, holder) and record["lease"].get("said") == said


def fingerprint(*said: Any) -> str:
    """What tells one message from another."""
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def changed(record: Record, changes: Record) -> Document:
    """The record after some changes."""
    return {name: value for name, value in {**record, **changes}.items() if value is not None}


@dataclass(slots=True)
class Lease:
    """The right of one agent to do one piece of work, as it may be told; `queue` and `place` say who may have it."""

    id: str
    agent: str
    status: str
    token: int
    seconds: int
    expires_at: Moment
    progress: float
    work: Document
    granted_at: Moment | None = None
    queue: str | None = None
    place: int | None = None
    version: int = 0

    def document(self) -> Document:
        """What an event has of it."""
        return document_of(self)


def lease_of(kind: WorkKind, record: Record) -> Lease:
    """The last lease of a piece of work."""
    lease = record["lease"]
    shared = {name: record[name] for name in ("priority", "deadline", "created_at")}
    work = {"kind": kind.name, **kind.shown(record), **shared, "attempt": max(1, record["attempt"])}
    return Lease(
        id=lease_id(record),
        agent=lease["agent"],
        status=lease["status"],
        token=lease["token"],
        seconds=lease["seconds"],
        granted_at=lease["granted_at"],
        expires_at=lease["expires_at"],
        progress=record.get("progress", 0),
        work=work,
        queue=record["queue"],
        place=record.get("place"),
        version=record["version"],
    )


def offer_of(kind: WorkKind, record: Record, agent: str, seconds: int, until: Moment) -> Lease:
    """A lease that an agent may have, if nobody else is faster."""
    untaken = {"agent": agent, "status": OFFERED, "token": record["token"] + 1, "seconds": seconds, "granted_at": None}
    offer = {**record, "attempt": record["attempt"] + 1, "progress": 0, "lease": {**untaken, "expires_at": until}}
    return lease_of(kind, offer)


def lease_event_of(before: Record, after: Record) -> str | None:
    """What a change means to who holds the work, or may."""
    was, now = before.get("lease") or {}, after.get("lease") or {}
    if now.get("status") == HELD and was.get("token") != now["token"]:
        return "lease.granted"
    if was.get("status") == HELD and now["status"] != HELD:
        return "lease.expired" if now["status"] == EXPIRED else "lease.released"
    if before.get("offer_at") is not None and after.get("place") is not None:
        return "lease.offered"
    return None


def _is_of(lease: Record, claimed: Claimed, holder: str) -> bool:
    """Whether a lease is the one that is meant, and whoever means it has taken it: a name can become another's."""
    return (lease["holder"], lease["agent"], lease["token"]) == (holder, claimed.agent, claimed.token)


def _until(record: Record, seconds: int, now: Moment) -> Moment:
    """When a lease of so many seconds runs out: never behind the deadline."""
    return min(now + seconds * 1000, record["deadline"])
