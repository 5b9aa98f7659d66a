# Generated from specs/ by `make generate`. Do not edit.
"""Every channel, operation and message of the events, as data. Bindings stand as the contract writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel; messages by the keys that they have in it."""

    key: str
    address: str | None
    servers: tuple[str, ...]
    parameters: tuple[str, ...]
    messages: tuple[str, ...]
    bindings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChannelOperation:
    """What the server does on a channel: `send` or `receive`."""

    key: str
    action: str
    channel: str
    address: str | None
    messages: tuple[str, ...]
    reply: str | None
    scope: str | None
    bindings: Mapping[str, Any]
    unfinished: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One message of one channel. `schema` is its payload in the bundle, `model` in `generated.models`."""

    channel: str
    key: str
    name: str
    content_type: str
    schema: str
    model: str
    bindings: Mapping[str, Any]


CHANNELS: tuple[Channel, ...] = (
    Channel(
        key='ggiEvents',
        address='/events/stream',
        servers=('http',),
        parameters=(),
        messages=('task', 'gap'),
        bindings={'http': {}},
    ),
    Channel(
        key='lexosTask',
        address='/ws/tasks/{task_id}',
        servers=('ws',),
        parameters=('task_id',),
        messages=('progress',),
        bindings={'ws': {'bindingVersion': '0.1.0',
                'query': {'type': 'object',
                          'properties': {'token': {'type': 'string',
                                                   'description': 'An API key or a session token.'}}}}},
    ),
    Channel(
        key='v1Events',
        address='/v1/events/stream',
        servers=('http',),
        parameters=(),
        messages=('task', 'gap'),
        bindings={'http': {}},
    ),
    Channel(
        key='v2Events',
        address='/v2/events/stream',
        servers=('http',),
        parameters=(),
        messages=('task', 'gap'),
        bindings={'http': {}},
    ),
)

OPERATIONS: tuple[ChannelOperation, ...] = (
    ChannelOperation(
        key='ggi.streams.events',
        action='send',
        channel='ggiEvents',
        address='/events/stream',
        messages=('task', 'gap'),
        reply=None,
        scope=None,
        bindings={},
        unfinished=False,
    ),
    ChannelOperation(
        key='lexos.streams.task',
        action='send',
        channel='lexosTask',
        address='/ws/tasks/{task_id}',
        messages=('progress',),
        reply=None,
        scope='task:read',
        bindings={},
        unfinished=False,
    ),
    ChannelOperation(
        key='v1.streams.events',
        action='send',
        channel='v1Events',
        address='/v1/events/stream',
        messages=('task', 'gap'),
        reply=None,
        scope=None,
        bindings={},
        unfinished=False,
    ),
    ChannelOperation(
        key='v2.streams.events',
        action='send',
        channel='v2Events',
        address='/v2/events/stream',
        messages=('task', 'gap'),
        reply=None,
        scope=None,
        bindings={},
        unfinished=False,
    ),
)

MESSAGES: tuple[Message, ...] = (
    Message(
        channel='ggiEvents',
        key='gap',
        name='ggi.gap',
        content_type='application/json',
        schema='Gap',
        model='shared.Gap',
        bindings={},
    ),
    Message(
        channel='ggiEvents',
        key='task',
        name='ggi.task',
        content_type='application/json',
        schema='GgiTaskEvent',
        model='ggi.TaskEvent',
        bindings={},
    ),
    Message(
        channel='lexosTask',
        key='progress',
        name='lexos.task_progress',
        content_type='application/json',
        schema='LexosTaskProgress',
        model='lexos.TaskProgress',
        bindings={},
    ),
    Message(
        channel='v1Events',
        key='gap',
        name='v1.gap',
        content_type='application/json',
        schema='Gap',
        model='shared.Gap',
        bindings={},
    ),
    Message(
        channel='v1Events',
        key='task',
        name='v1.task',
        content_type='application/json',
        schema='V1TaskEvent',
        model='v1.TaskEvent',
        bindings={},
    ),
    Message(
        channel='v2Events',
        key='gap',
        name='v2.gap',
        content_type='application/json',
        schema='Gap',
        model='shared.Gap',
        bindings={},
    ),
    Message(
        channel='v2Events',
        key='task',
        name='v2.task',
        content_type='application/json',
        schema='V2TaskEvent',
        model='v2.TaskEvent',
        bindings={},
    ),
)
