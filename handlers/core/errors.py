"""Every way the core can say no: one class per refusal, carrying its facts.

Knows nothing of status codes or wire formats: `kind` is the name by which the edges look up how to say it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


class Refusal(Exception):
    """A request that cannot be carried out, for a reason the caller may know."""

    kind: ClassVar[str]

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, object] = {name: value for name, value in details.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Failure:
    """All that a dialect may say of a refused request; `code` is the dialect's word for its kind, if it has one."""

    code: str | None
    message: str
    details: Mapping[str, object]
    request_id: str
    at: int
    retry_after: int | None = None


class InvalidRequest(Refusal):
    """The request does not have the form that the contract asks for."""

    kind = "invalid_request"

    def __init__(self, message: str, *, field: str | None = None, location: str | None = None) -> None:
        super().__init__(message, field=field, location=location)


class Unprocessable(Refusal):
    """The request has the right form and asks for something that makes no sense."""

    kind = "unprocessable"

    def __init__(self, message: str, *, field: str, location: str = "body") -> None:
        super().__init__(message, field=field, location=location)


class Unauthenticated(Refusal):
    """Nobody we know is asking."""

    kind = "unauthenticated"

    def __init__(self, message: str = "Invalid or missing credentials") -> None:
        super().__init__(message)


class Forbidden(Refusal):
    """The caller is known and may not do this."""

    kind = "forbidden"

    def __init__(self, message: str, *, required: str | None = None) -> None:
        super().__init__(message, required=required)


class NotFound(Refusal):
    """There is no such thing, or none that the caller may know of."""

    kind = "not_found"

    def __init__(self, what: str, identifier: str) -> None:
        super().__init__(f"No such {what}: {identifier}", resource=what, id=identifier)


class Conflict(Refusal):
    """The request contradicts the present state of the thing it names."""

    kind = "conflict"


class IllegalTransition(Conflict):
    """A status that cannot follow the present one."""

    def __init__(self, identifier: str, present: str, wanted: str | None) -> None:
        refused = "can be changed no more" if wanted is None else f"cannot become {wanted}"
        super().__init__(f"{identifier} is {present} and {refused}", id=identifier, status=present)


class IdempotencyMismatch(Conflict):
    """A known idempotency key that comes with another request."""

    def __init__(self, key: str) -> None:
        super().__init__("This idempotency key was used for another request", idempotency_key=key)


class PreconditionFailed(Refusal):
    """The version that the caller wants to change is not the present one."""

    kind = "precondition_failed"

    def __init__(self, identifier: str, present: int) -> None:
        super().__init__(f"{identifier} has changed since it was read", id=identifier, present=present)


class Unavailable(Refusal):
    """A part we need does not answer; the same request may succeed later."""

    kind = "unavailable"

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after = retry_after


class BadGateway(Refusal):
    """Somebody whom we have to ask does not answer, or not in a way that we understand."""

    kind = "bad_gateway"


class RateLimited(Refusal):
    """The caller has asked more often than they may. `reset` is when they may again, in seconds since the epoch."""

    kind = "rate_limited"

    def __init__(self, requests: int, seconds: int, *, retry_after: int, reset: int) -> None:
        message = f"{requests} requests in {seconds} seconds are possible here, and this was one more"
        super().__init__(message, limit=requests, window_seconds=seconds, retry_after=retry_after)
        self.requests = requests
        self.retry_after = retry_after
        self.reset = reset


class TooManyConnections(Refusal):
    """The caller has as many connections open as they may."""

    kind = "rate_limited"

    def __init__(self, most: int, *, retry_after: int) -> None:
        message = f"{most} connections at once are possible, and you have them"
        super().__init__(message, limit=most, retry_after=retry_after)
        self.retry_after = retry_after


class TooManyFailures(Refusal):
    """A name was guessed at too often, and is locked for a while, whether anybody has it or not."""

    kind = "rate_limited"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__("Too many failed logins with this name; try again later", retry_after=retry_after)
        self.retry_after = retry_after


class NotYet(Refusal):
    """The contract promises this, and nobody has written it yet."""

    kind = "not_implemented"

    def __init__(self, name: str) -> None:
        super().__init__("This is promised, and not done yet", operation=name)


class SubscriptionRefused(Forbidden):
    """A caller who may do other things may not subscribe to this."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"To subscribe to this needs the scope {scope}", required=scope)


class Duplicate(Exception):
    """A store's answer to a document whose identifier or unique fields are taken."""

    def __init__(self, collection: str, fields: tuple[str, ...]) -> None:
        super().__init__(f"{collection}: {', '.join(fields)} taken")
        self.collection = collection
        self.fields = fields


class Stale(Exception):
    """A store's answer to a conditional change whose condition does not hold, or whose document is gone."""


class UndeclaredQuery(Exception):
    """A query that no declared index serves: a defect of ours, never a caller's."""
