"""How `v2` says no."""

from generated.models import v2
from handlers.core.errors import Failure
from handlers.core.projection import iso_milliseconds

STATUSES = {"unprocessable": 422}
CODES = {
    "invalid_request": "INVALID_REQUEST",
    "unprocessable": "VALIDATION_ERROR",
    "unauthenticated": "AUTHENTICATION_FAILED",
    "forbidden": "FORBIDDEN",
    "not_found": "NOT_FOUND",
    "method_not_allowed": "METHOD_NOT_ALLOWED",
    "request_timeout": "TIMEOUT",
    "conflict": "CONFLICT",
    "precondition_failed": "PRECONDITION_FAILED",
    "payload_too_large": "PAYLOAD_TOO_LARGE",
    "unsupported_media_type": "UNSUPPORTED_MEDIA_TYPE",
    "headers_too_large": "INVALID_REQUEST",
    "internal": "INTERNAL_ERROR",
    "unavailable": "SERVICE_UNAVAILABLE",
}


def render(failure: Failure) -> v2.Error:
    """A failure as this dialect prints it, with `retry_after` where waiting helps."""
    waiting = {} if failure.retry_after is None else {"retry_after": failure.retry_after}
    return v2.Error(
        error=v2.ErrorBody(
            code=CODES[failure.kind],
            message=failure.message,
            details=dict(failure.details),
            request_id=failure.request_id,
            timestamp=iso_milliseconds(failure.at),
            **waiting,
        )
    )
