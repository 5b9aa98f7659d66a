"""A subscription of one process, in which an interruption of the broker's service reads as a gap.

An interruption goes the way of an event, so that it stands where it happened among them.
"""

from collections.abc import Callable
from typing import Self

from handlers.core.ports import Event, Gap, Subscription

_INTERRUPTION = "interruption"
_UNKNOWN = 0


def interruption(tenant: str) -> Event:
    """What tells a tenant's subscriptions that events may be missing here."""
    return Event("", _INTERRUPTION, tenant, "", 0, {})


class RabbitSubscription:
    """A local subscription, in which an interruption reads as a gap."""

    def __init__(self, local: Subscription, tenant: str, forget: Callable[["RabbitSubscription"], None]) -> None:
        self.tenant = tenant
        self._local = local
        self._events = aiter(local)
        self._forget = forget

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event | Gap:
        item = await anext(self._events)
        if isinstance(item, Event) and item.type == _INTERRUPTION:
            return Gap(_UNKNOWN)
        return item

    def close(self) -> None:
        """Stop listening; what waits can still be read."""
        self._forget(self)
        self._local.close()
