"""Work in the queues that agents have on the broker, put together, if there is a broker."""

from functools import partial
from typing import Any

from handlers.core.agents import Agents
from handlers.core.clock import Clock
from handlers.core.queued_offers import QueuedOffers
from handlers.sending import Say, Sending
from handlers.settings import Settings
from handlers.storage import Examine, Storage
from handlers.working import Working

_CONSUMER = "work-queues"
# What this process places itself is offered before the log tells of it.
_GATHERING_SECONDS = 0.005


class Queueing:
    """The queues, and what offers work in them; nothing at all without a broker."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        agents: Agents,
        work: Working,
        sending: Sending,
        clock: Clock,
        say: Say,
        examine: Examine,
    ) -> None:
        self._queues: Any = _queues(settings, clock, examine) if settings.amqp_url else None
        self.offers: QueuedOffers | None = None
        if self._queues is not None:
            is_mine = partial(sending.consumers.reads, _CONSUMER)
            self.offers = QueuedOffers(storage.documents, agents, work.taking, self._queues, clock, say, is_mine)
            sending.consumers.take(_CONSUMER, self.offers.consume, gathers=_GATHERING_SECONDS)

    async def open(self) -> None:
        """Begin. Before anything is consumed."""
        if self.offers is not None:
            await self._queues.open()
            self.offers.begin()

    async def close(self) -> None:
        """Let go. Behind what is consumed."""
        if self.offers is not None:
            await self.offers.close()
            await self._queues.close()

    def expect(self, tenant: str, agent: str) -> None:
        """Know that somebody is about to read an agent's queue."""
        if self.offers is not None:
            self.offers.expect(tenant, agent)


def _queues(settings: Settings, clock: Clock, examine: Examine) -> Any:
    from adapters.rabbit.topology import WORK  # noqa: PLC0415 - as all here: memory
    from adapters.rabbit.work_queues import RabbitWorkQueues  # noqa: PLC0415
    from handlers.events import streams  # noqa: PLC0415

    return RabbitWorkQueues(settings.amqp_url, WORK, streams, clock, examine)
