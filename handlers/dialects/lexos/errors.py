"""How `lexos` says no."""

from generated.models import lexos
from handlers.core.errors import Failure

STATUSES: dict[str, int] = {}
CODES = {
    "invalid_request": "INVALID_REQUEST",
    "unprocessable": "INVALID_REQUEST",
    "unauthenticated": "INVALID_TOKEN",
    "forbidden": "ACCESS_DENIED",
    "not_found": "NOT_FOUND",
    "method_not_allowed": "METHOD_NOT_ALLOWED",
    "request_timeout": "INVALID_REQUEST",
    "conflict": "CONFLICT",
    "precondition_failed": "CONFLICT",
    "payload_too_large": "PAYLOAD_TOO_LARGE",
    "unsupported_media_type": "UNSUPPORTED_MEDIA_TYPE",
    "headers_too_large": "INVALID_REQUEST",
    "internal": "INTERNAL_ERROR",
    "unavailable": "SERVICE_UNAVAILABLE",
}


def render(failure: Failure) -> lexos.Error:
    """A failure as this dialect prints it; the request is named in the details."""
    return lexos.Error(
        error=True,
        code=CODES[failure.kind],
        message=failure.message,
        details={**failure.details, "request_id": failure.request_id},
        timestamp=failure.at // 1000,
    )
