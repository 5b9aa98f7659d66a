"""How the system is, over fakes: every figure is counted from what there is."""

import asyncio
from dataclasses import replace

import pytest

from handlers.core.agents import Agents
from handlers.core.audit import Audit
from handlers.core.audit_entries import Entry
from handlers.core.collections import AGENTS
from handlers.core.errors import Unavailable
from handlers.core.identity import Identity
from handlers.core.machine import Capacity, Gpu, Machine
from handlers.core.ports import Document, Insert
from handlers.core.presence import STATUSES, Agent
from handlers.core.principals import Principal
from handlers.core.readiness import Readiness
from handlers.core.sealing import Sealing
from handlers.core.system import Amounts, Presences, Security, System
from handlers.core.tasks import Tasks
from handlers.core.vitals import Vitals
from tests.core.people import PASSWORD
from tests.fakes import Clock, MemoryDocuments

_ROOM = Capacity(100, 40, 60, 40)
_GPU = Gpu("NVIDIA H100", 80, 12, 15.7, 45)


class FakeGauges:
    """A machine that does not change, and may hang."""

    def __init__(self, *gpus: Gpu) -> None:
        self._machine = Machine(4, 23.4, (1.2, 1.5, 1.8), _ROOM, _ROOM, gpus)
        self.hangs = False
        self.asked = 0

    async def read(self) -> Machine:
        """The machine."""
        self.asked += 1
        if self.hangs:
            raise Unavailable("The machine does not tell how it is")
        return self._machine


@pytest.fixture
def gauges() -> FakeGauges:
    """A machine with a GPU."""
    return FakeGauges(_GPU)


@pytest.fixture
def audit(documents: MemoryDocuments, clock: Clock) -> Audit:
    """The log of who did what."""
    return Audit(documents, clock, days=30, say=lambda event, **facts: None)


@pytest.fixture
def system(documents: MemoryDocuments, clock: Clock, tasks: Tasks, audit: Audit, gauges: FakeGauges) -> System:
    """The rules, with two sorts of work of which one is never there."""

    async def one_of_each(who: Principal, statuses: tuple[str, ...]) -> int:
        return len(statuses)

    async def none(who: Principal, statuses: tuple[str, ...]) -> int:
        return 0

    return System(
        documents,
        Readiness({"documents": documents.ping}, {}, clock),
        Vitals(documents, clock, lambda: (0, 0.0)),
        Agents(documents, Sealing(documents, None), clock),
        tasks,
        [one_of_each, none],
        audit,
        gauges,
        clock,
        release="1.2.3",
        environment="production",
    )


async def test_agents_are_counted_by_how_they_are(
    system: System, documents: MemoryDocuments, clock: Clock, ann: Principal
) -> None:
    """One agent in each status there is: who was never heard is not there, and who is in error is not well."""
    for status in STATUSES:
        await documents.write(Insert(AGENTS, ann.tenant, _agent(status, clock())))
    assert await system.presences(ann) == Presences(idle=1, busy=1, degraded=2, offline=2)
    assert ((await system.presences(ann)).total, (await system.presences(ann)).active) == (6, 2)


async def test_tasks_are_counted_by_how_far_they_are(system: System, tasks: Tasks, ann: Principal) -> None:
    """Each task is in one number, and cancelled ones in the total alone."""
    made = [await tasks.create(ann, {"name": "n", "type": "t"}) for _ in range(5)]
    ways = ("running", "completed", "failed", "cancelled")
    for task, status in zip(made, ways, strict=False):
        await tasks.update(ann, task.id, {"status": status})
    amounts = await system.tasks(ann)
    assert amounts == Amounts(waiting=1, running=1, completed=1, failed=1, cancelled=1)
    assert amounts.total == 5


async def test_all_sorts_of_work_are_added_up(system: System, ann: Principal) -> None:
    """The numbers are those of every sort together."""
    assert await system.work(ann) == Amounts(waiting=3, running=1, completed=1, failed=2, cancelled=1)


async def test_security_tells_of_the_last_day(
    system: System, identity: Identity, audit: Audit, clock: Clock, ann: Principal
) -> None:
    """Sessions are those that live, of those at home here; what was kept out longer ago than a day counts no more."""
    await identity.ensure_user("ann", PASSWORD, home=ann.tenant, role="admin")
    await identity.ensure_user("eve", PASSWORD, home="t_other", role="admin")
    session = await identity.log_in("ann", PASSWORD)
    await identity.log_in("eve", PASSWORD)
    await audit.record(Entry(ann, "login", "lexos.auth.login", "POST", 401, "req_1"))
    clock.advance(23 * 3600 * 1000)
    await audit.record(Entry(ann, "task_created", "ggi.tasks.create_task", "POST", 403, "req_2"))
    assert await system.security(ann) == Security(sessions=0, failed_logins=1, blocks=0, denials=1)
    clock.advance(2 * 3600 * 1000)
    await identity.log_in("ann", PASSWORD)
    assert session is not None
    assert await system.security(ann) == Security(sessions=1, failed_logins=0, blocks=0, denials=1)


async def test_many_who_watch_cost_one_look(
    system: System, gauges: FakeGauges, tasks: Tasks, clock: Clock, ann: Principal
) -> None:
    """Within a second a tenant is looked at once; a second later what has changed shows."""
    first = await asyncio.gather(*(system.overview(ann) for _ in range(10)))
    assert gauges.asked == 1 and {id(one) for one in first} == {id(first[0])}
    assert (first[0].running, first[0].gpu_percent) == (0, 15.7)
    task = await tasks.create(ann, {"name": "n", "type": "t"})
    await tasks.update(ann, task.id, {"status": "running"})
    clock.advance(1000)
    assert (await system.overview(ann)).running == 1


async def test_of_what_is_told_again_only_that_is_kept(
    system: System, documents: MemoryDocuments, clock: Clock, ann: Principal, bob: Principal
) -> None:
    """Of each agent its name and how it is, for a second; who is looked at no more leaves nothing behind."""
    await documents.write(Insert(AGENTS, ann.tenant, _agent("busy", clock())))
    assert (await system.overview(ann)).agents == {"busy": "busy"}
    elsewhere = replace(bob, tenant="t_elsewhere")
    kept = []
    for _ in range(3):
        clock.advance(600)
        await system.overview(elsewhere)
        kept.append(set(system._overviews))
    assert kept == [{ann.tenant, elsewhere.tenant}, {elsewhere.tenant}, {elsewhere.tenant}]


async def test_a_machine_that_hangs_hides_nothing_else(system: System, gauges: FakeGauges, ann: Principal) -> None:
    """The tasks and agents are told of without it, and it itself is known as it was."""
    gauges.hangs = True
    assert (await system.overview(ann)).gpu_percent is None
    with pytest.raises(Unavailable):
        await system.machine_as_known()
    gauges.hangs = False
    machine = await system.machine()
    gauges.hangs = True
    assert await system.machine_as_known() == machine
    with pytest.raises(Unavailable):
        await system.machine()


def _agent(status: str, now: int) -> Document:
    moments = {"created_at": now, "registered_at": now, "updated_at": now}
    return Agent(
        id=status, tenant="t_one", name=status, owner="usr_1", status=status, version=1,
        heartbeat_interval_seconds=30, **moments,
    ).document()  # fmt: skip
