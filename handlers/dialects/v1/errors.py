"""How `v1` says no."""

from typing import Any

from generated.models import v1
from handlers.core.errors import Failure
from handlers.core.projection import iso_milliseconds

STATUSES = {"unprocessable": 422}
CODES = {
    "invalid_request": "INVALID_REQUEST",
    "unprocessable": "VALIDATION_ERROR",
    "unauthenticated": "UNAUTHORIZED",
    "forbidden": "FORBIDDEN",
    "not_found": "NOT_FOUND",
    "method_not_allowed": "METHOD_NOT_ALLOWED",
    "request_timeout": "TIMEOUT",
    "conflict": "CONFLICT",
    "precondition_failed": "CONFLICT",
    "payload_too_large": "PAYLOAD_TOO_LARGE",
    "unsupported_media_type": "UNSUPPORTED_MEDIA_TYPE",
    "headers_too_large": "INVALID_REQUEST",
    "internal": "INTERNAL_ERROR",
    "unavailable": "SERVICE_UNAVAILABLE",
}


def render(failure: Failure) -> v1.Error:
    """A failure as this dialect prints it: `details` names the field and the issue."""
    return v1.Error(
        error=v1.ErrorBody(
            code=CODES[failure.kind],
            message=failure.message,
            details=_details(failure),
            request_id=failure.request_id,
            timestamp=iso_milliseconds(failure.at),
        )
    )


def _details(failure: Failure) -> dict[str, Any]:
    details = dict(failure.details)
    return {**details, "issue": failure.message} if "field" in details else details
