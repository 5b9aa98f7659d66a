"""What comes in over the broker: judged by the event contract, and given to the function that an operation names.

Who has sent a message, its routing key says: the broker lets nobody write another tenant's. What another queue has let
go comes past that, and is refused.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from adapters.http.bodies import Limits, read_json
from adapters.http.contract import Contract
from generated import channels, messages
from handlers.core.brokerage import word_of
from handlers.core.calls import Call
from handlers.core.clock import Clock, Moment
from handlers.core.core import Core
from handlers.core.errors import NotFound, Refusal, Unavailable
from handlers.core.inbound import Answer, Inbound, Reply, Undeliverable
from handlers.core.metering import Meter, Meters
from handlers.core.principals import Principal
from handlers.core.testimony import Account, Testimony, account_of
from handlers.events import streams
from handlers.settings import Settings
from handlers.storage import Examine

_RECEIVES, _ANSWERED_BY = "receive", "messageType"
_DEAD = "x-death"
_KIND, _METHOD = "sender", "PUBLISH"
_LIMITED = "v2", "amqp"
_THERE_MILLISECONDS, _MOST = 1_000, 10_000


@dataclass(frozen=True)
class _Heard:
    """One message of the contract, what judges it, and who takes it."""

    operation: str
    address: str
    model: Any
    payload: Any
    fields: Any
    handler: Any
    refuse: Any
    scope: str
    answer: str
    account: Account


class Receiving:
    """Takes what comes into one queue, by the types that the contract gives its messages."""

    def __init__(
        self,
        queue: str,
        core: Core,
        events: Contract,
        limits: Limits,
        clock: Clock,
        testimony: Testimony,
        meter: Meter | None = None,
    ) -> None:
        self._core = core
        self._testimony = testimony
        self._meter = meter
        self._clock = clock
        self._there: dict[str, Moment] = {}
        self._limits = limits
        self._known = {
            message.bindings["amqp"][_ANSWERED_BY]: _heard(operation, message, events)
            for operation in channels.OPERATIONS
            if _queue_of(operation) == queue and not operation.unfinished
            for message in channels.MESSAGES
            if (message.channel, message.key) == (operation.channel, operation.messages[0])
        }

    async def __call__(self, message: Inbound) -> Answer:
        """Take a message; what was refused of it and would be told to nobody is put away with it."""
        if _DEAD in message.fields:
            raise Undeliverable(
                "refused", "Another queue has let this message go, so that nobody knows who has sent it"
            )
        heard = self._known.get(message.fields.get("type"))
        if heard is None:
            raise Undeliverable("unknown_type", f"The type is one of {', '.join(self._known)}")
        said = self._read(heard, message)
        who = await self._sender(message, heard)
        reply = await self._carry_out(heard, said, message, Call(self._core, who, f"req_{uuid4().hex}"))
        if reply.refused is not None and not message.is_answered:
            raise Undeliverable("refused", reply.refused)
        return Answer(heard.operation, heard.answer, reply.payload.model_dump_json(exclude_unset=True).encode())

    def _read(self, heard: _Heard, message: Inbound) -> Any:
        """What a message says, if it is what the contract describes."""
        if len(message.body) > self._limits.body_bytes:
            raise Undeliverable("invalid_message", f"A message has at most {self._limits.body_bytes} bytes")
        try:
            said = read_json(self._limits.depth, message.body, "message")
        except Refusal as refusal:
            raise Undeliverable("invalid_message", refusal.message) from refusal
        for validator, value in ((heard.fields, dict(message.fields)), (heard.payload, said)):
            _judge(validator, value)
        return heard.model.__pydantic_validator__.validate_python(said)

    async def _sender(self, message: Inbound, heard: _Heard) -> Principal:
        """Whoever has sent a message: their tenant, which has to exist, and the name they give themselves."""
        word = message.key.partition(".")[0]
        tenant = unquote(word)
        if not message.source or word_of(tenant) != word:
            raise Undeliverable("unknown_sender", f"The routing key has the form {heard.address}")
        if self._there.get(tenant, 0) <= self._clock():
            await self._find(tenant)
        return Principal(f"amqp:{message.source}", tenant, frozenset((heard.scope,)), kind=_KIND)

    async def _find(self, tenant: str) -> None:
        """Refuse what comes from a tenant that there is not; one that was there a moment ago is there still."""
        try:
            await self._core.identity.tenants.find(tenant)
        except NotFound as refusal:
            raise Undeliverable("unknown_sender", refusal.message) from refusal
        if len(self._there) >= _MOST:
            self._there.clear()
        self._there[tenant] = self._clock() + _THERE_MILLISECONDS

    async def _carry_out(self, heard: _Heard, said: Any, message: Inbound, call: Call) -> Reply:
        """Do what is said, and tell the audit log. What cannot be done now is tried again, and not answered yet."""
        self._testimony.check(heard.account)
        try:
            await self._admit(call.principal)
            reply = await heard.handler(call, said, message)
        except Unavailable:
            raise
        except Refusal as refusal:
            await self._testimony.refused(heard.account, call, refusal)
            if heard.refuse is None:
                raise Undeliverable("refused", refusal.message) from refusal
            return heard.refuse(said, refusal)
        await self._testimony.taken(heard.account, call)
        return reply

    async def _admit(self, who: Principal) -> None:
        """Count a message of a sender; refuses one too many."""
        if self._meter is not None:
            sender, messages = f"{who.tenant} {who.id}", self._meter.limit.requests
            if self._meter.take(sender, messages) is None:
                await self._meter.admit(sender, messages)


def consumers(
    settings: Settings,
    core: Core,
    events: Contract,
    clock: Clock,
    examine: Examine,
    testimony: Testimony,
    meters: Meters,
) -> list[Any]:
    """Who reads the queues of the contract, if there is a broker."""
    if not settings.amqp_url:
        return []
    from adapters.rabbit.consumption import RabbitConsumption  # noqa: PLC0415 - it costs memory
    from adapters.rabbit.topology import TOPOLOGY  # noqa: PLC0415

    limits = Limits(body_bytes=settings.max_body_bytes)
    return [
        RabbitConsumption(
            settings.amqp_url,
            TOPOLOGY,
            queue,
            prefetch,
            Receiving(queue, core, events, limits, clock, testimony, meters.of(*_LIMITED)),
            streams.dead_letters,
            clock,
            examine,
        )
        for queue, prefetch in _queues().items()
    ]


def _queues() -> dict[str, int]:
    """The queues that are read, and how many messages of each may be unacknowledged at a time."""
    found = [operation for operation in channels.OPERATIONS if _queue_of(operation) and not operation.unfinished]
    return {_queue_of(operation): _consumption(operation)["prefetch"] for operation in found}


def _judge(validator: Any, value: Any) -> None:
    """Refuse what is not as the contract says."""
    flaw = next(iter(validator.iter_errors(value)), None)
    if flaw is not None:
        raise Undeliverable("invalid_message", flaw.message)


def _heard(operation: channels.ChannelOperation, message: channels.Message, events: Contract) -> _Heard:
    place, _, name = operation.key.rpartition(".")
    module = importlib.import_module(f"handlers.{place}")
    answers = [found for found in channels.MESSAGES if found.channel == operation.reply]
    return _Heard(
        operation.key,
        operation.address or "",
        messages.PAYLOADS[message.name],
        events.validator({"$ref": f"#/components/schemas/{message.schema}"}),
        events.validator({"$ref": f"#/components/schemas/{message.fields}"}),
        getattr(module, name),
        getattr(module, "refuse", None),
        operation.scope,
        answers[0].bindings["amqp"][_ANSWERED_BY],
        account_of(operation.key, operation.scope, _METHOD, is_counted=operation.is_counted),
    )


def _queue_of(operation: channels.ChannelOperation) -> str | None:
    return _consumption(operation).get("queue") if operation.action == _RECEIVES else None


def _consumption(operation: channels.ChannelOperation) -> Mapping[str, Any]:
    return operation.bindings.get("amqp", {}).get("x-rabbitmq", {})
