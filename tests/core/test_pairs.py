"""Two records change in one go where both are known, and by themselves where they are not."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from handlers.core.collections import AGENTS, COMMANDS
from handlers.core.errors import Conflict
from handlers.core.pairs import Step, changed_in_turn
from handlers.core.ports import Document, Told, Update
from handlers.core.records import Records
from tests.fakes import MemoryDocuments

_TENANT = "t_one"
_FIRST: Document = {"id": "first", "tenant": _TENANT, "version": 1, "status": "idle", "created_at": 1}
_SECOND: Document = {"id": "second", "tenant": _TENANT, "version": 1, "status": "pending", "created_at": 1}


class Counting(MemoryDocuments):
    """A store that counts what is written in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.goes = 0

    async def write_in_turn(self, told: Sequence[Told]) -> list[Document]:
        """Count, and write."""
        self.goes += 1
        return await super().write_in_turn(told)


class World:
    """Two records that this process knows."""

    def __init__(self) -> None:
        self.documents = Counting()
        self.agents = Records(self.documents, AGENTS, "agent", guesses=True)
        self.commands = Records(self.documents, COMMANDS, "command", guesses=True)
        self.done: list[tuple[int, int]] = []

    async def begin(self) -> None:
        """Have both there and known."""
        for records, record in ((self.agents, _FIRST), (self.commands, _SECOND)):
            await records.insert(_TENANT, record)
            records.learn(record)

    def step(self, records: Records, record: Document, changes: dict[str, Any], present: Any = None) -> Step:
        """A change of one."""
        return Step(records, _TENANT, record["id"], lambda _: changes, lambda *_: (), self._done, present)

    def _done(self, before: Document, after: Document) -> None:
        self.done.append((before["version"], after["version"]))


@pytest.fixture
async def world() -> World:
    """A world."""
    made = World()
    await made.begin()
    return made


async def test_what_is_known_changes_in_one_go(world: World) -> None:
    """Each is told that it was made, and is known as it is now."""
    first, second = world.step(world.agents, _FIRST, {"n": 1}), world.step(world.commands, _SECOND, {"n": 2})
    pairs = await changed_in_turn(world.documents, first, second)
    assert [(before.get("n"), after["n"]) for before, after in pairs] == [(None, 1), (None, 2)]
    assert (world.documents.goes, world.done) == (1, [(1, 2), (1, 2)])
    assert [(world.agents.guess(_TENANT, "first") or {})["version"]] == [2]


@pytest.mark.parametrize("what", ["is not known", "has nothing to change", "is refused"])
async def test_what_is_not_known_or_not_to_be_changed_is_left(world: World, what: str) -> None:
    """Neither is written, so that each can be changed as ever."""

    def refuse(_: Document) -> dict[str, Any]:
        raise Conflict("Not now")

    first, second = world.step(world.agents, _FIRST, {"n": 1}), world.step(world.commands, _SECOND, {"n": 2})
    if what == "is not known":
        world.commands.forget(_TENANT, "second")
    elif what == "has nothing to change":
        second = world.step(world.commands, _SECOND, {})
    else:
        second = Step(world.commands, _TENANT, "second", refuse, second.tell, second.done)
    assert await changed_in_turn(world.documents, first, second) == []
    assert (world.documents.goes, world.done) == (0, [])


async def test_what_was_read_just_now_is_known(world: World) -> None:
    """Unless something newer is."""
    world.commands.forget(_TENANT, "second")
    second = world.step(world.commands, _SECOND, {"n": 2}, present=_SECOND)
    pairs = await changed_in_turn(world.documents, world.step(world.agents, _FIRST, {"n": 1}), second)
    assert len(pairs) == 2
    again = await changed_in_turn(world.documents, world.step(world.agents, _FIRST, {"n": 3}), second)
    assert [after["version"] for _, after in again] == [3, 3]


@pytest.mark.parametrize(("stale", "made"), [("agent", 0), ("command", 1)])
async def test_what_another_process_has_changed_is_the_end(world: World, stale: str, made: int) -> None:
    """What stands before it is made, what stands behind it is not, and it is known no more."""
    collection, record = (AGENTS, _FIRST) if stale == "agent" else (COMMANDS, _SECOND)
    await world.documents.write(Update(collection, _TENANT, record["id"], {}, {"version": 7}))
    first, second = world.step(world.agents, _FIRST, {"n": 1}), world.step(world.commands, _SECOND, {"n": 2})
    assert len(await changed_in_turn(world.documents, first, second)) == len(world.done) == made
    records = world.agents if stale == "agent" else world.commands
    assert records.guess(_TENANT, record["id"]) is None


async def test_whoever_comes_from_the_other_side_waits(world: World) -> None:
    """Two that change the same records in different orders take turns, and end."""
    one = world.step(world.agents, _FIRST, {"n": 1}), world.step(world.commands, _SECOND, {"n": 1})
    other = world.step(world.commands, _SECOND, {"n": 2}), world.step(world.agents, _FIRST, {"n": 2})
    async with asyncio.timeout(5):
        made = await asyncio.gather(*(changed_in_turn(world.documents, *steps) for steps in (one, other) * 5))
    assert [len(pairs) for pairs in made] == [2] * 10
