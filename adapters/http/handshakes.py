"""Every WebSocket, from its handshake to its end; what is said over it, its channel's tongue knows."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from time import perf_counter
from typing import Any

import structlog

from adapters.http import rates, sockets
from adapters.http.callers import until_unwelcome
from adapters.http.conversations import Talk, Venue, frame, wire_frame
from adapters.http.lives import Life
from adapters.http.refusals import ClientGone, UnknownPath
from adapters.http.requests import AsHttp, Request
from adapters.http.router import Router, check_text
from adapters.http.site import Site
from adapters.http.sockets import Channel, Ear
from handlers.core.calls import Call
from handlers.core.clock import system_clock
from handlers.core.conversations import Conversation
from handlers.core.errors import NotYet, Refusal
from handlers.core.feeds import Feed
from handlers.core.principals import Principal, check_scopes

Refuse = Callable[[Refusal, Request, Any], Awaitable[int]]
_log = structlog.get_logger()


class Handshakes:
    """Takes WebSockets at the addresses of a site's channels. `refuse` answers over HTTP those that it does not."""

    def __init__(self, site: Site, refuse: Refuse) -> None:
        self._site = site
        self._refuse = refuse
        self._channels: Router[Channel] = Router()
        self._venues: dict[str, Venue] = {}
        self._open = site.observer.streams.labels("websocket")
        for channel in site.channels:
            self._channels.add(channel.address, channel)
            if channel.tongue is not None:
                self._venues[channel.id] = self._venue(channel)

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
            if match[0].tongue is None:
                raise NotYet(match[0].id)
            request.token = sockets.token_of(request)
            request.tenant = request.chosen_tenant()
        except Refusal as refusal:
            return await self._refuse(refusal, request, AsHttp(send))
        await send({"type": "websocket.accept", "headers": [(b"x-request-id", request.id_bytes)]})
        return await self._converse(*match, request, receive, send)

    async def _converse(self, channel: Channel, values: Any, request: Request, receive: Any, send: Any) -> int:
        request.operation_id, request.values = channel.id, values
        try:
            principal = await self._caller(channel, request)
            async with self._seat(channel, principal):
                with self._open.track_inprogress():
                    return await self._talk(channel, values, request, receive, send)
        except ClientGone:
            return sockets.NORMAL
        except Refusal as refusal:
            if request.principal is None:
                await self._site.witness.turned_away(request, channel, refusal)
            return await sockets.close(send, sockets.code_of(refusal), refusal.message)
        except Exception:  # noqa: BLE001 - a defect of ours; the caller is told nothing of it
            _log.exception("socket_failed", operation=channel.id, request_id=request.id)
            return await sockets.close(send, sockets.INTERNAL, "An unexpected error occurred")

    async def _talk(self, channel: Channel, values: Any, request: Request, receive: Any, send: Any) -> int:
        site = self._site
        call = Call(site.core, request.principal, request.id)
        feed = Feed(site.core.log, request.principal.tenant)
        most = int(channel.bounds.get("subscriptions", 1))
        conversation = Conversation(call, feed, system_clock, channel.topics, most, {*channel.scopes})
        try:
            talk = Talk(self._venues[channel.id], conversation, request, receive, send)
            await talk.begin(values)
            welcome = until_unwelcome(request, site.authenticate, conversation.scopes)
            end = await talk.hold(Life(talk.hear(), site.stopping, welcome))
        finally:
            feed.close()
            await conversation.close()
        return end.code if end.reason is None else await sockets.close(send, end.code, end.reason)

    def _venue(self, channel: Channel) -> Venue:
        site = self._site
        ear = Ear(channel, site.events, site.speeches.judge, site.limits)
        speech, pushed = (site.speeches.of(channel.tongue, framed) for framed in (frame, wire_frame))
        return Venue(site, channel, ear, speech, pushed)

    async def _caller(self, channel: Channel, request: Request) -> Principal:
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
        check_scopes(principal, channel.scopes)
        return principal

    def _seat(self, channel: Channel, principal: Principal) -> AbstractAsyncContextManager[None]:
        seats = self._site.meters.seats(channel.dialect, sockets.CATEGORY)
        return nullcontext() if seats is None else seats.taken(principal.id)
