"""How `ggi` says no."""

from typing import Any

from generated.models import ggi
from handlers.core.errors import Failure

STATUSES: dict[str, int] = {}
CODES = {
    "invalid_request": "invalid_request",
    "unprocessable": "invalid_request",
    "unauthenticated": "unauthorized",
    "forbidden": "forbidden",
    "not_found": "not_found",
    "method_not_allowed": "method_not_allowed",
    "request_timeout": "invalid_request",
    "conflict": "conflict",
    "precondition_failed": "conflict",
    "payload_too_large": "payload_too_large",
    "unsupported_media_type": "unsupported_media_type",
    "headers_too_large": "invalid_request",
    "internal": "internal_error",
    "unavailable": "service_unavailable",
}


def render(failure: Failure) -> ggi.Error:
    """A failure as this dialect prints it: `details` names the parameter and where it stands."""
    return ggi.Error(
        error=ggi.ErrorBody(
            code=CODES[failure.kind],
            message=failure.message,
            details=_details(dict(failure.details)),
            request_id=failure.request_id,
        )
    )


def _details(details: dict[str, Any]) -> dict[str, Any]:
    if "field" in details:
        details["param"] = details.pop("field")
    return details
