"""One delivery: what is to be sent to whom, what came of each try, and when the next is. Rules of one record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from handlers.core import chance
from handlers.core.clock import Moment
from handlers.core.outgoing import Answer
from handlers.core.ports import Document

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"
KEPT_MILLISECONDS = 30 * 24 * 3600 * 1000
TRY_MILLISECONDS = 15_000  # for so long a try is claimed; a sender gives up long before
# Together a day, less a little: after the first try and each of these pauses there is another.
PAUSES = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800)
_GONE = 410
_ATTEMPTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery, as it may be told. `at` is when that happened which is told."""

    id: str
    target: str
    event_id: str
    type: str
    status: str
    is_test: bool
    created_at: Moment
    updated_at: Moment
    at: Moment
    attempts: list[Document] = field(default_factory=list)
    next_attempt_at: Moment | None = None


def delivery_id(event: str, target: str) -> str:
    """The identifier of the delivery of an event to a target: the same whoever makes it, however often."""
    return f"dlv_{sha256(f'{event} {target}'.encode()).hexdigest()[:32]}"


def lane_id(kind: str, target: str) -> str:
    """The lane in which a target's deliveries wait."""
    return f"{kind}:{target}"


def new_delivery(
    kind: str, target: str, event_id: str, type: str, at: Moment, now: Moment, **more: Any
) -> dict[str, Any]:
    """The record of a delivery that is due at once. What happened earlier is sent earlier."""
    return {
        "id": delivery_id(event_id, target),
        "kind": kind,
        "target": target,
        "event_id": event_id,
        "type": type,
        "at": at,
        "status": PENDING,
        "is_test": False,
        "tries": 0,
        "attempts": [],
        "next_attempt_at": min(at, now),
        "created_at": now,
        "updated_at": now,
        "expires_at": now + KEPT_MILLISECONDS,
        **more,
    }


def again(at: Moment, now: Moment) -> dict[str, Any]:
    """What makes a delivery that was over due anew."""
    return {"status": PENDING, "tries": 0, "next_attempt_at": min(at, now), "updated_at": now}


def after_try(delivery: Mapping[str, Any], answer: Answer, began: Moment, now: Moment) -> dict[str, Any]:
    """What a try makes of a delivery: it is over, or there is another one after a pause."""
    attempt = {"at": began, "duration": answer.duration, "status_code": answer.status, "error": answer.error}
    shown = {name: value for name, value in attempt.items() if value is not None}
    tries = delivery["tries"] + 1
    tried = {"attempts": [*delivery["attempts"], shown][-_ATTEMPTS_SHOWN:], "tries": tries, "updated_at": now}
    if answer.is_taken:
        return {**tried, "status": DELIVERED, "next_attempt_at": None}
    if delivery["is_test"] or answer.status == _GONE or tries > len(PAUSES):
        return {**tried, "status": FAILED, "next_attempt_at": None}
    return {**tried, "next_attempt_at": now + pause_after(tries)}


def pause_after(tries: int) -> int:
    """The pause after so many tries, in milliseconds; not all that failed together come back together."""
    return round(PAUSES[tries - 1] * 1000 * chance.between(0.9, 1.0))


def closed(now: Moment) -> dict[str, Any]:
    """What becomes of a delivery whose target takes nothing."""
    return {"status": FAILED, "next_attempt_at": None, "updated_at": now}
