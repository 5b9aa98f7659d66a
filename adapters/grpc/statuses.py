"""Refusals as gRPC says them: how a call ends, and what its trailers tell."""

from grpc import StatusCode

from handlers.core.errors import Refusal

STATUSES = {
    "invalid_request": StatusCode.INVALID_ARGUMENT,
    "unprocessable": StatusCode.INVALID_ARGUMENT,
    "unauthenticated": StatusCode.UNAUTHENTICATED,
    "forbidden": StatusCode.PERMISSION_DENIED,
    "not_found": StatusCode.NOT_FOUND,
    "request_timeout": StatusCode.DEADLINE_EXCEEDED,
    "conflict": StatusCode.ABORTED,
    "precondition_failed": StatusCode.FAILED_PRECONDITION,
    "rate_limited": StatusCode.RESOURCE_EXHAUSTED,
    "unavailable": StatusCode.UNAVAILABLE,
    "bad_gateway": StatusCode.UNAVAILABLE,
    "not_implemented": StatusCode.UNIMPLEMENTED,
    "internal": StatusCode.INTERNAL,
}
Trailers = tuple[tuple[str, str], ...]


class Internal(Refusal):
    """A defect of ours. The cause is in the log under the call's identifier, and nowhere else."""

    kind = "internal"

    def __init__(self) -> None:
        super().__init__("An unexpected error occurred")


class Silent(Refusal):
    """The caller has opened a call and says nothing."""

    kind = "request_timeout"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"No batch has come within {seconds:g} seconds")


def trailers(refusal: Refusal) -> Trailers:
    """What is told beside the status: how many seconds to wait, where that is known."""
    wait = getattr(refusal, "retry_after", None)
    return () if wait is None else (("retry-after", str(wait)),)
