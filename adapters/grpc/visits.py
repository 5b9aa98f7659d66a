"""One call: who asks, from where, and under which identifier. All of it stands in its metadata."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from handlers.core.addresses import Proxies
from handlers.core.calls import request_id
from handlers.core.errors import InvalidRequest
from handlers.core.principals import ANONYMOUS, Principal

_ONCE = ("authorization", "x-tenant-id")


class Visit:
    """A call of one of the methods."""

    __slots__ = ("_metadata", "context", "id", "peer", "principal", "tenant", "user_agent")

    def __init__(self, context: Any, proxies: Proxies) -> None:
        self.context = context
        self._metadata: Sequence[tuple[str, Any]] = context.invocation_metadata() or ()
        self.id = request_id(self._first("x-request-id").encode())
        self.peer = proxies.origin(_address(context.peer()), self._all("x-forwarded-for"))
        self.user_agent = self._first("user-agent").encode()
        self.tenant = self._first("x-tenant-id") or None
        self.principal: Principal = ANONYMOUS

    def token(self) -> str:
        """What the caller shows; which of two counts must not be anybody's guess."""
        for name in _ONCE:
            if len(self._all(name)) > 1:
                raise InvalidRequest(f"{name} may be given only once", field=name, location="metadata")
        scheme, _, token = self._first("authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def _first(self, name: str) -> str:
        return next(iter(self._all(name)), "")

    def _all(self, name: str) -> list[str]:
        return [value for given, value in self._metadata if given == name and isinstance(value, str)]


def _address(peer: str) -> str:
    """The address in gRPC's word for the other end: `ipv4:127.0.0.1:4711`, `ipv6:%5B::1%5D:4711`."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else ""
