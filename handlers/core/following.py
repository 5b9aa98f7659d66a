"""Following a tenant's events as they happen."""

from collections.abc import AsyncIterator, Callable

from handlers.core.calls import StreamItem
from handlers.core.errors import Refusal
from handlers.core.identity import Principal
from handlers.core.ports import Event, EventFeed, Gap, Subscription
from handlers.core.tasks import FINAL, Task, Tasks


async def follow_tasks(
    feed: EventFeed, tenant: str, show: Callable[[Event, Task], StreamItem], show_gap: Callable[[Gap], StreamItem]
) -> AsyncIterator[StreamItem]:
    """A stream of the tenant's task events, open from now on: awaiting this is what subscribes."""
    return _items(feed.subscribe(tenant), show, show_gap)


async def _items(
    subscription: Subscription, show: Callable[[Event, Task], StreamItem], show_gap: Callable[[Gap], StreamItem]
) -> AsyncIterator[StreamItem]:
    try:
        async for event in subscription:
            yield show_gap(event) if isinstance(event, Gap) else show(event, Task.of(event.data))
    finally:
        subscription.close()


async def follow_task(
    feed: EventFeed, tasks: Tasks, who: Principal, identifier: str, show: Callable[[Task], StreamItem]
) -> AsyncIterator[StreamItem]:
    """One task as it is now, then after each change until it is finished."""
    subscription = feed.subscribe(who.tenant)
    try:
        present = await tasks.get(who, identifier)
    except Refusal:
        subscription.close()
        raise
    return _life_of(subscription, tasks, who, present, show)


async def _life_of(
    subscription: Subscription, tasks: Tasks, who: Principal, task: Task, show: Callable[[Task], StreamItem]
) -> AsyncIterator[StreamItem]:
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
    finally:
        subscription.close()
