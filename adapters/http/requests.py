"""What is known of a request before any operation is, and how a refused handshake is answered."""

import asyncio
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from adapters.http.lives import ABORT, LEFT
from handlers.core.addresses import Proxies
from handlers.core.calls import request_id

_FORWARDED = b"x-forwarded-for"
NO_OPERATION = "none"
# The ASGI extension by which a server hands over whole bodies and takes whole answers.
EXCHANGE = "nexus.exchange"
_NO_EXTENSIONS: Mapping[str, Any] = {}
_NO_PROXIES = Proxies()


class Request:
    """What is known of a request before any operation is. `rate` is what its answer says of the caller's limit."""

    dialect: str | None = None
    operation_id = NO_OPERATION
    account: Any = None
    call: Any = None
    principal: Any = None
    values: Mapping[str, str] | None = None
    tenant: str | None = None
    has_answer = False
    rate = b""
    token = ""
    who = ""

    def __init__(self, scope: Any, proxies: Proxies = _NO_PROXIES) -> None:
        self.scope = scope
        self.proxies = proxies
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.id = request_id(self.headers.get(b"x-request-id"))
        self.id_bytes = self.id.encode()
        extensions = scope.get("extensions", _NO_EXTENSIONS)
        self.exchange = extensions.get(EXCHANGE)
        self.left: asyncio.Event | None = extensions.get(LEFT)

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

    def basic_credentials(self) -> tuple[str, str] | None:
        """The name and the password of the `Authorization` header, if it has both in the form of RFC 7617."""
        scheme, _, given = self.headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"basic":
            return None
        try:
            name, colon, password = b64decode(given.strip(), validate=True).decode().partition(":")
        except ValueError:
            return None
        return (name, password) if colon else None

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
