"""Lists over all their pages, waiting, and streams that go on where they have stopped: against a real server."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from nexus_client import AsyncNexusClient, NexusClient, WaitTimeout, errors

from tests.serving import Running

_SECONDS = 20


def test_a_list_goes_over_all_pages(nexus: NexusClient) -> None:
    """Iterating asks for the next page when it is needed; a page knows its own items."""
    made = [nexus.tasks.create({"title": str(number)}).task_id for number in range(5)]
    page = nexus.tasks.list(limit=2)
    assert (len(page.data), page.has_more) == (2, True)
    assert sorted(task.task_id for task in page) == sorted(made)
    assert [task.title for task in page.next_page().next_page().data] == ["0"]


async def test_asynchronous_lists(async_nexus: AsyncNexusClient) -> None:
    """`async for` goes over all pages, and `await` gives the first."""
    made = {(await async_nexus.tasks.create({"title": "x"})).task_id for _ in range(5)}
    assert {task.task_id async for task in async_nexus.tasks.list(limit=2)} == made
    first = await async_nexus.tasks.list(limit=4)
    assert len((await first.next_page()).data) == 1
    assert await (await first.next_page()).next_page() is None


def test_filters_and_moments(nexus: NexusClient) -> None:
    """Several values, truths and moments are written as the contract has them."""
    nexus.tasks.create(
        {"title": "x", "tags": {"team": "ops", "region": "eu"}, "deadline": datetime.now(UTC) + timedelta(1)}
    )
    assert len(nexus.tasks.list(tags=["team:ops", "region:eu"]).data) == 1
    assert nexus.commands.list(since=datetime.now(UTC)).data == []
    assert nexus.agents.list(available=True).data == []


def test_entity_tags(nexus: NexusClient) -> None:
    """What has changed since it was read is not changed over."""
    task = nexus.tasks.create({"title": "x"})
    nexus.tasks.update(task.task_id, {"progress": 10}, if_match=task.etag)
    with pytest.raises(errors.PreconditionFailed):
        nexus.tasks.delete(task.task_id, if_match=task.etag)


def test_waiting_ends(nexus: NexusClient) -> None:
    """Who waits for what does not end is told how it is."""
    command = nexus.commands.execute({"command_type": "x", "target": "nobody"})
    began = time.monotonic()
    with pytest.raises(WaitTimeout) as waited:
        nexus.commands.wait_for_completion(command.command_id, timeout=2)
    assert 1 <= time.monotonic() - began < 10
    assert waited.value.last.status == "pending"


def test_a_stream_goes_on_where_it_stopped(serve: Callable[..., Running], tenant: str) -> None:
    """The server ends each stream after a moment; no event is missed, and none comes twice."""
    server = serve(stream_lifetime_seconds=0.4)
    key = server.key_for("admin", tenant)
    with NexusClient(key, server.url) as nexus, NexusClient(key, server.url) as other:
        place = nexus.tasks.create({"title": "first"})
        begin = next(event for event in nexus.events.list() if event.type == "task.created").cursor
        titles: list[str] = []

        def follow() -> None:
            for event in nexus.events.stream(cursor=begin):
                titles.append(event.data["title"])
                if titles[-1] == "6":
                    return

        following = threading.Thread(target=follow)
        following.start()
        for number in range(7):
            other.tasks.create({"title": str(number)})
            time.sleep(0.4)
        following.join(_SECONDS)
    assert place.title == "first"
    assert titles == [str(number) for number in range(7)]


async def test_asynchronous_streams(async_nexus: AsyncNexusClient) -> None:
    """Events come as they happen; a stream that is refused raises."""
    seen = asyncio.ensure_future(anext(async_nexus.events.stream()))
    for _ in range(100):
        task = await async_nexus.tasks.create({"title": "x"})
        if seen.done():
            break
        await asyncio.sleep(0.1)
    event = await asyncio.wait_for(seen, _SECONDS)
    assert event.type == "task.created"
    assert task.task_id.startswith("task_")
    with pytest.raises(errors.ValidationError):
        await anext(async_nexus.events.stream(cursor="nobody-gave-this"))
