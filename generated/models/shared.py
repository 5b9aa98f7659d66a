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
    Events are missing here, because the log no longer has them or is another one than it was.
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


MeanLatency = TypeAliasType(
    "MeanLatency",
    Annotated[
        int | float,
        Field(description='The mean time in which an agent answers, in milliseconds.'),
    ],
)


MetricName = TypeAliasType(
    "MetricName",
    Annotated[
        str,
        Field(
            description='The name of a metric, the same in every dialect. `timestamp`, `device_id` and `agent_id` stand beside metrics in\nsome answers and messages, and so are names of none.\n'
        ),
    ],
)


MetricValue = TypeAliasType(
    "MetricValue",
    Annotated[
        Any,
        Field(
            description='What was measured: a number, a truth value, a text, a list or an object. Numbers can be aggregated; the others can\nbe counted.\n'
        ),
    ],
)


Metrics = TypeAliasType("Metrics", dict[str, MetricValue])
"""
What was measured, by the names of the metrics.
"""


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


TagFilter = TypeAliasType(
    "TagFilter", Annotated[str, Field(description='A tag and its value.')]
)


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
