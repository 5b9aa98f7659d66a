"""Every way to say no has a status of gRPC."""

from collections.abc import Iterator

from adapters.grpc.statuses import STATUSES, trailers
from handlers.core.errors import Forbidden, RateLimited, Refusal, Unavailable


def kinds(refusal: type[Refusal]) -> Iterator[str]:
    """The kinds of the core's refusals below one."""
    for known in refusal.__subclasses__():
        if known.__module__.startswith("handlers.core") and hasattr(known, "kind"):
            yield known.kind
        yield from kinds(known)


def test_no_refusal_is_left_without_a_status() -> None:
    """Whatever the core refuses, gRPC can say."""
    assert set(kinds(Refusal)) <= STATUSES.keys()


def test_who_is_to_wait_is_told_how_long() -> None:
    """The hint is a trailer in seconds, where there is one."""
    assert trailers(RateLimited(1, 60, retry_after=12, reset=0)) == (("retry-after", "12"),)
    assert trailers(Unavailable("away", retry_after=2)) == (("retry-after", "2"),)
    assert trailers(Forbidden("no")) == ()
