"""Agents, put together: who registers them, how they are heard, and what is handed to the nodes on which they run."""

from typing import Any

from handlers.core.agenda import Agenda
from handlers.core.agents import Agents
from handlers.core.appointments import Appointments
from handlers.core.clock import Clock
from handlers.core.collections import AGENTS, NODES
from handlers.core.deployments import Deployments
from handlers.core.duties import Duty
from handlers.core.events import EventLog
from handlers.core.heartbeats import Heartbeats
from handlers.core.housekeeping import Resealing
from handlers.core.node_registry import NodeRegistry
from handlers.core.ports import Documents
from handlers.core.pulses import Pulses
from handlers.core.registration import Registration
from handlers.sending import Say, Sending
from handlers.settings import Settings


class Fleet:
    """One of everything that agents take."""

    def __init__(
        self,
        settings: Settings,
        documents: Documents,
        log: EventLog,
        agenda: Agenda,
        appointments: Appointments,
        sending: Sending,
        clock: Clock,
        say: Say,
    ) -> None:
        shared: dict[str, Any] = {"pulses": Pulses(), "allows_private": settings.allow_private_targets}
        self.agents = Agents(documents, sending.sealing, clock, agenda.expect, **shared)
        beat = settings.heartbeat_seconds
        self.registration = Registration(
            documents, sending.sealing, clock, agenda.expect, heartbeat_seconds=beat, **shared
        )
        self.heartbeats = Heartbeats(self.agents, shared["pulses"], log, clock, say)
        private = settings.allow_private_targets
        self.nodes = NodeRegistry(documents, sending.sealing, self.agents, clock, agenda.expect, allows_private=private)
        sending.nodes.hear, self.nodes.knock = self.nodes.hear, sending.nodes.knock
        heard = (self.agents, self.registration, self.heartbeats)
        self.deployments = Deployments(documents, *heard, sending.nodes, self.nodes, clock)
        self._resealing = Resealing(self._reseal, appointments, clock)
        agenda.take(Duty(AGENTS, self.deployments.attend))
        agenda.take(Duty(NODES, self.nodes.attend))

    async def begin(self) -> None:
        """Hear of agents, and bring their secrets under the present key."""
        await self._resealing.begin()
        self.heartbeats.start()

    async def _reseal(self) -> int:
        return await self.agents.reseal() + await self.nodes.reseal()

    async def close(self) -> None:
        """Write what was heard."""
        await self.heartbeats.close()
