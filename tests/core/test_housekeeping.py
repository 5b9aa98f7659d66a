"""What is tidied up: documents that have expired, and tenants whose day of grace is over."""

from typing import Any

import pytest

from handlers.core.agenda import Agenda
from handlers.core.appointments import Appointments
from handlers.core.collections import API_KEYS, APPOINTMENTS, AUDIT, MEMBERS, PLATFORM, SESSIONS, TASKS, TENANTS
from handlers.core.duties import Duty
from handlers.core.errors import NotFound
from handlers.core.housekeeping import Purging, Sweeping
from handlers.core.identity import Identity
from handlers.core.keys import NewKey
from handlers.core.ports import Document, Insert
from handlers.core.principals import Principal
from handlers.core.tasks import Tasks
from handlers.core.tenants import Tenant
from tests.core.people import somebody, stranger
from tests.fakes import NOON, Clock, MemoryDocuments

DAY = 24 * 3_600_000
MINUTE = 60_000


@pytest.fixture
def said() -> list[tuple[str, dict[str, Any]]]:
    """What the engine has told the log."""
    return []


@pytest.fixture
def agenda(documents: MemoryDocuments, clock: Clock, said: list[Any]) -> Agenda:
    """The engine."""
    return Agenda(documents, clock, lambda event, **facts: said.append((event, facts)))


@pytest.fixture
def appointments(documents: MemoryDocuments, agenda: Agenda) -> Appointments:
    """What is due without a record of its own."""
    return Appointments(documents, agenda)


@pytest.fixture
def purging(documents: MemoryDocuments, agenda: Agenda, tasks: Tasks, clock: Clock, said: list[Any]) -> Purging:
    """What removes tenants."""
    purging = Purging(documents, [tasks.forget], clock, lambda event, **facts: said.append((event, facts)))
    agenda.take(Duty(TENANTS, purging.act))
    return purging


@pytest.fixture
async def ours(identity: Identity, tasks: Tasks, documents: MemoryDocuments) -> tuple[Principal, Tenant]:
    """A tenant with a member, a key, tasks in every corner and an entry in the audit log."""
    _, who = await stranger(identity, "ann")
    tenant = await identity.tenants.create(who, {"display_name": "Ours"})
    who = Principal(who.id, tenant.id, frozenset({"admin", "tenant:write", "task:write", "key:write"}))
    await identity.keys.create(who, NewKey("ci", (), None))
    for number in range(4):
        made = await tasks.create(who, {"name": str(number), "type": "t"})
        if number == 1:
            await tasks.delete(who, made.id)
        if number > 1:
            await tasks.update(who, made.id, {"status": "completed"})
    await tasks.delete(who, made.id)
    await documents.write(Insert(AUDIT, tenant.id, {"id": "aud_1", "created_at": 1}))
    return who, tenant


async def pass_time(agenda: Agenda, clock: Clock, milliseconds: int) -> None:
    """Let so much time pass, and all be done that is due then."""
    clock.advance(milliseconds)
    while await agenda.look() == 0:
        await agenda.settle()


def within(documents: MemoryDocuments, tenant: str) -> list[int]:
    """How many tasks, keys and members of a tenant there are."""
    about = [[one for one in documents.all_of(c, PLATFORM) if one["within"] == tenant] for c in (API_KEYS, MEMBERS)]
    return [len(documents.all_of(TASKS, tenant)), *map(len, about)]


async def test_an_appointment_is_made_once(
    appointments: Appointments, documents: MemoryDocuments, agenda: Agenda, clock: Clock
) -> None:
    """However often it is made, it is one; it is kept with its payload until it is done, and then it is gone."""
    kept: list[Document] = []

    async def act(document: Document) -> None:
        kept.append(document)

    appointments.take("greeting", act)
    for moment in (NOON + MINUTE, NOON + 1):
        await appointments.make("greeting", "ann", moment, {"word": "hello"})
    await appointments.make("greeting", "bob", NOON + 5 * MINUTE)
    await pass_time(agenda, clock, MINUTE - 1)
    assert kept == []
    await pass_time(agenda, clock, 1)
    assert [(document["subject"], document["payload"]) for document in kept] == [("ann", {"word": "hello"})]
    assert [document["id"] for document in documents.all_of(APPOINTMENTS, PLATFORM)] == ["greeting:bob"]
    assert agenda.figures.acted == {"greeting": 1}


async def test_an_appointment_of_another_version_is_not_lost(
    appointments: Appointments, documents: MemoryDocuments, agenda: Agenda, clock: Clock, said: list[Any]
) -> None:
    """A kind that this server does not know is told of, and stays for one that does."""
    await appointments.make("novelty", "", NOON)
    await pass_time(agenda, clock, 0)
    assert [facts["what"] for event, facts in said if event == "due_failed"] == ["novelty"]
    assert [document["kind"] for document in documents.all_of(APPOINTMENTS, PLATFORM)] == ["novelty"]


async def test_what_has_expired_is_swept_for_ever(
    appointments: Appointments, documents: MemoryDocuments, agenda: Agenda, clock: Clock
) -> None:
    """Expired sessions leave the store within a minute, at every server's start and on; two servers make one sweep."""
    for _ in range(2):
        await Sweeping(documents, appointments, clock).begin()
    for minutes in (0.5, 1.5, 600):
        record = {"id": f"ses_{minutes}", "expires_at": NOON + int(minutes * MINUTE)}
        await documents.write(Insert(SESSIONS, PLATFORM, record))
    await pass_time(agenda, clock, 0)
    left = []
    for _ in range(3):
        await pass_time(agenda, clock, MINUTE)
        left.append(sum(1 for name, *_ in documents._held if name == SESSIONS.name))
    assert left == [2, 1, 1]
    assert len(documents.all_of(APPOINTMENTS, PLATFORM)) == 1


@pytest.mark.usefixtures("purging")
async def test_a_deleted_tenant_is_removed_after_a_day(
    identity: Identity,
    documents: MemoryDocuments,
    tasks: Tasks,
    agenda: Agenda,
    clock: Clock,
    ours: tuple[Principal, Tenant],
    said: list[Any],
) -> None:
    """For a day everything is there; then tasks, keys, members and the tenant are gone, and the audit log stays."""
    who, tenant = ours
    bystander = Principal("usr_b", "t_other", frozenset({"admin"}))
    await tasks.create(bystander, {"name": "theirs", "type": "t"})
    before = within(documents, tenant.id)
    assert before == [4, 1, 1]
    await identity.tenants.delete(who, tenant.id)
    await pass_time(agenda, clock, DAY - 1)
    assert within(documents, tenant.id) == before
    await pass_time(agenda, clock, 1)
    assert within(documents, tenant.id) == [0, 0, 0]
    assert await documents.get(TENANTS, PLATFORM, tenant.id) is None
    assert len(documents.all_of(AUDIT, tenant.id)) == 1
    assert len(documents.all_of(TASKS, "t_other")) == 1
    assert said == [("tenant_removed", {"tenant": tenant.id})]


@pytest.mark.usefixtures("purging")
async def test_a_recovered_tenant_stays(
    identity: Identity, documents: MemoryDocuments, agenda: Agenda, clock: Clock, ours: tuple[Principal, Tenant]
) -> None:
    """A tenant that was brought back within its day keeps everything, for ever; deleted again it has a day again."""
    who, tenant = ours
    operator = await somebody(identity, "root", "admin")
    await identity.tenants.delete(who, tenant.id)
    await pass_time(agenda, clock, DAY - 1)
    await identity.tenants.recover(operator, tenant.id)
    await pass_time(agenda, clock, 3 * DAY)
    assert within(documents, tenant.id) == [4, 1, 1]
    await identity.tenants.delete(who, tenant.id)
    await pass_time(agenda, clock, DAY - 1)
    assert within(documents, tenant.id) == [4, 1, 1]


async def test_a_tenant_of_which_a_part_is_gone_cannot_be_recovered(
    identity: Identity, documents: MemoryDocuments, tasks: Tasks, clock: Clock, ours: tuple[Principal, Tenant]
) -> None:
    """From the first removal on there is no way back, even for an operator whose server's clock is slow."""
    who, tenant = ours
    operator = await somebody(identity, "root", "admin")
    await identity.tenants.delete(who, tenant.id)
    record = await documents.get(TENANTS, PLATFORM, tenant.id)
    assert record is not None
    purging = Purging(documents, [tasks.forget], Clock(clock.now + DAY), lambda event, **facts: None)
    await purging._seal(record)
    with pytest.raises(NotFound):
        await identity.tenants.recover(operator, tenant.id)
    assert await purging.act(record) is None
    assert await documents.get(TENANTS, PLATFORM, tenant.id) is None


async def test_a_large_tenant_is_removed_a_part_at_a_time(
    identity: Identity,
    documents: MemoryDocuments,
    tasks: Tasks,
    clock: Clock,
    ours: tuple[Principal, Tenant],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However much there is, one action removes so much and is due again at once, so that others have their turn."""
    monkeypatch.setattr("handlers.core.housekeeping._BITE", 1)
    monkeypatch.setattr("handlers.core.housekeeping._BITES", 2)
    who, tenant = ours
    await identity.tenants.delete(who, tenant.id)
    clock.advance(DAY)
    purging, left = Purging(documents, [tasks.forget], clock, lambda event, **facts: None), []
    while (record := await documents.get(TENANTS, PLATFORM, tenant.id)) is not None:
        again = await purging.act(record)
        assert again == clock.now or within(documents, tenant.id) == [0, 0, 0]
        left.append(within(documents, tenant.id)[0])
    assert left == [2, 0, 0]
