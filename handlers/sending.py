"""What is sent to others, put together: webhooks, the engine that delivers, and who follows the log for them."""

from functools import partial

from adapters.crypto.box import AesGcmBox
from adapters.http.bodies import Limits, read_json
from adapters.outgoing.client import Bounds, HttpSender
from adapters.outgoing.resolving import Resolver
from handlers.core import callbacks
from handlers.core.agenda import Agenda
from handlers.core.appointments import Appointments
from handlers.core.callbacks import Callbacks
from handlers.core.clock import Clock
from handlers.core.consuming import Consumers
from handlers.core.delivery_log import DeliveryLog
from handlers.core.events import EventLog
from handlers.core.lanes import Lanes, Say
from handlers.core.nodes import SECONDS, Nodes
from handlers.core.ports import Documents
from handlers.core.pushing import KIND as WORK
from handlers.core.pushing import Pushing
from handlers.core.recovering import Recovering
from handlers.core.sealing import Sealing, read_keys
from handlers.core.telling import Tellings
from handlers.core.webhook_posts import WebhookPosts
from handlers.core.webhooks import KIND, Webhooks
from handlers.settings import Settings

# Who asks for what a node says is waiting for it; the logs of an agent may be long.
_OF_NODES = Bounds(connect_seconds=1.0, seconds=SECONDS, body_bytes=4_194_304)
_CONSUMER, _CALLBACKS, _PUSHING = "webhooks", "callbacks", "pushing"
_GATHERING_SECONDS = 0.025


class Sending:
    """One of everything that sending takes. Another kind of recipient is told to `lanes`, and wakes them."""

    def __init__(
        self,
        settings: Settings,
        documents: Documents,
        log: EventLog,
        agenda: Agenda,
        appointments: Appointments,
        tellings: Tellings,
        called_back: callbacks.Words,
        clock: Clock,
        say: Say,
    ) -> None:
        is_shared, allows_private = bool(settings.database_url), settings.allow_private_targets
        self.sender = HttpSender(Resolver(allows_private=allows_private))
        asker = HttpSender(Resolver(allows_private=allows_private), bounds=_OF_NODES)
        self.nodes = Nodes(asker, partial(read_json, Limits.depth, what="answer of the node"), clock)
        self.sealing = sealing = Sealing(documents, AesGcmBox(read_keys(settings.encryption_key)))
        self.lanes = Lanes(documents, agenda, self.sender, clock, say)
        self.consumers = Consumers(documents, log, agenda, clock, say, is_shared=is_shared, missed=self._miss)
        self.webhooks = Webhooks(documents, sealing, tellings, clock, allows_private=allows_private)
        wake = self.lanes.wake
        posts = WebhookPosts(documents, self.webhooks, tellings, wake, clock)
        self.deliveries = DeliveryLog(documents, self.webhooks, tellings, appointments, clock, wake)
        self.recovering = Recovering(documents, self.webhooks, posts, log, appointments, clock, wake)
        called = Callbacks(documents, called_back, wake, clock)
        self.lanes.take(KIND, posts)
        self.lanes.take(callbacks.KIND, called)
        self.consumers.take(_CONSUMER, posts.consume, gathers=_GATHERING_SECONDS)
        self.consumers.take(_CALLBACKS, called.consume, gathers=_GATHERING_SECONDS)

    def push(self, pushing: Pushing) -> None:
        """Send work to the endpoints of agents, too."""
        self.lanes.take(WORK, pushing)
        self.consumers.take(_PUSHING, pushing.consume, gathers=_GATHERING_SECONDS)

    async def begin(self) -> None:
        """See every event from now on. Before the first request, and before the agenda."""
        await self.deliveries.begin()
        await self.consumers.begin()

    async def close(self) -> None:
        """Begin nothing more, and finish what was begun. Behind the agenda."""
        await self.consumers.close()
        await self.lanes.close()

    def _miss(self) -> None:
        self.lanes.figures.gaps += 1
