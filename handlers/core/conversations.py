"""One socket, as the dialects see it: who speaks, what they have subscribed to, and how much of it there may be."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.core.announcing import TYPES
from handlers.core.calls import Call
from handlers.core.clock import Clock
from handlers.core.ending import ended
from handlers.core.errors import Conflict, NotYet, SubscriptionRefused
from handlers.core.events import AnyOf, EventFilter, Gap, Logged, Wanted
from handlers.core.feeds import Feed

_UNFINISHED = "x-unfinished"
# The filters that fit an event, by its type or what that begins with, and where their values stand in its data: in a
# field, or in one of several parts.
_SENT = {"device_id": "device", "agent_id": "device", "tag": ("labels",)}
_FIELDS: Mapping[str, Mapping[str, str | tuple[str, ...]]] = {
    "task": {"task_id": "id", "agent_id": "assigned_to"},
    "command": {"command_id": "id", "device_id": "target", "agent_id": "target"},
    "lease": {"agent_id": "agent"},
    "ai": {"agent_id": "id"},
    "telemetry": _SENT | {"metric": ("numbers", "others", "metric")},
    "telemetry.log": _SENT | {"level": "level"},
    "telemetry.event": _SENT,
}


@dataclass
class Conversation:
    """A socket that is open. `scopes` are those without which it would not be what it is: it ends with them.

    `entries` are what is told on it, each an event, a gap, or a whole message of the dialect's. `say` sends one more
    message, between two others; `excuse` tells that something which was begun here has come to a bad end. `offering`
    are the agents that want work here, each with who offers it.
    """

    call: Call
    feed: Feed
    clock: Clock
    topics: Mapping[str, Any]
    most: int
    scopes: set[str] = field(default_factory=set)
    entries: AsyncIterator[Logged | Gap | Any] = None
    say: Callable[[Any], Awaitable[None]] | None = None
    excuse: Callable[[Exception], Coroutine[Any, Any, None]] | None = None
    offering: dict[str, Any] = field(default_factory=dict)
    _works: set[asyncio.Task[None]] = field(default_factory=set)
    _excuses: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.entries = self.entries or self.feed

    def subscribe(
        self, named: Mapping[str, str], filters: Mapping[str, str], after: str | None = None, *, strict: bool
    ) -> None:
        """Tell of some topics, each under a name, or of none of them.

        `strict`: a filter that does not fit a topic's events admits none of them.
        """
        for topic in named.values():
            self._check(topic)
        if len({*self.feed.names, *named}) > self.most:
            raise Conflict(f"A connection has {self.most} subscriptions at most", limit=self.most)
        for name, topic in named.items():
            declared = self.topics[topic]
            self.feed.subscribe(name, wanted(frozenset(declared["types"]), filters, strict=strict), after)
            self.scopes.add(declared["scope"])

    def check_room(self) -> None:
        """Refuse to begin one more thing whose end is told here, when there are as many as may be."""
        if len(self._works) >= self.most:
            raise Conflict(f"A connection waits for {self.most} things at most", limit=self.most)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something beside the talk, for as long as it lasts."""
        task = asyncio.ensure_future(work)
        self._works.add(task)
        task.add_done_callback(self._end)
        return task

    async def close(self) -> None:
        """End what was begun."""
        await ended(*self._works, *self._excuses)

    def _end(self, task: "asyncio.Task[None]") -> None:
        """Forget what is over. Nobody waits for it, so that what has ended it before its end is told."""
        self._works.discard(task)
        problem = None if task.cancelled() else task.exception()
        if isinstance(problem, Exception) and self.excuse is not None:
            self._excuses.add(told := asyncio.ensure_future(self.excuse(problem)))
            told.add_done_callback(self._excuses.discard)

    def _check(self, topic: str) -> None:
        declared = self.topics[topic]
        if not self.call.principal.may(declared["scope"]):
            raise SubscriptionRefused(declared["scope"])
        if declared.get(_UNFINISHED):
            raise NotYet(topic)


def fitting(types: frozenset[str], filters: Mapping[str, str]) -> Wanted:
    """The events of these types, of whatever kinds, that agree with all that filters say."""
    if not filters:
        return EventFilter(types, passes=not types.isdisjoint(TYPES))
    kinds = {type.partition(".")[0] for type in types}
    each = [frozenset(type for type in types if type.partition(".")[0] == kind) for kind in sorted(kinds)]
    return AnyOf(tuple(wanted(some, filters, strict=True) for some in each))


def wanted(types: frozenset[str], filters: Mapping[str, str], *, strict: bool) -> EventFilter:
    """The events of these types, all of one kind, that agree with what filters say."""
    one = next(iter(types))
    places = _FIELDS.get(one, _FIELDS.get(one.partition(".")[0], {}))
    if strict and filters.keys() - places.keys():
        return EventFilter(types=frozenset())
    found = [(places[name], value) for name, value in filters.items() if name in places]
    subject = next((value for place, value in found if place == "id"), None)
    return EventFilter(
        types,
        subject,
        tuple((place, value) for place, value in found if isinstance(place, str) and place != "id"),
        among=tuple((value, place) for place, value in found if isinstance(place, tuple)),
        passes=not types.isdisjoint(TYPES),
        sender=next((value for place, value in found if place == "device"), None),
    )
