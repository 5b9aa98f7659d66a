"""How `v2` says no."""

from generated.models import v2
from handlers.core.errors import Failure
from handlers.core.projection import iso_milliseconds


def render(failure: Failure) -> v2.Error:
    """A failure as this dialect prints it, with `retry_after` where waiting helps."""
    waiting = {} if failure.retry_after is None else {"retry_after": failure.retry_after}
    return v2.Error(
        error=v2.ErrorBody(
            code=failure.code,
            message=failure.message,
            details=dict(failure.details),
            request_id=failure.request_id,
            timestamp=iso_milliseconds(failure.at),
            **waiting,
        )
    )
