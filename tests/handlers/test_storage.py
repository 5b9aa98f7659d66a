"""Every pair of a store and a log that the settings can ask for: what is changed is told, and can be found again."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry, Counter

import generated
from adapters.http.contract import Contract
from adapters.http.speech import Judge
from handlers import names
from handlers.core.clock import system_clock
from handlers.core.errors import Unavailable
from handlers.core.events import Follower, Logged
from handlers.core.principals import Principal
from handlers.core.tasks import Tasks
from handlers.settings import Settings
from handlers.storage import Storage
from scripts.mongo_wire import MongoWireServer
from scripts.rabbitmq import RabbitNode
from scripts.rabbitmq.processes import free_port
from tests.services.brokers import rabbitmq
from tests.services.databases import mongo_wire

CONTRACT = Contract(json.loads((Path(generated.__file__).parent / "asyncapi.json").read_bytes()))

__all__ = ["mongo_wire", "rabbitmq"]


@pytest.fixture(params=["embedded", "embedded-rabbit", "mongo", "mongo-rabbit"])
def chosen(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings of each kind."""
    if "mongo" in request.param:
        mongo: MongoWireServer = request.getfixturevalue("mongo_wire")
        settings = replace(settings, database_url=mongo.url)
    if "rabbit" in request.param:
        node: RabbitNode = request.getfixturevalue("rabbitmq")
        settings = replace(settings, amqp_url=node.url)
    return settings


@pytest.fixture
def ann() -> Principal:
    """Somebody in a tenant of her own."""
    return Principal("usr_ann", f"t_{uuid4().hex}", frozenset({"admin"}))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Storage]:
    """A store and a log for a while, as a process has them."""
    storage = Storage(settings)
    await storage.open()
    yield storage
    await storage.close()


async def test_changes_are_told_and_found_again(chosen: Settings, ann: Principal) -> None:
    """A follower hears of each change; a cursor still leads behind its event after a restart; nothing twice."""
    async with opened(chosen) as storage:
        tasks, follower = Tasks(storage.documents, system_clock), storage.log.follow(ann.tenant)
        task = await tasks.create(ann, {"name": "n", "type": "t", "tags": {"a": "b"}, "parameters": {"x": [1, None]}})
        await tasks.update(ann, task.id, {"status": "running"})
        created, started = await take(follower, 2)
    assert [logged.event.type for logged in (created, started)] == ["task.created", "task.started"]
    assert created.event.data == task.document()
    async with opened(chosen) as storage:
        tasks = Tasks(storage.documents, system_clock)
        follower = storage.log.follow(ann.tenant, after=created.cursor)
        done = await tasks.update(ann, task.id, {"status": "completed", "result": {"rows": 12}})
        again, completed = await take(follower, 2)
    assert again == started
    assert (completed.event.type, completed.event.data) == ("task.completed", done.document())


async def test_what_leaves_over_the_broker_is_as_the_contract_says(
    settings: Settings, ann: Principal, rabbitmq: RabbitNode
) -> None:
    """Every event and every mark, of the log and of telemetry, is held to it with its properties and headers."""
    violations = Counter("violations", "x", ("message",), registry=CollectorRegistry())
    judge, seen = Judge(CONTRACT, names.forms(), names.sent(), violations), []

    def examine(operation: str, payload: bytes, fields: Mapping[str, Any]) -> None:
        seen.append(operation)
        judge.examine(operation, payload, fields)

    storage = Storage(replace(settings, amqp_url=rabbitmq.url), examine)
    await storage.open()
    tasks, follower = Tasks(storage.documents, system_clock), storage.log.follow(ann.tenant)
    await tasks.create(ann, {"name": "n", "type": "t", "tags": {"a": "b"}, "parameters": {"x": [1, None]}})
    await take(follower, 1)
    async with asyncio.timeout(20):
        await storage.elsewhere.is_up.wait()
    await storage.close()
    assert set(seen) == {"events.streams.events", "events.streams.log_marks", "events.streams.telemetry"}
    assert next(iter(violations.collect())).samples == []


async def test_processes_share_a_log(
    settings: Settings, ann: Principal, mongo_wire: MongoWireServer, rabbitmq: RabbitNode
) -> None:
    """What one process changes the other tells, under a cursor that is good at both."""
    shared = replace(settings, database_url=mongo_wire.url, amqp_url=rabbitmq.url)
    async with opened(shared) as one, opened(shared) as other:
        at_one, at_other = one.log.follow(ann.tenant), other.log.follow(ann.tenant)
        tasks = [Tasks(storage.documents, system_clock) for storage in (one, other)]
        task = await tasks[0].create(ann, {"name": "n", "type": "t"})
        for number in range(20):
            await tasks[number % 2].update(ann, task.id, {"progress": number + 1})
        seen = [await take(follower, 21) for follower in (at_one, at_other)]
        assert seen[0] == seen[1]
        assert [logged.event.sequence for logged in seen[0]] == list(range(1, 22))
        assert await take(other.log.follow(ann.tenant, after=seen[0][9].cursor), 11) == seen[0][10:]


async def test_a_log_that_cannot_be_opened_leaves_the_store_closed(settings: Settings) -> None:
    """A start that is refused half-way lets go of what it had: the next one finds the file free."""
    away = Storage(replace(settings, amqp_url=f"amqp://127.0.0.1:{free_port()}/"))
    with pytest.raises(Unavailable):
        await away.open()
    async with opened(settings) as storage:
        await storage.documents.ping()


async def take(follower: Follower, count: int) -> list[Logged]:
    """The next entries; a gap is none."""
    async with asyncio.timeout(20):
        found = [await anext(follower) for _ in range(count)]
    assert all(isinstance(logged, Logged) for logged in found)
    return found
