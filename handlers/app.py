"""Nexus, put together: its parts behind the edge that the contract describes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import structlog
from connexion import ConnexionMiddleware
from connexion.middleware.main import API
from connexion.resolver import Resolver

import generated
from adapters.grpc.server import GrpcServer
from adapters.http.bodies import Limits
from adapters.http.contract import Contract
from adapters.http.documents import published
from adapters.http.event_streams import StreamLimits
from adapters.http.failures import Failures
from adapters.http.middleware import CompiledMiddleware, Skeleton
from adapters.http.observer import Observer
from adapters.http.site import Site
from adapters.http.speech import Judge, Speeches
from adapters.http.witness import Witness
from adapters.http.workers import Post
from handlers import names, procedures, serving
from handlers.core.addresses import Proxies
from handlers.core.clock import Clock, system_clock
from handlers.core.core import Core
from handlers.core.credentials import Hasher
from handlers.core.principals import ANONYMOUS
from handlers.core.redaction import Redaction
from handlers.parts import Parts
from handlers.settings import Settings

_GENERATED = Path(generated.__file__).parent


@dataclass
class Nexus:
    """A server that can be started, and what there is to know of it."""

    app: Any
    site: Site
    core: Core
    parts: Parts


def build(settings: Settings, *, hasher: Hasher | None = None, clock: Clock = system_clock) -> Nexus:
    """Assemble a server; nothing is opened until it starts."""
    contract = Contract(orjson.loads((_GENERATED / "openapi.json").read_bytes()))
    events = Contract(orjson.loads((_GENERATED / "asyncapi.json").read_bytes()))
    observer = Observer(
        log_requests=settings.log_level in ("debug", "info"),
        redaction=Redaction(keeps_addresses=settings.log_addresses),
    )
    judge = Judge(events, names.forms(), names.sent(), observer.violations)
    parts = Parts(settings, contract, observer, clock, structlog.get_logger().warning, hasher, judge.examine)
    core = parts.core(events, files=published(_GENERATED), figures=observer.exposition)
    called = procedures.served(settings, contract, parts, core, observer)
    site = Site(
        contract=contract,
        core=core,
        anonymous=ANONYMOUS,
        authenticate=parts.identity.authenticate,
        admit=core.brokerage.admit,
        failures=Failures(names.error_dialects(contract.document["x-dialects"])),
        observer=observer,
        witness=Witness(parts.audit, parts.tallies),
        testimony=parts.testimony,
        meters=parts.meters,
        models=names.body_models(),
        statuses=names.statuses(),
        events=events,
        channels=names.websockets(),
        speeches=Speeches(judge),
        stopping=core.stopping,
        start=partial(_start, parts, called),
        stop=partial(_stop, parts, called),
        limits=Limits(body_bytes=settings.max_body_bytes),
        proxies=Proxies.read(settings.trusted_proxies),
        stream_limits=StreamLimits(lifetime_seconds=settings.stream_lifetime_seconds),
    )
    app = ConnexionMiddleware(
        names.nothing_behind,
        middlewares=[partial(CompiledMiddleware, site=site)],
    )
    skeleton = Skeleton(orjson.loads((_GENERATED / "openapi-skeleton.json").read_bytes()))
    app.apis.append(API(skeleton, base_path="", resolver=Resolver(names.handler_of)))
    return Nexus(app, site, core, parts)


async def _start(parts: Parts, called: GrpcServer | None) -> None:
    """Start what is behind the edges, and then the edge that is not HTTP's."""
    await parts.start()
    if called is not None:
        await called.start()


async def _stop(parts: Parts, called: GrpcServer | None) -> None:
    """End the other edge first, so that what it has begun finds what it needs."""
    if called is not None:
        await called.stop()
    await parts.stop()


async def serve(settings: Settings, on_ready: Callable[[], None], post: Post | None = None) -> None:
    """Build a server and have it serve, until a signal says stop."""
    nexus = build(settings)
    await serving.serve(nexus.app, nexus.site, settings, on_ready, post)
