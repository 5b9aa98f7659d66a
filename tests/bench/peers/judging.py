"""The callable written by hand without its duties: nobody is counted, named or written down."""

from typing import Any

from tests.bench.peers.bare import answer_lifespan
from tests.bench.peers.by_hand import answer_to, send_answer

_REQUEST_ID = [(b"x-request-id", b"req_0123456789abcdef0123456789abcdef")]


def build() -> Any:
    """The application."""
    return app


async def app(scope: Any, receive: Any, send: Any) -> None:
    """One connection."""
    if scope["type"] != "http":
        await answer_lifespan(receive, send)
    else:
        await send_answer(send, await answer_to(scope, dict(scope["headers"]), receive), _REQUEST_ID)
