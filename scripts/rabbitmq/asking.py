"""How RabbitMQ is told to ask a server whether an API key may log in, and what it may do.

Its own users come first, so that the server itself never has to wait for itself. RabbitMQ keeps a good answer for a
second, as long as a revoked key may live anywhere, and no refusal.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

ASKING_PLUGINS = ("rabbitmq_auth_backend_http", "rabbitmq_auth_backend_cache")
CACHED_MILLISECONDS = 1000
# Queues of others take no more than this, and go when nobody has read them for a week: a full disk stops everybody.
OTHERS = r"^(?!nexus\.)"
BOUNDS = {"max-length-bytes": 100_000_000, "expires": 604_800_000}
_PATH = "/v2/broker"


@dataclass(frozen=True)
class Asked:
    """The server that is asked, and the secret that it is shown."""

    address: str
    secret: str = field(default_factory=secrets.token_urlsafe, repr=False)


def asking(asked: Asked) -> Iterator[str]:
    """The lines of `rabbitmq.conf`."""
    scheme, _, address = asked.address.partition("://")
    base = f"{scheme}://rabbitmq:{asked.secret}@{address}{_PATH}"
    yield "auth_backends.1 = internal"
    yield "auth_backends.2 = cache"
    yield "auth_cache.cached_backend = http"
    yield f"auth_cache.cache_ttl = {CACHED_MILLISECONDS}"
    yield "auth_http.http_method = post"
    for question in ("user", "vhost", "resource", "topic"):
        yield f"auth_http.{question}_path = {base}/{question}"
