"""What HTTP itself refuses. Which status and code a kind of refusal has, each dialect says in the contract."""

from collections.abc import Sequence
from typing import ClassVar

from handlers.core.errors import Refusal, Unauthenticated


class HttpRefusal(Refusal):
    """A refusal that only makes sense over HTTP."""

    kind: ClassVar[str]


class UnknownPath(HttpRefusal):
    """No operation of the contract has this path."""

    kind = "not_found"

    def __init__(self, path: str) -> None:
        super().__init__("There is nothing at this path", path=path)


class MethodNotAllowed(HttpRefusal):
    """The path exists, but not with this method."""

    kind = "method_not_allowed"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{method} is not possible here", allowed=list(allowed))
        self.allowed = allowed


class PayloadTooLarge(HttpRefusal):
    """The body is larger than we take."""

    kind = "payload_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes", limit_bytes=limit)


class UnsupportedMediaType(HttpRefusal):
    """The body comes in a media type that the operation does not read."""

    kind = "unsupported_media_type"

    def __init__(self, given: str, expected: Sequence[str]) -> None:
        super().__init__(f"Cannot read {given or 'a body without a content type'}", expected=list(expected))


class RequestTimeout(HttpRefusal):
    """The body did not arrive in time."""

    kind = "request_timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The body did not arrive within {seconds:g} seconds")


class HeadersTooLarge(HttpRefusal):
    """The request line and headers are larger than we take."""

    kind = "headers_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The headers are larger than {limit} bytes", limit_bytes=limit)


class HeadTimeout(HttpRefusal):
    """The request line and headers did not arrive in time."""

    kind = "request_timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The headers did not arrive within {seconds:g} seconds")


class MalformedHttp(HttpRefusal):
    """The bytes on the connection are not an HTTP request."""

    kind = "invalid_request"


class MalformedHandshake(HttpRefusal):
    """A request to speak WebSocket that is made in another way than RFC 6455 says."""

    kind = "invalid_request"


class Internal(HttpRefusal):
    """A defect of ours. The cause is in the log under the request's identifier, and nowhere else."""

    kind = "internal"

    def __init__(self) -> None:
        super().__init__("An unexpected error occurred")


class NeedsPassword(Unauthenticated):
    """Nobody we know is asking, where a name and a password are asked for."""

    challenge = b'Basic realm="nexus"'


class ClientGone(Exception):
    """The client left before its request was complete; nobody is there to be answered."""
