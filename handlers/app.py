"""Nexus, put together: the only file that knows every part. `python -m handlers.app` serves it."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import structlog
import uvloop
from connexion import ConnexionMiddleware
from connexion.resolver import Resolver

import generated
from adapters.crypto.box import AesGcmBox
from adapters.crypto.hasher import BcryptHasher
from adapters.crypto.tokens import JoseTokens
from adapters.google.fetching import HttpDocument
from adapters.google.id_tokens import GoogleIdTokens
from adapters.google.keys import KeyRing
from adapters.http.bodies import Limits
from adapters.http.contract import Contract
from adapters.http.documents import published
from adapters.http.event_streams import StreamLimits
from adapters.http.failures import Failures
from adapters.http.figures import AuditCollector
from adapters.http.middleware import CompiledMiddleware
from adapters.http.observer import Observer
from adapters.http.site import Site
from adapters.http.witness import Witness
from adapters.http.workers import Post, python
from adapters.local.feed import LocalEventFeed
from adapters.rabbit.feed import RabbitEventFeed
from adapters.rabbit.topology import FeedTopology
from adapters.sqlite.documents import SqliteDocuments
from handlers import logs, names, serving
from handlers import settings as configured
from handlers.core.addresses import Proxies
from handlers.core.audit import Audit
from handlers.core.clock import Clock, system_clock
from handlers.core.collections import ALL
from handlers.core.core import Core
from handlers.core.credentials import Hasher, new_key
from handlers.core.google import Admission, GoogleSignIn, IdTokens, read_roles
from handlers.core.identity import Identity
from handlers.core.limits import read_changes, read_table
from handlers.core.metering import Meters
from handlers.core.ports import Documents, EventFeed
from handlers.core.principals import ANONYMOUS
from handlers.core.readiness import Readiness
from handlers.core.redaction import Redaction
from handlers.core.sealing import Sealing, read_keys
from handlers.core.tallies import Tallies
from handlers.core.tasks import Tasks
from handlers.greeting import greet
from handlers.settings import Settings, SettingsError

_GENERATED = Path(generated.__file__).parent
_FEED = FeedTopology("nexus.internal.feed", "nexus.feed", queue_length=10_000)
_KEYS_WAITING = 256  # only keys that exist get as far as bcrypt, each once; after a start all of them may come together
_FIRST_USER = {"role": "admin", "security_level": "ADMIN", "agent_access_level": "FULL"}


@dataclass
class Nexus:
    """A server that can be started, and what there is to know of it."""

    app: Any
    site: Site
    core: Core


def build(settings: Settings, *, hasher: Hasher | None = None, clock: Clock = system_clock) -> Nexus:
    """Assemble a server; nothing is opened until it starts."""
    contract = Contract(orjson.loads((_GENERATED / "openapi.json").read_bytes()))
    documents = _documents(settings)
    feed = _feed(settings)
    observer = Observer(
        log_requests=settings.log_level in ("debug", "info"),
        redaction=Redaction(keeps_addresses=settings.log_addresses),
    )
    say = structlog.get_logger().warning
    audit = Audit(documents, clock, days=settings.audit_days, say=say)
    tallies = Tallies(audit, clock, say)
    observer.registry.register(AuditCollector(audit.figures))
    roles = contract.document["x-roles"]
    admission = Admission(read_roles(settings.google_roles))
    identity = Identity(
        documents,
        hasher or BcryptHasher(),
        JoseTokens(settings.jwt_secret),
        roles,
        clock,
        key_hasher=hasher or BcryptHasher(threads=1, waiting=_KEYS_WAITING, what="API keys"),
        ceilings=contract.document["x-ceilings"],
        implied=contract.document["x-implied-scopes"],
        admits=admission.admits,
    )
    core = Core(
        identity=identity,
        google=GoogleSignIn(documents, _id_tokens(settings), admission, identity.sessions.open, clock),
        audit=audit,
        tasks=Tasks(documents, feed, clock),
        feed=feed,
        readiness=Readiness({"documents": documents.ping}, {"broker": feed.ping} if settings.amqp_url else {}, clock),
        sealing=Sealing(documents, AesGcmBox(read_keys(settings.encryption_key))),
        files=published(_GENERATED),
        figures=observer.exposition,
    )
    site = Site(
        contract=contract,
        core=core,
        anonymous=ANONYMOUS,
        authenticate=identity.authenticate,
        failures=Failures(names.error_dialects(contract.document["x-dialects"])),
        observer=observer,
        witness=Witness(audit, tallies),
        meters=_meters(settings, contract, documents, clock),
        models=names.body_models(),
        statuses=names.statuses(),
        channels=names.websockets(),
        start=partial(_start, documents, feed, identity, settings),
        stop=partial(_stop, documents, feed, audit, tallies),
        limits=Limits(body_bytes=settings.max_body_bytes),
        proxies=Proxies.read(settings.trusted_proxies),
        stream_limits=StreamLimits(lifetime_seconds=settings.stream_lifetime_seconds),
    )
    app = ConnexionMiddleware(
        names.nothing_behind,
        middlewares=[partial(CompiledMiddleware, site=site)],
        resolver=Resolver(names.handler_of),
    )
    app.add_api(orjson.loads((_GENERATED / "openapi-skeleton.json").read_bytes()), base_path="")
    return Nexus(app, site, core)


def main(arguments: Sequence[str] = ()) -> None:
    """Read the settings, say what is wrong with them, or serve. A supervisor gives a worker two file descriptors."""
    try:
        given = configured.load()
        settings = configured.with_secrets(given, new_key)
    except SettingsError as problem:
        sys.exit(f"nexus: {problem}")
    logs.configure(settings.log_level, Redaction(keeps_addresses=settings.log_addresses))
    on_ready = partial(greet, settings, given)
    if arguments:
        listener, supervisor = map(int, arguments)
        uvloop.run(_serve(settings, on_ready, Post(listener, supervisor)))
        return
    for notice in configured.notices():
        print(f"nexus: {notice}", file=sys.stderr)
    with suppress(KeyboardInterrupt):  # uvicorn has stopped in good order, and passes on what stopped it
        if settings.workers > 1:
            sys.exit(uvloop.run(serving.supervise(python("handlers.app"), settings, on_ready)))
        uvloop.run(_serve(settings, on_ready))


async def _serve(settings: Settings, on_ready: Callable[[], None], post: Post | None = None) -> None:
    nexus = build(settings)
    await serving.serve(nexus.app, nexus.site, settings, on_ready, post)


def _documents(settings: Settings) -> Documents:
    if not settings.database_url:
        return SqliteDocuments(settings.data_dir / "nexus.db", ALL)
    from adapters.mongo.documents import MongoDocuments  # noqa: PLC0415 - the driver costs memory where it is not used

    return MongoDocuments(settings.database_url, ALL, driver=settings.mongo_driver)


def _meters(settings: Settings, contract: Contract, documents: Documents, clock: Clock) -> Meters:
    """What counts requests: in memory if this process alone has the store, else in the store that it shares."""
    table, changes = contract.document["x-rate-limits"], read_changes(settings.rate_limits)
    try:
        limits = read_table(table, settings.rate_limit_max_requests, changes)
    except ValueError as exc:
        sys.exit(f"nexus: NEXUS_RATE_LIMITS: {exc}")
    shared = documents if settings.database_url else None
    return Meters(limits, clock, documents=shared, is_counting=settings.rate_limit_enabled)


def _feed(settings: Settings) -> EventFeed:
    local = LocalEventFeed()
    return RabbitEventFeed(settings.amqp_url, local, _FEED) if settings.amqp_url else local


def _id_tokens(settings: Settings) -> IdTokens | None:
    if not settings.google_client_id:
        return None
    return GoogleIdTokens(settings.google_client_id, KeyRing(HttpDocument(settings.google_jwks_url).fetch))


async def _start(documents: Documents, feed: EventFeed, identity: Identity, settings: Settings) -> None:
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await documents.open()
    await feed.open()
    await identity.ensure_tenant()
    if settings.admin_password:
        user = await identity.ensure_user(settings.admin_username, settings.admin_password, **_FIRST_USER)
        if settings.admin_api_key:
            await identity.ensure_bootstrap_key(settings.admin_api_key, user)


async def _stop(documents: Documents, feed: EventFeed, audit: Audit, tallies: Tallies) -> None:
    await feed.close()
    await tallies.close()
    await audit.close()
    await documents.close()


if __name__ == "__main__":
    main(sys.argv[1:])
