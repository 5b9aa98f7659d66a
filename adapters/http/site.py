"""What is served, and with whose help: all that a connection's way needs of the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.http.bodies import Limits
from adapters.http.callers import Admit, Authenticate, nobody
from adapters.http.contract import Contract
from adapters.http.event_streams import StreamLimits
from adapters.http.failures import Failures
from adapters.http.observer import Observer
from adapters.http.sockets import Channel
from adapters.http.speech import Speeches
from adapters.http.witness import Witness
from handlers.core.addresses import Proxies
from handlers.core.metering import Meters
from handlers.core.testimony import Testimony


@dataclass
class Site:
    """What the middleware serves, and with whose help."""

    contract: Contract
    core: Any
    anonymous: Any
    authenticate: Authenticate
    failures: Failures
    observer: Observer
    witness: Witness
    testimony: Testimony
    meters: Meters
    models: Mapping[str, Any]
    events: Contract
    channels: list[Channel]
    speeches: Speeches
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]
    admit: Admit = nobody
    statuses: Mapping[str, Mapping[Any, int]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    stream_limits: StreamLimits = field(default_factory=StreamLimits)
    proxies: Proxies = field(default_factory=Proxies)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
