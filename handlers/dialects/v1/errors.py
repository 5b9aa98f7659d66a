"""How `v1` says no."""

from typing import Any

from generated.models import v1
from handlers.core.errors import Failure
from handlers.core.projection import iso_milliseconds


def render(failure: Failure) -> v1.Error:
    """A failure as this dialect prints it: `details` names the field and the issue."""
    return v1.Error(
        error=v1.ErrorBody(
            code=failure.code,
            message=failure.message,
            details=_details(failure),
            request_id=failure.request_id,
            timestamp=iso_milliseconds(failure.at),
        )
    )


def _details(failure: Failure) -> dict[str, Any]:
    details = dict(failure.details)
    return {**details, "issue": failure.message} if "field" in details else details
