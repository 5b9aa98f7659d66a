"""How `lexos` says no."""

from generated.models import lexos
from handlers.core.errors import Failure


def render(failure: Failure) -> lexos.Error:
    """A failure as this dialect prints it; the request is named in the details."""
    return lexos.Error(
        error=True,
        code=failure.code,
        message=failure.message,
        details={**failure.details, "request_id": failure.request_id},
        timestamp=failure.at // 1000,
    )
