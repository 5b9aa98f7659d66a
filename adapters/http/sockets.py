"""WebSockets: a channel of the event contract, its handler, and the close codes that every dialect shares."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from adapters.http.lives import Life, deliver
from adapters.http.parameters import query_pairs
from adapters.http.refusals import ClientGone
from adapters.http.replies import encode
from adapters.http.requests import Request
from handlers.core.calls import Call
from handlers.core.errors import InvalidRequest, Refusal

NORMAL, GOING_AWAY, POLICY, INTERNAL, UNAUTHENTICATED, RATE_LIMITED = 1000, 1001, 1008, 1011, 4000, 4001
_CODES = {"unauthenticated": UNAUTHENTICATED, "rate_limited": RATE_LIMITED, "unavailable": INTERNAL}
# The category under which a dialect's handshakes are counted.
CATEGORY = "websockets"
# A client that takes nothing for so long is as good as gone.
_PATIENCE_SECONDS = 15.0


class Channel:
    """One WebSocket address and the handler that sends on it; none where that is promised and not done yet."""

    def __init__(
        self, operation_id: str, address: str, scope: str, handler: Callable[..., Awaitable[Any]] | None
    ) -> None:
        self.id = operation_id
        self.dialect = operation_id.partition(".")[0]
        self.address = address
        self.scope = scope
        self.handler = handler
        if handler is None:
            return
        taken = list(inspect.signature(handler).parameters)[1:]
        named = [part[1:-1] for part in address.split("/") if part.startswith("{")]
        if taken != named:
            raise TypeError(f"{operation_id}: the handler takes {taken}, its address names {named}")


def token_of(request: Request) -> str:
    """The caller's token, from `?token=` or the header."""
    pairs = query_pairs(request.scope["query_string"])
    unknown = [name for name, _ in pairs if name != "token"]
    if unknown or len(pairs) > 1:
        raise InvalidRequest("A WebSocket takes one query parameter, `token`", location="query")
    return pairs[0][1] if pairs else request.bearer_token()


async def converse(channel: Channel, call: Call, values: Mapping[str, str], life: Life, send: Any, abort: Any) -> int:
    """Send what the handler says until either side ends it; return the code that closed the socket."""
    with life:
        try:
            items = await channel.handler(call, **values)
            return await _send_items(items, life, send, abort)
        except ClientGone:
            return NORMAL


async def refuse(send: Any, refusal: Refusal) -> int:
    """Close for the reason of a refusal. A part of ours that does not answer is no fault of the caller's."""
    return await close(send, _CODES.get(refusal.kind, POLICY), refusal.message)


async def close(send: Any, code: int, reason: str) -> int:
    """Close, saying why in the 123 bytes that there are for it."""
    await send({"type": "websocket.close", "code": code, "reason": reason.encode()[:123].decode(errors="ignore")})
    return code


async def _send_items(items: Any, life: Life, send: Any, abort: Any) -> int:
    async with aclosing(items), aclosing(life.of(items, None)) as coming:
        async for item in coming:
            message = {"type": "websocket.send", "text": encode(item.data).decode()}
            await deliver(send(message), _PATIENCE_SECONDS, abort)
    if life.gone.done():
        return NORMAL
    if life.unwelcome.done():
        return await close(send, UNAUTHENTICATED, "The token is accepted no more")
    return await close(send, GOING_AWAY, "The server stops") if life.stop.done() else await close(send, NORMAL, "")
