"""Every request, from the connection to its answer, on one path for all operations.

Connexion loads the contract's skeleton and resolves its operationIds; this middleware compiles what it finds and
serves it. It sits alone in Connexion's stack, so nothing else judges a request a second time.
"""

from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NoReturn

import structlog
from connexion.middleware import SpecMiddleware
from connexion.spec import OpenAPISpecification

from adapters.http import rates
from adapters.http.callers import caller_of, client_of, until_unwelcome
from adapters.http.event_streams import frame, send_events
from adapters.http.handshakes import Handshakes
from adapters.http.lives import Life, until_gone
from adapters.http.operations import Operation
from adapters.http.refusals import ClientGone, Internal, MethodNotAllowed, UnknownPath
from adapters.http.replies import Reply, head, header_list, opening, send_reply
from adapters.http.requests import Request
from adapters.http.router import Router, check_text
from adapters.http.site import Site
from adapters.http.witness import Account
from handlers.core.audience import Undo
from handlers.core.calls import Call
from handlers.core.errors import Refusal
from handlers.core.principals import check_scopes

_METHODS = ("get", "put", "post", "delete", "patch")
_log = structlog.get_logger()


@dataclass
class _Place:
    """The operations at one path."""

    operations: dict[str, Operation]
    allowed: tuple[str, ...] = ()


class Skeleton(OpenAPISpecification):
    """The contract as Connexion reads it. That it is OpenAPI is judged when it is generated, and not at each start."""

    @classmethod
    def _validate_spec(cls, spec: Any) -> None:
        """Take it as it is."""


class CompiledMiddleware(SpecMiddleware):
    """Serves the compiled contract."""

    def __init__(self, app: Any, site: Site) -> None:
        self.app = app
        self._site = site
        self._routes: Router[_Place] = Router()
        self._handshakes = Handshakes(site, self._refuse)
        self._streams = site.observer.streams.labels("sse")

    def add_api(self, specification: Any, *, resolver: Any, **_: Any) -> None:
        """Compile every operation that Connexion has read."""
        for path, item in specification["paths"].items():
            place = _Place({})
            for method in item:
                if method in _METHODS:
                    found = specification.operation_cls.from_spec(
                        specification, path=path, method=method, resolver=resolver
                    )
                    place.operations[method.upper()] = self._compile(path, method, found)
            if "GET" in place.operations:
                place.operations["HEAD"] = place.operations["GET"]
            place.allowed = (*sorted(place.operations), "OPTIONS")
            self._routes.add(path, place)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One ASGI connection."""
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await self._handshakes.serve(scope, receive, send)
        else:
            await self._lifespan(receive, send)

    def _compile(self, path: str, method: str, found: Any) -> Operation:
        site = self._site
        operation = Operation(site.contract, path, method, found.function, site.models, site.limits, site.statuses)
        operation.meter = site.meters.of(operation.dialect, operation.category)
        operation.account = Account(operation)
        return operation

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        started = perf_counter()
        request = Request(scope, self._site.proxies)
        status = 499
        try:
            status = await self._serve(request, receive, send)
        except ClientGone:
            pass
        except Refusal as refusal:
            status = await self._refuse(refusal, request, send)
        except Exception:  # noqa: BLE001 - a defect of ours; the caller is told nothing of it
            _log.exception("request_failed", request_id=request.id, operation=request.operation_id)
            status = await self._refuse(Internal(), request, send)
        self._site.observer.request(request, status, perf_counter() - started)

    async def _serve(self, request: Request, receive: Any, send: Any) -> int:
        scope = request.scope
        match = self._routes.match(scope["path"], scope["raw_path"])
        if match is None:
            raise UnknownPath(scope["path"])
        place, values = match
        operation = place.operations.get(request.method)
        if operation is None:
            request.dialect = next(iter(place.operations.values())).dialect
            return await self._without_operation(place, request, send)
        request.dialect, request.operation_id = operation.dialect, operation.id
        request.account, request.values = operation.account, values
        principal = await self._caller(operation, request)
        if b"%" in scope["raw_path"]:
            check_text(values.values())
        self._site.witness.check(operation.account)
        call = request.call = Call(self._site.core, principal, request.id, left=request.left)
        answer = await operation.call(call, values, request, receive)
        if operation.is_stream:
            self._site.witness.opened(request, operation.account, operation.success.status)
            return await self._stream(operation, answer, request, receive, send)
        reply = operation.reply(answer)
        await self._site.witness.done(request, operation.account, reply)
        if call.undo is not None and call.audience.has_left:
            await _take_back(call.undo, request)
        request.has_answer = True
        if not _sent_at_once(reply, request):
            await self._send(reply, request, send)
        return reply.status

    async def _caller(self, operation: Operation, request: Request) -> Any:
        """Who asks, counted, and allowed to: by themselves if they are known, else by where they come from."""
        meter = operation.meter
        if operation.scopes is None:
            await rates.admit_stranger(meter, request)
            return self._site.anonymous
        try:
            principal = await self._known(operation, request)
        except Exception:
            await rates.admit_stranger(meter, request)
            raise
        request.who, request.principal = principal.id, principal
        if not rates.count_known(meter, principal, request):
            await rates.admit_known(meter, principal, request)
        check_scopes(principal, operation.asks_for)
        return principal

    async def _known(self, operation: Operation, request: Request) -> Any:
        if operation.takes_password:
            return await client_of(request, self._site.admit)
        return await caller_of(request, self._site.authenticate, takes_api_key=operation.takes_api_key)

    async def _without_operation(self, place: _Place, request: Request, send: Any) -> int:
        if request.method != "OPTIONS":
            raise MethodNotAllowed(request.method, place.allowed)
        allow = header_list({"Allow": ", ".join(place.allowed)})
        await self._send(Reply(204, b"", b"", allow), request, send)
        return 204

    async def _stream(self, operation: Operation, items: Any, request: Request, receive: Any, send: Any) -> int:
        request.has_answer = True
        async with aclosing(items):
            await send(opening(operation.success.status, request.id_bytes, b"text/event-stream", (), request.rate))
            if request.method == "HEAD":
                await send({"type": "http.response.body", "body": b""})
                return operation.success.status
            with self._streams.track_inprogress():
                welcome = until_unwelcome(request, self._site.authenticate, operation.asks_for)
                limits = self._site.stream_limits
                life = Life(until_gone(receive), self._site.stopping, welcome, limits.lifetime_seconds)
                speech = self._site.speeches.of(items.tongue, frame)
                await send_events(items, speech, life, send, limits, request.abort)
        return operation.success.status

    async def _refuse(self, refusal: Refusal, request: Request, send: Any) -> int:
        """Say no in the dialect of the path. An answer that has begun can only be broken off."""
        if request.has_answer:
            return 500
        dialect = request.dialect or self._site.contract.dialect_of(request.scope["path"])
        reply = self._site.failures.reply(refusal, dialect, request.id)
        await self._site.witness.refused(request, reply.status)
        if not _sent_at_once(reply, request):
            await self._send(reply, request, send)
        return reply.status

    async def _send(self, reply: Reply, request: Request, send: Any) -> None:
        await send_reply(send, reply, request.id_bytes, request.rate, with_body=request.method != "HEAD")

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        try:
            await self._site.start()
        except Refusal as refusal:
            _log.error("start_failed", reason=refusal.message, cause=str(refusal.__cause__ or ""))
            await send({"type": "lifespan.startup.failed", "message": refusal.message})
            return
        except Exception as exc:  # noqa: BLE001 - a defect of ours; the caller is told nothing of it
            _log.exception("start_failed")
            await send({"type": "lifespan.startup.failed", "message": str(exc)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._site.stop()
        self._site.observer.flush()
        await send({"type": "lifespan.shutdown.complete"})


async def _take_back(undo: Undo, request: Request) -> NoReturn:
    """Undo what nobody is there to hear of. Whoever still listens sees the connection break, and asks again."""
    if request.abort is not None:
        request.abort()
    await undo()
    raise ClientGone


def _sent_at_once(reply: Reply, request: Request) -> bool:
    """Hand a whole answer over, where the server takes one and the client keeps up."""
    exchange = request.exchange
    body = reply.body if request.method != "HEAD" else b""
    return exchange is not None and exchange.answer(reply.status, head(reply, request.id_bytes, request.rate), body)
