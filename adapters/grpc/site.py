"""What is served over gRPC, and with whose help."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from adapters.grpc.messages import Sent
from adapters.grpc.witness import Witness
from handlers.core.addresses import Proxies
from handlers.core.calls import Call
from handlers.core.core import Core
from handlers.core.metering import Meter
from handlers.core.principals import Principal
from handlers.core.seats import Seats

Frames = list[Sent]
# The fields of a `FrameResult`.
Result = Mapping[str, Any]
Handler = Callable[[Call, Frames], Awaitable[Sequence[Result]]]


@dataclass(frozen=True)
class GrpcSite:
    """What the methods need of the rest.

    `judge` holds frames to the contract, `most` is how many a batch may have, and `event_type` is the audit log's word
    for one. A user has so many `seats` for streams, and an open call is silent for `patience_seconds` at most before
    its first batch.
    """

    core: Core
    authenticate: Callable[[str, str | None], Awaitable[Principal]]
    scopes: tuple[str, ...]
    meter: Meter | None
    seats: Seats | None
    judge: Callable[[Frames], Frames]
    most: int
    event_type: str
    submit: Handler
    witness: Witness
    open_streams: Callable[[], AbstractContextManager[Any]]
    stopping: asyncio.Event
    proxies: Proxies = field(default_factory=Proxies)
    patience_seconds: float = 30.0

    def seat(self, who: Principal) -> AbstractAsyncContextManager[None]:
        """A place for one more stream of somebody; refuses when they have all that there are."""
        return nullcontext() if self.seats is None else self.seats.taken(who.id)
