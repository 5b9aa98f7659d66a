"""Following tasks: first what is, then what changes, and nothing is kept of those who have left."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from adapters.local.feed import LocalEventFeed
from handlers.core.calls import StreamItem
from handlers.core.errors import NotFound
from handlers.core.following import EventFilter, follow_task, follow_tasks
from handlers.core.lifecycle import Task
from handlers.core.ports import Event, Gap
from handlers.core.principals import Principal
from handlers.core.tasks import Tasks
from tests.fakes import Clock, MemoryDocuments


@pytest.fixture
def live() -> LocalEventFeed:
    """A feed whose listeners hold three events."""
    return LocalEventFeed(buffer=3)


@pytest.fixture
def rules(documents: MemoryDocuments, live: LocalEventFeed, clock: Clock) -> Tasks:
    """The rules, telling the feed."""
    return Tasks(documents, live, clock)


async def test_a_tenants_tasks_are_told_as_they_change(live: LocalEventFeed, rules: Tasks, ann: Principal) -> None:
    """Every change of every task of the tenant is an item; what is lost is an item too."""
    stream = await follow_tasks(live, ann.tenant, shown_event, shown_gap)
    task = await create(rules, ann)
    for progress in range(1, 6):
        await rules.update(ann, task.id, {"progress": progress})
    items = [await anext(stream) for _ in range(4)]
    assert [(item.type, item.data) for item in items] == [
        ("task.created", (task.id, 0)), ("task.updated", (task.id, 1)), ("task.updated", (task.id, 2)), ("gap", 3),
    ]  # fmt: skip
    await stream.aclose()


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (EventFilter(), ["task.created", "task.created", "task.started"]),
        (EventFilter(types=frozenset({"task.created"})), ["task.created", "task.created"]),
        (EventFilter(subject="second"), ["task.created", "task.started"]),
        (EventFilter(frozenset({"task.started", "task.failed"}), "second"), ["task.started"]),
        (EventFilter(frozenset({"task.started"}), "first"), []),
    ],
)
async def test_events_are_filtered(
    live: LocalEventFeed, rules: Tasks, ann: Principal, wanted: EventFilter, told: list[str]
) -> None:
    """A stream shows the events that agree with all that is asked for."""
    first, second = await create(rules, ann), await create(rules, ann)
    subject = {"first": first.id, "second": second.id}.get(wanted.subject or "")
    stream = await follow_tasks(live, ann.tenant, shown_event, shown_gap, replace(wanted, subject=subject))
    for task in (first, second):
        live.publish(Event("evt_0", "task.created", ann.tenant, task.id, 0, task.document()))
    await rules.update(ann, second.id, {"status": "running"})
    items = [(await anext(stream)).type for _ in told]
    assert items == told
    await stream.aclose()


async def test_a_gap_passes_every_filter(live: LocalEventFeed, rules: Tasks, ann: Principal) -> None:
    """Whoever asks for some events is told that some were lost: they may have been those."""
    nothing = EventFilter(types=frozenset({"task.failed"}))
    stream = await follow_tasks(live, ann.tenant, shown_event, shown_gap, nothing)
    for _ in range(5):
        await create(rules, ann)
    assert (await anext(stream)).type == "gap"
    await stream.aclose()


async def test_one_task_is_followed_to_its_end(live: LocalEventFeed, rules: Tasks, ann: Principal) -> None:
    """The first item is the task as it is, the last one its outcome; other tasks do not show."""
    task = await create(rules, ann)
    stream = await follow_task(live, rules, ann, task.id, shown)
    await create(rules, ann)
    await rules.update(ann, task.id, {"status": "running"})
    await rules.update(ann, task.id, {"status": "completed"})
    assert [item.data async for item in stream] == ["pending", "running", "completed"]
    await stream.aclose()
    assert live._subscriptions == {}


async def test_a_finished_task_is_told_once(live: LocalEventFeed, rules: Tasks, ann: Principal) -> None:
    """Nothing comes after the end."""
    task = await create(rules, ann)
    await rules.update(ann, task.id, {"status": "failed"})
    assert [item.data async for item in await follow_task(live, rules, ann, task.id, shown)] == ["failed"]


async def test_a_gap_is_closed_by_reading(live: LocalEventFeed, rules: Tasks, ann: Principal) -> None:
    """A follower that lost events sees the task as it is, even a deleted one, and nothing old after it."""
    task = await create(rules, ann)
    stream = await follow_task(live, rules, ann, task.id, shown)
    for progress in (1, 2, 3, 4):
        await rules.update(ann, task.id, {"progress": progress})
    await rules.delete(ann, task.id)
    assert [item.data async for item in stream] == ["pending", "pending", "pending", "pending", "cancelled"]


async def test_old_news_is_passed_over(live: LocalEventFeed, rules: Tasks, ann: Principal) -> None:
    """An event that is older than what was shown is not shown."""
    task = await create(rules, ann)
    stream = await follow_task(live, rules, ann, task.id, shown)
    await anext(stream)
    live.publish(Event("evt_0", "task.created", ann.tenant, task.id, 0, task.document()))
    await rules.update(ann, task.id, {"status": "running"})
    assert (await anext(stream)).data == "running"
    await stream.aclose()


async def test_an_unknown_task_leaves_nothing_behind(live: LocalEventFeed, rules: Tasks, ann: Principal) -> None:
    """A refused follower does not listen."""
    with pytest.raises(NotFound):
        await follow_task(live, rules, ann, "task_none", shown)
    assert live._subscriptions == {}


@pytest.mark.parametrize("begun", [False, True])
async def test_a_closed_stream_does_not_listen(live: LocalEventFeed, rules: Tasks, ann: Principal, begun: bool) -> None:
    """A stream lets go of its subscription when it is closed, whether or not anybody read from it."""
    task = await create(rules, ann)
    streams = [
        await follow_tasks(live, ann.tenant, shown_event, shown_gap),
        await follow_task(live, rules, ann, task.id, shown),
    ]
    for stream in streams:
        if begun:
            reading = asyncio.ensure_future(anext(stream))
            await rules.update(ann, task.id, {"progress": 1})
            await reading
        await stream.aclose()
    assert live._subscriptions == {}


async def create(rules: Tasks, who: Principal) -> Task:
    """A task."""
    return await rules.create(who, {"name": "n", "type": "t"})


def shown(task: Task) -> StreamItem:
    """A task's status."""
    return StreamItem("task", task.status)


def shown_event(event: Event, task: Task) -> StreamItem:
    """A task's progress."""
    return StreamItem(event.type, (task.id, task.progress))


def shown_gap(lost: Gap) -> Any:
    """How much was lost."""
    return StreamItem("gap", lost.missed)
