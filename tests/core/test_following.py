"""Following events and tasks: first what is, then what changes, and nothing is kept of those who have left."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from handlers.core.calls import Call, StreamItem
from handlers.core.conversations import Conversation
from handlers.core.errors import NotFound
from handlers.core.events import EVERYTHING, Event, EventFilter, Gap, Logged, cursor_in
from handlers.core.feeds import Feed
from handlers.core.following import Following, TaskLife, follow_task
from handlers.core.lifecycle import Task
from handlers.core.principals import Principal
from handlers.core.tail import Tail
from handlers.core.tasks import Tasks
from handlers.core.tongues import Tongue
from tests.fakes import Clock, MemoryDocuments

TONGUE = Tongue("channel", lambda logged: StreamItem(logged.event.type, logged), lambda lost: StreamItem("gap", lost))


@pytest.fixture
def live(documents: MemoryDocuments) -> Tail:
    """The end of what the store tells, of which three events are kept in memory."""
    tail = Tail(documents, most=3)
    tail.begin("fake", 0)
    documents.hear = tail.add
    return tail


@pytest.fixture
def rules(documents: MemoryDocuments, live: Tail, clock: Clock) -> Tasks:
    """The rules."""
    return Tasks(documents, clock)


@pytest.fixture
def socket(live: Tail, rules: Tasks, ann: Principal, clock: Clock) -> Conversation:
    """Ann's socket."""
    return Conversation(Call(SimpleNamespace(tasks=rules), ann, "req"), Feed(live, ann.tenant), clock, {}, 1)


async def test_a_tenants_tasks_are_told_as_they_change(live: Tail, rules: Tasks, ann: Principal) -> None:
    """Every change of every task of the tenant is told, also to one who is slower than what is kept in memory."""
    stream = follow(live, ann)
    task = await create(rules, ann)
    for progress in range(1, 6):
        await rules.update(ann, task.id, {"progress": progress})
    told = [await anext(stream) for _ in range(6)]
    assert [(entry.event.type, entry.event.data["progress"]) for entry in told] == [
        ("task.created", 0), *(("task.updated", progress) for progress in range(1, 6)),
    ]  # fmt: skip
    await stream.aclose()


async def test_a_stream_names_the_place_where_it_begins(live: Tail, rules: Tasks, ann: Principal) -> None:
    """Whoever leaves before the first event can go on from there; whoever came from a place knows it."""
    await create(rules, ann)
    stream = follow(live, ann)
    assert stream.begins_at == "evt-0.fake.1"
    await stream.aclose()
    task = await create(rules, ann)
    again = follow(live, ann, after=cursor_in(stream.begins_at))
    assert (await anext(again)).event.subject == task.id
    assert again.begins_at is None
    await again.aclose()


@pytest.mark.parametrize("seen", [0, 1, 4])
async def test_a_stream_goes_on_where_another_stopped(live: Tail, rules: Tasks, ann: Principal, seen: int) -> None:
    """Behind a cursor comes all that has happened since, then what happens; nothing twice."""
    for _ in range(5):
        await create(rules, ann)
    stream = follow(live, ann, after=f"fake.{seen}")
    old = [await anext(stream) for _ in range(5 - seen)]
    await create(rules, ann)
    assert [entry.offset for entry in (*old, await anext(stream))] == list(range(seen + 1, 7))
    await stream.aclose()


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (EventFilter(), ["task.created", "task.created", "task.started"]),
        (EventFilter(types=frozenset({"task.created"})), ["task.created", "task.created"]),
        (EventFilter(subject="second"), ["task.created", "task.started"]),
        (EventFilter(frozenset({"task.started", "task.failed"}), "second"), ["task.started"]),
        (EventFilter(frozenset({"task.started"}), "first"), []),
        (EventFilter(fields=(("status", "running"),)), ["task.started"]),
        (EventFilter(fields=(("status", "running"), ("name", "other"))), []),
        (EventFilter(since=1), ["task.started"]),
        (EventFilter(until=1), ["task.created", "task.created"]),
    ],
)
async def test_events_are_filtered(
    documents: MemoryDocuments, live: Tail, rules: Tasks, ann: Principal, wanted: EventFilter, told: list[str]
) -> None:
    """A stream shows the events that agree with all that is asked for."""
    first, second = await create(rules, ann), await create(rules, ann)
    subject = {"first": first.id, "second": second.id}.get(wanted.subject or "")
    stream = follow(live, ann, replace(wanted, subject=subject))
    for task in (first, second):
        documents.tell([Event("evt_0", "task.created", ann.tenant, task.id, 0, task.document())])
    await rules.update(ann, second.id, {"status": "running"})
    assert [(await anext(stream)).event.type for _ in told] == told
    await stream.aclose()


@pytest.mark.parametrize("after", ["other.1", "fake.9"])
async def test_a_place_that_the_log_does_not_know_is_a_gap(
    live: Tail, rules: Tasks, ann: Principal, after: str
) -> None:
    """Another epoch, or more than there is: first a gap, whatever is wanted, then what the log can still tell."""
    await create(rules, ann)
    stream = follow(live, ann, EventFilter(types=frozenset({"task.started"})), after)
    assert isinstance(await anext(stream), Gap)
    task = await create(rules, ann)
    await rules.update(ann, task.id, {"status": "running"})
    assert (await anext(stream)).event.subject == task.id
    await stream.aclose()


async def test_one_task_is_followed_to_its_end(live: Tail, rules: Tasks, ann: Principal, socket: Conversation) -> None:
    """First the task as it is and its place, then each change up to the last one; other tasks do not show."""
    task = await create(rules, ann)
    life = await follow_task(socket, task.id)
    assert (life.task.status, life.place) == ("pending", "evt-0.fake.1")
    assert socket.entries is life
    await create(rules, ann)
    await rules.update(ann, task.id, {"status": "running"})
    await rules.update(ann, task.id, {"status": "completed"})
    assert [shown(entry) async for entry in life] == ["running", "completed"]


async def test_a_finished_task_is_told_once(rules: Tasks, ann: Principal, socket: Conversation) -> None:
    """Nothing comes after the end."""
    task = await create(rules, ann)
    await rules.update(ann, task.id, {"status": "failed"})
    life = await follow_task(socket, task.id)
    assert life.task.status == "failed"
    assert [entry async for entry in life] == []


async def test_a_gap_is_closed_by_reading(live: Tail, rules: Tasks, ann: Principal, socket: Conversation) -> None:
    """A follower whose log was replaced sees the task as it is, even a deleted one, and nothing old after it."""
    task = await create(rules, ann)
    life = await follow_task(socket, task.id)
    await rules.delete(ann, task.id)
    live.begin("another", 0)
    told = [entry async for entry in life]
    assert [type(entry) for entry in told] == [Task]
    assert shown(told[0]) == "cancelled"


async def test_old_news_is_passed_over(
    documents: MemoryDocuments, rules: Tasks, ann: Principal, socket: Conversation
) -> None:
    """An event that is older than what was told is not told."""
    task = await create(rules, ann)
    life = await follow_task(socket, task.id)
    documents.tell([Event("evt_0", "task.created", ann.tenant, task.id, 0, task.document())])
    await rules.update(ann, task.id, {"status": "running"})
    assert shown(await anext(life)) == "running"


@pytest.mark.parametrize(("after", "told"), [("fake.0", ["pending", "running"]), ("lost.7", ["running"])])
async def test_what_was_missed_is_told_again(
    rules: Tasks, ann: Principal, socket: Conversation, after: str, told: list[str]
) -> None:
    """Whoever comes back gets the changes behind their place; from a place that is gone, first the task as it is."""
    task = await create(rules, ann)
    await rules.update(ann, task.id, {"status": "running"})
    life: TaskLife = await follow_task(socket, task.id)
    life.resume(after)
    assert [shown(await anext(life)) for _ in told] == told


async def test_an_unknown_task_is_not_followed(live: Tail, socket: Conversation) -> None:
    """It is refused, and whoever closes the socket leaves nothing behind."""
    with pytest.raises(NotFound):
        await follow_task(socket, "task_none")
    socket.feed.close()
    assert len(live) == 0


@pytest.mark.parametrize("begun", [False, True])
async def test_a_closed_stream_does_not_listen(live: Tail, rules: Tasks, ann: Principal, begun: bool) -> None:
    """A stream lets go of its place when it is closed, whether or not anybody read from it."""
    task = await create(rules, ann)
    stream = follow(live, ann)
    if begun:
        reading = asyncio.ensure_future(anext(stream))
        await rules.update(ann, task.id, {"progress": 1})
        await reading
    await stream.aclose()
    assert len(live) == 0


def follow(live: Tail, who: Principal, wanted: EventFilter = EVERYTHING, after: str | None = None) -> Following:
    """Ann's stream."""
    return Following(live, who.tenant, TONGUE, wanted, after)


async def create(rules: Tasks, who: Principal) -> Task:
    """A task."""
    return await rules.create(who, {"name": "n", "type": "t"})


def shown(entry: Logged | Task) -> str:
    """A task's status."""
    return entry.status if isinstance(entry, Task) else entry.event.data["status"]
