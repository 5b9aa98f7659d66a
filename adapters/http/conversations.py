"""One WebSocket that is open: what its client says is answered, what happens is told, until either side ends it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.http import rates, sockets
from adapters.http.lives import PUSH, Life, deliver
from adapters.http.refusals import ClientGone, Internal
from adapters.http.requests import Request
from adapters.http.site import Site
from adapters.http.sockets import Channel, Ear, Heard
from adapters.http.speech import Speech
from handlers.core.calls import StreamItem
from handlers.core.conversations import Conversation
from handlers.core.errors import NotYet, RateLimited, Refusal, SubscriptionRefused, Unauthenticated, Unavailable
from handlers.core.events import Gap, Logged
from handlers.core.principals import check_scopes
from handlers.core.testimony import Origin

# A client that takes nothing for so long is as good as gone.
_PATIENCE_SECONDS = 15.0
_TEXT = 0x81  # a text in one piece
_log = structlog.get_logger()


@dataclass(frozen=True)
class End:
    """Why a socket is closed. Without a reason to give, the client has closed it."""

    code: int
    reason: str | None = None


_GONE = End(sockets.NORMAL)
_DONE = End(sockets.NORMAL, "")


def frame(_: StreamItem, payload: bytes) -> str:
    """A message as the wire wants it."""
    return payload.decode()


def wire_frame(_: StreamItem, payload: bytes) -> bytes:
    """A message as a frame of the protocol, whole and without a mask, as servers send it."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT, size)) + payload
    if size < 65_536:
        return bytes((_TEXT, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_TEXT, 127)) + size.to_bytes(8, "big") + payload


@dataclass
class Venue:
    """What all conversations on one channel share: what is said to one, and what is pushed to all who hear it."""

    site: Site
    channel: Channel
    ear: Ear
    speech: Speech[str]
    pushed: Speech[bytes]

    async def admit(self, request: Request) -> None:
        """Count a message of somebody who may still be here; their scopes are what they are now."""
        request.principal = await self.site.authenticate(request.token, request.tenant)
        meter = self.site.meters.of(self.channel.dialect, sockets.CATEGORY)
        await rates.admit_known(meter, request.principal, request)


class Talk:
    """One conversation. What answers a message is sent before anything that follows from it."""

    def __init__(self, venue: Venue, conversation: Conversation, request: Request, receive: Any, send: Any) -> None:
        self._venue = venue
        self._conversation = conversation
        self._request = request
        self._receive = receive
        self._send = send
        self._testimony = venue.site.testimony
        self._origin = Origin(request.peer, request.headers.get(b"user-agent"))
        self._turn = asyncio.Lock()
        self._refused = 0
        conversation.say = self._say
        conversation.excuse = self._excuse
        self._write: Callable[[bytes], bool] | None = None

    async def begin(self, values: Mapping[str, str]) -> None:
        """Say what is said first."""
        begin = self._venue.speech.tongue.begin
        if begin is not None:
            await self._put(await begin(self._conversation, **values))
        self._write = self._request.scope.get("extensions", {}).get(PUSH)
        if self._write is not None and self._conversation.entries is self._conversation.feed:
            self._conversation.feed.pass_to(self._push)

    async def hold(self, life: Life) -> End:
        """Listen and tell; return why it is over."""
        with life:
            told = await life.spend(self._tell())
            if life.heard.done():
                return life.heard.result()
            if life.unwelcome.done():
                return End(sockets.UNAUTHENTICATED, "The token is accepted no more")
            if life.stop.done():
                return End(sockets.GOING_AWAY, "The server stops")
            return told.result()

    async def hear(self) -> End:
        """Answer what is said until there is a reason to end."""
        end = None
        while end is None:
            text = await self._text()
            try:
                end = text if isinstance(text, End) else await self._answer(text)
            except ClientGone:
                return _GONE
        return end

    async def _text(self) -> str | End:
        """The next message, or why none is heard any more."""
        bounds = self._venue.channel.bounds
        silence, most = bounds.get("silence_seconds"), bounds["message_bytes"]
        try:
            async with asyncio.timeout(silence):
                message = await self._receive()
        except TimeoutError:
            return End(sockets.GOING_AWAY, f"Nothing was said for {silence:g} seconds")
        if message["type"] == "websocket.disconnect":
            return _GONE
        text = message.get("text")
        if text is None:
            return End(sockets.UNREADABLE, "Messages are text; binary ones are not read")
        is_large = len(text.encode(errors="surrogatepass")) > most
        return End(sockets.POLICY, f"A message has at most {most} bytes") if is_large else text

    async def _answer(self, text: str) -> End | None:
        said: dict[str, Any] = {}
        heard: Heard | None = None
        try:
            await self._venue.admit(self._request)
            self._conversation.call.principal, self._conversation.call.noted = self._request.principal, None
            said = self._venue.ear.read(text)
            heard = self._venue.ear.which(said)
            await self._carry_out(heard, said)
        except Refusal as refusal:
            if heard is not None:
                await self._testimony.refused(heard.account, self._conversation.call, refusal, self._origin)
            return await self._refuse(refusal, said, heard)
        except ClientGone:
            raise
        except Exception:  # noqa: BLE001 - a defect of ours; the caller is told nothing of it
            operation = heard.operation if heard else None
            _log.exception("message_failed", operation=operation, request_id=self._request.id)
            if heard is not None:
                await self._testimony.refused(heard.account, self._conversation.call, Internal(), self._origin)
            return await self._refuse(Internal(), said, heard)
        self._refused = 0
        return None

    async def _carry_out(self, heard: Heard, said: Mapping[str, Any]) -> None:
        if heard.scope is not None:
            check_scopes(self._request.principal, (heard.scope,))
        carried = self._venue.ear.carried(heard, said)
        if heard.handler is None:
            raise NotYet(heard.operation)
        self._testimony.check(heard.account)
        async with self._turn:
            reply = await heard.handler(self._conversation, carried)
            await self._testimony.taken(heard.account, self._conversation.call, self._origin)
            if heard.is_subscription and heard.scope is not None:
                self._conversation.scopes.add(heard.scope)
            if reply is not None:
                await self._put(reply)

    async def _refuse(self, refusal: Refusal, said: Mapping[str, Any], heard: Heard | None) -> End | None:
        failure = self._venue.site.failures.failure(refusal, self._venue.channel.dialect, self._request.id)
        await self._put(self._venue.speech.tongue.refuse(failure, said))
        self._refused += not isinstance(refusal, Unavailable | Internal)  # those are no fault of the caller's
        if isinstance(refusal, RateLimited | Unauthenticated):
            return End(sockets.code_of(refusal), refusal.message)
        if isinstance(refusal, SubscriptionRefused):
            return End(sockets.WRONG_SUBSCRIPTION, refusal.message)
        if self._refused < self._venue.channel.bounds["refusals"]:
            return None
        is_subscription = heard is not None and heard.is_subscription
        return End(sockets.WRONG_SUBSCRIPTION if is_subscription else sockets.POLICY, "Too many messages were refused")

    async def _tell(self) -> End:
        try:
            async for entry in self._conversation.entries:
                async with self._turn:
                    await self._pass_on(entry)
        except ClientGone:
            return _GONE
        return _DONE

    async def _pass_on(self, entry: Any) -> None:
        """Tell what has happened, if what was said meanwhile has not made it unwanted."""
        if not isinstance(entry, Logged | Gap) or self._conversation.feed.admits(entry):
            await self._put(entry)

    async def _say(self, entry: Any) -> None:
        async with self._turn:
            await self._put(entry)

    async def _excuse(self, problem: Exception) -> None:
        """Say that something will not be told any more; a defect of ours goes to the log, and nothing of it out."""
        if isinstance(problem, ClientGone):
            return
        if not isinstance(problem, Refusal):
            _log.error("conversation_failed", exc_info=problem, request_id=self._request.id)
        refusal = problem if isinstance(problem, Refusal) else Internal()
        failure = self._venue.site.failures.failure(refusal, self._venue.channel.dialect, self._request.id)
        with suppress(ClientGone):
            await self._say(self._venue.speech.tongue.refuse(failure, {}))

    def _push(self, entries: Sequence[Logged]) -> bool:
        """Send at once what has passed, unless something else is just being sent."""
        return not self._turn.locked() and self._write(b"".join(map(self._venue.pushed.of, entries)))

    async def _put(self, entry: Any) -> None:
        if self._write is None or not self._write(self._venue.pushed.of(entry)):
            message = {"type": "websocket.send", "text": self._venue.speech.of(entry)}
            await deliver(self._send(message), _PATIENCE_SECONDS, self._request.abort)
