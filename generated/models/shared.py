# Generated from specs/ by `make generate`. Do not edit.
"""The schemas that dialects share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from generated.models.wire import Wire
from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

Cursor = TypeAliasType(
    "Cursor",
    Annotated[str, Field(description='A place in a list, to be sent back as it came.')],
)


class Gap(Wire):
    """
    Events were lost, to a client that did not keep up or while a part of the server was away.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    missed: int


class GapFields(Wire):
    """
    What stands beside the data of a gap.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: Literal['gap']


Identifier = TypeAliasType(
    "Identifier",
    Annotated[
        str,
        Field(
            description='An opaque identifier. Every dialect reads every identifier.'
        ),
    ],
)


JsonObject = TypeAliasType("JsonObject", dict[str, Any])
"""
Any JSON object.
"""


Label = TypeAliasType("Label", str)


Password = TypeAliasType(
    "Password",
    Annotated[
        str,
        Field(
            description='Any characters, at least eight; a password that everybody knows is refused.'
        ),
    ],
)


Priority = TypeAliasType(
    "Priority",
    Annotated[
        Literal['low', 'normal', 'high', 'urgent'],
        Field(description='What is more urgent is done first.'),
    ],
)


ProblemDetails = TypeAliasType("ProblemDetails", dict[str, Any])
"""
What is wrong, in fields that depend on the kind of the error.
"""


class RetryPolicy(Wire):
    """
    How often, and how soon, a failed run is tried again.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    max_retries: int = 3
    backoff_multiplier: int | float = 2
    initial_delay_seconds: int | float = 60


class Schedule(Wire):
    """
    When a recurring task is due.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    cron: str
    timezone: str = 'UTC'


Tags = TypeAliasType("Tags", dict[str, Label])
"""
Free labels by which items can be found.
"""


TaskEventType = TypeAliasType("TaskEventType", Literal['task.created', 'task.updated', 'task.started', 'task.completed', 'task.failed', 'task.cancelled', 'task.deleted'])


class TaskEventFields(Wire):
    """
    What stands beside the data of a change of a task.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    event: TaskEventType
    id: str
