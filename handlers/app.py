"""Nexus, put together: the only file that knows every part. `python -m handlers.app` serves it."""

import importlib
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from ssl import TLSVersion
from typing import Any

import orjson
import structlog
import uvicorn
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
from adapters.http.failures import ErrorDialect, Failures
from adapters.http.figures import AuditCollector
from adapters.http.middleware import CompiledMiddleware, Site
from adapters.http.observer import Observer
from adapters.http.protocol import speaking_protocol
from adapters.http.server import Server, configuration
from adapters.http.sockets import Channel
from adapters.http.witness import Witness
from adapters.http.workers import Post, Workers, listening, python
from adapters.local.feed import LocalEventFeed
from adapters.rabbit.feed import RabbitEventFeed
from adapters.rabbit.topology import FeedTopology
from adapters.sqlite.documents import SqliteDocuments
from generated import channels, operations
from generated.errors import ERRORS
from handlers import logs
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
from handlers.settings import Settings, SettingsError

_GENERATED = Path(generated.__file__).parent
_HANDLERS = "handlers.dialects"
_UNFINISHED = {operation.operation_id for operation in operations.OPERATIONS if operation.unfinished}
_UNKNOWN_PATHS = "ggi"
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
        failures=Failures(_error_dialects(contract)),
        observer=observer,
        witness=Witness(audit, tallies),
        meters=_meters(settings, contract, documents, clock),
        models=_body_models(),
        channels=_websockets(),
        start=partial(_start, documents, feed, identity, settings),
        stop=partial(_stop, documents, feed, audit, tallies),
        limits=Limits(body_bytes=settings.max_body_bytes),
        proxies=Proxies.read(settings.trusted_proxies),
        stream_limits=StreamLimits(lifetime_seconds=settings.stream_lifetime_seconds),
    )
    app = ConnexionMiddleware(
        _nothing_behind, middlewares=[partial(CompiledMiddleware, site=site)], resolver=Resolver(_function)
    )
    app.add_api(orjson.loads((_GENERATED / "openapi-skeleton.json").read_bytes()), base_path="")
    return Nexus(app, site, core)


async def serve(settings: Settings, greet: Callable[[], None], post: Post | None = None) -> None:
    """Serve until a signal says stop, alone and with a greeting, or at a worker's post."""
    nexus = build(settings)
    protocol = speaking_protocol(nexus.site.failures, _UNKNOWN_PATHS)
    certificates = {}
    if settings.tls_cert_path:
        certificates = {"ssl_certfile": settings.tls_cert_path, "ssl_keyfile": settings.tls_key_path}
    config = configuration(
        nexus.app, host=settings.api_host, port=settings.api_port, protocol=protocol, certificates=certificates
    )
    _load(config)
    if post is None:
        with _listening(settings) as listener:
            await Server(config, nexus.site.stopping, greet).serve([listener])
    else:
        server = Server(config, nexus.site.stopping, post.ready)
        post.on_abandonment(server.stop)
        await server.serve([post.listener])


async def supervise(settings: Settings, greet: Callable[[], None]) -> int:
    """Have workers serve until a signal says stop."""
    with _listening(settings) as listener:
        return await Workers(python("handlers.app"), listener, settings.workers, greet).run()


def main(arguments: Sequence[str] = ()) -> None:
    """Read the settings, say what is wrong with them, or serve. A supervisor gives a worker two file descriptors."""
    try:
        given = configured.load()
        settings = configured.with_secrets(given, new_key)
    except SettingsError as problem:
        sys.exit(f"nexus: {problem}")
    logs.configure(settings.log_level, Redaction(keeps_addresses=settings.log_addresses))
    greet = partial(_greet, settings, given)
    if arguments:
        listener, supervisor = map(int, arguments)
        uvloop.run(serve(settings, greet, Post(listener, supervisor)))
        return
    for notice in configured.notices():
        print(f"nexus: {notice}", file=sys.stderr)
    with suppress(KeyboardInterrupt):  # uvicorn has stopped in good order, and passes on what stopped it
        if settings.workers > 1:
            sys.exit(uvloop.run(supervise(settings, greet)))
        uvloop.run(serve(settings, greet))


def _listening(settings: Settings) -> socket.socket:
    try:
        return listening(settings.api_host, settings.api_port)
    except OSError as exc:
        sys.exit(f"nexus: cannot listen on {settings.api_host}:{settings.api_port}: {exc.strerror}")


def _load(config: uvicorn.Config) -> None:
    """Have uvicorn read its settings, the certificate among them, which is served under TLS 1.3 and nothing older."""
    try:
        config.load()
    except OSError as exc:  # ssl's errors are among these
        sys.exit(f"nexus: the certificate or its key cannot be used: {exc.strerror or exc}")
    if config.ssl is not None:
        config.ssl.minimum_version = TLSVersion.TLSv1_3


def _documents(settings: Settings) -> Documents:
    if not settings.database_url:
        return SqliteDocuments(settings.data_dir / "nexus.db", ALL)
    from adapters.mongo.documents import MongoDocuments  # noqa: PLC0415 - the driver costs memory where it is not used

    return MongoDocuments(settings.database_url, ALL, driver=settings.mongo_driver)


def _meters(settings: Settings, contract: Contract, documents: Documents, clock: Clock) -> Meters:
    """What counts requests: in memory if this process alone has the store, else in the store that it shares."""
    table = contract.document["x-rate-limits"]
    try:
        changes = read_changes(settings.rate_limits)
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


def _error_dialects(contract: Contract) -> dict[str, ErrorDialect]:
    modules = {name: importlib.import_module(f"{_HANDLERS}.{name}.errors") for name in contract.document["x-dialects"]}
    return {name: ErrorDialect(module.render, ERRORS[name]) for name, module in modules.items()}


def _body_models() -> dict[str, Any]:
    """The generated model of every operation that takes a body."""
    finished = [operation for operation in operations.OPERATIONS if not operation.unfinished]
    return {found.operation_id: _model(found.body_model) for found in finished if found.body_model}


def _model(name: str) -> Any:
    dialect, _, model = name.partition(".")
    return getattr(importlib.import_module(f"generated.models.{dialect}"), model)


def _websockets() -> list[Channel]:
    """The WebSocket channels of the event contract, each with the function of its one operation that is done."""
    sockets = {channel.key for channel in channels.CHANNELS if "ws" in channel.servers}
    by_address: dict[str, channels.ChannelOperation] = {}
    for operation in channels.OPERATIONS:
        if operation.channel in sockets and (operation.address not in by_address or not operation.unfinished):
            by_address[operation.address] = operation
    return [
        Channel(operation.key, address, operation.scope, None if operation.unfinished else _named(operation.key))
        for address, operation in by_address.items()
    ]


def _function(operation: str) -> Any:
    """The handler of an operation of the API; for one that is not done yet, what is never called."""
    return _nothing_behind if operation in _UNFINISHED else _named(operation)


def _named(operation: str) -> Any:
    module, _, name = operation.rpartition(".")
    return getattr(importlib.import_module(f"{_HANDLERS}.{module}"), name)


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


async def _nothing_behind(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("The compiled contract serves every connection itself")


def _greet(settings: Settings, given: Settings) -> None:
    """Where everything is, for whoever has just started this; of the secrets, those that we have made."""
    scheme = "https" if settings.tls_cert_path else "http"
    base = f"{scheme}://{'localhost' if settings.api_host == '127.0.0.1' else settings.api_host}:{settings.api_port}"
    if settings.in_production:
        print(f"Nexus is ready: {base}/docs", flush=True)
        return
    password = "as set in NEXUS_ADMIN_PASSWORD" if given.admin_password else settings.admin_password
    key, sent = settings.admin_api_key, settings.admin_api_key
    if given.admin_api_key:
        key, sent = "as set in NEXUS_ADMIN_API_KEY", "$NEXUS_ADMIN_API_KEY"
    print(
        f"\nNexus is ready.\n\n"
        f"  operations  {base}/docs\n"
        f"  events      {base}/docs/events\n"
        f"  log in      {settings.admin_username} / {password}\n"
        f"  API key     {key}\n\n"
        f"Try it:\n\n"
        f'  curl -s {base}/v2/tasks -H "Authorization: Bearer {sent}" \\\n'
        f"    -H 'Content-Type: application/json' -d '{{\"title\": \"My first task\"}}'\n",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
