"""Every WebSocket, from its handshake to its end; what is said over it, its channel's handler knows."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from time import perf_counter
from typing import Any

import structlog

from adapters.http import rates, sockets
from adapters.http.callers import check_scopes, until_unwelcome
from adapters.http.lives import Life
from adapters.http.refusals import NotYet, UnknownPath
from adapters.http.requests import AsHttp, Request
from adapters.http.router import Router, check_text
from adapters.http.site import Site
from adapters.http.sockets import Channel
from handlers.core.calls import Call
from handlers.core.errors import Refusal
from handlers.core.principals import Principal

Refuse = Callable[[Refusal, Request, Any], Awaitable[int]]
_log = structlog.get_logger()


class Handshakes:
    """Takes WebSockets at the addresses of a site's channels. `refuse` answers over HTTP those that it does not."""

    def __init__(self, site: Site, refuse: Refuse) -> None:
        self._site = site
        self._refuse = refuse
        self._channels: Router[Channel] = Router()
        for channel in site.channels:
            self._channels.add(channel.address, channel)

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        """One connection."""
        started = perf_counter()
        scope["method"] = "WEBSOCKET"
        request = Request(scope, self._site.proxies)
        await receive()
        status = await self._handshake(request, receive, send)
        self._site.observer.request(request, status, perf_counter() - started)

    async def _handshake(self, request: Request, receive: Any, send: Any) -> int:
        """Take the connection or refuse it over HTTP; return the status or code that ended it."""
        scope = request.scope
        try:
            match = self._channels.match(scope["path"], scope.get("raw_path") or scope["path"].encode())
            if match is None:
                raise UnknownPath(scope["path"])
            check_text(match[1].values())
            request.dialect = match[0].dialect
            if match[0].handler is None:
                raise NotYet(match[0].id)
            request.token = sockets.token_of(request)
            request.tenant = request.chosen_tenant()
        except Refusal as refusal:
            return await self._refuse(refusal, request, AsHttp(send))
        await send({"type": "websocket.accept", "headers": [(b"x-request-id", request.id_bytes)]})
        return await self._converse(*match, request, receive, send)

    async def _converse(self, channel: Channel, values: Any, request: Request, receive: Any, send: Any) -> int:
        request.operation_id, request.values = channel.id, values
        site = self._site
        try:
            principal = await self._follower(channel, request)
            async with self._seat(channel, principal):
                call = Call(site.core, principal, request.id)
                with site.observer.streams.labels("websocket").track_inprogress():
                    welcome = until_unwelcome(request, site.authenticate, (channel.scope,))
                    life = Life(receive, site.stopping, welcome)
                    return await sockets.converse(channel, call, values, life, send, request.abort)
        except Refusal as refusal:
            if request.principal is None:
                await site.witness.turned_away(request, channel, refusal)
            return await sockets.refuse(send, refusal)
        except Exception:  # noqa: BLE001 - a defect of ours; the caller is told nothing of it
            _log.exception("socket_failed", operation=channel.id, request_id=request.id)
            return await sockets.close(send, sockets.INTERNAL, "An unexpected error occurred")

    async def _follower(self, channel: Channel, request: Request) -> Principal:
        """Who opens a socket, counted, and allowed to."""
        meter = self._site.meters.of(channel.dialect, sockets.CATEGORY)
        try:
            principal = await self._site.authenticate(request.token, request.tenant)
        except Refusal:
            await rates.admit_stranger(meter, request)
            raise
        request.who, request.principal = principal.id, principal
        await rates.admit_known(meter, principal, request)
        await self._site.witness.listens(request, channel)
        check_scopes(principal, (channel.scope,))
        return principal

    def _seat(self, channel: Channel, principal: Principal) -> AbstractAsyncContextManager[None]:
        seats = self._site.meters.seats(channel.dialect, sockets.CATEGORY)
        return nullcontext() if seats is None else seats.taken(principal.id)
