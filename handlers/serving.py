"""Serving what the app has built, alone or at a worker's post, and saying why where that cannot be."""

import sys
from collections.abc import Callable
from ssl import TLSVersion
from typing import Any

import uvicorn

from adapters.http.protocol import speaking_protocol
from adapters.http.server import Server, configuration
from adapters.http.site import Site
from adapters.http.workers import Post
from handlers import listening
from handlers.settings import Settings


async def serve(app: Any, site: Site, settings: Settings, greet: Callable[[], None], post: Post | None = None) -> None:
    """Serve until a signal says stop, alone and with a greeting, or at a worker's post."""
    config = _configuration(app, site, settings)
    if post is None:
        listening.for_grpc(settings).close()
        with listening.for_http(settings) as listener:
            await Server(config, site.stopping, greet).serve([listener])
    else:
        server = Server(config, site.stopping, post.ready)
        post.on_abandonment(server.stop)
        await server.serve([post.listener])


def _configuration(app: Any, site: Site, settings: Settings) -> uvicorn.Config:
    protocol = speaking_protocol(site.failures, site.contract.dialect_of)
    certificates = {}
    if settings.tls_cert_path:
        certificates = {"ssl_certfile": settings.tls_cert_path, "ssl_keyfile": settings.tls_key_path}
    config = configuration(
        app, host=settings.api_host, port=settings.api_port, protocol=protocol, certificates=certificates
    )
    _load(config)
    return config


def _load(config: uvicorn.Config) -> None:
    """Have uvicorn read its settings, the certificate among them, which is served under TLS 1.3 and nothing older."""
    try:
        config.load()
    except OSError as exc:  # ssl's errors are among these
        sys.exit(f"nexus: the certificate or its key cannot be used: {exc.strerror or exc}")
    if config.ssl is not None:
        config.ssl.minimum_version = TLSVersion.TLSv1_3
