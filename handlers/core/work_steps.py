"""The steps of a piece of work's life: what each thing that is said of it, and time alone, makes of its record.

Each is one decision over the record as it is, made again when somebody else was faster.
"""

from typing import Any

from handlers.core.clock import Moment
from handlers.core.errors import IllegalTransition
from handlers.core.ports import Document
from handlers.core.reoffering import closed, let_go, next_try, put_back
from handlers.core.work import (
    EXPIRED,
    FAILED,
    Holder,
    LeaseLost,
    Outcome,
    WorkKind,
    changed,
    fingerprint,
    granted,
    is_held,
    is_open,
    is_waiting,
    lease_id,
)


def end(outcome: Outcome, said: str, kind: WorkKind, record: Document, now: Moment) -> dict[str, Any]:
    """What the holder's last word makes of work."""
    free = {**let_go(record, outcome.status, now, said), **closed()}
    return {**free, **kind.ended(record, outcome, now)}


def fail(outcome: Outcome, said: str, kind: WorkKind, record: Document, now: Moment) -> dict[str, Any]:
    """What a failure makes of work: it waits for another try, or it has failed."""
    again = next_try(record, now)
    if again is None:
        return end(outcome, said, kind, record, now)
    free = {**let_go(record, FAILED, now, said), **put_back(record, again, now)}
    return {**free, **kind.waits(record, now)}


def report(kind: WorkKind, holder: Holder, outcome: Outcome | None, record: Document, now: Moment) -> dict[str, Any]:
    """What somebody makes of work who has no lease: they hold it from now on, or they have done it already.

    A failure means the same as one that the holder of a lease reports: it is tried again if its policy leaves that.
    """
    said = fingerprint("reported", *(vars(outcome).values() if outcome else ()))
    step = fail if outcome is not None and outcome.status == FAILED else end
    lease = record.get("lease") or {}
    if is_held(record) and lease["expires_at"] > now:
        if lease["holder"] != holder.principal:
            raise LeaseLost(lease_id(record), record)
        return {} if outcome is None else step(outcome, said, kind, record, now)
    if lease.get("holder") == holder.principal and lease.get("said") == said:
        return {}
    if not is_waiting(record):
        raise IllegalTransition(record["id"], record["status"], outcome.status if outcome else "running")
    begun = {**granted(record, holder, now), **kind.began(record, now)}
    return begun if outcome is None else {**begun, **step(outcome, said, kind, changed(record, begun), now)}


def overdue(kind: WorkKind, record: Document, now: Moment) -> dict[str, Any]:
    """What time alone makes of work: it is lost, its lease is, or it comes back to its place."""
    if not is_open(record):
        return {}
    if record["deadline"] <= now:
        return _lost(kind, record, f"It was not finished within {whole_seconds(record)} s", now)
    if is_held(record) and record["lease"]["expires_at"] <= now:
        return _taken_away(kind, record, "Its holder was not heard of any more", now)
    if record.get("offer_at") is not None and record["offer_at"] <= now:
        return put_back(record, now, now)
    return {}


def forfeited(kind: WorkKind, slot: str, record: Document, now: Moment) -> dict[str, Any]:
    """What it makes of work that the agent is gone that held it in this slot."""
    if not is_held(record) or record["lease"].get("slot") != slot:
        return {}
    return _taken_away(kind, record, "Its holder was removed", now)


def _taken_away(kind: WorkKind, record: Document, why: str, now: Moment) -> dict[str, Any]:
    """Work whose holder does it no more: it waits for another try, or it is lost."""
    again = next_try(record, now)
    if again is None:
        return _lost(kind, record, why, now)
    free = {**let_go(record, EXPIRED, now), **put_back(record, again, now)}
    return {**free, **kind.waits(record, now)}


def _lost(kind: WorkKind, record: Document, error: str, now: Moment) -> dict[str, Any]:
    free = {**let_go(record, EXPIRED, now), **closed()}
    return {**free, **kind.ended(record, Outcome("timeout", error=error), now)}


def whole_seconds(record: Document) -> int:
    """The whole time of a piece of work, in seconds."""
    return (record["deadline"] - record["created_at"]) // 1000
