"""What is known of a request before any operation is, and how a refused handshake is answered."""

import re
from collections.abc import Callable, Mapping
from random import getrandbits
from typing import Any

from adapters.http.lives import ABORT
from handlers.core.addresses import Proxies

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_FORWARDED = b"x-forwarded-for"
NO_OPERATION = "none"
# The ASGI extension by which a server hands over whole bodies and takes whole answers.
EXCHANGE = "nexus.exchange"
_NO_EXTENSIONS: Mapping[str, Any] = {}
_NO_PROXIES = Proxies()


class Request:
    """What is known of a request before any operation is. `rate` is what its answer says of the caller's limit."""

    __slots__ = (
        "account",
        "call",
        "dialect",
        "exchange",
        "has_answer",
        "headers",
        "id",
        "id_bytes",
        "method",
        "operation_id",
        "principal",
        "proxies",
        "rate",
        "scope",
        "tenant",
        "token",
        "values",
        "who",
    )

    def __init__(self, scope: Any, proxies: Proxies = _NO_PROXIES) -> None:
        self.scope = scope
        self.proxies = proxies
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        given = self.headers.get(b"x-request-id")
        if given is not None and _REQUEST_ID.fullmatch(given):
            self.id = given.decode()
        else:
            # A name, not a secret: nothing that must not be guessed comes from this generator.
            self.id = "req_" + getrandbits(128).to_bytes(16, "big").hex()
        self.id_bytes = self.id.encode()
        self.exchange = scope.get("extensions", _NO_EXTENSIONS).get(EXCHANGE)
        self.dialect: str | None = None
        self.operation_id = NO_OPERATION
        self.who = ""
        self.rate = b""
        self.token = ""
        self.tenant: str | None = None
        self.has_answer = False
        self.account: Any = None
        self.call: Any = None
        self.principal: Any = None
        self.values: Mapping[str, str] | None = None

    @property
    def repeats_headers(self) -> bool:
        """Whether any header came more than once; rarely, and then it is worth looking which."""
        return len(self.scope["headers"]) != len(self.headers)

    def repeats(self, name: bytes) -> bool:
        """Whether a header came more than once."""
        return sum(given == name for given, _ in self.scope["headers"]) > 1

    @property
    def peer(self) -> str:
        """The address that asks, where there is one: at the other end, or behind proxies of ours."""
        client = self.scope.get("client")
        nearest = client[0] if client else ""
        if not self.proxies.networks:
            return nearest
        forwarded = [value.decode("latin-1") for name, value in self.scope["headers"] if name == _FORWARDED]
        return self.proxies.origin(nearest, forwarded)

    @property
    def abort(self) -> Callable[[], None] | None:
        """How to drop the connection, where the server says."""
        return self.scope.get("extensions", _NO_EXTENSIONS).get(ABORT)

    def chosen_tenant(self) -> str | None:
        """The tenant that the caller chooses, if they do."""
        given = self.headers.get(b"x-tenant-id")
        return None if given is None else given.decode("latin-1")

    def api_key(self) -> str:
        """The key of the `X-API-Key` header."""
        return self.headers.get(b"x-api-key", b"").decode("latin-1")

    def bearer_token(self) -> str:
        """The token of the `Authorization` header, if it is a bearer's."""
        scheme, _, token = self.headers.get(b"authorization", b"").partition(b" ")
        return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


class AsHttp:
    """Sends an HTTP answer in place of a WebSocket handshake."""

    def __init__(self, send: Any) -> None:
        self._send = send

    async def __call__(self, message: dict[str, Any]) -> None:
        """Send one message of it."""
        await self._send({**message, "type": message["type"].replace("http.response", "websocket.http.response")})
