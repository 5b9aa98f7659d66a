# Generated from specs/ by `make generate`. Do not edit.
"""The amqp dialect's schemas."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from generated.models.shared import (
    Identifier,
    JsonObject,
    Metrics,
    ProblemDetails,
    Tags,
)
from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

DeadMessage = TypeAliasType(
    "DeadMessage",
    Annotated[Any, Field(description='The body as it came, which may be anything.')],
)


class Death(Wire):
    """
    One time that the broker has taken the message out of a queue.
    """

    model_config = ConfigDict(
        extra='allow',
    )
    reason: Literal['rejected', 'expired', 'maxlen', 'delivery_limit']
    queue: str
    exchange: str | None = None
    count: int


EventType = TypeAliasType(
    "EventType",
    Annotated[
        str,
        Field(
            description='What has happened, as `command.completed`, `telemetry.alert` or `ai.agent.offline`.'
        ),
    ],
)


FencingToken = TypeAliasType(
    "FencingToken",
    Annotated[
        int,
        Field(
            description='Grows with every lease of the same work. What comes with an older one than the last is refused.'
        ),
    ],
)


class Frame(Wire):
    """
    What a device has measured at one moment. A frame that comes twice under one identifier is kept once.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    frame_id: Identifier | None = None
    device_id: Identifier
    timestamp: str | None = None
    metrics: Metrics
    tags: Tags | None = None
    metadata: JsonObject | None = None


class FrameBatch(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    batch_id: Identifier | None = None
    frames: list[Frame]


LeaseSeconds = TypeAliasType(
    "LeaseSeconds",
    Annotated[int, Field(description='How long a lease lasts without a renewal.')],
)


LeaseStatus = TypeAliasType(
    "LeaseStatus",
    Annotated[
        Literal['offered', 'held', 'completed', 'failed', 'released', 'expired', 'cancelled'],
        Field(description='Work is done under a `held` lease only.'),
    ],
)


class LiveFields(Wire):
    """
    The properties and headers of what came in together.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['telemetry.frame', 'telemetry.log', 'telemetry.event', 'telemetry.mark']
    timestamp: int
    nexus_publisher: Annotated[str, Field(alias='nexus-publisher')]
    nexus_sequence: Annotated[int, Field(alias='nexus-sequence')]


class Mark(Wire):
    """
    Nothing.
    """

    model_config = ConfigDict(
        extra='forbid',
    )


class MarkFields(Wire):
    """
    The properties and headers of a mark.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    message_id: str
    type: Literal['log.mark']
    timestamp: int
    nexus_epoch: Annotated[str | None, Field(alias='nexus-epoch')] = None
    nexus_epoch_offer: Annotated[str | None, Field(alias='nexus-epoch-offer')] = None
    x_stream_offset: Annotated[int | None, Field(alias='x-stream-offset')] = None


Progress = TypeAliasType("Progress", int | float)


class Refusal(Wire):
    """
    Why something was not taken, in the words of v2's errors.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    code: str
    message: str
    details: ProblemDetails


ReplyTo = TypeAliasType(
    "ReplyTo",
    Annotated[
        str,
        Field(
            description='`amq.rabbitmq.reply-to`, a queue that the broker has named, or one whose name begins with `nexus.replies.`:\nnobody can have an answer sent to the queue of somebody else.\n'
        ),
    ],
)


Trace = TypeAliasType(
    "Trace",
    Annotated[
        str,
        Field(
            description='The trace that this belongs to, as W3C Trace Context writes it.'
        ),
    ],
)


class WorkAccept(Wire):
    """
    Take the work that was offered.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    lease_id: Identifier
    fencing_token: FencingToken
    lease_seconds: LeaseSeconds | None = None


class WorkAnswer(Wire):
    """
    What became of what the agent sent. A holder that has lost its lease learns it here, from `CONFLICT`.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    lease_id: Identifier
    accepted: bool
    status: LeaseStatus | None = None
    fencing_token: FencingToken | None = None
    expires_at: str | None = None
    error: Refusal | None = None


class WorkFailure(Wire):
    """
    The work could not be done.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    lease_id: Identifier
    fencing_token: FencingToken
    error: str
    details: JsonObject | None = None
    retryable: bool = True


class WorkFields(Wire):
    """
    The properties and headers of what goes to an agent.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    message_id: str
    type: Literal['work.offer', 'work.withdrawal']
    timestamp: int
    priority: int | None = None
    expiration: str | None = None
    nexus_tenant: Annotated[str, Field(alias='nexus-tenant')]
    traceparent: Trace | None = None


class WorkProgress(Wire):
    """
    How far the work has come.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    lease_id: Identifier
    fencing_token: FencingToken
    progress: Progress
    message: str | None = None
    renew: bool = True


class WorkRelease(Wire):
    """
    Give back an offer or a lease, undone; it is offered again.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    lease_id: Identifier
    fencing_token: FencingToken
    delay_seconds: int = 0
    reason: str | None = None


class WorkRenew(Wire):
    """
    Keep the lease for as long again, or for `lease_seconds` from now.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    lease_id: Identifier
    fencing_token: FencingToken
    lease_seconds: LeaseSeconds | None = None


class WorkResult(Wire):
    """
    The work is done.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    lease_id: Identifier
    fencing_token: FencingToken
    result: JsonObject | None = None
    duration: int | float | None = None


class WorkWithdrawal(Wire):
    """
    An offer or a lease that holds no longer. Stop the work; a result would be refused.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    lease_id: Identifier
    agent_id: Identifier
    fencing_token: FencingToken
    reason: Literal['cancelled', 'expired', 'timeout', 'taken']
    created_at: str


class AgentFields(Wire):
    """
    The properties and headers of what an agent sends. Whoever names a `reply_to` is answered there, with the same
    `correlation_id`, or with the `message_id` if there is none.

    """

    model_config = ConfigDict(
        extra='allow',
    )
    type: Literal['work.accept', 'work.renew', 'work.progress', 'work.result', 'work.failure', 'work.release']
    message_id: str | None = None
    correlation_id: str | None = None
    reply_to: ReplyTo | None = None
    traceparent: Trace | None = None


class AnswerFields(Wire):
    """
    The properties and headers of an answer.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    type: Literal['work.answer', 'telemetry.answer']
    correlation_id: str | None = None
    traceparent: Trace | None = None


class DeadFields(Wire):
    """
    The properties and headers that the message had, and why it is here: `nexus-reason` when Nexus refused it,
    `x-death` when the broker gave it up. Of a message that Nexus refused, headers of more than 4 KB together are left
    out, and so are those under the names below: why it is here, nobody else says.

    """

    model_config = ConfigDict(
        extra='allow',
    )
    nexus_reason: Annotated[
        Literal['invalid_message', 'unknown_type', 'unknown_sender', 'refused', 'too_many_attempts'] | None,
        Field(alias='nexus-reason'),
    ] = None
    nexus_detail: Annotated[str | None, Field(alias='nexus-detail')] = None
    nexus_queue: Annotated[str | None, Field(alias='nexus-queue')] = None
    nexus_died_at: Annotated[int | None, Field(alias='nexus-died-at')] = None
    x_first_death_reason: Annotated[str | None, Field(alias='x-first-death-reason')] = (
        None
    )
    x_first_death_queue: Annotated[str | None, Field(alias='x-first-death-queue')] = (
        None
    )
    x_first_death_exchange: Annotated[
        str | None, Field(alias='x-first-death-exchange')
    ] = None
    x_death: Annotated[list[Death] | None, Field(alias='x-death')] = None


class EventFields(Wire):
    """
    The properties and headers of an event.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    message_id: str
    type: EventType
    timestamp: int
    nexus_tenant: Annotated[str, Field(alias='nexus-tenant')]
    nexus_subject: Annotated[str | None, Field(alias='nexus-subject')] = None
    nexus_publisher: Annotated[str, Field(alias='nexus-publisher')]
    nexus_sequence: Annotated[int, Field(alias='nexus-sequence')]
    nexus_epoch: Annotated[str, Field(alias='nexus-epoch')]
    nexus_record: Annotated[str, Field(alias='nexus-record')]
    x_stream_offset: Annotated[int | None, Field(alias='x-stream-offset')] = None
    traceparent: Trace | None = None


class FrameFields(Wire):
    """
    The properties and headers of a batch. Whoever names a `reply_to` is answered there, with the same
    `correlation_id`, or with the `message_id` if there is none.

    """

    model_config = ConfigDict(
        extra='allow',
    )
    type: Literal['telemetry.frames']
    message_id: str | None = None
    correlation_id: str | None = None
    reply_to: ReplyTo | None = None
    traceparent: Trace | None = None


class FrameResult(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    index: int
    status: Literal['accepted', 'duplicate', 'rejected']
    frame_id: Identifier | None = None
    error: Refusal | None = None


class FrameBatchResult(Wire):
    """
    What became of each frame, in order. What is accepted is on disk.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    batch_id: Identifier | None = None
    accepted: int
    duplicates: int
    rejected: int
    results: list[FrameResult]
    error: Refusal | None = None
