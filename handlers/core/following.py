"""Following a tenant's events as they happen."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Self

from handlers.core.calls import StreamItem
from handlers.core.lifecycle import FINAL, Task
from handlers.core.ports import Event, EventFeed, Gap, Subscription
from handlers.core.principals import Principal
from handlers.core.tasks import Tasks


class Following:
    """A stream over a subscription, let go when it is closed, even by one who has never begun to read.

    A generator alone would not do: one that was not begun runs no `finally`.
    """

    def __init__(self, subscription: Subscription, items: AsyncGenerator[StreamItem, None]) -> None:
        self._subscription = subscription
        self._items = items

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamItem:
        return await anext(self._items)

    async def aclose(self) -> None:
        """Stop listening."""
        self._subscription.close()
        await self._items.aclose()


@dataclass(frozen=True)
class EventFilter:
    """Which events a stream shows: those that agree with all that is given."""

    types: frozenset[str] | None = None
    subject: str | None = None

    def admits(self, event: Event) -> bool:
        """Whether the event is to be shown."""
        return (self.types is None or event.type in self.types) and self.subject in (None, event.subject)


EVERYTHING = EventFilter()


async def follow_tasks(
    feed: EventFeed,
    tenant: str,
    show: Callable[[Event, Task], StreamItem],
    show_gap: Callable[[Gap], StreamItem],
    wanted: EventFilter = EVERYTHING,
) -> AsyncIterator[StreamItem]:
    """A stream of the tenant's task events, open from now on: awaiting this is what subscribes. Gaps always show."""
    subscription = feed.subscribe(tenant)
    return Following(subscription, _items(subscription, show, show_gap, wanted))


async def _items(
    subscription: Subscription,
    show: Callable[[Event, Task], StreamItem],
    show_gap: Callable[[Gap], StreamItem],
    wanted: EventFilter,
) -> AsyncGenerator[StreamItem, None]:
    async for event in subscription:
        if isinstance(event, Gap):
            yield show_gap(event)
        elif wanted.admits(event):
            yield show(event, Task.of(event.data))


async def follow_task(
    feed: EventFeed, tasks: Tasks, who: Principal, identifier: str, show: Callable[[Task], StreamItem]
) -> AsyncIterator[StreamItem]:
    """One task as it is now, then after each change until it is finished."""
    subscription = feed.subscribe(who.tenant)
    try:
        present = await tasks.get(who, identifier)
    except BaseException:
        subscription.close()
        raise
    return Following(subscription, _life_of(subscription, tasks, who, present, show))


async def _life_of(
    subscription: Subscription, tasks: Tasks, who: Principal, task: Task, show: Callable[[Task], StreamItem]
) -> AsyncGenerator[StreamItem, None]:
    """Versions only grow: an event that is older than what was shown is passed over, and a gap is closed by reading."""
    try:
        yield show(task)
        while task.status not in FINAL:
            event = await anext(aiter(subscription))
            if isinstance(event, Gap):
                present = await tasks.get(who, task.id, with_deleted=True)
            elif event.subject == task.id:
                present = Task.of(event.data)
            else:
                continue
            if present.version > task.version:
                task = present
                yield show(task)
    except StopAsyncIteration:
        return
