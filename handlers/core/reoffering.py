"""What becomes of work whose lease is over: it may be taken again, now or later, or nobody may take it any more."""

from handlers.core.clock import Moment
from handlers.core.ports import Document
from handlers.core.work import Record, is_held, place_of


def let_go(record: Record, status: str, now: Moment, said: str | None = None) -> Document:
    """What ends the present lease, if one is held; `said` tells a repetition of what has ended it."""
    if not is_held(record):
        return {}
    ended = {**record["lease"], "status": status, "ended_at": now}
    return {"lease": ended if said is None else {**ended, "said": said}}


def closed() -> Document:
    """What keeps everybody from taking it any more."""
    return {"place": None, "offer_at": None}


def put_back(record: Record, at: Moment, now: Moment) -> Document:
    """What lets it be taken again, now or from a moment on."""
    if at > now:
        return {"place": None, "offer_at": at}
    return {"place": place_of(record["priority"], record["created_at"]), "offer_at": None}


def next_try(record: Record, now: Moment) -> Moment | None:
    """When it may be tried again, if its policy and its deadline leave that."""
    policy = record.get("retry_policy")
    if policy is None or record["attempt"] > policy["max_retries"]:
        return None
    pause = policy["initial_delay_seconds"] * float(policy["backoff_multiplier"]) ** (record["attempt"] - 1)
    at = now + round(pause * 1000)
    return at if at < record["deadline"] else None
