"""How `ggi` says no."""

from typing import Any

from generated.models import ggi
from handlers.core.errors import Failure


def render(failure: Failure) -> ggi.Error:
    """A failure as this dialect prints it: `details` names the parameter and where it stands."""
    return ggi.Error(
        error=ggi.ErrorBody(
            code=failure.code,
            message=failure.message,
            details=_details(dict(failure.details)),
            request_id=failure.request_id,
        )
    )


def _details(details: dict[str, Any]) -> dict[str, Any]:
    if "field" in details:
        details["param"] = details.pop("field")
    return details
