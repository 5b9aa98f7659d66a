"""The store and the event log that the settings ask for, and how events get from the one into the other.

An event lies first where its change lies. From the embedded store's file it is followed at once; into RabbitMQ, or from
MongoDB into a log of our own, it is relayed.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from adapters.local.log import LocalEventLog
from adapters.sqlite.documents import SqliteDocuments
from handlers.core.announcing import Elsewhere
from handlers.core.collections import ALL
from handlers.core.events import EventLog
from handlers.core.ports import Documents
from handlers.core.relay import Relay
from handlers.settings import Settings

# Sees what leaves over the broker: the operation, the payload, and what stands beside it.
Examine = Callable[[str, bytes, Mapping[str, Any]], None]


class Storage:
    """A store and a log, opened and closed together."""

    def __init__(self, settings: Settings, examine: Examine = lambda operation, payload, fields: None) -> None:
        self._settings = settings
        self._examine = examine
        self._embedded = SqliteDocuments(settings.data_dir / "nexus.db", ALL) if not settings.database_url else None
        self._journal: SqliteDocuments | None = self._embedded
        self.log = self._choose_log()
        self.documents: Documents = self._embedded or self._mongo()
        self.elsewhere = self._make_broadcast() if settings.amqp_url else None
        self._relay = Relay(self._embedded, self.log) if self._embedded and settings.amqp_url else None

    async def open(self) -> None:
        """Open both, or neither."""
        async with AsyncExitStack() as opened:
            for part in self._parts():
                await part.open()
                opened.push_async_callback(part.close)
            opened.pop_all()
        if self._relay is not None:
            self._relay.start()

    async def close(self) -> None:
        """End all followers, and finish what was accepted."""
        if self._relay is not None:
            await self._relay.stop()
        for part in reversed(self._parts()):
            await part.close()

    async def sweep(self) -> int:
        """Remove some of what has expired; return how many."""
        held = [self.documents, *([self._journal] if self._journal and self._journal is not self.documents else [])]
        return sum([await part.sweep() for part in held])

    def _parts(self) -> list[Any]:
        """Each behind what it needs. MongoDB tells the log, and so comes last."""
        beside = [] if self.elsewhere is None else [self.elsewhere]
        journal = [] if self._journal is None or self._journal is self.documents else [self._journal]
        if self._embedded is not None:
            return [self._embedded, self.log, *beside]
        return [*journal, self.log, *beside, self.documents]

    def _choose_log(self) -> EventLog:
        settings = self._settings
        if settings.amqp_url:
            from adapters.rabbit.log import RabbitEventLog  # noqa: PLC0415 - as all here: memory
            from adapters.rabbit.topology import TOPOLOGY  # noqa: PLC0415
            from handlers.events import streams  # noqa: PLC0415

            return RabbitEventLog(settings.amqp_url, TOPOLOGY, streams, examine=self._examine)
        if self._journal is None:
            self._journal = SqliteDocuments(settings.data_dir / "events.db", ())
        return LocalEventLog(self._journal)

    def _make_broadcast(self) -> Elsewhere:
        """What tells the processes beside this one of telemetry, and hears them."""
        from adapters.rabbit.broadcast import RabbitBroadcast  # noqa: PLC0415
        from adapters.rabbit.topology import LIVE  # noqa: PLC0415
        from handlers.events import streams  # noqa: PLC0415

        return RabbitBroadcast(self._settings.amqp_url, *LIVE, streams, self.log, self._examine)

    def _mongo(self) -> Documents:
        from adapters.mongo.documents import MongoDocuments  # noqa: PLC0415 - it costs memory

        return MongoDocuments(
            self._settings.database_url, ALL, driver=self._settings.mongo_driver, tell=self.log.append
        )
